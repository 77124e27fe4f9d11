"""The catalogue keeps its word: each example calls its check beside a row in order, and honest data call none."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely
from landworld import COMMUNES, row, square

from landdata.checking.catalogue import CATALOGUE
from landdata.checking.examples import EXAMPLES
from landdata.checking.reasons import REASONS
from landdata.model.deliveries import Severity
from landdata.model.parcels import FLAT_COLUMNS

HOME, OTHER = COMMUNES[:2]
X, Y = square(HOME, 400)[0]
# What takes more than rows is shown by other tests: comparing, declaring, heaps, bytes no writer makes, the doctor.
ELSEWHERE = {
    "COMMUNE_NOT_NAMED": "test_desk", "HELD_WITH_RECORD": "test_publish", "COMMUNE_REJECTED": "test_decide",
    "RECORD_INCOMPLETE": "test_changes", "PARCEL_NOT_ON_RECORD": "test_changes", "OPERATION_UNKNOWN": "test_changes",
    "OPERATION_CONTRADICTS": "test_changes",
    "GEOMETRY_TOO_LARGE": "test_flat", "OVERLAPS_UNTESTED": "test_topology", "GAPS_UNTESTED": "test_topology",
    "RING_CLOSED": "test_repairs", "VALUE_MANIFOLD": "test_lists",
    **dict.fromkeys(
        ("TAG_MISSING", "TAG_UNREADABLE", "TAG_EMPTY", "TAG_TOO_LONG", "REFERENCE_DANGLING", "ENTITY_TWICE", "ENTITY_UNUSED"),
        "test_vbdlis",
    ),
}  # fmt: skip
SHOWN = [code for code, check in CATALOGUE.items() if check.example.rows]


def as_delivered(number, changed):
    """A row in order, changed as an example says; its geometry is drawn from a corner of the commune."""
    said = str(changed.get("parcel_number", ""))
    number = int(said) if said.isdigit() else number  # rows of one parcel are the same in all else
    columns = {name: value for name, value in changed.items() if name != "geometry"}
    if "geometry" not in changed:
        return row(HOME, number) | columns
    shape = shapely.from_wkt(changed["geometry"])
    return (
        row(HOME, number, ring=None)
        | columns
        | {"shape": shape and shapely.transform(shape, lambda points: points + np.array([X, Y]))}
    )


@pytest.mark.parametrize("code", SHOWN)
def test_each_example_calls_its_check(flat_rules, code):
    rows = [as_delivered(number + 2, changed) for number, changed in enumerate(CATALOGUE[code].example.rows)]
    checked = flat_rules([row(OTHER, 1), row(OTHER, 2), *rows])
    told = Counter(one.code for one in checked.findings for at in one.rows if at > 1)
    assert told[code]
    assert not [one.code for one in checked.findings if set(one.rows.tolist()) & {0, 1}]
    refuses = any(CATALOGUE[one].severity is Severity.REFUSES_RECORD for one in told)
    assert refuses == (CATALOGUE[code].severity is Severity.REFUSES_RECORD) == bool(checked.refused[2:].any())


def test_every_check_has_an_example_and_its_columns_exist():
    for code, check in CATALOGUE.items():
        assert check.example.rows or check.example.beside, code
        if not check.example.rows:
            assert code in ELSEWHERE
        for changed in check.example.rows:
            assert set(changed) <= {column.name for column in FLAT_COLUMNS} | {"geometry"}
    assert set(EXAMPLES) <= set(CATALOGUE)


def test_what_waits_is_about_no_row_and_says_when():
    assert not [code for code, check in CATALOGUE.items() if check.severity is Severity.WAITS]
    for reason in REASONS.values():
        assert reason.severity is Severity.WAITS
        assert reason.example.beside
        assert not reason.example.rows
    assert not REASONS.keys() & CATALOGUE.keys()


HONEST = {
    "a passport": {"id_type": "HC", "id_number": "B1234567"},
    "a soldier's card": {"id_type": "CMQS", "id_number": "12345678"},
    "born abroad": {"id_number": "101070000001"},
    "an old paper": {"certificate_type": "18", "certificate_date": "20/05/1985", "birth_date": "1950", "id_number": None},
    "an old code on an old paper": {"purposes": "BHK:100.0"},
    "a term to come": {"use_term": "ONT:15/10/2069"},
    "less in use than the parcel": {"private_m2": "60.0", "common_m2": None},
    "one storey with thick walls": {"asset_kind": "7", "floor_area_m2": "52.0", "construction_area_m2": "64.0"},
    "a house without floor area": {"asset_kind": "7", "floor_area_m2": None, "construction_area_m2": "64.0"},
    "an apartment": {"asset_kind": "8", "apartment_building_name": "A1", "apartment_number": "1204"},
    "parents": {"parent_parcels": "07954.1.2; 07954.1.3"},
    "a pointed strip": {"geometry": "POLYGON ((0 0, 60 0, 0 3.3333, 0 0))", "area_m2": "100.0"},
}  # fmt: skip


@pytest.mark.parametrize("case", HONEST)
def test_nothing_is_said_of_what_is_in_order(flat_rules, case):
    known = {
        "land_use_purpose": frozenset({"ONT", "BHK"}),
        "land_use_origin": frozenset({"CNQ-CTT"}),
        "certificate_type": frozenset({"11", "18"}),
    }
    checked = flat_rules([as_delivered(2, HONEST[case])], code_lists=known)
    assert [one.code for one in checked.findings] == []


def test_names_spelt_in_other_ways_are_one_person(flat_rules):
    names = ("Nguyễn Văn A", "NGUYỄN VĂN A", "Nguyễn  Văn A", "Nguyen Van A")
    same = [row(HOME, at + 2, id_number="024070000001", holder_name=name) for at, name in enumerate(names)]
    assert flat_rules(same).findings == ()


def test_signs_of_invention_need_more_than_a_few_parcels(flat_rules):
    def commune(size: int, transfer: str = "") -> list[tuple[str, int, dict[str, object]]]:
        some = [
            {"purposes": "ONT:100.0", "origins": "ONT:CNQ-CTT"},
            {"purposes": "CLN:100.0", "origins": "CLN:CNQ-KTT"},
        ]
        rows = [row(HOME, at + 2) | some[at % 2] for at in range(size)]
        rows[0]["origins"] = f"ONT:CNQ-CTT{transfer}"
        return [(one.code, len(one.rows), one.details[0]) for one in flat_rules(rows).findings]

    homes = [row(HOME, at + 2, origins="ONT:CNQ-CTT") for at in range(30)]
    fields = [row(HOME, at + 40, purposes="CLN:100.0", origins="CLN:CNQ-KTT") for at in range(4)]
    assert flat_rules([*homes, *fields]).findings == ()
    assert commune(18) == commune(40, "+3") == []
    assert commune(40) == [("SIGN_ORIGIN_BY_PURPOSE", 1, {"commune": HOME, "count": 40})]


def test_registry_numbers_without_a_digit_are_counted_once_a_commune(flat_rules):
    rows = [row(HOME, at + 2, registry_number="--\\--" if at % 4 == 0 else f"CH{at}") for at in range(12)]
    [found] = flat_rules([*rows, rows[0]]).findings
    assert (found.rows.tolist(), list(found.details)) == ([0], [{"commune": HOME, "count": 3, "share": 25}])
