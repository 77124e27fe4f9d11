"""The endpoints beside the token endpoint: revocation (RFC 7009) and introspection (RFC 7662) of our own tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidRequestError, TokenMixin
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from api.oauth.proving import AUTH_METHODS
from landdata.model.clients import INTROSPECT_SCOPE

if TYPE_CHECKING:
    from api.oauth.forms import FormRequest
    from api.oauth.proving import TokenClient
    from api.oauth.tokens import Claims


@dataclass(frozen=True, slots=True)
class KnownToken(TokenMixin):  # type: ignore[misc] # Authlib ships no types
    """A token of ours, in force by its own letters, with the scopes that it opens now."""

    claims: Claims
    scopes: frozenset[str]

    def check_client(self, client: TokenClient) -> bool:
        return self.claims.client_id == client.get_client_id()

    def is_expired(self) -> bool:
        return False  # an ended one is never read

    def is_revoked(self) -> bool:
        return False  # a revoked one is never believed


class _OwnForm:
    """What both endpoints demand of a form; Authlib's classes differ, and fail, each in its own way."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def check_params(self, request: FormRequest, client: TokenClient) -> None:  # noqa: ARG002 - Authlib's signature
        if not request.params.get("token"):
            raise InvalidRequestError(description="token is missing")
        # An unknown token_type_hint is ignored (RFC 7009, 2.1; RFC 7662, 2.1).


class Revocation(_OwnForm, RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009 for JWT access tokens; Authlib's own class for them refuses to revoke."""

    def query_token(self, token: str, hint: str | None) -> KnownToken | None:  # noqa: ARG002
        claims = self.server.verifier.read(token)
        return None if claims is None else KnownToken(claims, claims.scopes)

    def revoke_token(self, token: KnownToken, request: FormRequest) -> None:  # noqa: ARG002
        self.server.forget(token.claims)


class Introspection(_OwnForm, IntrospectionEndpoint):  # type: ignore[misc]
    """RFC 7662: whether the API would believe a token now, for its own client and for resource servers.

    Whoever else asks, and whatever else is asked about, gets the same answer: not active.
    """

    def query_token(self, token: str, hint: str | None) -> KnownToken | None:  # noqa: ARG002
        claims = self.server.verifier.read(token)
        scopes = None if claims is None else self.server.scopes_now(claims)
        return None if claims is None or scopes is None else KnownToken(claims, scopes)

    def check_permission(self, token: KnownToken, client: TokenClient, request: FormRequest) -> bool:  # noqa: ARG002
        return token.check_client(client) or INTROSPECT_SCOPE in client.client.scopes

    def introspect_token(self, token: KnownToken) -> dict[str, Any]:
        claims, issuer = token.claims, self.server.issuer
        return {
            "active": True,
            "iss": issuer,
            "aud": issuer,
            "sub": claims.client_id,
            "client_id": claims.client_id,
            "scope": " ".join(sorted(token.scopes)),
            "token_type": "DPoP" if claims.binding.jkt else "Bearer",
            "iat": claims.issued_at,
            "exp": claims.expires_at,
            "jti": claims.jti,
            **({"cnf": claims.binding.claim()} if claims.binding else {}),
        }
