"""The authorization server on Authlib's core, its gaps closed: client credentials by private_key_jwt."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidClientError,
    InvalidRequestError,
    TokenMixin,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from fastapi.responses import Response
from joserfc import jwt
from joserfc.jwk import KeySet

from api.oauth.keys import ALGORITHM
from api.oauth.tokens import UNREADABLE, Claims, TokenBook, Verifier, is_client_id, is_jti
from landdata.model.clients import ALL_SCOPES, AuthMethod, Client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.oauth.clients import ClientStore
    from api.oauth.forms import FormRequest
    from api.oauth.keys import SigningKeys
    from api.security_log import SecurityLog

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
REVOKE_PATH = "/oauth2/revoke"
JWKS_PATH = "/oauth2/jwks"
METADATA_PATH = "/.well-known/oauth-authorization-server"

# FAPI 2.0: a clock up to 10 s ahead must be accepted, one more than 60 s ahead refused.
ASSERTION_LEEWAY_SECONDS = 60
# The stock Authlib client signs assertions that live an hour and cannot be told otherwise.
LONGEST_ASSERTION_SECONDS = 3600
_ASSERTION_HEADER = frozenset({"alg", "kid", "typ"})


@dataclass(frozen=True, slots=True)
class TokenClient(ClientMixin):  # type: ignore[misc] # Authlib ships no types
    """A registered client as Authlib asks for it; one authentication method, at every endpoint."""

    client: Client

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


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    """The only grant; the resource (RFC 8707), when named, is this service."""

    TOKEN_ENDPOINT_AUTH_METHODS = (AuthMethod.PRIVATE_KEY_JWT.value,)

    def validate_token_request(self) -> None:
        super().validate_token_request()
        issuer = self.server.issuer
        if self.request.params.get("resource", issuer).rstrip("/") != issuer:
            raise InvalidRequestError(error="invalid_target", description="the only resource is the issuer itself")


class TokenGenerator(JWTBearerTokenGenerator):  # type: ignore[misc]
    """RFC 9068 tokens for this service; Authlib's defaults are ten days and the client as audience."""

    def __init__(self, issuer: str, keys: SigningKeys, seconds: int) -> None:
        super().__init__(issuer, alg=ALGORITHM, expires_generator=seconds)
        self._keys = keys

    def get_jwks(self) -> KeySet:
        return self._keys.signing_set

    def get_audiences(self, client: TokenClient, user: None, scope: str) -> str:  # noqa: ARG002 - Authlib's signature
        return self.issuer  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class RevocableToken(TokenMixin):  # type: ignore[misc]
    """A token of ours in force, as the revocation endpoint asks for it."""

    claims: Claims

    def check_client(self, client: TokenClient) -> bool:
        return self.claims.client_id == client.get_client_id()


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009 for JWT access tokens; Authlib's own class for them refuses to revoke."""

    CLIENT_AUTH_METHODS = (AuthMethod.PRIVATE_KEY_JWT.value,)

    def check_params(self, request: FormRequest, client: TokenClient) -> None:  # noqa: ARG002
        if not request.params.get("token"):
            raise InvalidRequestError(description="token is missing")
        # An unknown token_type_hint is ignored (RFC 7009, 2.1).

    def query_token(self, token: str, hint: str | None) -> RevocableToken | None:  # noqa: ARG002
        claims = self.server.verifier.read(token)
        return None if claims is None else RevocableToken(claims)

    def revoke_token(self, token: RevocableToken, request: FormRequest) -> None:  # noqa: ARG002
        self.server.forget(token.claims)


class LandAuthorizationServer(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server on our clients, keys and answers."""

    def __init__(
        self,
        *,
        issuer: str,
        keys: SigningKeys,
        clients: ClientStore,
        verifier: Verifier,
        book: TokenBook,
        log: SecurityLog,
        token_seconds: int,
    ) -> None:
        super().__init__(scopes_supported=sorted(ALL_SCOPES))
        self.issuer, self.verifier, self._clients, self._book, self._log = (
            issuer,
            verifier,
            clients,
            book,
            log,
        )
        self.register_client_auth_method(AuthMethod.PRIVATE_KEY_JWT.value, PrivateKeyJwt(issuer, clients))
        self.register_token_generator("default", TokenGenerator(issuer, keys, token_seconds))
        self.register_grant(ClientCredentials)
        self.register_endpoint(Revocation)
        # At DEBUG Authlib writes whole tokens into the log.
        logging.getLogger("authlib").setLevel(logging.WARNING)

    def query_client(self, client_id: str) -> TokenClient | None:
        client = self._clients.find(client_id) if is_client_id(client_id) else None
        return None if client is None else TokenClient(client)

    def authenticate_client(self, request: FormRequest, methods: Sequence[str], endpoint: str = "token") -> TokenClient:
        """One 401 with one text for every cause; which one it was stands in the security log only."""
        try:
            client: TokenClient = super().authenticate_client(request, methods, endpoint)
        except (InvalidClientError, *UNREADABLE) as error:
            cause = error.cause if isinstance(error, UnprovenError) else type(error).__name__
            self._log.refused("assertion", cause, request.address)
            raise RefusedClientError from error
        return client

    def get_token_grant(self, request: FormRequest) -> Any:
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError:
            # Authlib's own sentence repeats the caller's value.
            raise PlainUnsupportedGrantTypeError(request.payload.grant_type) from None

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        return request

    def save_token(self, token: dict[str, Any], request: FormRequest) -> None:
        """Nothing: a JWT is verified by its signature."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nothing listens."""

    def forget(self, claims: Claims) -> None:
        """Revoke a token: in the table for all processes, in the book for this one."""
        self._clients.revoke_token(
            claims.jti, datetime.fromtimestamp(claims.expires_at + ASSERTION_LEEWAY_SECONDS, UTC)
        )
        self._book.revoke(claims)

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Response:
        return Response(json.dumps(body), status, dict(headers))

    def metadata(self) -> dict[str, Any]:
        """RFC 8414."""
        methods, algorithms = [AuthMethod.PRIVATE_KEY_JWT.value], [ALGORITHM]
        metadata = AuthorizationServerMetadata(
            issuer=self.issuer,
            token_endpoint=self.issuer + TOKEN_PATH,
            jwks_uri=self.issuer + JWKS_PATH,
            revocation_endpoint=self.issuer + REVOKE_PATH,
            response_types_supported=[],
            grant_types_supported=[ClientCredentialsGrant.GRANT_TYPE],
            scopes_supported=self.scopes_supported,
            token_endpoint_auth_methods_supported=methods,
            token_endpoint_auth_signing_alg_values_supported=algorithms,
            revocation_endpoint_auth_methods_supported=methods,
            revocation_endpoint_auth_signing_alg_values_supported=algorithms,
        )
        return dict(metadata)


class UnprovenError(InvalidClientError):  # type: ignore[misc]
    """An assertion that proves nothing; `cause` is for the security log, never for the caller."""

    def __init__(self, cause: str) -> None:
        super().__init__()
        self.cause = cause


class RefusedClientError(InvalidClientError):  # type: ignore[misc]
    """The one answer to every failed client authentication."""

    description = "client authentication failed"
    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        # HTTP wants a challenge with every 401; Authlib would name Basic, which no client here can use.
        return [
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            ("WWW-Authenticate", 'private_key_jwt error="invalid_client"'),
        ]


class PlainUnsupportedGrantTypeError(UnsupportedGrantTypeError):  # type: ignore[misc]
    """unsupported_grant_type without the caller's own value."""

    description = "the only grant_type is client_credentials"


def _demand(fulfilled: bool, cause: str) -> None:
    if not fulfilled:
        raise UnprovenError(cause)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
