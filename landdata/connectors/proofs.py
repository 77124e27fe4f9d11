"""What a client signs to prove itself: an assertion of who it is (RFC 7523), and a proof that it holds a key (RFC 9449)."""

from __future__ import annotations

import hashlib
import time
import uuid
from base64 import urlsafe_b64encode

from joserfc import jwt
from joserfc.jwk import ECKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHM = "ES256"
_SECONDS = 60


def assertion(key: ECKey, *, client_id: str, issuer: str) -> str:
    """A client assertion, good once and for a minute; the audience is the issuer, as one string."""
    now = int(time.time())
    claims = {
        "iss": client_id, "sub": client_id, "aud": issuer, "jti": str(uuid.uuid4()), "iat": now, "exp": now + _SECONDS,
    }  # fmt: skip
    return jwt.encode({"alg": _ALGORITHM, "kid": key.thumbprint()}, claims, key, algorithms=[_ALGORITHM])


def dpop(key: ECKey, *, method: str, url: str, token: str = "", nonce: str = "") -> str:
    """A proof for one request to `url`, good once; with the access token that goes along, if one does."""
    claims = {"jti": str(uuid.uuid4()), "htm": method, "htu": url.partition("?")[0], "iat": int(time.time())}
    if token:
        claims["ath"] = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    if nonce:
        claims["nonce"] = nonce
    header = {"typ": "dpop+jwt", "alg": _ALGORITHM, "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key, algorithms=[_ALGORITHM])
