"""Every status and every refusal of the sharing contract, asked for through the gate itself on real PostGIS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from landworld import AGENCY, COMMUNES, CONSUMER, SERVICE, Desk, People, register, row

from landdata.errors import AccessLogUnwritten
from landdata.flows import agreements
from landdata.model.agreements import UnitScope
from landdata.model.fields import BASE_SCOPE, FIELDS, Group, mask_of

HOME = COMMUNES[0]
DISTRICT = next(one for one in register.province("24").districts if any(c.code == HOME for c in one.communes))
WHOLE = UnitScope(DISTRICT.code, "district", "2023")
A, B, DEAD, WRONG, NOBODY = "024070000001", "024070000002", "024070000003", "024070000004", "024099000009"
HOA = "024070000005"


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    """One district of Bắc Giang wholly connected; citizens in every state; the agreement of the police."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(shared_country, tmp_path_factory.mktemp("data"))
    rows = [row(commune.code, 900 + at, id_number=None) for at, commune in enumerate(DISTRICT.communes)]
    couple = {"certificate_serial": "DB 424242", "registry_number": "CH42", "holder_kind": 1}
    rows += [
        row(HOME, 1, **couple), row(HOME, 1, **couple, holder_name="Trần Thị B", id_number="024170000002", gender=0),
        row(HOME, 3), row(HOME, 4), row(HOME, 5, holder_name="Nguyễn Văn Hòa", birth_date="05/01/1970"),
    ]  # fmt: skip
    made.deliver(rows)
    made.people.add(A, "Nguyễn Văn A", "1970-03-02", old="121212121")
    made.people.add("024170000002", "Trần Thị B", "1970")
    made.people.add(DEAD, "Nguyễn Văn A", "1970", alive=False)
    made.people.add(WRONG, "Nguyễn Văn Khác", "1970")
    made.people.add(HOA, "Nguyễn Văn Hoà", "1970-01-05")
    made.match()
    made.agree()
    yield made
    patch.undo()


def logged(desk: Desk) -> int:
    return int(desk.scalar("SELECT count(*) FROM audit.access_event"))


@pytest.fixture(autouse=True)
def one_log_row_for_each_request(desk, request, monkeypatch):
    """Whatever a test asks, each request leaves exactly one row, and an answer names its own."""
    asked: list[Any] = []
    ask_all = desk.ask_all

    def counting(requests: Any, **caller: Any) -> Any:
        answers = ask_all(requests, **caller)
        asked.extend(answers)
        return answers

    monkeypatch.setattr(desk, "ask_all", counting)
    before = logged(desk)
    yield
    assert logged(desk) - before == len(asked)
    for one in asked:
        sql = "SELECT status, request_id::text FROM audit.access_event WHERE access_id = :id"
        [(status, _)] = desk.rows(sql, id=one.access_id)
        assert status == one.status.value


def test_found_and_complete_in_a_wholly_connected_unit(desk):
    answer = desk.ask(A, unit=WHOLE)
    assert (answer["status"], answer["complete"]) == ("FOUND", True)
    assert len(answer["certificates"]) == 1
    assert {"request_id", "access_id", "coverage_as_of", "record_version", "withheld"} <= answer.keys()


def test_found_but_not_complete_in_the_whole_country(desk):
    answer = desk.ask(A)
    assert (answer["status"], answer["complete"]) == ("FOUND", False)


def test_the_old_number_finds_the_same_citizen(desk):
    assert desk.ask("121212121")["record_version"] == desk.ask(A)["record_version"]


@pytest.mark.parametrize(
    ("name", "born", "status"),
    [
        ("nguyễn   văn a", "1970", "FOUND"),
        ("Nguyễn Văn A", "1970-03-02", "FOUND"),
        ("Nguye\u0302\u0303n Văn A", "1970", "FOUND"),
        ("Nguyễn Văn Á", "1970", "IDENTITY_MISMATCH"),
        ("Nguyễn Văn A", "1971", "IDENTITY_MISMATCH"),
        ("Nguyễn Văn A", "1970-03-03", "IDENTITY_MISMATCH"),  # both sides have a full date
        ("Trần Thị B", "1970", "IDENTITY_MISMATCH"),  # the other holder of the same certificate
    ],
)
def test_name_and_birth_must_agree(desk, name, born, status):
    answer = desk.ask(A, name, born)
    assert answer["status"] == status
    assert ("certificates" in answer) == (status == "FOUND")


def test_a_full_date_against_a_year_on_record(desk):
    assert desk.ask("024170000002", "Trần Thị B", "1970-09-09")["status"] == "FOUND"
    assert desk.ask("024170000002", "Trần Thị B", "1971-09-09")["status"] == "IDENTITY_MISMATCH"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Nguyễn Văn Hoà", "FOUND"),
        ("Nguyễn Văn Hòa", "FOUND"),
        ("Nguyễn Văn Hóa", "IDENTITY_MISMATCH"),
        ("Nguyễn Văn Hoa", "IDENTITY_MISMATCH"),
    ],
)
def test_where_the_tone_stands_does_not_matter_but_which_it_is(desk, name, status):
    assert desk.ask(HOA, name, "1970-01-05")["status"] == status


def test_a_mismatch_says_nothing_about_the_person(desk):
    answer = desk.ask(A, "Ai Đó", "1970")
    assert answer.keys() == {
        "request_id",
        "access_id",
        "status",
        "coverage_as_of",
        "record_version",
        "simulated",
        "withheld",
    }
    assert answer["record_version"] is None


def test_on_record_but_not_verified(desk):
    answer = desk.ask(WRONG)
    assert (answer["status"], answer["reason"]) == ("UNAVAILABLE", "HOLDER_NOT_VERIFIED")
    assert "certificates" not in answer


def test_no_record_where_everything_is_connected(desk):
    assert desk.ask(NOBODY, unit=WHOLE)["status"] == "NO_RECORD"
    # Elsewhere than the citizen's land: the unit narrows the records that are given.
    assert desk.ask(A, unit=UnitScope(DISTRICT.communes[1].code, "commune", "2023"))["status"] == "NO_RECORD"


def test_not_covered_names_the_communes_of_the_unit(desk):
    other = next(one for one in register.province("24").districts if one is not DISTRICT)
    answer = desk.ask(NOBODY, unit=UnitScope(other.code, "district", "2023"))
    assert answer["status"] == "NOT_COVERED"
    assert answer["not_covered"] == {"communes": [one.code for one in other.communes]}


def test_not_covered_counts_by_province_without_a_unit(desk):
    answer = desk.ask(NOBODY)
    assert answer["status"] == "NOT_COVERED"
    provinces = answer["not_covered"]["provinces"]
    assert len(provinces) == 34
    assert sum(one["communes"] for one in provinces) == 3321
    assert sum(one["connected"] for one in provinces) < len(DISTRICT.communes)


def refusal(desk: Desk, **changed: Any) -> tuple[str, str | None]:
    before = {name: changed.pop(name) for name in ("client_id", "scopes", "bound") if name in changed}
    [answer] = desk.ask_all([desk.request(A, "Nguyễn Văn A", "1970", **changed)], **before)
    assert answer.body.count('"certificates"') == (answer.refusal is None)
    return answer.status.value, answer.refusal.code if answer.refusal else None


def test_refusals_name_the_rule(desk):
    assert refusal(desk, client_id="nobody") == ("REFUSED", "AGREEMENT_MISSING")
    assert refusal(desk, service_code="THUE") == ("REFUSED", "PROCEDURE_NOT_AGREED")
    assert refusal(desk, agency_code="UBND") == ("REFUSED", "AGENCY_NOT_AGREED")
    for unit in (
        UnitScope("99999", "commune", "2023"),
        UnitScope(HOME, "commune", "1999"),
        UnitScope("24", "district", "2023"),
    ):
        assert refusal(desk, unit=unit) == ("REFUSED", "UNIT_NOT_AGREED")
    assert refusal(desk, scopes={BASE_SCOPE}) == ("REFUSED", "NO_FIELDS_LEFT")
    assert refusal(desk, scopes={BASE_SCOPE, Group.WORKS.scope}, fields=("area_m2",)) == ("REFUSED", "NO_FIELDS_LEFT")
    assert refusal(desk) == ("FOUND", None)


def test_each_agreement_judges_for_itself_whether_the_token_is_bound(desk):
    desk.agree("both", code="TT-strict", unbound_reason="")
    desk.agree("both", code="TT-loose", service_codes=["THUE"])
    assert refusal(desk, client_id="both") == ("REFUSED", "BINDING_NOT_AGREED")
    assert refusal(desk, client_id="both", service_code="THUE") == ("FOUND", None)
    assert refusal(desk, client_id="both", bound=True) == ("FOUND", None)


def test_an_agreement_answers_only_in_force(desk):
    desk.agree("later", code="TT-later", valid_from=date(2099, 1, 1))
    assert refusal(desk, client_id="later") == ("REFUSED", "AGREEMENT_MISSING")
    desk.agree("paused")
    assert refusal(desk, client_id="paused")[0] == "FOUND"
    for step, said in ((agreements.suspend, "REFUSED"), (agreements.resume, "FOUND"), (agreements.end, "REFUSED")):
        step(desk.db, code="TT-paused", by="lan", reason="thử")
        assert refusal(desk, client_id="paused")[0] == said


def test_an_agreement_limited_to_a_unit(desk):
    desk.agree("limited", units=(WHOLE,))
    inside = UnitScope(HOME, "commune", "2023")
    assert refusal(desk, client_id="limited", unit=inside) == ("FOUND", None)
    assert refusal(desk, client_id="limited", unit=WHOLE) == ("FOUND", None)
    for outside in (
        UnitScope("01", "province", "2023"),
        UnitScope("24", "province", "2023"),
        UnitScope("00004", "commune", "2025"),
    ):
        assert refusal(desk, client_id="limited", unit=outside) == ("REFUSED", "UNIT_NOT_AGREED")


def test_the_quota_counts_citizens_and_a_second_try_does_not_go_round_it(desk):
    desk.agree("small", daily_quota=2)
    asked = desk.request(A, "Nguyễn Văn A", "1970")
    for request in (asked, asked, desk.request(A, "X", "1970"), desk.request(HOA, "X", "1970")):
        assert desk.ask_all([request], client_id="small")[0].refusal is None
    third = desk.request(NOBODY, "X", "1970")
    for _ in range(3):
        [answer] = desk.ask_all([third], client_id="small")
        assert (answer.refusal.code, answer.refusal.http_hint) == ("QUOTA_USED_UP", "too_many")
    assert desk.ask_all([asked], client_id="small")[0].refusal is None  # a repetition is no new citizen


def test_a_request_id_means_one_request(desk):
    asked = desk.request(A, "Nguyễn Văn A", "1970")
    first, again = desk.ask_all([asked])[0], desk.ask_all([asked])[0]
    assert first.access_id < again.access_id
    assert desk.rows(
        "SELECT replayed FROM audit.access_event WHERE request_id = :id ORDER BY access_id", id=asked.request_id
    ) == [(0,), (1,)]
    other = desk.request(HOA, "Nguyễn Văn Hòa", "1970", request_id=asked.request_id)
    assert desk.ask_all([other])[0].refusal.code == "REQUEST_ID_REUSED"
    desk.agree("second")
    assert desk.ask_all([other], client_id="second")[0].refusal is None  # an id is its consumer's own
    desk.execute(
        "UPDATE share.request SET first_at = first_at - interval '25 hours' WHERE request_id = :id", id=asked.request_id
    )
    assert desk.ask_all([asked])[0].refusal.code == "REQUEST_ID_REUSED"


def test_a_set_of_requests_each_for_itself(desk):
    requests = [
        desk.request(A, "Nguyễn Văn A", "1970"), desk.request(NOBODY, "X", "1970", unit=WHOLE),
        desk.request(A, "Nguyễn Văn A", "1970", service_code="THUE"), desk.request(HOA, "Nguyễn Văn Hòa", "1970"),
    ]  # fmt: skip
    answers = desk.ask_all(requests)
    assert [one.status.value for one in answers] == ["FOUND", "NO_RECORD", "REFUSED", "FOUND"]
    assert all(str(request.request_id) in one.body for request, one in zip(requests, answers, strict=True))


def test_a_repetition_is_answered_from_history(desk):
    asked = desk.request(HOA, "Nguyễn Văn Hòa", "1970")
    before = json.loads(desk.ask_all([asked])[0].body)
    rows = [
        row(commune.code, 900 + at, id_number=None)
        for at, commune in enumerate(DISTRICT.communes)
        if commune.code == HOME
    ]
    hoa = row(HOME, 5, holder_name="Nguyễn Văn Hòa", birth_date="05/01/1970", area_m2=100.4)
    couple = {"certificate_serial": "DB 424242", "registry_number": "CH42", "holder_kind": 1}
    rows += [
        row(HOME, 1, **couple),
        row(HOME, 1, **couple, holder_name="Trần Thị B", id_number="024170000002", gender=0),
        row(HOME, 3),
        row(HOME, 4),
        hoa,
    ]
    assert desk.deliver(rows).ledger[0].rows_changed == 1
    again, fresh = json.loads(desk.ask_all([asked])[0].body), desk.ask(HOA, "Nguyễn Văn Hòa")
    assert {**again, "access_id": 0, "coverage_as_of": 0} == {**before, "access_id": 0, "coverage_as_of": 0}
    areas = [one["certificates"][0]["parcels"][0]["area_m2"] for one in (before, again, fresh)]
    assert areas == [100.0, 100.0, 100.4]
    assert fresh["record_version"] != before["record_version"]


def test_what_is_withheld_is_named_with_the_rule(desk):
    desk.agree("narrow", fields_mask=mask_of(["rights_holders", "area_m2", "house_type"]))
    scopes = {BASE_SCOPE, Group.HOLDERS.scope, Group.PARCEL.scope}
    answer = desk.ask(A, client_id="narrow", scopes=scopes, fields=("area_m2", "house_type", "floor_area_m2"))
    why = {one["field"]: one["why"] for one in answer["withheld"]}
    assert why.pop("rights_holders") == "NOT_ASKED"
    assert why.pop("house_type") == "SCOPE"
    assert set(why.values()) == {"AGREEMENT"}
    assert set(why) == {one.name for one in FIELDS} - {"rights_holders", "house_type", "area_m2"}
    given = desk.scalar("SELECT fields_mask FROM audit.access_event WHERE access_id = :id", id=answer["access_id"])
    assert given == mask_of(["area_m2"])
    [certificate] = answer["certificates"]
    assert certificate.keys() == {"ref", "parcels", "assets"}
    assert [one.keys() for one in certificate["parcels"]] == [{"area_m2", "purposes"}]
    assert certificate["parcels"][0]["purposes"] == [{}]


def test_co_holders_are_masked(desk):
    [certificate] = desk.ask(A)["certificates"]
    own, other = sorted(certificate["rights_holders"], key=lambda one: not one["self"])
    assert (own["id_number"], own["name"]) == (A, "Nguyễn Văn A")
    assert other == {"self": False, "name": "Trần Thị B", "birth_year": 1970, "id_number": "***"}


def test_two_citizens_with_one_old_number_are_told_apart(desk):
    """Nine-digit numbers were given out twice: name and birth say which of the two is meant."""
    desk.execute(
        "INSERT INTO match.party_number SELECT :bidx, party_id, 'OLD' FROM match.party WHERE person_ref = ANY(:refs)",
        bidx=str(desk.keys.index("343434343")), refs=[People.ref(A), People.ref(HOA)],
    )  # fmt: skip
    assert desk.ask("343434343", "Nguyễn Văn A", "1970")["status"] == "FOUND"
    assert desk.ask("343434343", "Nguyễn Văn Hòa", "1970")["status"] == "FOUND"
    assert desk.ask("343434343", "Ai Đó", "1970")["status"] == "IDENTITY_MISMATCH"


def test_the_log_row_says_who_asked_for_what(desk):
    answer = desk.ask(A, case_file_no="HS-77", officer_code="CB-9", fields=("area_m2", "rights_holders"))
    columns = "client_id, token_jti, agency_code, officer_code, service_code, case_file_no, status, fields_mask, address::text"
    [found] = desk.rows(f"SELECT {columns} FROM audit.access_event WHERE access_id = :id", id=answer["access_id"])
    assert found == (
        CONSUMER,
        "jti",
        AGENCY,
        "CB-9",
        SERVICE,
        "HS-77",
        "FOUND",
        mask_of(["area_m2", "rights_holders"]),
        "10.0.0.1/32",
    )
    sql = "SELECT subject::text, record_versions FROM audit.access_event WHERE access_id = :id"
    [(subject, versions)] = desk.rows(sql, id=answer["access_id"])
    assert subject == str(desk.keys.index(A))
    assert len(versions) == 1
    refused = desk.ask(A, service_code="THUE")
    assert desk.rows(
        "SELECT fields_mask, record_versions FROM audit.access_event WHERE access_id = :id", id=refused["access_id"]
    ) == [(0, [])]


def test_without_a_log_there_is_no_answer(desk):
    before = logged(desk)
    asked = desk.request(A, "Nguyễn Văn A", "1970")
    desk.execute("REVOKE INSERT ON audit.access_event FROM landdata_gate")
    try:
        with pytest.raises(AccessLogUnwritten):
            desk.ask_all([asked])
    finally:
        desk.execute("GRANT INSERT ON audit.access_event TO landdata_gate")
    assert logged(desk) == before
    assert desk.scalar("SELECT count(*) FROM share.request WHERE request_id = :id", id=asked.request_id) == 0
    assert desk.ask_all([asked])[0].status.value == "FOUND"
