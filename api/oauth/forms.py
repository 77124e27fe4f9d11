"""Reads the forms of the OAuth endpoints strictly; Authlib, being synchronous, gets them read already."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from api.oauth.dpop import Asked
from api.requests import is_plain

if TYPE_CHECKING:
    from fastapi import Request

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20
_CREDENTIALS = re.compile(r"([A-Za-z0-9_-]{1,64}):([A-Za-z0-9_-]{1,128})\Z")


class FormRequest(OAuth2Request):  # type: ignore[misc] # Authlib ships no types
    """A token or revocation request; its address comes from the issuer: the Host header is the caller's."""

    def __init__(
        self,
        issuer: str,
        params: dict[str, str],
        *,
        asked: Asked,
        basic: tuple[str, str] | None,
        certificate: str | None,
        address: str,
    ) -> None:
        super().__init__(asked.method, issuer + asked.path, headers={})
        self.params = params
        self.payload = BasicOAuth2Payload(params)
        self.asked, self.basic, self.certificate, self.address = asked, basic, certificate, address

    @property
    def form(self) -> dict[str, str]:
        return self.params

    @property
    def args(self) -> dict[str, str]:
        return {}


async def read_form(request: Request, issuer: str, *, address: str, certificate: str | None) -> FormRequest:
    """The form of a request. Raises InvalidRequestError (RFC 6749, 3.2: nothing twice or in the query).

    `certificate` is the thumbprint of the client certificate of the connection, if there is one.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InvalidRequestError(description=f"Content-Type must be {FORM}")
    if request.url.query:
        raise InvalidRequestError(description="parameters belong in the body")
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise InvalidRequestError(description="the form cannot be read") from None
    params = dict(pairs)
    if len(params) != len(pairs):
        raise InvalidRequestError(description="a parameter is repeated")
    if not all(is_plain(name) and is_plain(value) for name, value in pairs):
        raise InvalidRequestError(description="the form cannot be read")
    sent = request.headers.getlist("authorization")
    if len(sent) + ("client_assertion" in params) > 1:
        raise InvalidRequestError(description="more than one client authentication")
    return FormRequest(
        issuer,
        params,
        asked=Asked(request.method, request.scope["path"], request.headers.getlist("dpop")),
        basic=_basic(sent[0]) if sent else None,
        certificate=certificate,
        address=address,
    )


def _basic(header: str) -> tuple[str, str]:
    """Client id and secret; what nobody could have been given becomes an id that nobody has.

    Our ids and secrets are [A-Za-z0-9_-], so there is nothing to unquote, and undecodable credentials, which once
    crashed servers, are refused like a wrong secret.
    """
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(" "), validate=True).decode("ascii")
    except ValueError:
        text = ""
    found = _CREDENTIALS.match(text) if scheme.lower() == "basic" else None
    return (found[1], found[2]) if found else ("", "")
