"""What a client proves itself with: its private key, assertions (RFC 7523) and DPoP proofs (RFC 9449)."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

ASSERTION_SECONDS = 60
# The service that a nonce came from: the authorization server and the API each give their own (RFC 9449, 8 and 9).
Realm = Literal["token", "api"]


def load_key(source: Path | bytes | str) -> ECKey:
    """A private P-256 key from a file, or from its PEM or JWK text. Raises ValueError for anything else."""
    content = source.read_bytes() if isinstance(source, Path) else source
    content = content.encode() if isinstance(content, str) else content
    key = ECKey.import_key(json.loads(content) if content.lstrip().startswith(b"{") else content)
    if not key.is_private or key.curve_name != "P-256":
        raise ValueError("a private EC key on the curve P-256 is needed")
    return key


def assertion(key: ECKey, *, client_id: str, issuer: str) -> str:
    """A new private_key_jwt: audience is the issuer, one string; good once; kid is the RFC 7638 thumbprint."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    return jwt.encode({"alg": "ES256", "typ": "JWT", "kid": key.thumbprint()}, claims, key, algorithms=["ES256"])


class Proofs:
    """Makes DPoP proofs with one key, and remembers the newest nonce of each realm."""

    def __init__(self, key: ECKey | None = None) -> None:
        self.key = key or ECKey.generate_key("P-256")
        # The parameters alone: a kid or the like would only tell clients apart to those who need not know.
        public = self.key.as_dict(private=False)
        self._jwk = {name: public[name] for name in ("kty", "crv", "x", "y")}
        self._nonces: dict[Realm, str] = {}

    def proof(self, method: str, url: str, *, realm: Realm, token: str | None = None) -> str:
        """A new proof for one request; it is good once, so each attempt needs its own."""
        claims: dict[str, Any] = {
            "jti": str(uuid4()),
            "htm": method,
            "htu": urlunsplit((*urlsplit(url)[:3], "", "")),
            "iat": int(time.time()),
        }
        if token is not None:
            claims["ath"] = _b64(hashlib.sha256(token.encode("ascii")).digest())
        if realm in self._nonces:
            claims["nonce"] = self._nonces[realm]
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self._jwk}
        return jwt.encode(header, claims, self.key, algorithms=["ES256"])

    def learn(self, realm: Realm, nonce: str | None) -> bool:
        """Keep a nonce that the service sent, with whatever answer; whether it sent one."""
        if nonce:
            self._nonces[realm] = nonce
        return bool(nonce)


def _b64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
