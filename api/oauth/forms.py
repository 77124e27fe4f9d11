"""Reads the forms of the OAuth endpoints strictly; Authlib, being synchronous, gets them read already."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from api.requests import is_plain

if TYPE_CHECKING:
    from fastapi import Request

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20


class FormRequest(OAuth2Request):  # type: ignore[misc] # Authlib ships no types
    """A token or revocation request; its address comes from the issuer: the Host header is the caller's."""

    def __init__(self, issuer: str, path: str, params: dict[str, str], *, address: str) -> None:
        super().__init__("POST", issuer + path, headers={})
        self.params = params
        self.payload = BasicOAuth2Payload(params)
        self.address = address

    @property
    def form(self) -> dict[str, str]:
        return self.params

    @property
    def args(self) -> dict[str, str]:
        return {}


async def read_form(request: Request, issuer: str, address: str) -> FormRequest:
    """The form of a request. Raises InvalidRequestError (RFC 6749, 3.2: nothing twice or in the query)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InvalidRequestError(description=f"Content-Type must be {FORM}")
    if request.url.query:
        raise InvalidRequestError(description="parameters belong in the body")
    if "authorization" in request.headers:
        # Basic credentials are never decoded: undecodable ones once crashed the server.
        raise InvalidRequestError(description="authenticate by client_assertion in the body only")
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
    return FormRequest(issuer, request.url.path, params, address=address)
