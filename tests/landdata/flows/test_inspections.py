"""Looks into the log: searched by everything it holds, recorded for good; a citizen's view with lawful delays."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from landworld import AGENCY, COMMUNES, CONSUMER, SERVICE, row
from logworld import faults, sealed

from landdata.errors import (
    EntryUnknown,
    InspectionUnfit,
    PersonUnknown,
    SecondPersonNeeded,
    SecrecyUnfit,
    SecrecyUnknown,
)
from landdata.flows import inspections
from landdata.model.inspections import Inspector, SecrecyStep, SecrecyTerms, Sought
from landdata.store import inspections as inspection_store

WHO = Inspector("lan", "khiếu nại 12", "TT-2026-3")
NUMBER, OTHER = "024070000001", "024070000002"
APPROVED, REJECTED, ENDED = SecrecyStep.APPROVED, SecrecyStep.REJECTED, SecrecyStep.ENDED


@pytest.fixture
def asked(desk, in_process):
    desk.deliver([row(COMMUNES[0], 1), row(COMMUNES[0], 2)])
    desk.agree()
    for number in (NUMBER, OTHER, NUMBER):
        desk.ask(number)
    return desk


def found(desk, **sought: Any) -> list[int]:
    return [one.access_id for one in inspections.search(desk.db, who=WHO, sought=Sought(**sought)).entries]


def test_search_by_everything_and_page_by_key(asked):
    subject = asked.keys.index(NUMBER)
    assert found(asked, client_id=CONSUMER) == [3, 2, 1]
    assert found(asked, subject=subject) == [3, 1]
    assert found(asked, agency_code=AGENCY, service_code=SERVICE, status="UNAVAILABLE", limit=2) == [3, 2]
    assert found(asked, agency_code=AGENCY, before=2) == [1]
    assert found(asked, since=datetime.now(UTC)) == []
    assert found(asked, until=datetime.now(UTC) - timedelta(hours=1), client_id=CONSUMER) == []
    page = inspections.search(asked.db, who=WHO, sought=Sought(client_id=CONSUMER, limit=3))
    assert (page.before, page.entries[0].subject, page.entries[0].agreement) == (1, subject, f"TT-{CONSUMER}")
    (first,) = inspections.search(asked.db, who=WHO, sought=Sought(client_id=CONSUMER, before=2)).entries
    assert (first.officer_code, first.case_file_no, first.address) == ("CB-1", "HS-1", "10.0.0.1")


def test_every_look_is_recorded_before_anything_is_shown_and_sealed_with_the_log(asked, superuser):
    found(asked, subject=asked.keys.index(NUMBER))
    page = inspections.search(asked.db, who=WHO, sought=Sought(client_id="landdata:inspection"))
    assert [(one.officer_code, one.service_code, one.case_file_no, one.status) for one in page.entries] == [
        ("lan", "SEARCH", "TT-2026-3", "INSPECTED")
    ]
    assert NUMBER not in asked.scalar("SELECT string_agg(sought || reason, ' ') FROM audit.inspection")
    assert faults(asked) == []
    superuser("UPDATE audit.inspection SET reason = 'khác' WHERE inspection_id = 1")
    assert faults(asked) == [("INSPECTION_DIFFERS", None, 4)]
    superuser("DELETE FROM audit.inspection")
    assert [one[2] for one in faults(asked)] == [4, 5]


def test_one_entry_is_shown_with_all_that_vouches_for_it_and_is_recorded_first(asked, superuser):
    sealed(asked)
    shown = inspections.show(asked.db, who=WHO, access_id=1)
    assert (shown.entry.access_id, shown.entry.agreement, shown.under.code) == (1, f"TT-{CONSUMER}", f"TT-{CONSUMER}")
    assert (shown.under.version, shown.under.purpose, len(shown.under.fields)) == (1, "cư trú", 18)
    assert shown.seal.seal_no == 1
    assert [one.kind for one in shown.anchors] == ["FILE"]
    (own,) = found(asked, client_id="landdata:inspection", subject=asked.keys.index(NUMBER))
    assert own == shown.look, "the citizen sees that this entry was looked at"
    with pytest.raises(EntryUnknown):
        inspections.show(asked.db, who=WHO, access_id=999)
    # What was never sealed has nothing to vouch for it yet.
    assert inspections.show(asked.db, who=WHO, access_id=shown.look).seal is None


def test_what_stands_out_is_counted_without_the_inspectors_own_looks(asked):
    asked.ask(NUMBER, service_code="LA-1", officer_code="CB-9")
    now = datetime.now(UTC)
    said = {"since": now - timedelta(days=1), "until": now + timedelta(minutes=1)}
    found(asked, client_id=CONSUMER)
    shown = inspections.patterns(asked.db, who=WHO, **said)
    [client] = shown.clients
    assert (client.name, client.many, client.refused, client.citizens) == (CONSUMER, 4, 1, 2)
    assert [(one.name, one.many, one.refused_share) for one in shown.officers] == [
        (f"{AGENCY} · CB-1", 3, 0.0), (f"{AGENCY} · CB-9", 1, 1.0),
    ]  # fmt: skip
    assert ("PROCEDURE_NOT_AGREED", 1) in shown.refusals
    assert found(asked, refusal="PROCEDURE_NOT_AGREED") == [4]
    kept = asked.rows("SELECT sought FROM audit.inspection ORDER BY inspection_id")
    assert '"patterns": true' in kept[1][0]
    for since, until in ((now, now), (now - timedelta(days=93), now)):
        with pytest.raises(InspectionUnfit):
            inspections.patterns(asked.db, who=WHO, since=since, until=until)
    assert len(asked.rows("SELECT 1 FROM audit.inspection")) == 3


def test_no_look_without_a_person_a_reason_a_file_and_an_aim(asked):
    for who, sought, error in (
        (Inspector("nobody", "x", "y"), Sought(status="FOUND"), PersonUnknown),
        (Inspector("lan", "", "y"), Sought(status="FOUND"), InspectionUnfit),
        (Inspector("lan", "x", " "), Sought(status="FOUND"), InspectionUnfit),
        (WHO, Sought(), InspectionUnfit),
    ):
        with pytest.raises(error):
            inspections.search(asked.db, who=who, sought=sought)
    assert asked.scalar("SELECT count(*) FROM audit.inspection") == 0


def test_the_citizen_sees_who_looked_an_inspector_too_but_not_which_officer(asked):
    subject = asked.keys.index(NUMBER)
    found(asked, subject=subject)
    looks = inspections.view(asked.db, subject=subject)
    assert [(one.access_id, one.service_code, one.status) for one in looks] == [
        (4, "SEARCH", "INSPECTED"), (3, SERVICE, "UNAVAILABLE"), (1, SERVICE, "UNAVAILABLE"),
    ]  # fmt: skip
    assert (looks[0].consumer_en, looks[0].agency_code) == ("Ministry", "MAE")
    assert all(one.purpose and one.legal_ground for one in looks[1:])
    assert not hasattr(looks[0], "officer_code")
    assert [one.access_id for one in inspections.view(asked.db, subject=subject, before=4, limit=1)] == [3]
    # Fetched by an officer for the citizen it is a look, and the citizen sees that, too.
    assert inspections.citizen(asked.db, who=WHO, subject=subject)[0].service_code == "CITIZEN"


def test_numbers_of_one_citizen_belong_together_unless_another_has_one_too(asked):
    first, old, second = (asked.keys.index(number) for number in (NUMBER, "123456789", OTHER))
    party = (
        "WITH p AS (INSERT INTO match.party (person_ref, name_hash, name_folded_hash, birth_year_hash, life_status) "
        "VALUES (:ref, '\\x00', '\\x00', '\\x00', 'ALIVE') RETURNING party_id) "
        "INSERT INTO match.party_number (bidx, party_id, kind) "
        "SELECT n.bidx::uuid, party_id, n.kind FROM p, (VALUES (:now, 'CURRENT'), (:old, 'OLD')) n (bidx, kind)"
    )
    asked.ask("123456789")
    asked.execute(party, ref="a", now=str(first), old=str(old))
    assert [one.access_id for one in inspections.view(asked.db, subject=first)] == [4, 3, 1]
    asked.execute(party, ref="b", now=str(second), old=str(old))
    assert [one.access_id for one in inspections.view(asked.db, subject=first)] == [3, 1]


def test_a_lawful_delay_needs_two_persons_and_hides_from_the_citizen_only(asked):
    subject = asked.keys.index(NUMBER)
    terms = SecrecyTerms(CONSUMER, "Điều 23 Luật X", service_code=SERVICE, days=30)
    number = inspections.ask_delay(asked.db, terms=terms, by="lan", reason="điều tra")

    def seen() -> list[int]:
        return [one.access_id for one in inspections.view(asked.db, subject=subject)]

    def step(to: SecrecyStep, by: str = "minh") -> None:
        inspections.move_delay(asked.db, secrecy_id=number, step=to, by=by, reason="đã xem")

    assert seen() == [3, 1]
    with pytest.raises(SecondPersonNeeded):
        step(APPROVED, "lan")
    with pytest.raises(SecrecyUnfit):
        step(ENDED)
    step(APPROVED)
    assert seen() == []
    assert found(asked, subject=subject) == [3, 1]
    (one,) = inspections.delays(asked.db)
    assert (one.state, one.asked_by, one.approved_by, one.terms) == (APPROVED, "lan", "minh", terms)
    step(ENDED, "lan")
    assert seen()[-2:] == [3, 1]
    with pytest.raises(SecrecyUnknown):
        inspections.move_delay(asked.db, secrecy_id=99, step=APPROVED, by="minh", reason="x")


def test_a_delay_ends_by_itself_and_reaches_only_what_it_names(asked, superuser):
    subject = asked.keys.index(NUMBER)
    asked.consumer("another")
    today = (datetime.now(UTC) + timedelta(hours=7)).date()
    case = asked.scalar("SELECT case_file_no FROM audit.access_event WHERE access_id = 1")
    superuser("UPDATE audit.access_event SET case_file_no = 'khác' WHERE access_id = 3")
    for terms, left in (
        (SecrecyTerms("another", "Điều 1", days=30), [3, 1]),
        (SecrecyTerms(CONSUMER, "Điều 1", until=today), [3, 1]),
        (SecrecyTerms(CONSUMER, "Điều 1", case_file_no=case, until=today + timedelta(days=1)), [3]),
        (SecrecyTerms(CONSUMER, "Điều 1", days=1), []),
    ):
        number = inspections.ask_delay(asked.db, terms=terms, by="lan", reason="x")
        inspections.move_delay(asked.db, secrecy_id=number, step=APPROVED, by="minh", reason="x")
        assert [one.access_id for one in inspections.view(asked.db, subject=subject)] == left
    for terms in (
        SecrecyTerms(CONSUMER, "Đ"), SecrecyTerms(CONSUMER, "", days=1), SecrecyTerms(CONSUMER, "Đ", days=0),
        SecrecyTerms("nobody", "Đ", days=1),
    ):  # fmt: skip
        with pytest.raises(SecrecyUnfit):
            inspections.ask_delay(asked.db, terms=terms, by="lan", reason="x")


def test_a_delay_is_decided_once(desk, monkeypatch):
    """Two persons at the same moment: one decides, the other is told."""
    desk.consumer()
    number = inspections.ask_delay(desk.db, terms=SecrecyTerms(CONSUMER, "Luật X", days=30), by="lan", reason="x")
    together, write = threading.Barrier(2), inspection_store.take_step

    def slowly(*given: Any, **more: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            together.wait(1)
        write(*given, **more)

    def decide(step: SecrecyStep) -> str:
        try:
            return inspections.move_delay(desk.db, secrecy_id=number, step=step, by="minh", reason="x").state
        except SecrecyUnfit as error:
            return error.code

    monkeypatch.setattr(inspection_store, "take_step", slowly)
    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(decide, (APPROVED, REJECTED)))
    assert found in (["APPROVED", "SECRECY_UNFIT"], ["REJECTED", "SECRECY_UNFIT"])
