"""The life of an agreement: two persons, versions whose terms stand, every step noted, and what the database refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from landworld import AGENCY, DAY, SERVICE, Desk
from sqlalchemy.exc import DBAPIError

from landdata.errors import (
    AgreementDraftChanged,
    AgreementStepUnfit,
    AgreementUnfit,
    AgreementUnknown,
    ClientUnknown,
    PersonUnknown,
    SecondPersonNeeded,
    UnknownUnit,
)
from landdata.flows import agreements, clients, offices
from landdata.model.agreements import AgreementState, UnitScope
from landdata.model.clients import RESIDENCY_SCOPES
from landdata.model.fields import BASE_SCOPE, Group, mask_of, mask_of_groups
from landdata.model.terms import Terms, TokenBinding, as_words, said, terms_of

CODE = "TT-1"
WHY = "theo công văn 12"


@pytest.fixture
def life(desk: Desk) -> Desk:
    """A desk with a consumer's client and a third person, and no agreement."""
    desk.consumer("police")
    offices.register_person(desk.db, login="hoa", full_name="Hoa", office_code="MAE")
    offices.register_person(desk.db, login="office", full_name="Office", office_code="LO-24")
    return desk


def terms(**changed: Any) -> Terms:
    clean = Terms(
        "police", "cư trú", "Luật Cư trú", (SERVICE,), (AGENCY,), mask_of_groups((Group.HOLDERS,)), (), 1000, None, None,
        DAY, None, TokenBinding.REQUIRED, None,
    )  # fmt: skip
    return replace(clean, **changed)


def drafted(life: Desk, **changed: Any) -> None:
    agreements.draft(life.db, code=CODE, terms=terms(**changed), by="lan", reason=WHY)


def active(life: Desk, **changed: Any) -> None:
    drafted(life, **changed)
    agreements.approve(life.db, code=CODE, by="minh", reason=WHY)


def states(life: Desk) -> list[str]:
    return [one.state.value for one in agreements.show(life.db, code=CODE).versions]


def steps(life: Desk) -> list[tuple[int, str, str, str]]:
    return [
        (one.version, one.step.value, one.state.value, one.login) for one in agreements.show(life.db, code=CODE).events
    ]


def test_a_whole_life_is_noted_step_by_step(life):
    active(life)
    agreements.suspend(life.db, code=CODE, by="lan", reason="nghi sao chép")
    agreements.resume(life.db, code=CODE, by="minh", reason="đã rõ")
    agreements.amend(life.db, code=CODE, said=said({"daily_quota": 5}), by="lan", reason="giảm hạn mức")
    agreements.approve(life.db, code=CODE, by="hoa", reason="đồng ý", version=2)
    agreements.end(life.db, code=CODE, by="minh", reason="hết hạn")
    assert steps(life) == [
        (1, "DRAFTED", "DRAFT", "lan"), (1, "APPROVED", "ACTIVE", "minh"), (1, "SUSPENDED", "SUSPENDED", "lan"),
        (1, "RESUMED", "ACTIVE", "minh"), (2, "AMENDED", "DRAFT", "lan"), (1, "REPLACED", "ENDED", "hoa"),
        (2, "APPROVED", "ACTIVE", "hoa"), (2, "ENDED", "ENDED", "minh"),
    ]  # fmt: skip
    told = agreements.show(life.db, code=CODE).events
    assert [one.reason for one in told[2:5]] == ["nghi sao chép", "đã rõ", "giảm hạn mức"]
    assert [one.at for one in told] == sorted(one.at for one in told)
    for step in (agreements.suspend, agreements.resume, agreements.end, agreements.approve, agreements.reject):
        with pytest.raises(AgreementStepUnfit):
            step(life.db, code=CODE, by="lan", reason=WHY)
    with pytest.raises(AgreementStepUnfit):  # the end is final, for new versions as well
        drafted(life)
    with pytest.raises(AgreementStepUnfit):
        agreements.amend(life.db, code=CODE, said=said({"daily_quota": 9}), by="lan", reason=WHY)


def test_who_wrote_it_cannot_approve_it(life):
    drafted(life)
    with pytest.raises(SecondPersonNeeded):
        agreements.approve(life.db, code=CODE, by="lan", reason=WHY)
    agreements.amend(life.db, code=CODE, said=said({"daily_quota": 7}), by="minh", reason="sửa")
    for person in ("lan", "minh"):  # the drafter, and the last who wrote
        with pytest.raises(SecondPersonNeeded):
            agreements.approve(life.db, code=CODE, by=person, reason=WHY)
    for stranger in ("office", "nobody"):
        with pytest.raises(PersonUnknown):
            agreements.approve(life.db, code=CODE, by=stranger, reason=WHY)
    agreements.approve(life.db, code=CODE, by="hoa", reason=WHY)
    assert states(life) == ["ENDED", "ACTIVE"]


def test_what_was_seen_is_what_is_approved(life):
    drafted(life)
    agreements.amend(life.db, code=CODE, said=said({"daily_quota": 100_000}), by="lan", reason="sửa")
    with pytest.raises(AgreementDraftChanged):
        agreements.approve(life.db, code=CODE, by="minh", reason=WHY, version=1)
    assert agreements.approve(life.db, code=CODE, by="minh", reason=WHY, version=2) is AgreementState.ACTIVE


def test_the_old_terms_hold_until_a_second_person_agrees_to_the_new_ones(life):
    active(life)
    agreements.amend(life.db, code=CODE, said=said({"groups": ["all"]}), by="lan", reason="thêm trường")
    assert states(life) == ["ACTIVE", "DRAFT"]
    given = clients.find(life.db, client_id="police").scopes
    assert given == {BASE_SCOPE, Group.HOLDERS.scope}
    agreements.reject(life.db, code=CODE, by="minh", reason="không cần")
    assert states(life) == ["ACTIVE", "ENDED"]
    agreements.amend(life.db, code=CODE, said=said({"groups": ["all"]}), by="lan", reason="thêm trường")
    agreements.approve(life.db, code=CODE, by="minh", reason=WHY)
    assert states(life) == ["ENDED", "ENDED", "ACTIVE"]
    assert clients.find(life.db, client_id="police").scopes == RESIDENCY_SCOPES
    new, old = (agreements.show(life.db, code=CODE).versions[at].terms for at in (2, 0))
    assert replace(new, fields_mask=old.fields_mask) == old


def test_what_is_suspended_stays_so_under_new_terms(life):
    active(life)
    agreements.suspend(life.db, code=CODE, by="lan", reason=WHY)
    agreements.amend(life.db, code=CODE, said=said({"daily_quota": 5}), by="lan", reason=WHY)
    assert agreements.approve(life.db, code=CODE, by="minh", reason=WHY) is AgreementState.SUSPENDED
    agreements.resume(life.db, code=CODE, by="minh", reason=WHY)
    assert states(life) == ["ENDED", "ACTIVE"]


def test_a_rejected_first_draft_may_be_drafted_again(life):
    drafted(life)
    with pytest.raises(AgreementStepUnfit):
        drafted(life)
    agreements.reject(life.db, code=CODE, by="minh", reason="thiếu căn cứ")
    assert agreements.draft(life.db, code=CODE, terms=terms(), by="lan", reason=WHY) == 2


def test_the_end_takes_the_waiting_draft_along(life):
    active(life)
    agreements.amend(life.db, code=CODE, said=said({"daily_quota": 5}), by="lan", reason=WHY)
    agreements.end(life.db, code=CODE, by="lan", reason=WHY)
    assert states(life) == ["ENDED", "ENDED"]


def test_scopes_come_from_agreements_in_force(life):
    def scopes(issued: bool) -> set[str]:
        found = (
            clients.find(life.db, client_id="police")
            if issued
            else clients.believe(life.db, client_id="police", jti="x")
        )
        assert found.scopes | found.withheld == RESIDENCY_SCOPES
        return set(found.scopes)

    assert (scopes(issued=True), scopes(issued=False)) == (set(), {BASE_SCOPE})
    active(life, fields_mask=mask_of(["area_m2", "construction_grade"]))
    assert scopes(issued=True) == {BASE_SCOPE, Group.PARCEL.scope, Group.WORKS.scope}
    later = terms(fields_mask=mask_of(["rights_holders"]), valid_from=date(2099, 1, 1))
    agreements.draft(life.db, code="TT-2", terms=later, by="lan", reason=WHY)
    agreements.approve(life.db, code="TT-2", by="minh", reason=WHY)
    assert Group.HOLDERS.scope not in scopes(issued=True)
    agreements.suspend(life.db, code=CODE, by="lan", reason=WHY)
    assert (scopes(issued=True), scopes(issued=False)) == (set(), {BASE_SCOPE})


def test_a_unit_is_named_in_a_division_and_told_again(life):
    units = (UnitScope("24", "province", "2025"), UnitScope("24", "province", "2023"))
    active(life, units=units)
    assert set(agreements.show(life.db, code=CODE).versions[0].terms.units) == set(units)
    for wrong in (UnitScope("99", "province", "2025"), UnitScope("24", "province", "1999")):
        with pytest.raises(UnknownUnit):
            agreements.draft(life.db, code="TT-9", terms=terms(units=(wrong,)), by="lan", reason=WHY)


def test_terms_in_words():
    words = {
        "client_id": "police", "purpose": "cư trú", "legal_ground": "Luật", "service_codes": [SERVICE],
        "agency_codes": [AGENCY], "fields": ["area_m2"], "groups": ["works"], "fields_mask": 1, "daily_quota": 5,
        "valid_from": "2025-01-01", "rate_per_second": 2.5,
        "units": [{"code": "24", "level": "province", "division": "2025"}],
    }  # fmt: skip
    read = terms_of(said(words))
    assert read.fields_mask == 1 | mask_of(["area_m2"]) | mask_of_groups((Group.WORKS,))
    assert (read.burst, read.token_binding) == (3, TokenBinding.REQUIRED)
    assert terms_of(said(json.loads(json.dumps(as_words(read), default=str)))) == read
    assert terms_of(
        said({"valid_to": None, "rate_per_second": None}), replace(read, valid_to=date(2030, 1, 1))
    ) == replace(read, rate_per_second=None, burst=None)
    for wrong in (
        {"daily_quota": 0}, {"fields": ["password"]}, {"fields_mask": 1 << 18}, {"service_codes": []}, {"more": 1},
        {"valid_to": "2024-12-31"}, {"token_binding": "UNBOUND"}, {"rate_per_second": -1}, {"purpose": " "},
        {"groups": ["geometry"]}, {"units": [{"code": "24"}]}, {"rate_per_second": float("nan")},
    ):  # fmt: skip
        with pytest.raises(AgreementUnfit):
            terms_of(said(words | {"fields": [], "groups": [], **wrong}))
    with pytest.raises(AgreementUnfit, match="daily_quota"):
        terms_of(said({name: value for name, value in words.items() if name != "daily_quota"}))


def test_wrong_names_are_refused(life):
    with pytest.raises(ClientUnknown):
        drafted(life, client_id="nobody")
    with pytest.raises(AgreementUnknown):
        agreements.suspend(life.db, code="TT-0", by="lan", reason=WHY)
    with pytest.raises(AgreementUnfit):
        agreements.draft(life.db, code=CODE, terms=terms(), by="lan", reason=" ")
    assert life.scalar("SELECT count(*) FROM share.agreement") == 0


COPY = (
    "INSERT INTO share.agreement OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(NULL::share.agreement, to_jsonb(a) "
    "|| '{\"agreement_id\": 99, %s}')).* FROM share.agreement a WHERE version = %d"
)
NOTE = (
    "INSERT INTO share.agreement_event (agreement_id, step, state, person_id, reason) "
    "SELECT agreement_id, 'RESUMED', 'SUSPENDED', drafted_by, 'x' FROM share.agreement WHERE version = 1"
)
UNIT = (
    "INSERT INTO share.agreement_unit SELECT agreement_id, (SELECT min(unit_id) FROM ref.unit) FROM share.agreement "
    "WHERE version = 1"
)
# A statement that would break a rule, and the rule, on an agreement in force with a draft beside it; then on one ended.
WRONG = (
    ("UPDATE share.agreement SET daily_quota = 999999 WHERE version = 2", "agreement_terms_stand"),
    (UNIT, "agreement_unit_terms_stand"),
    ("UPDATE share.agreement SET approved_by = edited_by + 2 WHERE version = 1", "agreement_approved_once"),
    ("UPDATE share.agreement SET state = 'SUSPENDED' WHERE version = 1; SET CONSTRAINTS ALL IMMEDIATE",
     "agreement_step_noted"),
    (NOTE, "agreement_event_true"),
    ("UPDATE share.agreement SET state = 'ACTIVE', approved_by = edited_by + 1 WHERE version = 2", "agreement_live_key"),
    (COPY % ('"version": 9, "code": "z"', 2), "agreement_versions_count_up"),
    (COPY % ('"code": "z"', 1), "agreement_begins_as_draft"),
    ("DELETE FROM share.agreement", "share.agreement are kept"),
    ("DELETE FROM share.agreement_event", "share.agreement_event are kept"),
    ("UPDATE share.agreement_event SET reason = 'x'", "share.agreement_event are kept"),
    ("TRUNCATE share.agreement_event", "share.agreement_event are kept"),
    ("DELETE FROM share.agreement_unit", "share.agreement_unit are kept"),
)  # fmt: skip
WRONG_AT_THE_END = (
    ("UPDATE share.agreement SET state = 'ACTIVE' WHERE version = 1", "agreement_steps"),
    (COPY % ('"version": 3, "state": "DRAFT"', 2), "agreement_end_is_final"),
)


def test_the_database_itself_refuses(life):
    def refused(statement: str, rule: str) -> None:
        with pytest.raises(DBAPIError) as caught, life.db.write() as tx:
            tx.connection.exec_driver_sql(statement)
        assert rule in (caught.value.orig.diag.constraint_name or str(caught.value.orig)), statement

    active(life)
    agreements.amend(life.db, code=CODE, said=said({"daily_quota": 5}), by="lan", reason=WHY)
    for statement, rule in WRONG:
        refused(statement, rule)
    agreements.end(life.db, code=CODE, by="minh", reason=WHY)
    for statement, rule in WRONG_AT_THE_END:
        refused(statement, rule)


def test_the_commands(life, command, monkeypatch, tmp_path):
    monkeypatch.setattr("landdata.commands.console.db", lambda: life.db)
    file = tmp_path / "terms.toml"
    file.write_text(
        'client_id = "police"\npurpose = "cư trú"\nlegal_ground = "Luật"\nservice_codes = ["S"]\nagency_codes = ["A"]\n'
        'groups = ["parcel"]\ndaily_quota = 10\nvalid_from = 2025-01-01\n[[units]]\ndivision = "2025"\nlevel = "province"\n'
        'code = "24"\n', encoding="utf-8",
    )  # fmt: skip

    def run(*arguments: str) -> dict:
        code, out, err = command("agreements", *arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    made = run("draft", CODE, "--by", "lan", "--reason", WHY, "--file", str(file), "--quota", "20", "--unbound", "thử")
    assert made["versions"][0]["terms"]["daily_quota"] == 20
    assert (made["versions"][0]["groups"], made["versions"][0]["terms"]["token_binding"]) == (["parcel"], "UNBOUND")
    run("approve", CODE, "--by", "minh", "--reason", WHY, "--version", "1")
    run("suspend", CODE, "--by", "lan", "--reason", WHY)
    run("resume", CODE, "--by", "lan", "--reason", WHY)
    run(
        "amend",
        CODE,
        "--by",
        "lan",
        "--reason",
        WHY,
        "--unit",
        "2025:commune:00004",
        "--rate",
        "5",
        "--field",
        "area_m2",
    )
    run("reject", CODE, "--by", "minh", "--reason", WHY)
    ended = run("end", CODE, "--by", "lan", "--reason", WHY)
    assert [one["state"] for one in ended["versions"]] == ["ENDED", "ENDED"]
    assert ended["versions"][1]["terms"]["units"] == [{"code": "00004", "level": "commune", "division": "2025"}]
    assert (ended["versions"][1]["terms"]["burst"], ended["versions"][1]["fields"]) == (5, ["area_m2"])
    assert [one["step"] for one in ended["events"]][-2:] == ["REJECTED", "ENDED"]
    assert len(run("list")) == 2
    code, out, _ = command("agreements", "show", CODE)
    assert (code, WHY in out, "SUSPENDED" in out) == (0, True, True)
    assert command("agreements", "suspend", CODE, "--by", "lan", "--reason", "x")[2].startswith("AGREEMENT_STEP_UNFIT")
