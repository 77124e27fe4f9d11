"""What an access token is bound to (RFC 7800): a DPoP key, a client certificate, or nothing; no request is read here."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# SHA-256 in base64url, without padding.
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}\Z")


@dataclass(frozen=True, slots=True)
class Binding:
    """The thumbprints that the holder of a token must match: `jkt` of a key (RFC 9449), `x5t` of a certificate (RFC 8705)."""

    jkt: str | None = None
    x5t: str | None = None

    def __bool__(self) -> bool:
        return self.jkt is not None or self.x5t is not None

    def claim(self) -> dict[str, str]:
        """The claim `cnf`."""
        return {name: print_ for name, print_ in (("jkt", self.jkt), ("x5t#S256", self.x5t)) if print_ is not None}

    def held_by_certificate(self, thumbprint: str | None) -> bool:
        """Whether the certificate is the one the token asks for, if it asks for one."""
        return self.x5t is None or hmac.compare_digest(self.x5t, thumbprint or "")

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Binding | None:
        """The binding in a token's claims; None for one that we cannot check, which is not the same as no binding."""
        if "cnf" not in claims:
            return UNBOUND
        cnf = claims["cnf"]
        known = {"jkt", "x5t#S256"}
        if not isinstance(cnf, dict) or not cnf or not cnf.keys() <= known:
            return None
        if not all(isinstance(value, str) and _THUMBPRINT.match(value) for value in cnf.values()):
            return None
        return cls(cnf.get("jkt"), cnf.get("x5t#S256"))


UNBOUND = Binding()
