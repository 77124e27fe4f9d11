"""DPoP (RFC 9449): reading a proof that the sender of a request holds a key, once; who may send what is decided elsewhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from api.oauth.keys import ALGORITHM
from api.oauth.replays import BookFullError, TooOldError
from api.oauth.tokens import UNREADABLE, is_jti

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.oauth.replays import ReplayBook

# FAPI 2.0: a clock up to 10 s ahead is accepted; a proof is made for one request, so a minute is long.
GOOD_SECONDS = 60
AHEAD_SECONDS = 10
PROOF_BYTES = 4096
# A nonce is handed out anew long before the last one ends, so that a client in steady use never meets the end.
NONCE_SECONDS = 300
MOST_KEYS = 4096
_HEADER = frozenset({"typ", "alg", "jwk", "kid"})
_PRIVATE = frozenset({"d", "k", "p", "q"})
_STAMP = struct.Struct(">I")
_PORTS = {"https": 443, "http": 80}


class ProofRefusedError(Exception):
    """A proof that proves nothing. `cause` is for the security log; `wants_nonce` when a new one would mend it."""

    def __init__(self, cause: str, *, wants_nonce: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.wants_nonce = wants_nonce


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that a proof must be made for: method, decoded path, and its headers `DPoP`."""

    method: str
    path: str
    proofs: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Holder:
    """A public key that signs proofs: its point as sent, and its thumbprint."""

    point: tuple[str, str]
    key: ECKey
    jkt: str


class Proofs:
    """Checks proofs for one issuer (RFC 9449, 4.3). With `nonces` a proof must hold one of ours.

    A nonce is good only where the book is that gave it: it makes single use safe where several machines serve.
    """

    def __init__(
        self, issuer: str, book: ReplayBook, *, nonces: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        self._issuer = issuer
        self._at = _place(issuer)
        self._book = book
        self.nonces = nonces
        self._clock = clock
        # Importing a key costs half as much as checking its signature, and callers keep theirs.
        self._holders: dict[tuple[str, str], _Holder] = {}

    def check(self, asked: Asked, *, token: str | None = None, jkt: str | None = None) -> str:
        """The thumbprint of the key that signed the one proof of the request; it is used up then.

        `token` and `jkt` are the access token it must be made for, and the key it must be made by. Raises
        ProofRefusedError, and BookFullError when no proof can be taken now.
        """
        if len(asked.proofs) != 1 or len(asked.proofs[0]) > PROOF_BYTES:
            raise ProofRefusedError("missing" if not asked.proofs else "more than one, or too long")
        try:
            used, claims = self._read(asked.proofs[0])
        except UNREADABLE:
            raise ProofRefusedError("unreadable") from None
        now, at, jti = self._clock(), claims.get("iat"), claims.get("jti")
        _demand(claims.get("htm") == asked.method, "method")
        _demand(self._is_for(claims.get("htu"), asked.path), "address")
        # Compared as it came: as a float, a number of four hundred digits is an OverflowError. NaN fails it.
        if type(at) not in (int, float) or not now - GOOD_SECONDS <= at <= now + AHEAD_SECONDS:  # type: ignore[operator] # a number
            raise ProofRefusedError("time")
        if not is_jti(jti):
            raise ProofRefusedError("jti")
        if token is not None:
            # No secret to whoever sent the token, so compared as text: not every text of JSON can be encoded.
            _demand(claims.get("ath") == _hash_of(token), "token")
        _demand(jkt is None or hmac.compare_digest(jkt, used), "key")
        if self.nonces and not self._is_ours(claims.get("nonce"), now):
            raise ProofRefusedError("nonce", wants_nonce=True)
        # Last of all: only a proof that is right in everything else takes room in the book.
        try:
            _demand(self._book.use(f"{used}.{jti}", int(at), now), "used before")  # type: ignore[arg-type] # a number
        except TooOldError:
            raise ProofRefusedError("older than the book") from None
        return used

    def nonce(self) -> str:
        """A nonce for the next proof: when it was given, and that it was given by this machine."""
        stamp = _STAMP.pack(int(self._clock()))
        return base64.urlsafe_b64encode(stamp + self._seal(stamp)).decode().rstrip("=")

    def _read(self, text: str) -> tuple[str, dict[str, Any]]:
        """Thumbprint and claims of a proof with a good signature by the key that it carries."""
        found: list[_Holder] = []

        def key_of(token: Any) -> ECKey:
            found.append(self._holder(token.headers()))
            return found[-1].key

        claims: dict[str, Any] = jwt.decode(text, key_of, algorithms=[ALGORITHM]).claims
        [holder] = found
        if len(self._holders) >= MOST_KEYS:
            self._holders.clear()
        self._holders[holder.point] = holder
        return holder.jkt, claims

    def _holder(self, header: dict[str, Any]) -> _Holder:
        """The key in a proof's header, whose signature is still to be checked; nothing else in there can name a key."""
        _demand(header.keys() <= _HEADER and header.get("typ") == "dpop+jwt", "header")
        jwk = header["jwk"]
        _demand(jwk["kty"] == "EC" and jwk["crv"] == "P-256" and not _PRIVATE & jwk.keys(), "kind of key")
        point = (str(jwk["x"]), str(jwk["y"]))
        known = self._holders.get(point)
        if known is not None:
            return known
        key = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": point[0], "y": point[1]})
        return _Holder(point, key, key.thumbprint())

    def _is_for(self, htu: object, path: str) -> bool:
        """Whether a proof's address is this one; query and fragment do not count, nor does the Host header."""
        if not isinstance(htu, str):
            return False
        if htu == self._issuer + path:
            return True
        try:
            return _place(htu) == self._at and (unquote(urlsplit(htu).path, errors="strict") or "/") == path
        except ValueError:
            return False

    def _is_ours(self, nonce: object, now: float) -> bool:
        if not isinstance(nonce, str) or len(nonce) != 27:
            return False
        try:
            raw = base64.urlsafe_b64decode(nonce + "=")
        except ValueError:
            return False
        stamp, seal = raw[:4], raw[4:]
        age = now - _STAMP.unpack(stamp)[0]
        return hmac.compare_digest(seal, self._seal(stamp)) and -AHEAD_SECONDS <= age <= NONCE_SECONDS

    def _seal(self, stamp: bytes) -> bytes:
        return hmac.digest(self._book.key, b"nonce" + stamp, "sha256")[:16]


def _place(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, in the one spelling of RFC 3986, 6.2. Raises ValueError."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _hash_of(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")


def _demand(fulfilled: bool, cause: str) -> None:
    if not fulfilled:
        raise ProofRefusedError(cause)


__all__ = ["AHEAD_SECONDS", "GOOD_SECONDS", "Asked", "BookFullError", "ProofRefusedError", "Proofs"]
