"""An issuer of OpenID Connect, as a process of its own: `python mock_people_issuer.py PORT`; it lies as a test tells it to."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import secrets
import sys
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

ISSUER = f"http://127.0.0.1:{sys.argv[1]}/realms/staff"
KEYS = {name: RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True) for name in ("own", "stranger")}
CODES: dict[str, dict[str, str]] = {}
LIES: dict[str, Any] = {}


def unsigned(claims: dict[str, Any]) -> str:
    head = {"alg": "none", "kid": KEYS["own"].kid}
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (head, claims))
        + "."
    )


class Realm(http.server.BaseHTTPRequestHandler):
    """Discovery, keys, `/auth`, `/token`; `/set` is the test's own."""

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if path.endswith("/.well-known/openid-configuration"):
            told = {"issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token"}
            self._say({**told, "jwks_uri": f"{ISSUER}/certs", **LIES.get("told", {})})
        elif path.endswith("/certs"):
            self._say(KeySet([KEYS["own"]]).as_dict(private=False))
        elif path.endswith("/auth"):
            assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
            code = secrets.token_hex(8)
            CODES[code] = query
            came = {"code": code, "state": query["state"], "iss": ISSUER, **LIES.get("return", {})}
            self._say({}, 302, f"{query['redirect_uri']}?{urlencode(came)}")
        else:
            self._say({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/set":
            LIES.clear()
            LIES.update(json.loads(body))
            return self._say({})
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = CODES.pop(form.get("code", ""), None)
        basic = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
            .decode()
            .rstrip("=")
        )
        if (
            asked is None
            or basic != "land-web:secret-there"
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return self._say({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": "u-77", "aud": "land-web", "iat": now, "exp": now + 60, "nonce": asked["nonce"],
                  "email": "lan@land.example", **LIES.get("claims", {})}  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        key: Any = KEYS[LIES.get("key", "own")]
        header = {"alg": "RS256", "kid": KEYS["own"].kid, **LIES.get("header", {})}
        if header["alg"] == "none":
            token = unsigned(claims)
        else:
            if header["alg"] == "HS256":
                key = OctKey.import_key(KEYS["own"].as_pem(private=False).hex())
            token = jwt.encode(header, claims, key, algorithms=["RS256", "HS256"])
        return self._say({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def _say(self, what: Any, status: int = 200, where: str = "") -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        if where:
            self.send_header("Location", where)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Realm).serve_forever()
