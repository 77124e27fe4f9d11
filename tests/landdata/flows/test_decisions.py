"""What a clerk decides: the record comes, goes and stays as decided, and nobody is linked against what the platform says."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from caseworld import HOME, OFFICE, PAPER, A, B, Clerks
from landworld import row
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from landdata.errors import (
    CaseStepUnfit,
    CaseUnknown,
    DecisionUnfit,
    DecisionUnknown,
    PersonUnknown,
    PopulationUnavailable,
    SecondPersonNeeded,
)
from landdata.flows import cases, decisions, match, offices, renew
from landdata.flows import keys as key_flow
from landdata.model.cases import Kind, Mark, Saying, Step, Words, masked, names_a_number
from landdata.model.persons import ClaimStatus
from landdata.store import key_files
from landdata.store.keys import PERSON, SEAL

# The births are bare years.
FITS = ["BIRTH_YEAR_ONLY"]
DIFFERS = ["NAME_DIFFERS", "BIRTH_YEAR_ONLY"]


@pytest.fixture
def clerks(desk, in_process, monkeypatch):
    monkeypatch.setattr(key_files, "LOOK_SECONDS", 0.0)
    made = Clerks(desk)
    made.begin()
    return made


def claim(clerks: Clerks, number: str = "Trần Văn Ân") -> tuple[str, list[str]]:
    [found] = clerks.desk.rows("SELECT status, reasons FROM match.claim WHERE name = :name", name=number)
    return found


def again(clerks: Clerks, **changed: Any) -> None:
    """Let the platform's citizen change, and ask about the claims once more."""
    people = clerks.desk.people
    people.citizens[A] = replace(people.citizens[A], **changed)
    clerks.desk.execute("UPDATE match.claim SET status = 'PENDING', party_id = NULL")
    clerks.desk.match()


def test_two_persons_confirm_and_the_desk_gets_the_record(clerks):
    assert clerks.asked() != "FOUND"
    assert clerks.asked(B, "Lê Thị B") == "FOUND"
    [one] = clerks.listed()
    assert (one.status, one.certificates, one.parcels, one.communes) == (ClaimStatus.MISMATCH, 2, 2, (HOME,))
    number = clerks.decide(one.case, Kind.CONFIRM)
    assert [each.mark for each in clerks.listed()] == [Mark.WAITING]
    clerks.work()
    assert clerks.asked() != "FOUND", "one person alone links nobody"
    clerks.step(decisions.approve, one.case, number)
    assert clerks.work() == 1
    assert claim(clerks) == ("VERIFIED", ["DECIDED", *DIFFERS])
    assert clerks.asked() == "FOUND"
    assert clerks.listed() == []
    whole = clerks.show(one.case)
    assert [each.step for each in whole.decisions[0].steps] == [Step.ASKED, Step.APPROVED, Step.ANSWERED]
    assert [each.login for each in whole.decisions[0].steps] == ["doi", "duyet", None]
    assert whole.decisions[0].steps[0].evidence == PAPER
    assert [each.parcels for each in whole.records] == [("1/1",), ("1/2",)]
    # Whoever got a record by it is in the change feed.
    assert clerks.desk.scalar("SELECT count(*) FROM share.touched t JOIN match.claim c USING (party_id) "
                              "WHERE c.identity_key = :key", key=one.case)  # fmt: skip


def test_a_withdrawal_takes_the_record_back_even_while_the_platform_is_away(clerks):
    case, number = clerks.confirmed()
    assert clerks.asked() == "FOUND"
    clerks.step(decisions.withdraw, case, number, login="doi")

    class Away:
        def verify(self, asked: Any, *, request_id: UUID) -> Any:  # noqa: ARG002  # the port's own signature
            raise PopulationUnavailable(reason="ConnectError")

    with suppress(PopulationUnavailable):
        cases.act(clerks.desk.asker(Away()), keys=clerks.desk.keys, batch=50)
    assert clerks.asked() != "FOUND"
    clerks.desk.execute("UPDATE match.platform SET failures = 0, open_until = NULL")
    clerks.work()
    assert claim(clerks) == ("MISMATCH", DIFFERS)
    assert [one.case for one in clerks.listed()] == [case]
    assert clerks.asked() != "FOUND"


def test_the_same_delivery_again_is_still_decided(clerks):
    clerks.confirmed()
    clerks.desk.deliver(clerks.rows())
    # New contents, another record, the same words about the holder.
    changed = [one | {"parcel_address": "Thôn 2"} for one in clerks.rows()]
    clerks.desk.deliver([*changed, row(HOME, 9, holder_name="Trần Văn Ân", id_number=A)])
    clerks.desk.match()
    clerks.work()
    assert claim(clerks)[0] == "VERIFIED"
    assert clerks.asked() == "FOUND"
    assert clerks.listed() == []


def test_a_correction_is_asked_and_judged_by_the_rules(clerks):
    [one] = clerks.listed()
    clerks.decide(one.case, Kind.CORRECT, name="Nguyễn Văn An")
    clerks.work()
    assert claim(clerks) == ("VERIFIED", FITS)
    assert clerks.asked() == "FOUND"
    assert clerks.desk.scalar("SELECT name FROM match.claim WHERE identity_key = :key", key=one.case) == "Trần Văn Ân"
    assert clerks.desk.people.asked[A] == 2


def test_a_corrected_number_is_sealed_and_leads_nobody_to_the_wrong_one(clerks):
    desk = clerks.desk
    desk.deliver([row(HOME, 5, holder_name="Vũ C", id_number="024070000777")], key="k5")
    desk.match()
    clerks.work()
    [one] = [each for each in clerks.listed() if each.name == "Vũ C"]
    assert one.status is ClaimStatus.NOT_FOUND
    with pytest.raises(CaseStepUnfit):
        clerks.decide(one.case, Kind.CONFIRM)
    desk.people.add("024070000555", "Vũ C", "1970")
    clerks.decide(one.case, Kind.CORRECT, id_number="024070000555")
    clerks.work()
    assert claim(clerks, "Vũ C") == ("VERIFIED", FITS)
    assert clerks.asked("024070000555", "Vũ C") == "FOUND"
    assert clerks.asked("024070000777", "Vũ C") != "FOUND", "the number that was wrong is nobody's"
    kept = desk.rows("SELECT * FROM match.decision"), desk.rows("SELECT * FROM match.decision_step")
    assert "024070000555" not in str(kept)


def test_a_correction_of_what_could_not_be_asked(clerks):
    desk = clerks.desk
    desk.deliver([row(HOME, 6, holder_name="Đỗ D", id_number="024070000006", birth_date=None)])
    clerks.work()
    [one] = [each for each in clerks.listed() if each.name == "Đỗ D"]
    assert (one.status, one.reasons) == (ClaimStatus.INCOMPLETE, ("BIRTH_MISSING",))
    desk.people.add("024070000006", "Đỗ D", "1970-05-05")
    number = clerks.decide(one.case, Kind.CORRECT, birth_year=1970)
    clerks.work()
    assert claim(clerks, "Đỗ D") == ("VERIFIED", FITS)
    clerks.step(decisions.withdraw, one.case, number)
    clerks.work()
    assert claim(clerks, "Đỗ D") == ("INCOMPLETE", ["BIRTH_MISSING"])
    assert desk.people.asked["024070000006"] == 1


def test_a_rejection_leaves_the_list_until_something_changes(clerks):
    [one] = clerks.listed()
    number = clerks.decide(one.case, Kind.REJECT)
    assert clerks.listed() == []
    again(clerks)
    assert clerks.listed() == [], "the same answer is nothing new"
    again(clerks, full_name="Trần Văn Ân")
    assert claim(clerks) == ("AMBIGUOUS", [*FITS, "DECISION_CONTRADICTED"])
    assert [each.mark for each in clerks.listed(mark=Mark.CONTRADICTED)] == [Mark.CONTRADICTED]
    assert clerks.asked(A, "Trần Văn Ân") != "FOUND"
    clerks.step(decisions.withdraw, one.case, number)
    again(clerks)
    assert claim(clerks) == ("VERIFIED", FITS)


@pytest.mark.parametrize(
    ("changed", "status", "found"),
    [
        ({"full_name": "Trần Văn Ân"}, ("VERIFIED", FITS), True),  # now it fits
        (
            {"full_name": "Nguyễn Văn Anh"},
            ("VERIFIED", ["DECIDED", *DIFFERS]),
            True,
        ),  # the same person, as was known
        ({"person_ref": "another"}, ("MISMATCH", [*DIFFERS, "DECISION_CONTRADICTED"]), False),
    ],
)
def test_what_the_platform_says_later(clerks, changed, status, found):
    clerks.confirmed()
    again(clerks, **changed)
    assert claim(clerks) == status
    assert (clerks.asked(name=changed.get("full_name", "Nguyễn Văn An")) == "FOUND") is found
    assert [each.mark for each in clerks.listed()] == ([] if found else [Mark.CONTRADICTED])


def test_more_that_differs_of_the_same_person_is_looked_at_again(clerks):
    case, _ = clerks.confirmed()
    again(clerks, date_of_birth="1938")
    assert claim(clerks) == ("VERIFIED", ["DECIDED", "NAME_DIFFERS", "BIRTH_DIFFERS"])
    assert [each.mark for each in clerks.listed()] == [Mark.CONTRADICTED]
    again(clerks, date_of_birth="1970")
    assert clerks.listed() == []
    steps = [one.step for one in clerks.show(case).decisions[0].steps]
    assert steps == [Step.ASKED, Step.APPROVED, Step.ANSWERED, Step.CONTRADICTED, Step.HELD]


def test_nobody_is_linked_by_differences_that_were_not_seen(clerks):
    [one] = clerks.listed()
    number = clerks.decide(one.case, Kind.CONFIRM)
    people = clerks.desk.people
    people.citizens[A] = replace(people.citizens[A], date_of_birth="1938")
    clerks.step(decisions.approve, one.case, number)
    clerks.work()
    assert claim(clerks)[0] == "MISMATCH"
    assert [each.mark for each in clerks.listed()] == [Mark.CONTRADICTED]


def test_who_may_do_what_and_when(clerks):
    desk = clerks.desk
    [one] = clerks.listed()
    number = clerks.decide(one.case, Kind.CONFIRM)
    with pytest.raises(SecondPersonNeeded):
        clerks.step(decisions.approve, one.case, number, login="doi")
    with pytest.raises(CaseStepUnfit):
        clerks.decide(one.case, Kind.REJECT)
    with pytest.raises(DecisionUnknown):
        clerks.step(decisions.approve, one.case, number + 1)
    with pytest.raises(PersonUnknown):
        clerks.step(decisions.approve, one.case, number, login="nobody")
    clerks.step(decisions.refuse, one.case, number)
    with pytest.raises(CaseStepUnfit):
        clerks.step(decisions.approve, one.case, number)
    desk.office("LO-27", "27", backfill=False)
    offices.register_person(desk.db, login="la", full_name="Là", office_code="LO-27")
    with pytest.raises(CaseUnknown):
        decisions.decide(
            desk.uploader, office_code="LO-27", case=one.case, kind=Kind.REJECT, saying=Saying("la", "x", PAPER),
            keys=desk.keys,
        )  # fmt: skip
    with pytest.raises(CaseUnknown):
        cases.show(desk.uploader, office_code="LO-27", case=one.case)
    assert cases.page(desk.uploader, office_code="LO-27", sought=cases.Sought()).cases == ()


@pytest.mark.parametrize(
    ("kind", "words", "reason", "paper"),
    [
        (Kind.CONFIRM, Words(), "", PAPER), (Kind.CONFIRM, Words(), "x", " "), (Kind.CONFIRM, Words(), "024070000001", PAPER),
        (Kind.CONFIRM, Words(), "x", "CMND 123 456 789"), (Kind.CONFIRM, Words(name="A"), "x", PAPER),
        (Kind.CORRECT, Words(), "x", PAPER), (Kind.CORRECT, Words(id_number="12"), "x", PAPER),
        (Kind.CORRECT, Words(birth_year=1017), "x", PAPER),
    ],
)  # fmt: skip
def test_what_cannot_be_said(clerks, kind, words, reason, paper):
    [one] = clerks.listed()
    with pytest.raises(DecisionUnfit):
        decisions.decide(
            clerks.desk.uploader, office_code=OFFICE, case=one.case, kind=kind, saying=Saying("doi", reason, paper),
            words=words, keys=clerks.desk.keys,
        )  # fmt: skip


def test_the_log_is_kept_and_an_office_reaches_only_its_own(clerks):
    clerks.confirmed()
    for what in ("UPDATE match.decision_step SET reason = 'x'", "DELETE FROM match.decision_step"):
        with pytest.raises(DBAPIError, match="kept as they are"):
            clerks.desk.execute(what)
    with clerks.desk.uploader.read() as tx:
        assert tx.connection.scalar(text("SELECT count(*) FROM match.decision")) == 0, "no office, no rows"
    with pytest.raises(DBAPIError), clerks.desk.uploader.write() as tx:
        tx.connection.execute(text("SELECT name FROM match.claim"))


@pytest.mark.parametrize("purpose", [PERSON, SEAL])
def test_a_key_that_is_renewed_takes_decisions_along(clerks, purpose):
    case, number = clerks.confirmed()
    desk = clerks.desk
    desk.deliver([*clerks.rows(), row(HOME, 7, holder_name="Vũ C", id_number="024070000777")])
    desk.match()
    clerks.work()
    [wrong] = clerks.listed()
    clerks.decide(wrong.case, Kind.CORRECT, id_number="024070000555")
    key_flow.rotate(folder=desk.keys.folder, purpose=purpose, after_seconds=0)
    renew.renew(desk.worker, keys=desk.keys, data_dir=desk.data_dir, asker=desk.asker())
    desk.people.add("024070000555", "Vũ C", "1970")
    clerks.work()
    assert claim(clerks)[0] == "VERIFIED"
    assert claim(clerks, "Vũ C") == ("VERIFIED", FITS)
    assert clerks.asked() == "FOUND"
    key = desk.scalar("SELECT identity_key FROM match.claim WHERE name = 'Trần Văn Ân'")
    assert (key == case) is (purpose == SEAL)
    clerks.step(decisions.withdraw, key, number)
    clerks.work()
    assert clerks.asked() != "FOUND"
    assert [one.case for one in clerks.listed()] == [key]


def test_numbers_are_masked_and_found():
    assert (masked("024070000001"), masked("121212121"), masked("12345")) == ("024•••••••01", "121••••21", "•••••")
    assert names_a_number("số 024070000001.")
    assert names_a_number("CMND 121 212 121")
    assert not names_a_number("Biên bản 15/2026, thửa 17 tờ 1234567, điện thoại 0912345678")


def test_matching_takes_answers_as_before(clerks):
    """With nothing decided the hook changes nothing."""
    with clerks.desk.worker.write() as tx:
        assert decisions.judge(tx, []) == []
    assert match.match_pending(clerks.desk.asker(), keys=clerks.desk.keys, batch=1) == 0
