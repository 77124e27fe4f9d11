"""The authorization server on Authlib's core, its gaps closed: client credentials for tokens bound to their holder."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, InvalidScopeError, UnsupportedGrantTypeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from fastapi.responses import Response

from api.oauth.binding import Binding
from api.oauth.dpop import ProofRefusedError
from api.oauth.endpoints import Introspection, Revocation
from api.oauth.keys import ALGORITHM
from api.oauth.proving import (
    ASSERTION_LEEWAY_SECONDS,
    AUTH_METHODS,
    PrivateKeyJwt,
    RefusedClientError,
    TokenClient,
    UnprovenError,
    by_secret,
)
from api.oauth.tokens import UNREADABLE, Claims, TokenBook, Verifier, is_client_id
from landdata.model.clients import ALL_SCOPES, BOUND_SCOPES, AuthMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joserfc.jwk import KeySet

    from api.oauth.clients import ClientStore
    from api.oauth.dpop import Proofs
    from api.oauth.forms import FormRequest
    from api.oauth.keys import KeyRing
    from api.security_log import SecurityLog

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
REVOKE_PATH = "/oauth2/revoke"
INTROSPECT_PATH = "/oauth2/introspect"
JWKS_PATH = "/oauth2/jwks"
METADATA_PATH = "/.well-known/oauth-authorization-server"


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc] # Authlib ships no types
    """The only grant; the resource (RFC 8707), when named, is this service, and personal data wants a bound token."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def validate_token_request(self) -> None:
        super().validate_token_request()
        request, issuer = self.request, self.server.issuer
        if request.params.get("resource", issuer).rstrip("/") != issuer:
            raise InvalidRequestError(error="invalid_target", description="the only resource is the issuer itself")
        scope = request.client.get_allowed_scope(request.payload.scope)
        if scope is None:
            raise InvalidScopeError
        binding = self.server.binding_of(request)
        client = request.client.client
        if not binding and not client.unbound and not BOUND_SCOPES.isdisjoint(scope.split()):
            raise InvalidRequestError(
                description="a token for personal data must be bound: send a DPoP proof or use a client certificate"
            )
        request.client = replace(request.client, binding=binding)


class TokenGenerator(JWTBearerTokenGenerator):  # type: ignore[misc]
    """RFC 9068 tokens for this service; Authlib's defaults are ten days and the client as audience."""

    def __init__(self, issuer: str, keys: KeyRing, seconds: int) -> None:
        super().__init__(issuer, alg=ALGORITHM, expires_generator=seconds)
        self._keys = keys

    def get_jwks(self) -> KeySet:
        return self._keys.current().signing_set

    def get_audiences(self, client: TokenClient, user: None, scope: str) -> str:  # noqa: ARG002 - Authlib's signature
        return self.issuer  # type: ignore[no-any-return]

    def get_extra_claims(self, client: TokenClient, grant_type: str, user: None, scope: str) -> dict[str, Any]:  # noqa: ARG002
        return {"cnf": client.binding.claim()} if client.binding else {}

    def generate(self, grant_type: str, client: TokenClient, *more: Any, **named: Any) -> dict[str, Any]:
        token: dict[str, Any] = super().generate(grant_type, client, *more, **named)
        return {**token, "token_type": "DPoP"} if client.binding.jkt else token


class LandAuthorizationServer(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server on our clients, keys and answers."""

    def __init__(
        self,
        *,
        issuer: str,
        keys: KeyRing,
        clients: ClientStore,
        verifier: Verifier,
        book: TokenBook,
        proofs: Proofs,
        mtls: str,
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
        self._proofs, self._mtls = proofs, mtls
        self.register_client_auth_method(AuthMethod.PRIVATE_KEY_JWT.value, PrivateKeyJwt(issuer, clients))
        self.register_client_auth_method(AuthMethod.CLIENT_SECRET_BASIC.value, by_secret)
        self.register_token_generator("default", TokenGenerator(issuer, keys, token_seconds))
        self.register_grant(ClientCredentials)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)
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
            self._log.refused("assertion" if request.basic is None else "secret", cause, request.address)
            raise RefusedClientError(
                "private_key_jwt" if request.basic is None else f'Basic realm="{self.issuer}",'
            ) from error
        return client

    def binding_of(self, request: FormRequest) -> Binding:
        """What the token of this request is to be bound to: the key of its DPoP proof, or else its certificate."""
        if not request.asked.proofs:
            return Binding(x5t=request.certificate)
        try:
            return Binding(jkt=self._proofs.check(request.asked))
        except ProofRefusedError as error:
            self._log.refused("proof", error.cause, request.address)
            raise InvalidProofError(self._proofs.nonce() if error.wants_nonce else None) from error

    def scopes_now(self, claims: Claims) -> frozenset[str] | None:
        """What a token opens now; None when it is not believed. Asks the database."""
        client = self._clients.believe(claims.client_id, claims.jti)
        if client is None or client.auth_method is AuthMethod.EXTERNAL:
            return None
        return claims.scopes & client.scopes

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
        """RFC 8414, with the members of RFC 8705 and 9449."""
        metadata = AuthorizationServerMetadata(
            issuer=self.issuer,
            token_endpoint=self.issuer + TOKEN_PATH,
            jwks_uri=self.issuer + JWKS_PATH,
            revocation_endpoint=self.issuer + REVOKE_PATH,
            introspection_endpoint=self.issuer + INTROSPECT_PATH,
            response_types_supported=[],
            grant_types_supported=[ClientCredentialsGrant.GRANT_TYPE],
            scopes_supported=self.scopes_supported,
            dpop_signing_alg_values_supported=[ALGORITHM],
            tls_client_certificate_bound_access_tokens=bool(self._mtls),
        )
        for endpoint in ("token", "revocation", "introspection"):
            metadata[f"{endpoint}_endpoint_auth_methods_supported"] = list(AUTH_METHODS)
            metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = [ALGORITHM]
        if self._mtls:
            # Asked for certificates at the other address, browsers would ask their users for one.
            paths = {"token": TOKEN_PATH, "revocation": REVOKE_PATH, "introspection": INTROSPECT_PATH}
            metadata["mtls_endpoint_aliases"] = {f"{name}_endpoint": self._mtls + path for name, path in paths.items()}
        return dict(metadata)


class InvalidProofError(OAuth2Error):  # type: ignore[misc]
    """The refused proof at the token endpoint (RFC 9449, 5 and 8); one text for every cause but a missing nonce."""

    status_code = 400

    def __init__(self, nonce: str | None) -> None:
        wanted = nonce is not None
        super().__init__(description="a nonce of ours is needed" if wanted else "the DPoP proof is not acceptable")
        self.error = "use_dpop_nonce" if wanted else "invalid_dpop_proof"
        self._nonce = nonce

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        return headers if self._nonce is None else [*headers, ("DPoP-Nonce", self._nonce)]


class PlainUnsupportedGrantTypeError(UnsupportedGrantTypeError):  # type: ignore[misc]
    """unsupported_grant_type without the caller's own value."""

    description = "the only grant_type is client_credentials"
