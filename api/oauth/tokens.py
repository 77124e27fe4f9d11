"""Believing an access token (RFC 9068): signature and claims, then client and revocation, for seconds."""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from joserfc import jwt
from joserfc.errors import JoseError

from api import patience
from api.oauth.binding import Binding
from api.oauth.keys import ALGORITHM
from landdata.model.clients import BOUND_SCOPES, AuthMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.oauth.clients import ClientStore
    from api.oauth.keys import KeyRing

TOKEN_BYTES = 4096
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_JTI = re.compile(r"[\x21-\x7e]{1,255}\Z")
# Our authorization server and our API run on machines whose clocks differ: with a leeway of 0 a token issued
# one second "in the future" was refused.
LEEWAY_SECONDS = 10
# A token in use costs one entry; garbage never gets in, so this is far more than all clients need.
MOST_REMEMBERED = 10_000
# What a hostile token makes the parsers raise; 6 kB of brackets: RecursionError, before any signature check.
UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of an access token with a good signature."""

    client_id: str
    jti: str
    issued_at: int
    expires_at: int
    scopes: frozenset[str]
    binding: Binding
    external: bool = False  # signed by the external issuer, not by us


@dataclass(frozen=True, slots=True)
class Verified:
    """A token believed now: its client as it stands, and the scopes that both token and client have.

    Whoever sends it must show what `binding` says. `may_be_unbound`: its agreement takes it without a binding, too.
    """

    client_id: str
    office_code: str
    token_id: str
    scopes: frozenset[str]
    expires_at: int
    binding: Binding
    may_be_unbound: bool

    @property
    def stands_alone(self) -> bool:
        """True for a token that opens personal data to whoever has its letters, without an agreement saying so."""
        return bool(self.scopes & BOUND_SCOPES) and not self.binding and not self.may_be_unbound


class Reader(Protocol):
    """Reads the tokens of another issuer."""

    async def read(self, text: str) -> Claims | None:
        """The claims, or None for anything that is not a token of that issuer in force."""


class Verifier:
    """Reads our own access tokens; pure computation, about a tenth of a millisecond."""

    def __init__(self, keys: KeyRing, issuer: str) -> None:
        self._keys = keys
        self._issuer = issuer

    def read(self, text: str) -> Claims | None:
        """The claims, or None for anything that is not a token of ours in force."""
        if len(text) > TOKEN_BYTES:
            return None
        keys = self._keys.current().published
        try:
            token = jwt.decode(text, keys, algorithms=[ALGORITHM])
        except UNREADABLE:
            return None
        # We sign these tokens, so their header holds nothing else. Authlib's validator lets a missing typ
        # through, and with it a client assertion.
        if set(token.header) != {"alg", "typ", "kid"} or token.header["typ"] != "at+jwt":
            return None
        return self._checked(token.claims)

    def _checked(self, claims: dict[str, Any]) -> Claims | None:
        now = time.time()
        client_id, jti, scope = claims.get("client_id"), claims.get("jti"), claims.get("scope")
        issued, ends = claims.get("iat"), claims.get("exp")
        if not (is_client_id(client_id) and is_jti(jti) and isinstance(scope, str)):
            return None
        if type(issued) is not int or type(ends) is not int:
            return None
        if claims.get("iss") != self._issuer or claims.get("aud") != self._issuer or claims.get("sub") != client_id:
            return None
        binding = Binding.of(claims)
        if binding is None or not (issued <= now + LEEWAY_SECONDS and now < ends + LEEWAY_SECONDS):
            return None
        return Claims(client_id, jti, issued, ends, frozenset(scope.split()), binding)


def is_client_id(text: object) -> TypeGuard[str]:
    """Whether this can be a client id at all; nothing else reaches the database."""
    return isinstance(text, str) and _CLIENT_ID.match(text) is not None


def is_jti(text: object) -> TypeGuard[str]:
    """Whether this can be the id of a token or an assertion; a NUL would make the database client raise."""
    return isinstance(text, str) and _JTI.match(text) is not None


class TokenBook:
    """Verified tokens by the SHA-256 of their text, believed for `believe_seconds` without asking again.

    Disabling a client, taking a scope from it and revoking a token therefore bite within that time,
    and a revocation at once in the process that took it.
    """

    def __init__(
        self,
        verifier: Verifier,
        clients: ClientStore,
        *,
        believe_seconds: int,
        external: Reader | None = None,
        most: int = MOST_REMEMBERED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._verifier = verifier
        self._clients = clients
        self._external = external
        self._believe_seconds = believe_seconds
        self._most = most
        self._clock = clock
        self._book: OrderedDict[bytes, tuple[float, Verified]] = OrderedDict()
        self._revoked: dict[str, int] = {}

    async def verify(self, text: str) -> Verified | None:
        """The token when it is believed, else None. Raises DatabaseUnavailable when that cannot be asked."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        remembered = self._book.get(key)
        if remembered is not None and self._clock() < remembered[0]:
            verified = remembered[1]
            in_force = time.time() < verified.expires_at + LEEWAY_SECONDS and verified.token_id not in self._revoked
            return verified if in_force else None
        claims = self._verifier.read(text)
        if claims is None and self._external is not None:
            claims = await self._external.read(text)
        if claims is None or claims.jti in self._revoked:
            return None
        # The time counts from before the question: a slow answer must not be believed longer.
        asked = self._clock()
        client = await patience.ask(partial(self._clients.believe, claims.client_id, claims.jti))
        # An issuer speaks for its own clients only: neither can name one of the other's.
        if client is None or (client.auth_method is AuthMethod.EXTERNAL) != claims.external:
            self._book.pop(key, None)
            return None
        verified = Verified(
            claims.client_id,
            client.office_code,
            claims.jti,
            claims.scopes & client.scopes,
            claims.expires_at,
            claims.binding,
            client.unbound,
        )
        if self._believe_seconds:
            self._book[key] = (asked + self._believe_seconds, verified)
            self._book.move_to_end(key)
            while len(self._book) > self._most:
                self._book.popitem(last=False)
        return verified

    def revoke(self, claims: Claims) -> None:
        """Stop believing a token in this process now; the table tells the others."""
        now = time.time()
        self._revoked = {jti: ends for jti, ends in self._revoked.items() if now < ends + LEEWAY_SECONDS}
        self._revoked[claims.jti] = claims.expires_at
