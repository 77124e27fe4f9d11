"""Each check of the catalogue by example: one small row that calls it, beside a clean row that calls none."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
import shapely
from landworld import COMMUNES, EPSG, Row, row, square

from landdata.checking.catalogue import CATALOGUE
from landdata.checking.geometry import to_wgs84
from landdata.errors import CrsWrong
from landdata.model.crs import ZONES
from landdata.model.deliveries import Severity

HOME, OTHER = COMMUNES[0], COMMUNES[1]
X, Y = square(HOME)[0]
BOWTIE = [(X, Y), (X + 10, Y + 10), (X + 10, Y), (X, Y + 10), (X, Y)]
MANY = [(X + 5 * math.cos(angle), Y + 5 * math.sin(angle)) for angle in np.linspace(0, 2 * math.pi, 300)]


def found(rows, flat_rules) -> dict[int, Counter[str]]:
    """Codes by row number from 1."""
    result = {number: Counter() for number in range(1, len(rows) + 1)}
    for one in flat_rules(rows).findings:
        for at in one.rows:
            result[int(at) + 1][one.code] += 1
    return result


def couple(number: int, **changed: Any) -> Row:
    return row(HOME, number, holder_kind=1, holder_role="CHONG") | changed


CLEAN = row(HOME, 1)
# What is wrong with row 2 (and the rows after it): code -> what is changed in a clean row.
ONE_ROW = [
    ("COMMUNE_UNKNOWN", {"commune_code": "99999"}),
    ("COMMUNE_UNKNOWN", {"commune_code": None}),
    ("COMMUNE_UNKNOWN", {"commune_code": str(int(HOME))}),  # a spreadsheet ate the zero in front
    ("COMMUNE_NOT_OF_OFFICE", {"commune_code": "00001"}),
    ("SHEET_NUMBER_INVALID", {"map_sheet_number": "PL9"}),
    ("SHEET_NUMBER_INVALID", {"map_sheet_number": 0}),
    ("SHEET_NUMBER_INVALID", {"map_sheet_number": None}),
    ("PARCEL_NUMBER_INVALID", {"parcel_number": "12a"}),
    ("PARCEL_NUMBER_INVALID", {"parcel_number": -1}),
    ("PARCEL_NUMBER_INVALID", {"parcel_number": 10_000_000_000}),
    ("PARCEL_NUMBER_INVALID", {"parcel_number": 1.5}),
    ("VALUE_MISSING", {"parcel_address": None}),
    ("RETIRE_IN_FULL", {"operation": "retire"}),
    ("PARENTS_UNREADABLE", {"parent_parcels": "07954.1.2;07954.A.3"}),
    ("VALUE_MISSING", {"purposes": None}),
    ("NUMBER_UNREADABLE", {"area_m2": "100 m2"}),
    ("NUMBER_UNREADABLE", {"area_m2": "-5"}),
    ("NUMBER_UNREADABLE", {"area_m2": "1e3"}),
    ("NUMBER_UNREADABLE", {"private_m2": "100,5"}),
    ("NUMBER_UNREADABLE", {"floor_area_m2": "99999999999"}),  # would not fit its column
    ("DATE_UNREADABLE", {"certificate_date": "31/02/2020"}),
    ("DATE_UNREADABLE", {"certificate_date": "2020/01/02"}),
    ("DATE_UNREADABLE", {"certificate_date": "01/01/0000"}),
    ("PURPOSES_UNREADABLE", {"purposes": "ONT:abc"}),
    ("PURPOSES_UNREADABLE", {"purposes": "đất ở"}),
    ("ORIGINS_UNREADABLE", {"origins": "CNQ-CTT"}),
    ("PARCEL_UID_INVALID", {"parcel_uid": "w7er8gfn1s8"}),
    ("TEXT_INVALID", {"holder_name": "A\x07B"}),
    ("TEXT_INVALID", {"holder_name": "A\u202eB"}),
    ("TEXT_INVALID", {"parcel_address": "x" * 2001}),
    ("GEOMETRY_MISSING", {"ring": None}),
    ("GEOMETRY_MISSING", {"shape": shapely.from_wkt("POLYGON EMPTY")}),
    ("GEOMETRY_MISSING", {"shape": b"\x01\x03\x00"}),
    ("GEOMETRY_NOT_POLYGON", {"shape": shapely.Point(X, Y)}),
    ("GEOMETRY_NOT_POLYGON", {"shape": shapely.LineString([(X, Y), (X + 1, Y)])}),
    ("GEOMETRY_NOT_POLYGON", {"shape": shapely.GeometryCollection([shapely.Point(X, Y)])}),
    ("GEOMETRY_NOT_FINITE", {"ring": [(X, Y), (X + 1, math.inf), (X + 1, Y), (X, Y)]}),
    ("GEOMETRY_TOO_LARGE", {"ring": MANY}),
    ("GEOMETRY_INVALID", {"ring": BOWTIE}),
    ("GEOMETRY_INVALID", {"ring": [(X, Y), (X + 0.05, Y), (X, Y + 0.05), (X, Y)]}),  # rounds to 0.00 m2
    ("GEOMETRY_OUTSIDE_PROVINCE", {"ring": [(x + 300_000, y) for x, y in square(HOME)]}),
    ("PURPOSES_SUM", {"purposes": "ONT:60.0;CLN:39.0"}),
    ("AREA_DIFFERS", {"area_m2": 150.0, "purposes": "ONT:150.0"}),
    ("PURPOSE_CODE_UNKNOWN", {"purposes": "ZZZ:100.0"}),
    ("ORIGIN_CODE_UNKNOWN", {"origins": "ONT:ABC+3"}),
    ("NUMBER_MISPLACED", {"id_type": "024070000001"}),
    ("NUMBER_MISPLACED", {"holder_role": "121212121"}),
    ("NUMBER_MISPLACED", {"holder_name": "Nguyễn Văn A 024070000001"}),
    ("NUMBER_MISPLACED", {"parcel_address": "Thôn 1, 024070000001"}),
    ("ID_NUMBER_SHAPE", {"id_number": "02407000001"}),
    ("ID_NUMBER_SHAPE", {"id_number": "02407000000a"}),
    ("ID_NUMBER_CONTRADICTS", {"id_number": "099070000001"}),  # no such province of birth registration
    ("ID_NUMBER_CONTRADICTS", {"gender": 0}),
    ("ID_NUMBER_CONTRADICTS", {"id_number": "024170000001"}),  # a woman's number on a man's row
    ("ID_NUMBER_CONTRADICTS", {"birth_date": "1971"}),
    ("ID_NUMBER_CONTRADICTS", {"id_number": "024270000001"}),  # of the next century
    ("BIRTH_UNREADABLE", {"birth_date": "1970-13-01"}),
    ("BIRTH_UNREADABLE", {"birth_date": "0000"}),
    ("BIRTH_YEAR_IMPLAUSIBLE", {"birth_date": "1849", "id_number": None}),
    ("BIRTH_YEAR_IMPLAUSIBLE", {"birth_date": "01/05/2020", "id_number": None}),  # after the certificate
    ("SERIAL_PATTERN", {"certificate_serial": "số 12"}),
    ("SERIAL_PATTERN", {"certificate_serial": "DBX 123456"}),
    ("COUPLE_NOT_TWO", {"holder_kind": 1}),
    ("HOUSEHOLD_NO_HEAD", {"holder_kind": 2, "holder_role": "VO"}),
]


@pytest.mark.parametrize(("code", "changed"), ONE_ROW, ids=lambda value: value if isinstance(value, str) else "")
def test_one_wrong_row_beside_a_clean_one(flat_rules, code, changed):
    wrong = row(HOME, 2) | changed
    result = found([CLEAN, row(HOME, 3), wrong], flat_rules)
    assert result[1] == result[2] == Counter()
    assert code in result[3]
    serious = {one for one in result[3] if CATALOGUE[one].severity is Severity.REFUSES_RECORD}
    assert (CATALOGUE[code].severity is Severity.REFUSES_RECORD) == bool(serious)


SEVERAL = {
    "PARCEL_TWICE": [row(HOME, 2), row(HOME, 2, area_m2=101, purposes="ONT:101", certificate_serial="DB 999999")],
    "SERIAL_TWICE": [row(HOME, 2), row(HOME, 3, certificate_serial=row(HOME, 2)["certificate_serial"])],
    "REFUSED_WITH_RECORD": [row(HOME, 2), row(HOME, 2, holder_name="B\x07")],
    "COUPLE_NOT_TWO": [
        couple(2),
        couple(2, holder_name="B", holder_role="VO"),
        couple(2, holder_name="C", holder_role="VO"),
    ],
}


@pytest.mark.parametrize("code", SEVERAL)
def test_wrong_only_together(flat_rules, code):
    result = found([CLEAN, *SEVERAL[code]], flat_rules)
    assert result[1] == Counter()
    together = {number for number, one in result.items() if code in one}
    assert together == ({2} if code == "REFUSED_WITH_RECORD" else {2, 3, 4}.intersection(result))
    if code != "COUPLE_NOT_TWO":
        assert not any(code in found([CLEAN, one], flat_rules)[2] for one in SEVERAL[code])


def test_every_check_says_what_and_what_to_do_in_both_languages():
    for check_ in CATALOGUE.values():
        for words in (check_.vi, check_.en, check_.mend_vi, check_.mend_en):
            assert words.format_map(defaultdict(str))
            assert words.endswith(".")


@pytest.mark.parametrize(
    "changed",
    [
        {"holder_kind": 3, "id_number": "0100109106", "birth_date": None},  # an enterprise's number is no citizen's
        {"area_m2": None, "purposes": "ONT"},  # a certificate may give no area
        {"holder_name": None, "certificate_serial": None, "registry_number": None, "certificate_date": None},
        {"id_number": "121212121", "birth_date": "19/05/1970"},
        {"map_sheet_number": "007", "use_term": "ONT:Lâu dài", "parcel_uid": "w7er8gfn1s8n"},
        {"certificate_date": "2019-10-15"},
        {"shape": shapely.MultiPolygon([shapely.Polygon(square(HOME, 2))])},
    ],
)
def test_what_is_in_order(flat_rules, changed):
    assert found([CLEAN, row(HOME, 2) | changed], flat_rules)[2] == Counter()


def test_couples_and_households_in_order(flat_rules):
    rows = [couple(2), couple(2, holder_name="B", holder_role="VO")]
    house = [row(HOME, 3, holder_kind=2, holder_role=role, holder_name=role) for role in ("CHU_HO", "THANH_VIEN")]
    for counted in found([*rows, *house], flat_rules).values():
        assert set(counted) <= {"ID_NUMBER_CONTRADICTS", "ID_NUMBER_TWO_NAMES"}


def test_one_bad_row_refuses_its_record_and_no_other(flat_rules):
    """Certificate over two parcels, two holders: the row without geometry takes the other three with it."""
    paper = {"certificate_serial": "DB 777777", "registry_number": "CH7"}
    rows = [
        row(HOME, 2, **paper), row(HOME, 3, **paper, holder_name="B"), row(HOME, 3, **paper, holder_name="C"),
        row(HOME, 4), row(OTHER, 2, **paper, ring=None),
    ]  # fmt: skip
    checked = flat_rules(rows)
    assert checked.refused.tolist() == [True, True, True, False, True]
    [with_record] = [one for one in checked.findings if one.code == "REFUSED_WITH_RECORD"]
    assert (with_record.rows.tolist(), {one["value"] for one in with_record.details}) == ([0, 1, 2], {5})


@pytest.mark.parametrize("epsg", [one.epsg for one in ZONES if abs(one.central_meridian - 107) >= 0.7][:4])
def test_a_wrong_zone_refuses_the_whole_and_names_the_right_one(flat_rules, epsg):
    with pytest.raises(CrsWrong) as caught:
        flat_rules([row(HOME, number) for number in range(1, 8)], epsg=epsg)
    assert caught.value.details["epsg"] == epsg
    assert caught.value.details["likely"] == "EPSG:9214"


def test_swapped_axes_and_degrees_are_told_apart(flat_rules):
    swapped = [row(HOME, 1, ring=[(y, x) for x, y in square(HOME)])]
    with pytest.raises(CrsWrong, match="axes swapped"):
        flat_rules(swapped)
    degrees = shapely.get_coordinates(to_wgs84(np.array([shapely.Polygon(square(HOME))]), EPSG))
    with pytest.raises(CrsWrong, match="WGS 84"):
        flat_rules([row(HOME, 1, ring=[tuple(one) for one in degrees])])
