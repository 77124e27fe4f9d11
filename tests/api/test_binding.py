"""Personal data wants a bound token, unless an agreement in force says why not: at the issue, and at every use."""

from __future__ import annotations

import pytest

from landdata.flows import agreements
from landdata.model.clients import RESIDENCY_SCOPES, STATISTICS_SCOPE
from landdata.model.fields import BASE_SCOPE, Group

UNBOUND = {"token_binding": "UNBOUND", "unbound_reason": "their machine cannot"}
LOOKUP = "/v1/residency/land-records:lookup"


@pytest.fixture
def settings(settings):
    """Every use is judged anew, so that a change of the agreement shows at once."""
    return settings.model_copy(update={"revocation_seconds": 0})


@pytest.fixture
def plain(consumer):
    """A consumer whose machine knows neither DPoP nor certificates."""
    consumer.bound = False
    return consumer


def ask(api, token: str):
    return api.http.post(LOOKUP, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("scope", ["", BASE_SCOPE, Group.WORKS.scope])
def test_no_unbound_token_without_an_agreement_that_allows_it(plain, scope):
    answer = plain.ask(**({"scope": scope} if scope else {}))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "DPoP" in answer.json()["error_description"]


def test_an_agreement_may_allow_one_and_taking_it_back_ends_it(api, database, plain, agree):
    code = agree(plain.client_id, **UNBOUND)
    answer = plain.ask()
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")
    token = answer.json()["access_token"]
    assert ask(api, token).status_code == 415  # believed: only the empty body is wrong
    person = {"code": code, "by": "lan", "reason": "thử"}
    for change, back in (
        (lambda: agreements.suspend(database, **person), lambda: agreements.resume(database, **person)),
        (lambda: agree(plain.client_id, token_binding="REQUIRED"), lambda: agree(plain.client_id, **UNBOUND)),
        (
            lambda: agree(plain.client_id, valid_from="2999-01-01"),
            lambda: agree(plain.client_id, valid_from="2025-01-01"),
        ),
        (lambda: agree(plain.client_id, valid_to="2026-01-02"), lambda: agree(plain.client_id, valid_to=None)),
    ):
        change()
        refused = ask(api, token)
        assert (refused.status_code, refused.json()["code"]) == (401, "TOKEN_UNBOUND")
        assert plain.ask().status_code == 400
        back()
        assert ask(api, token).status_code == 415


def test_a_bound_token_stays_bound_where_an_unbound_one_is_allowed(api, consumer, agree):
    agree(consumer.client_id, **UNBOUND)
    assert ask(api, consumer.token()).json()["code"] == "TOKEN_INVALID"


def test_statistics_need_no_binding(api, make_machine):
    machine = make_machine("CONSUMER", RESIDENCY_SCOPES | {STATISTICS_SCOPE})
    machine.bound = False
    answer = machine.ask(scope=STATISTICS_SCOPE)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")
    token = answer.json()["access_token"]
    assert api.http.get("/v1/coverage", headers={"Authorization": f"Bearer {token}"}).status_code != 401
    assert ask(api, token).json()["code"] == "SCOPE_INSUFFICIENT"


def test_a_certificate_is_nothing_that_a_caller_can_claim(api, plain):
    """Without a proxy that asks for certificates the header is the caller's own words."""
    claimed = {
        "X-Client-Cert": "-----BEGIN%20CERTIFICATE-----AAAA-----END%20CERTIFICATE-----",
        "X-Client-Verify": "SUCCESS",
    }
    answer = api.http.post("/oauth2/token", data=plain.form(), headers=claimed)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
