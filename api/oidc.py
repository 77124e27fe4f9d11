"""One issuer of OpenID Connect that people may sign in through: code with PKCE, nonce, and a state that is good once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import httpx
from anyio import to_thread
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jws, jwt

from api import problems
from api.oauth.external import ALGORITHMS, PATIENCE_SECONDS, KeyFetcher, fetch_json
from api.oauth.issuer import is_safe
from api.oauth.tokens import LEEWAY_SECONDS, UNREADABLE
from api.requests import is_plain
from landdata.errors import IdentityRefused, IdentitySettingUnfit, IdentityUnavailable
from landdata.flows import entrance

if TYPE_CHECKING:
    from api.services import Services
    from landdata.flows.entrance import Entrance
    from landdata.settings import Settings

STATE_COOKIE = "oidc"
STATE_SECONDS = 600
RETURN_PATH = "/v1/sessions/by-issuer/return"
_FRESH_SECONDS = 600
_BETWEEN_SECONDS = 5
_MOST_LETTERS = 4096


@dataclass(frozen=True, slots=True)
class _Begun:
    """A sign-in under way, as it lies sealed in the browser's cookie."""

    state: str
    nonce: str
    verifier: str
    ends_at: int


class PeopleIssuer:
    """The issuer of the settings; it says who somebody is, and never what the person may do here."""

    def __init__(
        self, issuer: str, *, client_id: str, secret: str, our_url: str, entrance: Entrance,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.issuer, self._client_id, self._secret = issuer, client_id, secret
        self._return = our_url + RETURN_PATH
        self._entrance, self._clock = entrance, clock
        self._keys = KeyFetcher(issuer)
        self._found: dict[str, Any] = {}
        self._found_at = self._tried = -float(_FRESH_SECONDS)

    async def begin(self) -> tuple[str, str]:
        """Where to send the browser, and the state for its cookie. Raises IdentityUnavailable."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = _Begun(state, nonce, verifier, int(self._clock()) + STATE_SECONDS)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self._client_id, "redirect_uri": self._return, "scope": "openid",
            "state": begun.state, "nonce": begun.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        where = await self._endpoint("authorization_endpoint")
        return f"{where}?{urlencode(asked)}", self._seal(begun)

    async def finish(self, came: dict[str, str], held: str) -> str:
        """The subject that the issuer vouches for. Raises IdentityRefused, one text for every cause, IdentityUnavailable."""
        begun = self._open(held)
        if begun is None or self._clock() >= begun.ends_at:
            raise IdentityRefused
        if not hmac.compare_digest(begun.state.encode(), came.get("state", "").encode()) or "code" not in came:
            raise IdentityRefused
        if came.get("iss", self.issuer) != self.issuer:  # RFC 9207: the answer of another issuer
            raise IdentityRefused
        ends_at = datetime.fromtimestamp(begun.ends_at, UTC)
        digest = hashlib.sha256(begun.state.encode()).digest()
        # Before anything is asked: of two that come back together one goes on.
        if not await to_thread.run_sync(lambda: entrance.use_state(self._entrance, digest, ends_at=ends_at)):
            raise IdentityRefused
        token = await self._exchange(came["code"], begun.verifier)
        try:
            subject = await self._subject(token, begun.nonce)
        except UNREADABLE:
            raise IdentityRefused from None
        if subject is None:
            raise IdentityRefused
        return subject

    async def _exchange(self, code: str, verifier: str) -> str:
        where = await self._endpoint("token_endpoint")
        form = {
            "grant_type": "authorization_code", "code": code[:_MOST_LETTERS], "redirect_uri": self._return,
            "code_verifier": verifier,
        }  # fmt: skip
        try:
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, follow_redirects=False, trust_env=False) as http:
                answer = await http.post(where, data=form, auth=(self._client_id, self._secret))
            if answer.status_code >= 500:
                raise IdentityUnavailable
            token = answer.json()["id_token"] if answer.status_code == 200 else None
        except httpx.HTTPError:
            raise IdentityUnavailable from None
        except (ValueError, KeyError, TypeError):
            token = None
        if not isinstance(token, str) or len(token) > 4 * _MOST_LETTERS:
            raise IdentityRefused
        return token

    async def _subject(self, token: str, nonce: str) -> str | None:
        header = jws.extract_compact(token.encode("ascii")).headers()
        kid = header.get("kid")
        if header.get("alg") not in ALGORITHMS or not isinstance(kid, str):
            return None
        keys = await self._keys.keys(kid)
        if keys is None:
            raise IdentityUnavailable
        claims, now = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims, self._clock()
        issued, ends, audience = claims.get("iat"), claims.get("exp"), claims.get("aud")
        ours = audience == self._client_id or (
            # A token for several parties has to say that it was made for us (OpenID Connect Core, 3.1.3.7).
            isinstance(audience, list) and self._client_id in audience and (
                len(audience) == 1 or claims.get("azp") == self._client_id)
        )  # fmt: skip
        if not ours or claims.get("azp", self._client_id) != self._client_id or claims.get("iss") != self.issuer:
            return None
        if type(issued) is not int or type(ends) is not int:
            return None
        if not (issued <= now + LEEWAY_SECONDS and now - STATE_SECONDS <= issued and now < ends + LEEWAY_SECONDS):
            return None
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            return None
        subject = claims.get("sub")
        return subject if isinstance(subject, str) and 0 < len(subject) <= 255 and is_plain(subject) else None

    async def _endpoint(self, name: str) -> str:
        """An address of the issuer's own description; never at another server, which it could be made to name."""
        if self._clock() - self._found_at >= _FRESH_SECONDS:
            await self._look()
        where = str(self._found.get(name, ""))
        if urlsplit(where)[:2] != urlsplit(self.issuer)[:2]:
            raise IdentityUnavailable
        return where

    async def _look(self) -> None:
        """Ask for the description anew; an issuer that is down must not hold a thread for everybody who asks for it."""
        if self._clock() - self._tried >= _BETWEEN_SECONDS:
            self._tried = self._clock()
            try:
                await to_thread.run_sync(self._discover)
            except IdentityUnavailable:
                if not self._found:
                    raise
        elif not self._found:
            raise IdentityUnavailable

    def _discover(self) -> None:
        try:
            with httpx.Client(timeout=PATIENCE_SECONDS, follow_redirects=False, trust_env=False) as http:
                found = fetch_json(http, f"{self.issuer}/.well-known/openid-configuration")
        except (httpx.HTTPError, ValueError, TypeError):
            raise IdentityUnavailable from None
        if found.get("issuer") != self.issuer:
            raise IdentityUnavailable
        self._found, self._found_at = found, self._clock()

    def _seal(self, begun: _Begun) -> str:
        nonce = os.urandom(12)
        plain = json.dumps([begun.state, begun.nonce, begun.verifier, begun.ends_at]).encode()
        return base64.urlsafe_b64encode(nonce + self._ciphers()[0].encrypt(nonce, plain, None)).decode()

    def _open(self, held: str) -> _Begun | None:
        try:
            sealed = base64.b64decode(held[:_MOST_LETTERS], altchars=b"-_", validate=True)
        except ValueError:
            return None
        for cipher in self._ciphers():
            try:
                return _Begun(*json.loads(cipher.decrypt(sealed[:12], sealed[12:], None)))
            except (ValueError, InvalidTag, TypeError):
                continue
        return None

    def _ciphers(self) -> list[AESGCM]:
        return [AESGCM(key) for key in self._entrance.keys.of_states()]


def people_issuer(settings: Settings, our_url: str, *, entrance: Entrance) -> PeopleIssuer | None:
    """The issuer of the settings, if there is one. Raises IdentitySettingUnfit."""
    issuer = settings.oidc_issuer
    if not issuer:
        return None
    try:
        if settings.oidc_secret_file.stat().st_mode & 0o077:
            raise IdentitySettingUnfit
        secret = settings.oidc_secret_file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise IdentitySettingUnfit from None
    if not is_safe(issuer) or not settings.oidc_client_id or not secret:
        raise IdentitySettingUnfit
    return PeopleIssuer(issuer, client_id=settings.oidc_client_id, secret=secret, our_url=our_url, entrance=entrance)


def the_issuer(services: Services) -> PeopleIssuer:
    """The issuer; without the setting these addresses do not exist. Raises HttpError 404."""
    if services.people_issuer is None:
        raise problems.HttpError(problems.NOT_FOUND)
    return services.people_issuer
