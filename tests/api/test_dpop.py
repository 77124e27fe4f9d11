"""Tokens bound to a key (RFC 9449): a stolen token, or a stolen proof, opens nothing (security.md A5, F9)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from api.oauth.dpop import Asked, ProofRefusedError, Proofs
from api.oauth.replays import ReplayBook

LOOKUP = "/v1/residency/land-records:lookup"
ISSUER = "https://land.example"


def send(api, token: str, *proofs: str, scheme: str = "DPoP", path: str = LOOKUP):
    """A request with these proofs and no others."""
    headers = [("Authorization", f"{scheme} {token}"), *(("DPoP", one) for one in proofs)]
    return httpx.post(api.url + path, headers=headers, timeout=20, trust_env=False)


def taken(answer) -> bool:
    """Whether the caller was believed: an empty body is refused only then."""
    return answer.status_code == 415


def wrong_proofs(consumer, url: str, token: str | None) -> dict[str, list[str]]:
    """What is sent instead of an honest proof, by what is wrong with it."""
    now, key = int(time.time()), consumer.proof_key
    stranger, rsa = ECKey.generate_key("P-256"), RSAKey.generate_key(2048)

    def made(
        *, head: Any = None, key: ECKey | None = None, method: str = "POST", to: str = url, **changed: Any
    ) -> list[str]:
        return [consumer.proof(method, to, token, key, head, **changed)]

    good = made()[0]
    secret = OctKey.import_key("s" * 32)
    return {
        "none": [],
        "two": made() + made(),
        "empty": [""],
        "not a token": ["hello"],
        "long": [good + "a" * 5000],
        "signature cut": [good[:-10]],
        "signed by another": [good.rsplit(".", 1)[0] + "." + made(key=stranger)[0].rsplit(".", 1)[1]],
        "another method": made(method="GET"),
        "another path": made(to=url + "x"),
        "another host": made(to=url.replace("127.0.0.1", "evil.example")),
        "no address": made(htu=None),
        "address is a number": made(htu=7),
        "a minute old": made(iat=now - 62),
        "a clock far ahead": made(iat=now + 15),
        "no time": made(iat=None),
        "time is text": made(iat=str(now)),
        "time is not a number": made(iat=float("nan")),
        "time is true": made(iat=True),
        "time of four hundred digits": made(iat=10**400),
        "time before all times": made(iat=-(10**400)),
        "time has no end": made(iat=float("inf")),
        "no jti": made(jti=None),
        "jti is a number": made(jti=7),
        "jti holds NUL": made(jti="a\x00"),
        "half a letter": made(jti="\ud800"),
        "address holds half a letter": made(htu=url + "\ud800%41"),
        "address of a port that cannot be": made(htu="http://127.0.0.1:99999/"),
        "no typ": made(head={"typ": None}),
        "typ JWT": made(head={"typ": "JWT"}),
        "no key": made(head={"jwk": None}),
        "private key shown": made(head={"jwk": key.as_dict(private=True)}),
        "key by reference": made(head={"jku": "http://127.0.0.1:9/keys"}),
        "another key in the header": made(head={"jwk": stranger.as_dict(private=False)}),
        "RSA key": made(head={"jwk": rsa.as_dict(private=False)}),
        "a secret as key": made(head={"jwk": secret.as_dict()}),
        "a client assertion": [consumer.sign(consumer.claims())],
    }


def test_an_honest_proof_is_taken_once(api, consumer):
    token = consumer.token()
    proof = consumer.proof("POST", api.url + LOOKUP, token)
    assert taken(send(api, token, proof))
    answer = send(api, token, proof)
    assert (answer.status_code, answer.json()["code"]) == (401, "PROOF_INVALID")
    challenge = answer.headers["www-authenticate"]
    assert challenge == f'DPoP realm="{api.url}", error="invalid_dpop_proof", algs="ES256"'
    assert taken(send(api, token, consumer.proof("POST", api.url + LOOKUP, token)))


def test_a_stolen_token_is_worth_nothing(api, consumer):
    token, url = consumer.token(), api.url + LOOKUP
    proofs = {
        **wrong_proofs(consumer, url, token),
        "another key": [consumer.proof("POST", url, token, ECKey.generate_key("P-256"))],
        "no token in it": [consumer.proof("POST", url)],
        "another token in it": [consumer.proof("POST", url, "another")],
        "half a letter for a token": [consumer.proof("POST", url, token, ath="\ud800")],
        "a list for a token": [consumer.proof("POST", url, token, ath=["a"])],
    }
    answers = {name: send(api, token, *sent) for name, sent in proofs.items()}
    wrong = {
        name: answer.text
        for name, answer in answers.items()
        if (answer.status_code, answer.json()["code"]) != (401, "PROOF_INVALID")
    }
    assert wrong == {}
    as_bearer = send(api, token, consumer.proof("POST", url, token), scheme="Bearer")
    assert (as_bearer.status_code, as_bearer.json()["code"]) == (401, "TOKEN_INVALID")


def test_no_token_without_an_honest_proof(api, consumer):
    url = f"{api.url}/oauth2/token"

    def ask(sent: list[str]) -> httpx.Response:
        headers = [("DPoP", one) for one in sent]
        return httpx.post(url, data=consumer.form(), headers=headers, timeout=20, trust_env=False)

    answers = {name: ask(sent) for name, sent in wrong_proofs(consumer, url, None).items()}
    missing = answers.pop("none")
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    wrong = {
        name: answer.text
        for name, answer in answers.items()
        if (answer.status_code, answer.json()["error"]) != (400, "invalid_dpop_proof")
    }
    assert wrong == {}
    assert len({answer.text for answer in answers.values()}) == 1
    again = consumer.proof("POST", url)
    assert [ask([again]).status_code for _ in range(2)] == [200, 400]


def test_spellings_of_one_address_are_one(api, consumer):
    token, port = consumer.token(), api.url.rpartition(":")[2]
    for address in (
        f"{api.url}{LOOKUP}?a=b#c",
        f"HTTP://127.0.0.1:{port}{LOOKUP}",
        f"{api.url}{LOOKUP.replace(':', '%3A')}",
    ):
        assert taken(send(api, token, consumer.proof("POST", address, token))), address


def test_of_twenty_replays_at_once_exactly_one_is_taken(api, consumer):
    token = consumer.token()
    proof = consumer.proof("POST", api.url + LOOKUP, token)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: taken(send(api, token, proof)), range(20)))
    assert sum(answers) == 1


@pytest.fixture
def at(tmp_path):
    """Proofs of an issuer of their own at a clock that a test sets, on a book that began an hour ago."""
    clock = [time.time()]
    book = ReplayBook(tmp_path / "a.book", slots=1024)
    book._map[40:48] = int(clock[0] - 3600).to_bytes(8, "little")
    yield clock, book
    book.close()


def asked(consumer, **changed: Any) -> Asked:
    return Asked("POST", "/x", [consumer.proof("POST", f"{ISSUER}/x", **changed)])


@pytest.mark.parametrize(("off", "good"), [(8, True), (-55, True), (12, False), (-62, False)])
def test_a_clock_may_be_a_little_wrong(at, consumer, off, good):
    clock, book = at
    request, proofs = asked(consumer, iat=int(clock[0]) + off), Proofs(ISSUER, book, clock=lambda: clock[0])
    if good:
        assert proofs.check(request) == consumer.proof_key.thumbprint()
        return
    with pytest.raises(ProofRefusedError, match="time"):
        proofs.check(request)


def test_a_nonce_is_good_for_minutes_where_it_was_given(at, consumer, tmp_path):
    clock, book = at
    ours = Proofs(ISSUER, book, nonces=True, clock=lambda: clock[0])
    with pytest.raises(ProofRefusedError) as refused:
        ours.check(asked(consumer))
    assert refused.value.wants_nonce
    nonce = ours.nonce()
    for _ in range(2):
        assert ours.check(asked(consumer, nonce=nonce)) == consumer.proof_key.thumbprint()
    other_book = ReplayBook(tmp_path / "other.book", slots=1024)
    forged = nonce[:10] + ("A" if nonce[10] != "A" else "B") + nonce[11:]
    elsewhere = Proofs(ISSUER, other_book, nonces=True, clock=lambda: clock[0])
    for proofs, given in ((elsewhere, nonce), (ours, forged), (ours, "x"), (ours, 7), (ours, nonce + "=")):
        with pytest.raises(ProofRefusedError):
            proofs.check(asked(consumer, nonce=given))
    clock[0] += 301
    with pytest.raises(ProofRefusedError):
        ours.check(asked(consumer, iat=int(clock[0]), nonce=nonce))
    other_book.close()


def test_with_nonces_the_first_answer_brings_one(api, consumer):
    """Without it every token request is refused, and every answer to a caller says which to use next."""
    api.app.state.services.proofs.nonces = True
    refused = consumer.ask()
    assert (refused.status_code, refused.json()["error"]) == (400, "use_dpop_nonce")
    nonce = refused.headers["dpop-nonce"]
    url = f"{api.url}/oauth2/token"
    answer = httpx.post(
        url, data=consumer.form(), headers={"DPoP": consumer.proof("POST", url, nonce=nonce)}, trust_env=False
    )
    assert answer.status_code == 200
    assert answer.headers["dpop-nonce"]
    token = answer.json()["access_token"]
    first = send(api, token, consumer.proof("POST", api.url + LOOKUP, token))
    assert 'error="use_dpop_nonce"' in first.headers["www-authenticate"]
    second = send(api, token, consumer.proof("POST", api.url + LOOKUP, token, nonce=first.headers["dpop-nonce"]))
    assert taken(second)
    assert second.headers["dpop-nonce"]


def test_a_full_book_takes_nobody_unwritten(api, consumer, tmp_path):
    token, services = consumer.token(), api.app.state.services
    services.proofs._book = small = ReplayBook(tmp_path / "small.book", slots=256)
    small._map[40:48] = bytes(8)
    codes = [
        send(api, token, consumer.proof("POST", api.url + LOOKUP, token, jti=uuid4().hex)).status_code for _ in range(3)
    ]
    assert codes == [415] * 3
    now = time.time()
    for number in range(189):
        small.use(str(number), int(now), now)
    full = send(api, token, consumer.proof("POST", api.url + LOOKUP, token, iat=int(now)))
    assert (full.status_code, full.json()["code"]) == (503, "PROOFS_FULL")
    small.close()
