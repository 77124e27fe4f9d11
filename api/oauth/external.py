"""Access tokens of one external issuer, such as a Keycloak realm, named by the settings and by nothing in a token."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from anyio import Lock, to_thread
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.oauth.binding import Binding
from api.oauth.issuer import is_safe
from api.oauth.tokens import LEEWAY_SECONDS, TOKEN_BYTES, UNREADABLE, Claims, is_client_id, is_jti
from landdata.errors import ExternalIssuerUnfit
from landdata.model.clients import ALL_SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from landdata.settings import Settings

logger = logging.getLogger("api.oauth.external")

# What FAPI 2.0 allows, and RS256, which Keycloak signs with unless told otherwise. Never HS*: no secret is shared.
ALGORITHMS = ("ES256", "PS256", "RS256")
# Keycloak writes JWT unless a switch of the client says at+jwt; what is no access token is told by the claim `typ`.
_TYPES = frozenset({"at+jwt", "application/at+jwt", "jwt"})
_HEADER = frozenset({"alg", "typ", "kid"})
FRESH_SECONDS = 600
BETWEEN_SECONDS = 30
FIRST_BETWEEN_SECONDS = 2  # while there are none yet
STALE_SECONDS = 86_400
PATIENCE_SECONDS = 3.0
MOST_BYTES = 256 * 1024
LONGEST_SECONDS = 3600


class KeyFetcher:
    """The issuer's keys, found by discovery; asked for rarely, and kept when the issuer is down."""

    def __init__(self, issuer: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer, self._clock = issuer, clock
        self._keys: KeySet | None = None
        self._at = self._tried = -STALE_SECONDS * 2.0
        self._lock = Lock()

    async def keys(self, kid: str) -> KeySet | None:
        """The keys, asked for again when they are old or lack `kid`; never more often than every 30 s."""
        # With a key at hand nobody waits for an issuer that is slow to answer another.
        if not self._serves(kid) and not (self._knows(kid) and self._lock.locked()):
            async with self._lock:
                between = BETWEEN_SECONDS if self._keys is not None else FIRST_BETWEEN_SECONDS
                # Whoever waited here finds what the one before it brought.
                if not self._serves(kid) and self._clock() - self._tried >= between:
                    self._tried = self._clock()
                    await to_thread.run_sync(self._fetch)
        return self._keys if self._clock() - self._at <= STALE_SECONDS else None

    def _serves(self, kid: str) -> bool:
        return self._clock() - self._at < FRESH_SECONDS and self._knows(kid)

    def _knows(self, kid: str) -> bool:
        return self._keys is not None and any(key.kid == kid for key in self._keys.keys)

    def _fetch(self) -> None:
        try:
            with httpx.Client(timeout=PATIENCE_SECONDS, follow_redirects=False, trust_env=False) as http:
                place = self._place(fetch_json(http, f"{self._issuer}/.well-known/openid-configuration"))
                self._keys, self._at = _signing_keys(fetch_json(http, place)["keys"]), self._clock()
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("external issuer keys not read kind=%s", type(error).__name__)

    def _place(self, found: dict[str, Any]) -> str:
        """Where the keys are; never at another server: the document could send us anywhere. Raises ValueError."""
        place = str(found["jwks_uri"])
        if found["issuer"] != self._issuer or urlsplit(place)[:2] != urlsplit(self._issuer)[:2]:
            raise ValueError("issuer")
        return place


class ExternalIssuer:
    """Reads the tokens of one issuer. Its scopes open only what the table says: it cannot name ours."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        scopes: Mapping[str, Sequence[str]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer, self._audience = issuer, audience
        self._scopes = {theirs: frozenset(ours) for theirs, ours in scopes.items()}
        self._fetcher = KeyFetcher(issuer, clock=clock)

    async def read(self, text: str) -> Claims | None:
        """The claims, or None for anything that is not an access token of this issuer in force."""
        try:
            kid = self._kid(text)
            keys = None if kid is None else await self._fetcher.keys(kid)
            if keys is None:
                return None
            return self._checked(jwt.decode(text, keys, algorithms=list(ALGORITHMS)).claims)
        except UNREADABLE:
            return None

    def _kid(self, text: str) -> str | None:
        """The id of the key that signed, for a token that could be this issuer's: nothing else makes us ask it."""
        if len(text) > 2 * TOKEN_BYTES:  # others put more into their tokens than we do
            return None
        token = jws.extract_compact(text.encode("ascii"))
        header, claims = token.headers(), json.loads(token.payload)
        if claims["iss"] != self._issuer or header["alg"] not in ALGORITHMS or not header.keys() <= _HEADER:
            return None
        kid = header.get("kid")
        return kid if str(header.get("typ", "")).lower() in _TYPES and isinstance(kid, str) else None

    def _checked(self, claims: dict[str, Any]) -> Claims | None:
        now = time.time()
        client_id, jti = claims.get("azp", claims.get("client_id")), claims.get("jti")
        issued, ends, audience = claims.get("iat"), claims.get("exp"), claims.get("aud")
        # Keycloak's ID and refresh tokens are signed with the same key; only this claim tells them apart.
        if claims.get("typ", "Bearer") != "Bearer" or not is_client_id(client_id) or not is_jti(jti):
            return None
        if type(issued) is not int or type(ends) is not int or claims.get("iss") != self._issuer:
            return None
        if audience != self._audience and not (isinstance(audience, list) and self._audience in audience):
            return None
        if not (issued <= now + LEEWAY_SECONDS and now < ends + LEEWAY_SECONDS and ends - issued <= LONGEST_SECONDS):
            return None
        binding = Binding.of(claims)
        if binding is None or not isinstance(claims.get("scope", ""), str):
            return None
        opened = (self._scopes.get(one, frozenset()) for one in claims.get("scope", "").split())
        return Claims(client_id, jti, issued, ends, frozenset().union(*opened), binding, external=True)


def external_issuer(settings: Settings, our_issuer: str) -> ExternalIssuer | None:
    """The issuer of the settings, if there is one. Raises ExternalIssuerUnfit."""
    issuer = settings.external_issuer
    if not issuer:
        return None
    unknown = {one for ours in settings.external_scopes.values() for one in ours} - ALL_SCOPES
    if not is_safe(issuer) or issuer == our_issuer or unknown:
        raise ExternalIssuerUnfit(issuer=issuer[:200], unknown=" ".join(sorted(unknown))[:200] or "-")
    return ExternalIssuer(issuer, settings.external_audience or our_issuer, settings.external_scopes)


def fetch_json(http: httpx.Client, url: str) -> dict[str, Any]:
    """An object of at most 256 kB that another server answers with. Raises httpx.HTTPError, ValueError, TypeError."""
    with http.stream("GET", url) as answer:
        answer.raise_for_status()
        body = b""
        for part in answer.iter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                raise ValueError("too large")
    if answer.status_code != 200:
        raise ValueError("redirected")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise TypeError
    return found


def _signing_keys(keys: list[dict[str, Any]]) -> KeySet:
    """The asymmetric signing keys that have a name; what cannot be read is left out, never a reason to lose the rest."""
    found = []
    for one in keys:
        if one.get("kty") in ("RSA", "EC") and one.get("use", "sig") == "sig" and isinstance(one.get("kid"), str):
            try:
                found += KeySet.import_key_set({"keys": [one]}).keys
            except (JoseError, ValueError, KeyError, TypeError):
                continue
    if not found:
        raise ValueError("no keys")
    return KeySet(found)
