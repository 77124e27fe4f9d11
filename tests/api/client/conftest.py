"""A land service as a consumer meets it: it checks assertions and DPoP proofs by means of its own, and errs on demand."""

from __future__ import annotations

import hashlib
import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import ECKey

from api.client import Citizen, Procedure, Question

ISSUER = "https://land.example"


def unpack(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def believe(token: str, jwk: dict[str, str] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of an ES256 JWT, its signature proven by the bare curve; `jwk` or the key in its header."""
    head, body, signature = token.split(".")
    header = json.loads(unpack(head))
    public = jwk or header["jwk"]
    x, y = (int.from_bytes(unpack(public[name])) for name in ("x", "y"))
    raw = unpack(signature)
    assert (header["alg"], public["crv"], len(raw)) == ("ES256", "P-256", 64)
    pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    key.verify(pair, f"{head}.{body}".encode(), ECDSA(hashes.SHA256()))
    return header, json.loads(unpack(body))


def thumbprint(jwk: dict[str, str]) -> str:
    canonical = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()


class Land:
    """The service. `errs` are answers (or errors to raise) given before the honest ones, `nonces` wanted in proofs."""

    def __init__(self, key: ECKey, *, dpop: bool = False) -> None:
        self.jwk = key.as_dict(private=False)
        self.dpop = dpop
        self.client_id = "desk"
        self.life = 300
        self.tokens = 0
        self.good: set[str] = set()
        self.bound: dict[str, str] = {}
        self.seen: set[str] = set()
        self.nonces: dict[str, str] = {}
        self.errs: list[Any] = []
        self.token_errs: list[Any] = []
        self.asked: list[Any] = []
        self.pages: dict[str | None, dict[str, Any]] = {}
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            path = request.url.path
            errs = self.token_errs if path == "/oauth2/token" else self.errs
            jkt = self._proof(request, "token" if path == "/oauth2/token" else "api")
            if isinstance(jkt, httpx.Response):
                return jkt
            if path == "/oauth2/token":
                return self._err(errs) or self._token(request, jkt)
            if not self._may(request, jkt):
                return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
            self.asked.append(json.loads(request.content) if request.content else dict(request.url.params))
            return self._err(errs) or self._answer(request)

    def _err(self, errs: list[Any]) -> httpx.Response | None:
        err = errs.pop(0) if errs else None
        if isinstance(err, type):
            raise err("planted")
        return err

    def _proof(self, request: httpx.Request, realm: str) -> str | httpx.Response | None:
        """The key's thumbprint of an acceptable proof (RFC 9449, 4.3), or the demand for a nonce."""
        if not self.dpop:
            assert "DPoP" not in request.headers
            return None
        (proof,) = request.headers.get_list("DPoP")
        header, claims = believe(proof)
        assert header["typ"] == "dpop+jwt"
        assert set(header["jwk"]) == {"kty", "crv", "x", "y"}
        assert claims["htm"] == request.method
        assert claims["htu"] == ISSUER + request.url.path
        assert claims["jti"] not in self.seen
        self.seen.add(claims["jti"])
        token = request.headers.get("Authorization", "").removeprefix("DPoP ")
        digest = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        assert claims.get("ath") == (digest if token else None)
        wanted = self.nonces.get(realm)
        if claims.get("nonce") == wanted:
            return thumbprint(header["jwk"])
        said = {"DPoP-Nonce": wanted, "WWW-Authenticate": 'DPoP error="use_dpop_nonce"'}
        return httpx.Response(400 if realm == "token" else 401, json={"error": "use_dpop_nonce"}, headers=said)

    def _token(self, request: httpx.Request, jkt: str | None) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        header, claims = believe(form["client_assertion"], self.jwk)
        assert header["kid"] == thumbprint(self.jwk)
        assert (claims["iss"], claims["sub"], claims["aud"]) == (self.client_id, self.client_id, ISSUER)
        assert claims["jti"] not in self.seen
        self.seen.add(claims["jti"])
        self.tokens += 1
        token = f"t{self.tokens}"
        self.good.add(token)
        if jkt is not None:
            self.bound[token] = jkt
        kind = "DPoP" if self.dpop else "Bearer"
        return httpx.Response(200, json={"access_token": token, "token_type": kind, "expires_in": self.life})

    def _may(self, request: httpx.Request, jkt: str | None) -> bool:
        scheme, _, token = request.headers["Authorization"].partition(" ")
        assert scheme == ("DPoP" if self.dpop else "Bearer")
        return token in self.good and self.bound.get(token) == jkt

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(":batch"):
            lines = [{**answered(one), "position": at} for at, one in enumerate(self.asked[-1]["requests"])]
            return httpx.Response(200, content="".join(json.dumps(line) + "\n" for line in lines))
        if request.url.path.endswith("/changes"):
            return httpx.Response(200, json=self.pages[self.asked[-1].get("cursor")])
        if request.url.path.endswith("/access-log/heads"):
            return httpx.Response(200, json={"head": None, "statements": [], "keys": []})
        assert request.headers["X-Request-Id"] == self.asked[-1]["request_id"]
        return httpx.Response(200, json=answered(self.asked[-1]))


def answered(asked: dict[str, Any]) -> dict[str, Any]:
    """An honest answer; whoever asks about 0...0 is refused."""
    if asked["id_number"] == "000000000000":
        return {"request_id": asked["request_id"], "access_id": 9, "status": "REFUSED", "reason": "UNIT_NOT_AGREED"}
    return {
        "request_id": asked["request_id"],
        "access_id": 7,
        "status": "NO_RECORD",
        "coverage_as_of": "2026-11-21T08:00:00+07:00",
        "record_version": None,
        "simulated": True,
        "withheld": [{"field": "house_type", "why": "SCOPE"}],
        "certificates": None,
        "a_later_invention": 1,
    }


def question(number: int = 1, **more: Any) -> Question:
    procedure = Procedure("CA-24-001", "CB-0042", "1.004222", "H24-1")
    return Question(Citizen(f"{number:012d}", "Nguyễn Thị Thúy", date(1990, 2, 3)), procedure, **more)


def some_id() -> UUID:
    return UUID("6f1c1f6e-3d1b-4f57-9a53-0c5f6f0f3a11")


@pytest.fixture
def key():
    return ECKey.generate_key("P-256")


@pytest.fixture
def land(key):
    return Land(key)


@pytest.fixture
def bound_land(key):
    return Land(key, dpop=True)


@pytest.fixture
def ask():
    return question
