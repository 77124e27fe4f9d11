"""Which tokens are believed at the API, for how long, and how they end (security.md A3)."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from api.oauth import keys
from api.oauth.tokens import LEEWAY_SECONDS, TokenBook, Verifier
from landdata.flows import clients
from landdata.model.clients import DELIVER_SCOPE, AuthMethod, Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

LOOKUP = "/v1/residency/land-records:lookup"
ISSUER = "https://land.example"


def believed(answer) -> bool:
    """Whether a token came through: an empty body is then refused as malformed, not the token."""
    return answer.status_code in {400, 415}


def ask(api, text: str, **more: Any):
    """Send a token under the scheme that it wants; `api` signs the proof for one that is bound."""
    scheme = "DPoP" if text in api.holders and api.holders[text].bound else "Bearer"
    return api.http.post(LOOKUP, headers={"Authorization": f"{scheme} {text}"}, **more)


def test_an_honest_token_is_believed_and_the_body_judged_only_then(api, consumer):
    assert believed(ask(api, consumer.token()))
    answer = api.http.post(LOOKUP, content=b"{bad", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_MISSING")
    assert answer.headers["www-authenticate"] == f'Bearer realm="{api.url}", DPoP realm="{api.url}", algs="ES256"'


def test_an_altered_or_foreign_token_is_not_believed(api, consumer, settings):
    good = consumer.token()
    head, body, signature = good.split(".")
    ours = keys.load(settings.data_dir).active
    stranger = ECKey.generate_key("P-256", {"kid": ours.kid})
    now = int(time.time())
    who = {"iss": api.url, "aud": api.url, "sub": consumer.client_id, "client_id": consumer.client_id}
    cnf = {"jkt": consumer.proof_key.thumbprint()}
    claims = {**who, "iat": now, "exp": now + 60, "jti": "j", "scope": "land.residency.read", "cnf": cnf}

    def made(key: ECKey = ours, header: dict[str, Any] | None = None, **changed: Any) -> str:
        head = {"alg": "ES256", "typ": "at+jwt", "kid": ours.kid, **(header or {})}
        kept = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return jwt.encode(
            {k: v for k, v in head.items() if v is not None},
            kept,
            key,
            algorithms=["ES256"],
            default_type=None,
        )

    def send(text: str) -> Any:
        proof = consumer.proof("POST", api.url + LOOKUP, text)
        return api.http.post(
            LOOKUP, headers=[(b"authorization", b"DPoP " + text.encode("latin-1")), (b"dpop", proof.encode())]
        )

    assert believed(send(made()))
    forged = {
        "first letter of the signature": f"{head}.{body}.{'AB'[signature[0] == 'A']}{signature[1:]}",
        "body of another": f"{head}.{made().split('.')[1]}.{signature}",
        "foreign key, our kid": made(stranger),
        "no typ": made(header={"typ": None}),
        "typ JWT": made(header={"typ": "JWT"}),
        "no kid": made(header={"kid": None}),
        "jwk": made(header={"jwk": stranger.as_dict(private=False)}),
        "a client assertion": consumer.sign(consumer.claims()),
        "an assertion with typ": consumer.sign(consumer.claims(), typ="at+jwt"),
        "another issuer": made(iss="https://elsewhere.example"),
        "another audience": made(aud="https://elsewhere.example"),
        "a list of audiences": made(aud=[api.url]),
        "another subject": made(sub="somebody"),
        "an unknown client": made(sub="somebody", client_id="somebody"),
        "client id with NUL": made(sub="a\x00", client_id="a\x00"),
        "expired": made(iat=now - 400, exp=now - 100),
        "from the future": made(iat=now + 60),
        "exp is text": made(exp=str(now + 60)),
        "exp is infinite": made(exp=float("inf")),
        "exp is missing": made(exp=None),
        "scope is a number": made(scope=7),
        "scope is missing": made(scope=None),
        "jti is missing": made(jti=None),
        "jti holds NUL": made(jti="a\x00"),
        "bound to nothing": made(cnf=None),
        "bound to an empty claim": made(cnf={}),
        "bound to a key and to what we cannot check": made(cnf={**cnf, "kid": "x"}),
        "bound to half a thumbprint": made(cnf={"jkt": cnf["jkt"][:20]}),
        "bound to a list": made(cnf=[cnf]),
        "bound to a certificate": made(cnf={"x5t#S256": cnf["jkt"]}),
        "long": "a" * 10_000,
        "not a token": "hello",
        "letters": "tiếng-việt".encode().decode("latin-1"),
    }
    wrong = {}
    for name, text in forged.items():
        answer = send(text)
        if (answer.status_code, answer.json()["code"]) != (401, "TOKEN_INVALID"):
            wrong[name] = (answer.status_code, answer.text)
    assert wrong == {}


def test_a_token_counts_only_in_one_authorization_header(api, consumer):
    token = consumer.token()
    assert api.http.post(f"{LOOKUP}?access_token={token}").json()["code"] == "TOKEN_MISSING"
    assert api.http.post(LOOKUP, data={"access_token": token}).json()["code"] == "TOKEN_MISSING"
    for scheme in ("Basic", "Bearer", "Token", ""):
        answer = api.http.post(LOOKUP, headers={"Authorization": f"{scheme} {token}".strip()})
        assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_INVALID")
    twice = [("Authorization", f"DPoP {token}"), ("Authorization", f"DPoP {token}")]
    assert api.http.post(LOOKUP, headers=twice).status_code == 401
    proof = consumer.proof("POST", api.url + LOOKUP, token)
    assert believed(api.http.post(LOOKUP, headers={"Authorization": f"dpop {token}", "DPoP": proof}))


def test_a_scope_that_is_missing_is_named(api, consumer, office):
    answer = ask(api, office.token())
    assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_INSUFFICIENT")
    assert 'scope="land.residency.read"' in answer.headers["www-authenticate"]
    answer = api.http.post("/v1/deliveries", headers=consumer.bearer())
    assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_INSUFFICIENT")


def test_a_revoked_token_ends_at_once_and_stays_ended(api, consumer, office, database):
    token, other = consumer.token(), office.token()
    assert believed(ask(api, token))
    form = {"client_assertion_type": consumer.form()["client_assertion_type"]}

    def revoke(machine, text: str, **more: str) -> Any:
        sent = {**form, "client_assertion": machine.sign(machine.claims()), "token": text, **more}
        return api.http.post("/oauth2/revoke", data=sent)

    assert revoke(office, token).json()["error"] == "invalid_grant"
    assert believed(ask(api, token))
    assert revoke(consumer, token, token_type_hint="nonsense").status_code == 200
    assert ask(api, token).status_code == 401
    jti = jws.extract_compact(token.encode()).payload
    other_process = clients.believe(database, client_id=consumer.client_id, jti=json.loads(jti)["jti"])
    assert other_process is None
    assert revoke(consumer, token).status_code == 200
    assert revoke(consumer, "hello").status_code == 200
    assert revoke(consumer, "").status_code == 400
    assert api.http.post("/oauth2/revoke", data={"token": token}).status_code == 401
    assert believed(ask(api, consumer.token()))
    assert (
        api.http.get(
            "/v1/deliveries/00000000-0000-0000-0000-000000000000",
            headers={"Authorization": f"Bearer {other}"},
        ).status_code
        == 404
    )


def test_no_token_or_assertion_reaches_the_log(api, consumer, caplog):
    with caplog.at_level(logging.DEBUG):
        assertion = consumer.sign(consumer.claims())
        token = consumer.ask(assertion).json()["access_token"]
        ask(api, token)
        api.http.post(f"{LOOKUP}?access_token={token}")
        ask(api, token[:-4] + "AAAA")
        consumer.ask(assertion)
    # The first two are the test's own client; the third is switched off in api.__main__ (test_main.py), but
    # pytest hangs its own handler on it.
    others = ("httpx", "httpcore", "uvicorn.access")
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith(others))
    assert "refused what=assertion" in ours
    for secret in (token.split(".")[2], assertion.split(".")[2], token[:-4]):
        assert secret not in ours


class Clients:
    """One client in memory, counting how often it is asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.client: Client | None = Client(
            "c", "office", AuthMethod.PRIVATE_KEY_JWT, {}, frozenset({DELIVER_SCOPE}), enabled=True
        )

    def find(self, _client_id: str) -> Client | None:
        return self.client

    def believe(self, _client_id: str, _jti: str) -> Client | None:
        self.asked += 1
        return self.client

    def use_assertion(self, _client_id: str, _jti: str, _expires_at: datetime) -> bool:
        return True

    def revoke_token(self, _jti: str, _expires_at: datetime) -> None:
        return None


@pytest.fixture
def signing(tmp_path: Path) -> keys.KeyRing:
    return keys.KeyRing(tmp_path)


@pytest.fixture
def sign(signing) -> Callable[..., str]:
    def made(**changed: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": "c",
            "client_id": "c",
            "iat": now,
            "exp": now + 60,
            "jti": "j",
            "scope": DELIVER_SCOPE,
        }
        return jwt.encode(
            {"alg": "ES256", "typ": "at+jwt"},
            {**claims, **changed},
            signing.current().signing_set,
            algorithms=["ES256"],
        )

    return made


def test_a_token_is_believed_for_the_promised_seconds_and_no_longer(signing, sign):
    store, clock = Clients(), [0.0]
    book = TokenBook(Verifier(signing, ISSUER), store, believe_seconds=30, clock=lambda: clock[0])
    token = sign()
    for _ in range(3):
        assert anyio.run(book.verify, token) is not None
    assert store.asked == 1
    store.client = None
    clock[0] = 29.9
    assert anyio.run(book.verify, token) is not None
    clock[0] = 30.0
    assert anyio.run(book.verify, token) is None
    assert store.asked == 2


def test_a_scope_taken_from_the_client_is_gone_from_its_tokens(signing, sign):
    store = Clients()
    book = TokenBook(Verifier(signing, ISSUER), store, believe_seconds=0)
    store.client = Client(
        "c", "office", AuthMethod.PRIVATE_KEY_JWT, {}, frozenset({"land.statistics.read"}), enabled=True
    )
    verified = anyio.run(book.verify, sign())
    assert verified is not None
    assert verified.scopes == frozenset()


def test_a_remembered_token_ends_with_its_own_time(signing, sign, monkeypatch):
    book = TokenBook(Verifier(signing, ISSUER), Clients(), believe_seconds=60)
    token = sign(exp=int(time.time()) + 1)
    assert anyio.run(book.verify, token) is not None
    later = time.time() + 2 + LEEWAY_SECONDS
    monkeypatch.setattr("api.oauth.tokens.time.time", lambda: later)
    assert anyio.run(book.verify, token) is None


def test_the_book_is_bounded(signing, sign):
    book = TokenBook(Verifier(signing, ISSUER), Clients(), believe_seconds=30, most=3)
    for number in range(10):
        assert anyio.run(book.verify, sign(jti=str(number))) is not None
    assert len(book._book) == 3


def test_disabling_a_client_is_seen_when_its_token_is_asked_for_again(database, consumer, signing):
    claims = json.dumps({"client": consumer.client_id})
    assert clients.believe(database, client_id=consumer.client_id, jti=claims) is not None
    clients.disable(database, client_id=consumer.client_id)
    assert clients.believe(database, client_id=consumer.client_id, jti=claims) is None
