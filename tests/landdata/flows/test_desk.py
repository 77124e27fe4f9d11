"""The check at the desk: real files, the same findings as the service's own, and no database anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from landworld import COMMUNES, DAY, PROVINCE, SHORT, Desk, geojson, row, square

from fixtures.generators.deliveries import write_deliveries
from fixtures.generators.people import make_people
from landdata.commands import console
from landdata.errors import UnknownUnit, UnknownZone
from landdata.flows import desk as at_desk
from landdata.flows import verdict
from landdata.flows.desk import Asked
from landdata.model.deliveries import Severity, State
from landdata.settings import Settings

PROVINCES = ("02", "24", "26")
# The manifest's words for planted faults -> the checks that find them.
CODES = {
    "MAP_SHEET_NUMBER": "SHEET_NUMBER_INVALID",
    "PARCEL_NUMBER": "PARCEL_NUMBER_INVALID",
    "GEOMETRY_EMPTY": "GEOMETRY_MISSING",
    "GEOMETRY_SELF_CROSSING": "GEOMETRY_INVALID",
    "GEOMETRY_OUTSIDE": "GEOMETRY_OUTSIDE_PROVINCE",
}
NOWHERE = {"LANDDATA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "LANDDATA_ADMIN_URL": ""}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    people = make_people(1, provinces=PROVINCES)
    return write_deliveries(tmp_path_factory.mktemp("files"), people, seed=1, provinces=PROVINCES)


def run(*arguments: object, cwd=None):
    """The installed command as a process of its own, with a database address that leads nowhere."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "landdata"), "check", *map(str, arguments)],
        capture_output=True, text=True, env={**os.environ, **NOWHERE}, check=False, cwd=cwd,
    )  # fmt: skip


def strange(commune, number):
    """A clean row under the code of a commune that is not of the province."""
    return row(COMMUNES[0], number) | {"commune_code": commune}


def judged(tmp_path, rows, asked=None, *, epsg=9214):
    path = tmp_path / "thua.geojson"
    path.write_bytes(rows if isinstance(rows, bytes) else geojson(rows, epsg=epsg))
    return at_desk.check([path], asked or Asked(DAY), settings=Settings())


def codes(verdict):
    return Counter(one.code for one in verdict.findings)


# Real files


@pytest.mark.parametrize("province", PROVINCES)
def test_refused_rows_are_those_of_the_manifest(manifest, no_database, province):
    [file] = [one for one in manifest.files if one.province == province]
    verdict = at_desk.check([file.path], Asked(manifest.effective_on, province=province), settings=Settings())
    assert verdict.accepted
    assert (verdict.rows_read, verdict.rows_refused) == (file.rows, file.refused_rows)
    assert verdict.epsg == file.epsg
    for fault, count in file.refused.items():
        assert codes(verdict)[CODES.get(fault, fault)] >= count
    refusing = {one.row_no for one in verdict.findings if one.severity is Severity.REFUSES_RECORD}
    assert len(refusing) == file.refused_rows
    # The generator draws neighbours with common corners: any overlap or gap would be an invention of ours.
    assert not {code for code in codes(verdict) if code.startswith(("OVERLAP", "SLIVER", "GAP"))}


def test_the_same_findings_as_the_service(manifest, shared_country, tmp_path):
    """One province through the database and at the desk: every finding is equal, details and all."""
    [file] = [one for one in manifest.files if one.province == PROVINCE]
    service = Desk(shared_country, tmp_path)
    receipt = service.send(file.path.read_bytes(), file_name=file.path.name, effective_on=manifest.effective_on)
    assert service.work(receipt.delivery_uid) is State.PUBLISHED
    theirs = service.rows(
        "SELECT row_no, code, severity, details FROM intake.finding"
        " WHERE delivery_id = (SELECT delivery_id FROM intake.delivery WHERE delivery_uid = :uid)",
        uid=receipt.delivery_uid,
    )
    verdict = at_desk.check([file.path], Asked(manifest.effective_on, province=PROVINCE), settings=Settings())

    def sorted_(found) -> list:
        return sorted(
            (number, code, str(severity), json.dumps(said, sort_keys=True)) for number, code, severity, said in found
        )

    ours = [(one.row_no, one.code, one.severity.value, one.details) for one in verdict.findings]
    assert sorted_(ours) == sorted_(theirs)
    assert len(ours) > 20
    [line] = service.view(receipt.delivery_uid).ledger
    assert (verdict.rows_taken, verdict.rows_refused) == (line.rows_new, line.rows_refused)


SPOILED = [
    row(COMMUNES[0], 1), row(COMMUNES[0], 2, ring=square(COMMUNES[0], 1)), row(COMMUNES[0], 3, ring=None),
    row(COMMUNES[0], 4, area_m2="?"), strange("00001", 5), strange("99999", 6), row(COMMUNES[1], 1, map_sheet_number="x"),
]  # fmt: skip


@pytest.mark.parametrize("day", [DAY, date(2025, 6, 30), date(2025, 7, 1), date(2026, 5, 1)])
def test_the_register_is_that_of_the_day(shared_country, day):
    """The same communes, provinces, shapes and zones as the database answers with, before and after the reform."""
    from landdata.reading.register import Register
    from landdata.store import offices, registers

    register = Register(Settings().reference_dir, day)
    with shared_country.read() as tx:
        theirs = registers.communes_on(tx, on=day)
        assert register.communes.keys() == theirs.keys()
        ids = {province_code: province_id for _, province_id, province_code in theirs.values()}
        units = {code: register.province(code) for code in ids}
        shapes = register.shapes(list(units.values()))
        drawn = registers.shapes_of(tx, frozenset(ids.values()))
        assert len(shapes) == len(drawn) == len(ids)
        for code, unit_id in ids.items():
            unit = units[code]
            ours = {one for one, (_, province) in register.communes.items() if province == unit.unit_id}
            assert ours == {one for one, (_, province, _) in theirs.items() if province == unit_id}
            assert register.zones([unit]) == offices.zones_of(tx, frozenset([unit_id]))
            here, there = (json.loads(one)["coordinates"] for one in (shapes[unit.unit_id], drawn[unit_id]))
            assert flat(here) == flat(there)
        assert register.code_lists() == registers.code_lists(tx)


def flat(nested):
    """All numbers of nested lists: PostGIS makes every polygon a MultiPolygon."""
    return [one for part in nested for one in flat(part)] if isinstance(nested, list) else [nested]


# The command


def test_json_for_programs(tmp_path):
    path = tmp_path / "thua.geojson"
    path.write_bytes(geojson(SPOILED))
    done = run(path, "--json", "--effective-on", "2023-03-28", "--province", PROVINCE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert set(said) == {"delivery", "rows_read", "rows_taken", "rows_refused", "findings"}
    assert said["delivery"] == "accepted"
    assert (said["rows_read"], said["rows_taken"], said["rows_refused"]) == (7, 2, 5)
    keys = {"row", "code", "severity", "details", "vi", "en", "mend_vi", "mend_en"}
    assert all(set(one) == keys for one in said["findings"])
    assert all("{" not in one[name] for one in said["findings"] for name in ("vi", "en", "mend_vi", "mend_en"))
    by_row = {(one["row"], one["code"]) for one in said["findings"]}
    assert {
        (1, "OVERLAP"), (2, "OVERLAP"), (3, "GEOMETRY_MISSING"), (4, "NUMBER_UNREADABLE"),
        (5, "COMMUNE_NOT_OF_OFFICE"), (6, "COMMUNE_UNKNOWN"), (7, "SHEET_NUMBER_INVALID"),
    } <= by_row  # fmt: skip
    assert [one["row"] for one in said["findings"]] == sorted(one["row"] for one in said["findings"])
    # Nothing is left behind, not even a data folder.
    assert [one.name for one in tmp_path.iterdir()] == ["thua.geojson"]


def test_columns_are_named_as_the_file_names_them(tmp_path):
    path = tmp_path / "thua.geojson"
    asked = Asked(effective_on=DAY)
    for spelt, wanted in (
        (None, "area_m2"),
        (SHORT, "dt_phaply (area_m2)"),
        ({"area_m2": "Dt PhapLy"}, "Dt PhapLy (area_m2)"),
    ):
        path.write_bytes(geojson([row(COMMUNES[0], 1), row(COMMUNES[0], 2, area_m2="?")], names_=spelt))
        [found] = at_desk.check([path], asked, settings=Settings()).findings
        assert found.details["column"] == wanted
        assert wanted in verdict.words(found)["vi"]


def test_text_for_people(tmp_path, check):
    path = tmp_path / "thua.geojson"
    path.write_bytes(geojson([*SPOILED, *(row(COMMUNES[2], at, parcel_address=None, odd=1) for at in range(1, 31))]))
    code, printed, error = check(path, "--effective-on", "2023-03-28")
    assert (code, error) == (0, "")
    for words in (
        "NUMBER_UNREADABLE  1  [hồ sơ bị từ chối / record refused]", "Thửa không có hình.", "The parcel has no geometry.",
        "Cách sửa: Vẽ hình thửa", "How to mend: Draw the parcel", "37 dòng đọc / rows read = 3 được nhận / taken + 34",
        "01 Thành phố Hà Nội, 24 Tỉnh Bắc Giang (theo các xã trong tệp / from the communes in the file)",
        "Cột không dùng / columns not used: odd", "VALUE_MISSING  30",
    ):  # fmt: skip
        assert words in printed
    # The first rows with sentences, then numbers, never thirty paragraphs.
    assert printed.count("parcel_address must have a value") == 3


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (b"not a map", [], "FORMAT_UNKNOWN"),
        (b"", [], "DELIVERY_EMPTY"),
        (geojson([row(COMMUNES[0], 1)])[:-40], [], "FILE_UNREADABLE"),
        (geojson([]), [], "NO_ROWS"),
        (geojson([{"commune_code": "07000", "ring": square(COMMUNES[0])}]), [], "COLUMNS_MISSING"),
        (geojson([row(COMMUNES[0], 1, parcel_address=None)]), [], "NOTHING_ACCEPTED"),
        (geojson([row(COMMUNES[0], 1)], epsg=4326), [], "CRS_NOT_A_ZONE"),
        (geojson([row(COMMUNES[0], 1)]), ["--crs", "9213"], "CRS_CONTRADICTION"),
        (geojson([row(COMMUNES[0], 1)], epsg=9217), [], "CRS_WRONG"),
        (geojson([row(COMMUNES[0], 1)]), ["--communes", COMMUNES[1]], "NOTHING_ACCEPTED"),
    ],
)
def test_a_refused_delivery(tmp_path, check, content, options, code):
    path = tmp_path / "thua.geojson"
    path.write_bytes(content)
    ended, printed, error = check(path, "--json", "--effective-on", "2023-03-28", *options)
    assert (ended, error) == (1, "")
    said = json.loads(printed)
    assert said["delivery"] == "refused"
    assert said["rows_taken"] == 0
    assert said["rows_read"] == said["rows_refused"]
    first = said["findings"][0]
    assert (first["row"], first["code"], first["severity"]) == (None, code, "REFUSES_DELIVERY")
    assert first["vi"]
    assert first["mend_en"]
    if code == "NOTHING_ACCEPTED":
        assert [one["row"] for one in said["findings"][1:]] == [1]


def test_a_refused_delivery_in_text(tmp_path, check):
    path = tmp_path / "thua.geojson"
    path.write_bytes(b"not a map")
    code, printed, _ = check(path)
    assert code == 1
    assert "FORMAT_UNKNOWN  1  [CẢ TỆP BỊ TỪ CHỐI / THE FILE IS REFUSED]" in printed
    assert "BỊ TỪ CHỐI / REFUSED: 0 dòng đọc" in printed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--crs", "4326"], "ZONE_UNKNOWN"),
        (["--province", "99"], "UNIT_UNKNOWN"),
        (["--communes", "07000,99999"], "UNIT_UNKNOWN"),
        (["--communes", ""], "UNIT_UNKNOWN"),
        (["--effective-on", "28/03/2023"], "Invalid value"),
        (["--kind", "half"], "Invalid value"),
        (["--against", "nowhere.geojson"], "Invalid value"),
    ],
)
def test_a_question_asked_wrongly(tmp_path, check, options, words):
    path = tmp_path / "thua.geojson"
    path.write_bytes(geojson([row(COMMUNES[0], 1)]))
    code, printed, error = check(path, *options)
    assert (code, printed) == (2, "")
    assert words in error
    assert check(tmp_path / "nowhere.geojson")[0] == 2
    assert check()[0] == 2


def test_damaged_reference_files_are_an_error_not_a_verdict(tmp_path, check, monkeypatch):
    path = tmp_path / "thua.geojson"
    path.write_bytes(geojson([row(COMMUNES[0], 1)]))
    monkeypatch.setattr(console, "settings", lambda: Settings(reference_dir=tmp_path))
    code, printed, error = check(path)
    assert (code, printed) == (2, "")
    assert "REFERENCE_DATA_DAMAGED" in error


def test_named_communes_leave_the_rest_out(tmp_path, no_database):
    rows = [row(COMMUNES[0], 1), row(COMMUNES[1], 1), strange("00001", 3)]
    asked = Asked(DAY, communes=frozenset([COMMUNES[0]]), province=PROVINCE)
    verdict = judged(tmp_path, rows, asked)
    assert [(one.row_no, one.code) for one in verdict.findings] == [
        (2, "COMMUNE_NOT_NAMED"),
        (3, "COMMUNE_NOT_OF_OFFICE"),
    ]
    assert verdict.findings[0].details == {"value": COMMUNES[1]}
    assert not codes(judged(tmp_path, rows[:2]))


def test_the_offices_area_is_assumed_only_when_it_is_not_said(tmp_path):
    rows = [row(COMMUNES[0], 1), strange("00001", 1) | {"ring": square("00001", province="01")}]
    assumed = judged(tmp_path, rows)
    assert ([unit.code for unit in assumed.own], assumed.assumed) == (["01", "24"], True)
    assert "COMMUNE_NOT_OF_OFFICE" not in codes(assumed)
    named = judged(tmp_path, rows, Asked(DAY, province=PROVINCE))
    assert ([unit.code for unit in named.own], named.assumed) == (["24"], False)
    assert codes(named)["COMMUNE_NOT_OF_OFFICE"] == 1


def test_the_zone_is_declared_found_or_asked_for(tmp_path):
    rows = [row(COMMUNES[0], 1)]
    # GeoJSON without a system reads as WGS 84, whoever declares what; only a file that is silent may be declared.
    assert judged(tmp_path, rows).epsg == 9214
    assert judged(tmp_path, rows, Asked(DAY, epsg=9214)).epsg == 9214
    with pytest.raises(UnknownZone):
        judged(tmp_path, rows, Asked(DAY, epsg=4326))
    with pytest.raises(UnknownUnit):
        judged(tmp_path, rows, Asked(date(2026, 11, 21), communes=frozenset([COMMUNES[0], "99999"])))


def test_the_day_decides_what_a_code_means(tmp_path):
    gone = next(code for code in COMMUNES if code not in communes_of(date(2026, 11, 21)))
    assert judged(tmp_path, [row(gone, 1)]).accepted
    later = judged(tmp_path, [row(gone, 1)], Asked(date(2026, 11, 21), epsg=9214))
    assert not later.accepted
    assert codes(later) == {"NOTHING_ACCEPTED": 1, "COMMUNE_UNKNOWN": 1}


def communes_of(day):
    from landdata.reading.register import Register

    return Register(Settings().reference_dir, day).communes


def test_an_overlap_stands_at_the_first_row_of_each_parcel(tmp_path):
    """A certificate of two holders has two rows for its parcel; a refused parcel is on the map all the same."""
    here = square(COMMUNES[0], 1)
    rows = [
        row(COMMUNES[0], 1, ring=here), row(COMMUNES[0], 1, ring=here, holder_name="B"),
        row(COMMUNES[0], 2, ring=here, parcel_address=None), row(COMMUNES[0], 3, ring=None),
    ]  # fmt: skip
    verdict = judged(tmp_path, rows)
    overlaps = [(one.row_no, one.details["other"]) for one in verdict.findings if one.code == "OVERLAP"]
    assert overlaps == [(1, f"{COMMUNES[0]}.1.2"), (3, f"{COMMUNES[0]}.1.1")]
    assert verdict.rows_refused == 2


def test_too_large_a_file_is_refused_before_it_is_opened(tmp_path):
    path = tmp_path / "thua.geojson"
    path.write_bytes(geojson([row(COMMUNES[0], 1)] * 3))
    verdict = at_desk.check([path], Asked(DAY), settings=Settings(delivery_max_bytes=1024))
    assert (verdict.accepted, codes(verdict)) == (False, {"DELIVERY_TOO_LARGE": 1})
