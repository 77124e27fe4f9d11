"""The doors of a second person: who may decide and withdraw, and what is answered when it cannot be."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from landdata.errors import DeciderDelivered, DeliveryOvertaken, NothingWaits, WithdrawalBlocked
from landdata.model.clients import DECIDE_SCOPE, DELIVER_SCOPE
from landdata.model.deliveries import Decision

UID = UUID("11111111-1111-4111-8111-111111111111")
PATH = f"/v1/deliveries/{UID}"
SAID = {"person": "minh", "reason": "đã đối chiếu sổ địa chính"}


@pytest.fixture
def decider(make_machine):
    return make_machine("LAND_OFFICE", frozenset({DECIDE_SCOPE}))


@pytest.fixture
def asked(monkeypatch):
    """Stands for the flows; notes what came through the doors."""
    seen: list[dict[str, Any]] = []

    def decide(_db, **given: Any) -> int:
        seen.append(given)
        return 2

    monkeypatch.setattr("landdata.flows.decide.decide", decide)
    monkeypatch.setattr("landdata.flows.withdraw.ask", lambda _db, **given: seen.append(given))
    return seen


def test_a_word_goes_to_the_flow_with_who_said_it(api, decider, asked):
    answer = api.http.post(
        f"{PATH}/decisions", json={**SAID, "decision": "approve", "communes": ["07201"]}, headers=decider.bearer()
    )
    assert (answer.status_code, answer.json()) == (202, {"communes": 2})
    assert answer.headers["cache-control"] == "no-store"
    assert asked == [
        {
            "delivery_uid": UID, "office_code": decider.client_id, "decision": Decision.APPROVE, "login": "minh",
            "reason": SAID["reason"], "communes": ["07201"], "client_id": decider.client_id,
        }
    ]  # fmt: skip
    assert api.http.post(f"{PATH}/withdrawal", json=SAID, headers=decider.bearer()).status_code == 202
    assert (asked[1]["login"], asked[1]["client_id"]) == ("minh", decider.client_id)


def test_only_with_the_right_of_deciding(api, office, asked):
    for door, said in (("decisions", {**SAID, "decision": "approve"}), ("withdrawal", SAID)):
        assert api.http.post(f"{PATH}/{door}", json=said).status_code == 401
        answer = api.http.post(f"{PATH}/{door}", json=said, headers=office.bearer(DELIVER_SCOPE))
        assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_INSUFFICIENT")
    assert asked == []


@pytest.mark.parametrize(
    "wrong",
    [{"decision": "perhaps"}, {"communes": []}, {"communes": ["x"]}, {"reason": ""}, {"person": None}, {"more": 1}],
)
def test_nothing_is_guessed(api, decider, asked, wrong):
    said = {**SAID, "decision": "approve"} | wrong
    assert api.http.post(f"{PATH}/decisions", json=said, headers=decider.bearer()).status_code == 422
    assert asked == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NothingWaits(communes="07201"), 409),
        (DeliveryOvertaken(communes="07201"), 409),
        (DeciderDelivered(), 403),
        (WithdrawalBlocked(later=str(UID), communes="07201"), 409),
    ],
)
def test_what_cannot_be_says_why_in_two_languages(api, decider, monkeypatch, error, status):
    def refuse(_db, **_given: Any) -> None:
        raise error

    monkeypatch.setattr("landdata.flows.withdraw.ask", refuse)
    answer = api.http.post(f"{PATH}/withdrawal", json=SAID, headers=decider.bearer())
    assert (answer.status_code, answer.json()["code"]) == (status, error.code)
    assert answer.json()["detail"] == error.sentence("vi")
