"""The client certificate of a TLS connection, as the proxy in front hands it over (RFC 8705)."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from starlette.datastructures import Headers

# nginx asks with `optional_no_ca`: whoever signed the certificate, the handshake proved that its key is there, and
# the token names this very certificate. FAILED is what nginx says of one that no authority of its own signed.
_SHOWN = ("SUCCESS", "FAILED:")
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


def thumbprint_of(headers: Headers, *, trusted: bool) -> str | None:
    """`x5t#S256` of the caller's certificate; None without one. Only a proxy that overwrites both headers is `trusted`."""
    if not trusted:
        return None
    shown, verified = headers.getlist("x-client-cert"), headers.getlist("x-client-verify")
    if len(shown) != 1 or len(verified) != 1 or not shown[0] or not verified[0].startswith(_SHOWN):
        return None
    return _thumbprint(shown[0])


@lru_cache(maxsize=1024)
def _thumbprint(escaped: str) -> str | None:
    """Of a PEM certificate with its odd characters as %XX, as nginx writes `$ssl_client_escaped_cert`."""
    _, begun, rest = unquote_to_bytes(escaped).partition(_BEGIN)
    body, ended, _ = rest.partition(_END)
    try:
        der = base64.b64decode(b"".join(body.split()), validate=True)
    except ValueError:
        return None
    if not (begun and ended and der):
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
