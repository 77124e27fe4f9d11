"""The gate itself: who may call it, what it promises of a set, and what its counters say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from landworld import COMMUNES, Desk, row, through_gate
from sqlalchemy import text

from landdata.errors import AccessLogUnwritten, DatabaseUnavailable
from landdata.flows import agreements
from landdata.model.agreements import PopulationReader, UnitScope
from landdata.model.clients import RESIDENCY_SCOPES
from landdata.store.engine import Database
from landdata.store.tables import SCHEMAS

HOME, AWAY = COMMUNES[0], COMMUNES[-1]
A, B = "024070000001", "024070000002"
# What the counters say, and what counting says.
KEPT = "SELECT epoch_id, unit_id, communes, connected FROM stats.connected ORDER BY 1, 2"


@pytest.fixture
def desk(country, tmp_path, monkeypatch) -> Desk:
    """Two citizens in one commune, and an agreement."""
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(country, tmp_path)
    made.deliver([row(HOME, 1), row(HOME, 2)])
    made.people.add(A, "Nguyễn Văn A", "1970")
    made.people.add(B, "Nguyễn Văn A", "1970")
    made.match()
    made.agree()
    return made


@pytest.fixture
def least(desk) -> Database:
    """The role that answers consumers, connected as itself."""
    return desk.api


def ask(desk: Desk, db: Database, **changed: Any) -> Any:
    caller = PopulationReader("police", "jti", RESIDENCY_SCOPES, "10.0.0.1")
    request = desk.request(A, "Nguyễn Văn A", "1970", **changed)
    return through_gate(db, desk.keys, caller, [request])[0]


def test_the_right_to_call_the_gate_is_enough_and_is_all(desk, least):
    answer = ask(desk, least)
    assert answer.status.value == "FOUND"
    assert desk.rows("SELECT status FROM audit.access_event WHERE access_id = :id", id=answer.access_id) == [("FOUND",)]
    tables = desk.rows(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = ANY(:names)",
        names=list(SCHEMAS),
    )
    assert len(tables) > 30
    rights = "SELECT has_table_privilege(:role, :name, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')"
    open_ones = [name for (name,) in tables if desk.scalar(rights, role=least.engine.url.username, name=name)]
    assert open_ones == []
    for sql in (
        "SELECT * FROM land.holder",
        "SELECT * FROM audit.access_event",
        "DELETE FROM share.quota_use",
        "SELECT nextval('audit.access_event_access_id_seq')",
        "SELECT share.not_covered(0::smallint, NULL, NULL)",
    ):
        with pytest.raises(Exception, match="permission denied"), least.write() as tx:
            tx.connection.execute(text(sql))


def test_nobody_may_call_it_unless_named(desk):
    for other in (desk.worker, desk.uploader):
        with pytest.raises((AccessLogUnwritten, DatabaseUnavailable)):
            ask(desk, other)


def test_a_version_changes_with_the_record_and_with_nothing_else(desk):
    first = desk.ask(A)["record_version"]
    assert desk.ask(A, fields=("area_m2",))["record_version"] == first
    desk.deliver([row(HOME, 1), row(HOME, 2)])  # the same again
    assert desk.ask(A)["record_version"] == first
    desk.deliver([row(HOME, 1), row(HOME, 2, area_m2=100.4), row(HOME, 3)])  # the neighbours
    desk.match()
    assert desk.ask(A)["record_version"] == first
    desk.deliver([row(HOME, 1, area_m2=100.4), row(HOME, 2, area_m2=100.4), row(HOME, 3)])
    changed = desk.ask(A)["record_version"]
    assert changed != first
    desk.deliver([row(HOME, 1), row(HOME, 2, area_m2=100.4), row(HOME, 3)])
    assert desk.ask(A)["record_version"] == first  # it says what it said


def test_versions_and_places_come_back_with_a_withdrawn_record(desk):
    desk.deliver([row(AWAY, 7, id_number=A), row(AWAY, 8, id_number=A), row(AWAY, 9, id_number=None)])
    desk.match()
    before = desk.ask(A)
    assert len(before["certificates"]) == 3
    taken = desk.deliver(
        [row(AWAY, 7, id_number=A, area_m2=100.3), row(AWAY, 8, id_number=A), row(AWAY, 9, id_number=None)]
    )
    assert desk.ask(A)["record_version"] != before["record_version"]
    desk.withdraw(taken.delivery_uid)
    after = desk.ask(A)
    assert (after["record_version"], after["certificates"]) == (before["record_version"], before["certificates"])


def test_the_quota_ends_within_a_set(desk):
    desk.agree("small", daily_quota=2)
    numbers = [A, B, A, "024070000009", B]
    requests = [desk.request(number, "X", "1970") for number in numbers]
    answers = desk.ask_all(requests, client_id="small")
    assert [one.refusal.code if one.refusal else None for one in answers] == [None, None, None, "QUOTA_USED_UP", None]
    assert desk.scalar("SELECT sum(used) FROM share.quota_count WHERE client_id = 'small'") == 2
    assert desk.scalar("SELECT count(*) FROM share.quota_use WHERE client_id = 'small'") == 2
    # A repetition counts for no new citizen, and the refused one left nothing that could be repeated.
    assert desk.ask_all([requests[0]], client_id="small")[0].refusal is None
    assert desk.ask_all([requests[3]], client_id="small")[0].refusal.code == "QUOTA_USED_UP"
    assert desk.scalar("SELECT sum(used) FROM share.quota_count WHERE client_id = 'small'") == 2


def test_what_was_not_covered_then_is_so_in_a_repetition(desk):
    unit = UnitScope(AWAY, "commune", "2023")
    asked = [desk.request("024099000009", "X", "1970", unit=unit), desk.request("024099000009", "X", "1970")]
    before = [json.loads(one.body) for one in desk.ask_all(asked)]
    assert [one["status"] for one in before] == ["NOT_COVERED", "NOT_COVERED"]
    desk.deliver([row(AWAY, 7, id_number=None)])
    own = {"access_id": 0, "coverage_as_of": 0}
    again = [json.loads(one.body) for one in desk.ask_all(asked)]
    assert [one | own for one in again] == [one | own for one in before]
    fresh = [desk.ask("024099000009", "X", unit=one.unit) for one in asked]
    assert fresh[0]["status"] == "NO_RECORD"
    assert fresh[1]["not_covered"] != before[1]["not_covered"]


def test_connected_communes_are_counted_as_they_come_and_go(desk):
    def counted() -> tuple[list[Any], list[Any]]:
        kept = desk.rows(KEPT)
        desk.execute("SELECT stats.count_connected()")
        return kept, desk.rows(KEPT)

    kept, anew = counted()
    assert kept == anew
    assert sum(one[3] for one in kept)
    sent = desk.deliver([row(AWAY, 7, id_number=None)])
    more, anew = counted()
    assert more == anew
    assert more != kept
    desk.withdraw(sent.delivery_uid)
    back, anew = counted()
    assert back == anew == kept


def test_quotas_of_past_days_are_forgotten(desk):
    assert desk.ask(A)["status"] == "FOUND"
    assert agreements.prune(desk.db) == 0
    for table in ("quota_use", "quota_count"):
        desk.execute(f"UPDATE share.{table} SET day = day - 2")
    assert agreements.prune(desk.db) == 1
    assert desk.scalar("SELECT count(*) FROM share.quota_count") == 0
