"""The answer holds the eighteen agreed fields, each in its place, and no key more; made from model/fields.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from landworld import COMMUNES, Desk, row

from landdata.model.agreements import NullReason
from landdata.model.fields import BASE_SCOPE, FIELDS, Group, Place
from landdata.store import projection

HOME = COMMUNES[0]
A = "024070000001"
HOUSE = {
    "asset_kind": 7, "house_type": "1", "floor_area_m2": 80.5, "construction_area_m2": 60.0, "ownership_form": 0,
    "house_grade": "Nhà cấp IV", "ownership_term": "Lâu dài",
}  # fmt: skip
APARTMENT = {
    "asset_kind": 8, "house_type": "3", "apartment_building_name": "Chung cư A1", "apartment_number": "1205",
    "floor_area_m2": 70.0, "ownership_form": 1, "house_grade": "Cấp đặc biệt", "ownership_term": "50 năm",
    "common_items": "Hành lang:40.0:12;Sân:15",
}  # fmt: skip
WORKS = {
    "asset_kind": 11,
    "construction_grade": "Công trình cấp II",
    "construction_area_m2": 120.0,
    "ownership_form": 0,
}
# Keys that are no fields: they hold the answer together.
FRAME = {
    Place.CERTIFICATE: {"ref", "parcels", "assets", "null_reasons"}, Place.PARCEL: {"purposes", "null_reasons"},
    Place.PURPOSE: {"null_reasons"}, Place.ASSET: {"null_reasons"},
}  # fmt: skip
ENVELOPE = {
    "request_id",
    "access_id",
    "status",
    "coverage_as_of",
    "record_version",
    "record_ref",
    "simulated",
    "withheld",
    "complete",
    "certificates",
}


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    """Certificates with a house, an apartment, works, nothing at all, and one of the form with QR code."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(shared_country, tmp_path_factory.mktemp("data"))
    mine = {"id_number": A, "user_type": "GDC", "holder_role": "CHU_HO", "holder_kind": 0}
    bare = {"private_m2": None, "common_m2": None, "use_term": None, "origins": None}
    made.deliver(
        [
            row(HOME, 1, **mine, **HOUSE), row(HOME, 2, **mine, **APARTMENT), row(HOME, 3, **mine, **WORKS),
            row(HOME, 4, **mine, **bare, asset_kind=7) | {"area_m2": None, "purposes": "ONT"},
            row(HOME, 5, **mine, **bare, certificate_type=98, asset_kind=7),
        ]
    )  # fmt: skip
    made.people.add(A, "Nguyễn Văn A", "1970")
    made.match()
    made.agree()
    yield made
    patch.undo()


def places(certificate: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    yield Place.CERTIFICATE, certificate
    for parcel in certificate["parcels"]:
        yield Place.PARCEL, parcel
        yield from ((Place.PURPOSE, one) for one in parcel["purposes"])
    yield from ((Place.ASSET, one) for one in certificate["assets"])


def by_number(desk: Desk, **changed: Any) -> dict[int, dict[str, Any]]:
    """Certificates by the number of their parcel."""
    return {one["parcels"][0]["parcel_number"]: one for one in desk.ask(A, **changed)["certificates"]}


def test_the_keys_of_an_answer_are_exactly_the_eighteen(desk):
    answer = desk.ask(A)
    assert answer.keys() == ENVELOPE
    seen: dict[Place, set[str]] = defaultdict(set)
    for certificate in answer["certificates"]:
        for place, one in places(certificate):
            own = {field.name for field in FIELDS if field.place is place}
            assert own <= one.keys() <= own | FRAME[place]
            seen[place] |= one.keys() & own
    assert sorted(name for names in seen.values() for name in names) == sorted(field.name for field in FIELDS)
    assert len(FIELDS) == 18


def test_every_field_has_a_value_somewhere(desk):
    values: dict[str, list[Any]] = defaultdict(list)
    for certificate in desk.ask(A)["certificates"]:
        for _, one in places(certificate):
            for field in FIELDS:
                if one.get(field.name) is not None:
                    values[field.name].append(one[field.name])
    assert values.keys() == {field.name for field in FIELDS}


def test_what_each_says(desk):
    found = by_number(desk)
    [house], [flat], [works] = (found[number]["assets"] for number in (1, 2, 3))
    assert {name: house[name] for name in ("house_type", "floor_area_m2", "construction_area_m2", "ownership_form")} == {
        "house_type": "1", "floor_area_m2": 80.5, "construction_area_m2": 60.0, "ownership_form": "0",
    }  # fmt: skip
    assert house["house_grade"] == {"text": "Nhà cấp IV", "grade": "IV"}
    assert house["ownership_term"] == {"text": "Lâu dài", "kind": "LONG_TERM", "end_date": None}
    assert flat["apartment_building_name"] == {"name": "Chung cư A1", "apartment": "1205"}
    assert flat["house_grade"]["grade"] == "DB"
    assert [one["name"] for one in flat["common_ownership_items"]] == ["Hành lang", "Sân"]
    assert works["construction_grade"] == {"text": "Công trình cấp II", "grade": "II"}
    [parcel] = found[1]["parcels"]
    assert (parcel["parcel_number"], parcel["map_sheet_number"], parcel["area_m2"]) == (1, 1, 100.0)
    assert parcel["use_form"] == {"private_m2": 100.0, "common_m2": 0.0}
    assert parcel["purposes"][0]["land_use_origin"] == ["CNQ-CTT+3"]


def test_an_empty_field_says_why(desk):
    found = by_number(desk)
    reasons = {number: dict(one["assets"][0].get("null_reasons", {})) for number, one in found.items()}
    assert reasons[1] == dict.fromkeys(
        ("apartment_building_name", "common_ownership_items", "construction_grade"), "NOT_APPLICABLE"
    )
    assert reasons[3] | {} == {
        "house_type": "NOT_APPLICABLE", "apartment_building_name": "NOT_APPLICABLE", "floor_area_m2": "NOT_DIGITISED",
        "house_grade": "NOT_APPLICABLE", "ownership_term": "NOT_DIGITISED", "common_ownership_items": "NOT_APPLICABLE",
    }  # fmt: skip
    # With QR code these are not printed; before, someone did not type them in.
    for number, said in ((4, "NOT_DIGITISED"), (5, "NOT_ON_CERTIFICATE")):
        assert {reasons[number][name] for name in ("floor_area_m2", "house_grade", "construction_area_m2")} == {said}
        [purpose] = found[number]["parcels"][0]["purposes"]
        assert purpose["null_reasons"] == {"use_term": "NOT_DIGITISED", "land_use_origin": said}
    assert found[4]["parcels"][0]["null_reasons"] == {"area_m2": "NOT_ON_CERTIFICATE", "use_form": "NOT_DIGITISED"}


def test_a_field_is_null_exactly_where_it_has_a_reason(desk):
    known = {one.value for one in NullReason}
    for certificate in desk.ask(A)["certificates"]:
        for place, one in places(certificate):
            empty = {field.name for field in FIELDS if field.place is place and one[field.name] is None}
            assert one.get("null_reasons", {}).keys() == empty
            assert set(one.get("null_reasons", {}).values()) <= known


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_one_field_asked_is_one_field_given(desk, field):
    answer = desk.ask(A, fields=(field.name,))
    names = {one.name for one in FIELDS}
    given = {
        name for certificate in answer["certificates"] for _, one in places(certificate) for name in one.keys() & names
    }
    assert given == {field.name}
    assert {one["field"] for one in answer["withheld"]} == names - {field.name}


@pytest.mark.parametrize("group", list(Group))
def test_a_scope_opens_its_group_and_no_other(desk, group):
    answer = desk.ask(A, scopes={BASE_SCOPE, group.scope})
    names = {one.name for one in FIELDS}
    given = {
        name for certificate in answer["certificates"] for _, one in places(certificate) for name in one.keys() & names
    }
    assert given == {one.name for one in FIELDS if one.group is group}


def test_a_new_column_stays_hidden(desk):
    before = desk.ask(A)
    tables = ("parcel", "certificate", "holder", "purpose", "asset", "land_right", "record")
    for table in tables:
        desk.execute(f"ALTER TABLE land.{table} ADD COLUMN secret_note text DEFAULT 'bí mật'")
    try:
        after = desk.ask(A)
    finally:
        for table in tables:
            desk.execute(f"ALTER TABLE land.{table} DROP COLUMN secret_note")
    assert "bí mật" not in str(after)
    assert after["certificates"] == before["certificates"]


def test_what_is_not_among_the_eighteen_is_nowhere_in_the_answer(desk):
    """Serials, registry numbers, parcel ids, old numbers, geometry: on record, not agreed."""
    text = str(desk.ask(A))
    for hidden in ("DB ", "CH0000", "MULTIPOLYGON", "geom", "serial", "registry", "parcel_uid", "commune"):
        assert hidden not in text


def test_the_program_stops_on_a_field_without_a_projection(monkeypatch):
    monkeypatch.setattr(
        projection, "PROJECTIONS", {name: one for name, one in projection.PROJECTIONS.items() if name != "area_m2"}
    )
    with pytest.raises(AssertionError):
        projection.placeholders()
