"""An issuer like a Keycloak realm, as a process of its own: `python mock_issuer.py PORT`; it mints what a test asks for."""

from __future__ import annotations

import http.server
import json
import sys
import time
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

PORT = int(sys.argv[1])
ISSUER = f"http://127.0.0.1:{PORT}/realms/land"
STATE: dict[str, Any] = {"asked": 0, "moved": "", "size": 0}


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)


KEYS = {"own": new_key(), "stranger": new_key()}
# What a realm publishes beside its signing key: one for encryption, one nobody can read, one without a name.
OTHERS = [
    {**ECKey.generate_key("P-256").as_dict(private=False), "use": "enc", "kid": "enc"},
    {"kty": "OKP-2099", "kid": "later", "use": "sig"},
    {"kty": "RSA", "kid": "broken", "n": 7},
    OctKey.generate_key(256, {"kid": "secret", "use": "sig"}).as_dict(),
]


class Realm(http.server.BaseHTTPRequestHandler):
    """Discovery and keys by GET; `/mint` and `/set` are the test's own."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/realms/land/.well-known/openid-configuration":
            self._say({"issuer": ISSUER, "jwks_uri": STATE["moved"] or f"{ISSUER}/certs"})
        elif self.path == "/realms/land/certs":
            STATE["asked"] += 1
            public = KeySet([KEYS["own"]]).as_dict(private=False)["keys"]
            self._say({"keys": [*OTHERS, *public], "padding": "x" * STATE["size"]})
        else:
            self._say(STATE)

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/set":
            if told.pop("rotate", False):
                KEYS["own"] = new_key()
            STATE.update(told)
            self._say({})
            return
        now = int(time.time())
        claims = {
            "iss": ISSUER, "iat": now, "exp": now + 300, "jti": uuid4().hex, "typ": "Bearer", "azp": "their-desk",
            "sub": str(uuid4()), "scope": "profile land_read", "aud": ["account"], **told.get("claims", {}),
        }  # fmt: skip
        key: Any = KEYS[told.get("key", "own")]
        header = {"alg": "RS256", "typ": "JWT", "kid": KEYS["own"].kid, **told.get("header", {})}
        if header["alg"] == "HS256":
            key = OctKey.import_key(KEYS["own"].as_pem(private=False).hex())
        kept = {name: value for name, value in claims.items() if value is not None}
        head = {name: value for name, value in header.items() if value is not None}
        self._say({"token": jwt.encode(head, kept, key, algorithms=["RS256", "PS256", "HS256"], default_type=None)})

    def _say(self, what: Any) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Realm).serve_forever()
