"""Tokens by private_key_jwt, and every way to forge, replay or overload the proof (A1, A2, A4)."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from landdata.flows import agreements, clients
from landdata.model.clients import RESIDENCY_SCOPES, STATISTICS_SCOPE
from landdata.model.fields import BASE_SCOPE, Group

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED = {"error": "invalid_client", "error_description": "client authentication failed"}


def b64(raw: bytes | str) -> str:
    data = raw.encode() if isinstance(raw, str) else raw
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw_token(machine, header: Any, payload: bytes | str, *, signed: bool = True) -> str:
    """A JWS with any header and payload bytes; signed by the machine's own key when asked."""
    head = header if isinstance(header, str) else json.dumps(header)
    signing_input = f"{b64(head)}.{b64(payload)}"
    if not signed:
        return f"{signing_input}."
    honest = jws.serialize_compact({"alg": "ES256", "kid": machine.key.kid}, b"x", machine.key, algorithms=["ES256"])
    algorithm = jws.JWSRegistry().get_alg("ES256")
    assert honest
    return f"{signing_input}.{b64(algorithm.sign(signing_input.encode(), machine.key))}"


def test_a_token_lives_five_minutes_and_is_for_this_service(api, consumer):
    answer = consumer.ask()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"], set(body["scope"].split())) == (
        "DPoP",
        300,
        RESIDENCY_SCOPES,
    )
    keys = KeySet.import_key_set(api.http.get("/oauth2/jwks").json())
    token = jwt.decode(body["access_token"], keys, algorithms=["ES256"])
    assert token.header == {"alg": "ES256", "typ": "at+jwt", "kid": keys.keys[0].kid}
    assert (token.claims["aud"], token.claims["iss"], token.claims["sub"]) == (
        api.url,
        api.url,
        consumer.client_id,
    )
    assert token.claims["exp"] - token.claims["iat"] == 300
    assert token.claims["cnf"] == {"jkt": consumer.proof_key.thumbprint()}


def test_the_metadata_leads_to_every_endpoint(api):
    metadata = api.http.get("/.well-known/oauth-authorization-server", headers={"Host": "evil.example"}).json()
    assert metadata["issuer"] == api.url
    assert metadata["token_endpoint"] == f"{api.url}/oauth2/token"
    assert metadata["dpop_signing_alg_values_supported"] == ["ES256"]
    assert metadata["tls_client_certificate_bound_access_tokens"] is False
    for endpoint in ("token", "revocation", "introspection"):
        methods = metadata[f"{endpoint}_endpoint_auth_methods_supported"]
        assert methods == ["private_key_jwt", "client_secret_basic"]
        assert metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] == ["ES256"]
        assert metadata[f"{endpoint}_endpoint"].startswith(api.url)
        assert api.http.post(metadata[f"{endpoint}_endpoint"]).status_code == 400
    assert api.http.get(metadata["jwks_uri"]).status_code == 200


def test_published_keys_are_public(api):
    for key in api.http.get("/oauth2/jwks").json()["keys"]:
        assert "d" not in key
        assert key["alg"] == "ES256"


def forged(machine) -> dict[str, str]:
    """Assertions that must all fail in the same way, by what is wrong with them."""
    now = int(time.time())
    stranger = ECKey.generate_key("P-256", {"kid": machine.key.kid})
    claims = machine.claims
    head = {"alg": "ES256", "kid": machine.key.kid}
    public = machine.key.as_dict(private=False)
    wrong_claims = {
        "expired": claims(exp=now - 3600, iat=now - 7200),
        "expires in 2300": claims(exp=10_413_792_000),
        "exp is infinite": claims(exp=float("inf")),
        "exp is not a number": claims(exp=float("nan")),
        "exp of four hundred digits": claims(exp=10**400),
        "iat of four hundred digits": claims(iat=10**400),
        "jti holds half a letter": claims(jti="\ud800"),
        "exp is text": claims(exp=str(now + 60)),
        "exp is true": claims(exp=True),
        "no exp": claims(exp=None),
        "iat far ahead": claims(iat=now + 600),
        "nbf far ahead": claims(nbf=now + 600),
        "nbf is not a number": claims(nbf=float("nan")),
        "audience is a list": claims(aud=[machine.issuer]),
        "audience is the token address": claims(aud=machine.issuer + "/oauth2/token"),
        "no audience": claims(aud=None),
        "another issuer": claims(iss="somebody"),
        "another subject": claims(sub="somebody"),
        "another client altogether": claims(iss="somebody", sub="somebody"),
        "subject is a list": claims(sub=[machine.client_id]),
        "subject is an object": claims(sub={"a": 1}),
        "subject holds NUL": claims(sub="a\x00b", iss="a\x00b"),
        "subject is SQL": claims(sub="' OR 1=1 --", iss="' OR 1=1 --"),
        "no subject": claims(sub=None),
        "no jti": claims(jti=None),
        "jti is a number": claims(jti=7),
        "jti is a list": claims(jti=["a"]),
        "jti is empty": claims(jti=""),
        "jti holds NUL": claims(jti="a\x00b"),
        "jti is long": claims(jti="a" * 300),
    }
    honest = json.dumps(claims())
    secret = OctKey.import_key(json.dumps(public).encode() * 2)
    hs256 = jwt.encode({"alg": "HS256", "kid": machine.key.kid}, claims(), secret, algorithms=["HS256"])
    pem = OctKey.import_key(base64.b64encode(machine.key.as_pem(private=False)))
    hs256_pem = jwt.encode({"alg": "HS256", "kid": machine.key.kid}, claims(), pem, algorithms=["HS256"])
    good = machine.sign(claims())
    return {
        **{name: machine.sign(wrong) for name, wrong in wrong_claims.items()},
        "alg none": raw_token(machine, {"alg": "none"}, honest, signed=False),
        "alg none with kid": raw_token(machine, {"alg": "none", "kid": machine.key.kid}, honest, signed=False),
        "HS256 with the public key": hs256,
        "HS256 with the public key as PEM": hs256_pem,
        "another key, same kid": machine.sign(claims(), stranger),
        "kid is a path": machine.sign(claims(), kid="../../../../etc/passwd"),
        "kid is SQL": machine.sign(claims(), kid="x' UNION SELECT 1 --"),
        "kid is a number": raw_token(machine, {"alg": "ES256", "kid": 7}, honest),
        "kid is a list": raw_token(machine, {"alg": "ES256", "kid": [machine.key.kid]}, honest),
        "jwk in the header": raw_token(
            stranger_of(stranger), {"alg": "ES256", "jwk": stranger.as_dict(private=False)}, honest
        ),
        "jwk beside an honest signature": raw_token(machine, {**head, "jwk": public}, honest),
        "jku in the header": raw_token(machine, {**head, "jku": "http://127.0.0.1:9/keys"}, honest),
        "x5u in the header": raw_token(machine, {**head, "x5u": "http://127.0.0.1:9/cert"}, honest),
        "crit in the header": raw_token(machine, {**head, "crit": ["exp"], "exp": 1}, honest),
        "b64 false": raw_token(machine, {**head, "b64": False, "crit": ["b64"]}, honest),
        "deep header": raw_token(machine, '{"alg":' + "[" * 5000 + "]" * 5000 + "}", honest),
        "deep payload": raw_token(machine, head, '{"sub":' + "[" * 5000 + "]" * 5000 + "}"),
        "payload is a list": raw_token(machine, head, "[]"),
        "payload is text": raw_token(machine, head, '"x"'),
        "payload is no JSON": raw_token(machine, head, b"\xff\xfe"),
        "payload has a huge number": raw_token(machine, head, '{"sub":' + "9" * 6000 + "}"),
        "signature of zeros": good.rsplit(".", 1)[0] + "." + b64(bytes(64)),
        "signature cut": good[:-10],
        "no signature": good.rsplit(".", 1)[0] + ".",
        "four parts": good + ".x",
        "five parts": good + ".x.y",
        "not a token": "hello",
        "only dots": "..",
    }


def stranger_of(key: ECKey) -> Any:
    class Holder:
        pass

    holder = Holder()
    holder.key = key
    return holder


def test_every_forged_assertion_is_refused_alike(consumer):
    answers = {name: consumer.ask(assertion) for name, assertion in forged(consumer).items()}
    wrong = {
        name: (answer.status_code, answer.text)
        for name, answer in answers.items()
        if (answer.status_code, answer.json()) != (401, REFUSED)
    }
    assert wrong == {}
    assert {answer.headers.get("www-authenticate") for answer in answers.values()} == {
        'private_key_jwt error="invalid_client"'
    }
    assert consumer.ask().status_code == 200


def test_a_replayed_assertion_is_refused(consumer):
    assertion = consumer.sign(consumer.claims())
    assert consumer.ask(assertion).status_code == 200
    assert consumer.ask(assertion).status_code == 401
    assert consumer.ask(assertion).json() == REFUSED


def test_of_twenty_replays_at_once_exactly_one_wins(api, consumer):
    form = consumer.form()

    def once(_: int) -> int:
        headers = consumer.proofs()
        return httpx.post(
            f"{api.url}/oauth2/token", data=form, headers=headers, timeout=20, trust_env=False
        ).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(once, range(20)))
    assert statuses == [200] + [401] * 19


def test_a_forged_assertion_does_not_use_up_an_honest_jti(consumer):
    claims = consumer.claims()
    assert (
        consumer.ask(consumer.sign(claims, ECKey.generate_key("P-256", {"kid": consumer.key.kid}))).status_code == 401
    )
    assert consumer.ask(consumer.sign(claims)).status_code == 200


@pytest.mark.parametrize("ahead", [8, 55])
def test_a_clock_a_little_ahead_is_accepted(consumer, ahead):
    now = int(time.time()) + ahead
    assert consumer.ask(consumer.sign(consumer.claims(iat=now, nbf=now, exp=now + 60))).status_code == 200


def test_a_clock_far_ahead_is_refused(consumer):
    now = int(time.time()) + 90
    assert consumer.ask(consumer.sign(consumer.claims(iat=now, exp=now + 60))).status_code == 401


def test_a_disabled_client_gets_nothing_and_returns_when_enabled(consumer, database):
    clients.disable(database, client_id=consumer.client_id)
    assert consumer.ask().json() == REFUSED
    clients.enable(database, client_id=consumer.client_id)
    assert consumer.ask().status_code == 200


def test_scopes_are_never_silently_narrowed(consumer):
    assert consumer.ask(scope=BASE_SCOPE).json()["scope"] == BASE_SCOPE
    for scope in ("land.deliveries", f"{BASE_SCOPE} land.deliveries", "admin", "\u0301"):
        answer = consumer.ask(scope=scope)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_scopes_come_from_agreements_and_what_is_left_out_shows(database, make_machine: Callable[..., Any], agree):
    machine = make_machine("CONSUMER", RESIDENCY_SCOPES | {STATISTICS_SCOPE})
    assert machine.ask().json()["scope"] == STATISTICS_SCOPE
    assert machine.ask(scope=BASE_SCOPE).json()["error"] == "invalid_scope"
    code = agree(machine.client_id, groups=["parcel"])
    agreed = {BASE_SCOPE, Group.PARCEL.scope}
    assert set(machine.ask().json()["scope"].split()) == agreed | {STATISTICS_SCOPE}
    asked = " ".join(RESIDENCY_SCOPES)
    assert set(machine.ask(scope=asked).json()["scope"].split()) == agreed
    assert machine.ask(scope=f"{asked} land.deliveries").json()["error"] == "invalid_scope"
    agreements.suspend(database, code=code, by="lan", reason="thử")
    assert machine.ask(scope=asked).json()["error"] == "invalid_scope"


def test_the_only_resource_is_this_service(consumer):
    assert consumer.ask(resource=consumer.issuer).status_code == 200
    for resource in ("https://elsewhere.example", consumer.issuer + "/v1", "x"):
        answer = consumer.ask(resource=resource)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


def test_the_only_grant_is_client_credentials_and_a_made_up_one_is_not_repeated(consumer):
    for grant in ("password", "authorization_code", "<b>", "", "refresh_token"):
        answer = consumer.http.post("/oauth2/token", data={**consumer.form(), "grant_type": grant})
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
        assert "<" not in answer.text


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"grant_type=client_credentials&grant_type=client_credentials", {}, 400),
        (b"grant_type=client_credentials&x=%00", {}, 400),
        (b"grant_type=client_credentials&x=%ff%fe", {}, 400),
        (b"grant_type=\xff", {}, 400),
        ("grant_type=é".encode(), {}, 400),
        (b"&".join(b"p%d=1" % n for n in range(50)), {}, 400),
        (b"", {}, 400),
        (b"x" * 20_000, {}, 413),
        (b"{}", {"Content-Type": "application/json"}, 400),
        (b"grant_type=client_credentials", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        (b"grant_type=client_credentials", {"Authorization": "Basic /w=="}, 401),
        (b"grant_type=client_credentials", {"Authorization": "Basic " + b64("a:ü")}, 401),
        (b"grant_type=client_credentials&client_assertion=x", {"Authorization": "Basic " + b64("a:b")}, 400),
    ],
)
def test_a_malformed_form_is_a_plain_refusal(api, content, headers, status):
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    answer = api.http.post("/oauth2/token", content=content, headers=sent)
    assert answer.status_code == status
    if status == 401:
        assert answer.json() == REFUSED
    if status == 400:
        assert answer.json()["error"] in {"invalid_request", "unsupported_grant_type"}


def test_parameters_in_the_query_are_refused(consumer):
    answer = consumer.http.post("/oauth2/token?scope=x", data=consumer.form())
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_client_without_proof_is_refused_like_a_wrong_one(consumer):
    for form in (
        {"grant_type": "client_credentials"},
        {"grant_type": "client_credentials", "client_id": consumer.client_id},
        {"grant_type": "client_credentials", "client_id": consumer.client_id, "client_secret": "x"},
        {**consumer.form(), "client_assertion_type": "x"},
    ):
        answer = consumer.http.post("/oauth2/token", data=form)
        assert (answer.status_code, answer.json()) == (401, REFUSED)


def test_of_two_keys_each_works_and_the_kid_says_which(api, database, make_machine: Callable[..., Any], agree):
    machine = make_machine("CONSUMER", RESIDENCY_SCOPES)
    second = ECKey.generate_key("P-256", auto_kid=True)
    both = {"keys": [*machine.jwks["keys"], second.as_dict(private=False)]}
    client_id = machine.client_id + "-2"
    clients.register(database, client_id=client_id, office_code=machine.client_id, jwks=both, scopes=RESIDENCY_SCOPES)
    agree(client_id)
    machine.client_id = client_id
    assert machine.ask(machine.sign(machine.claims())).status_code == 200
    assert machine.ask(machine.sign(machine.claims(), second)).status_code == 200
    assert machine.ask(machine.sign(machine.claims(), second, kid=machine.key.kid)).status_code == 401
    without = jwt.encode({"alg": "ES256"}, machine.claims(), machine.key, algorithms=["ES256"])
    assert machine.ask(without).status_code == 401
