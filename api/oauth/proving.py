"""How a client proves itself at the OAuth endpoints: by a signed assertion, or by a secret for statistics."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.jwk import KeySet

from api.oauth.binding import UNBOUND, Binding
from api.oauth.keys import ALGORITHM
from api.oauth.tokens import is_jti
from landdata.flows.clients import digest_of
from landdata.model.clients import AuthMethod, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.oauth.clients import ClientStore
    from api.oauth.forms import FormRequest

# FAPI 2.0: a clock up to 10 s ahead must be accepted, one more than 60 s ahead refused.
ASSERTION_LEEWAY_SECONDS = 60
# The stock Authlib client signs assertions that live an hour and cannot be told otherwise.
LONGEST_ASSERTION_SECONDS = 3600
AUTH_METHODS = (AuthMethod.PRIVATE_KEY_JWT.value, AuthMethod.CLIENT_SECRET_BASIC.value)
_ASSERTION_HEADER = frozenset({"alg", "kid", "typ"})


@dataclass(frozen=True, slots=True)
class TokenClient(ClientMixin):  # type: ignore[misc] # Authlib ships no types
    """A registered client as Authlib asks for it; one authentication method, at every endpoint."""

    client: Client
    binding: Binding = UNBOUND  # of the token that is being made

    def get_client_id(self) -> str:
        return self.client.client_id

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - Authlib's own mixin says True elsewhere
        return method == self.client.auth_method.value

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == ClientCredentialsGrant.GRANT_TYPE  # type: ignore[no-any-return]

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What is allowed of what was asked, all when nothing was; None makes it invalid_scope.

        A registered scope that no agreement in force opens is left out, and the answer's `scope` says so (RFC 6749, 3.3).
        """
        asked = frozenset((scope or "").split()) or self.client.scopes
        granted = asked & self.client.scopes
        return " ".join(sorted(granted)) if granted and asked <= self.client.scopes | self.client.withheld else None


class PrivateKeyJwt(JWTBearerClientAssertion):  # type: ignore[misc]
    """private_key_jwt (RFC 7523) as FAPI 2.0 wants it: one string audience, short-lived, good once."""

    CLIENT_AUTH_METHOD = AuthMethod.PRIVATE_KEY_JWT.value  # Authlib's own name for it matches no registered client

    def __init__(self, issuer: str, clients: ClientStore) -> None:
        super().__init__(leeway=ASSERTION_LEEWAY_SECONDS)
        self._issuer = issuer
        self._clients = clients

    def resolve_client_public_key(self, client: TokenClient) -> KeySet:
        _demand(client.client.auth_method is AuthMethod.PRIVATE_KEY_JWT, "method")
        return KeySet.import_key_set(client.client.jwks)  # type: ignore[arg-type] # a dict[str, Any] from the table

    def process_assertion_claims(self, assertion: str, key: KeySet) -> dict[str, Any]:
        token = jwt.decode(assertion, key, algorithms=[ALGORITHM])
        # jwk, jku, x5u and their like offer a key of the caller's choice: nothing reads them, none may be.
        _demand(set(token.header) <= _ASSERTION_HEADER, "header")
        claims, now = token.claims, time.time()
        subject, jti, ends = str(claims["sub"]), claims.get("jti"), claims.get("exp")
        _demand(claims.get("aud") == self._issuer, "audience")
        _demand(claims.get("iss") == claims["sub"] == subject, "issuer")
        if not is_jti(jti):
            raise UnprovenError("jti")
        # Comparisons are written so that NaN fails them.
        _demand(_number(ends) and now < ends + self.leeway, "expired")
        _demand(ends <= now + LONGEST_ASSERTION_SECONDS + self.leeway, "lives too long")
        for name in ("iat", "nbf"):
            early = claims.get(name, 0)
            _demand(_number(early) and early <= now + self.leeway, "not yet valid")
        # Last of all, or a forged assertion could use up an honest one's jti.
        _demand(
            self._clients.use_assertion(subject, jti, datetime.fromtimestamp(ends + self.leeway, UTC)),
            "used before",
        )
        return claims


def by_secret(query_client: Callable[[str], TokenClient | None], request: FormRequest) -> TokenClient | None:
    """client_secret_basic (RFC 6749, 2.3.1) on digests, in the same time for every client and every guess."""
    if request.basic is None:
        return None
    client_id, secret = request.basic
    client = query_client(client_id)
    kept = client.client.secret_digests if client is not None else ()
    given = digest_of(secret)
    # Both comparisons are always made; of the empty places nobody knows a secret.
    matches = [hmac.compare_digest(given, digest) for digest in (*kept, bytes(32), bytes(32))[:2]]
    if not any(matches):
        raise UnprovenError("secret")
    return client


class UnprovenError(InvalidClientError):  # type: ignore[misc]
    """An assertion that proves nothing; `cause` is for the security log, never for the caller."""

    def __init__(self, cause: str) -> None:
        super().__init__()
        self.cause = cause


class RefusedClientError(InvalidClientError):  # type: ignore[misc]
    """The one answer to every failed client authentication."""

    description = "client authentication failed"
    status_code = 401

    def __init__(self, scheme: str) -> None:
        super().__init__()
        self.scheme = scheme

    def get_headers(self) -> list[tuple[str, str]]:
        # HTTP wants a challenge with every 401: the one that was tried, or the one that opens everything.
        return [
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            ("WWW-Authenticate", f'{self.scheme} error="invalid_client"'),
        ]


def _demand(fulfilled: bool, cause: str) -> None:
    if not fulfilled:
        raise UnprovenError(cause)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
