"""A file at the desk against the one before: the service's own difference, every row and parcel accounted for."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from landworld import COMMUNES, DAY, PROVINCE, geojson, row

from landdata.errors import ArchiveRefused, FormatUnknown
from landdata.flows import desk as at_desk
from landdata.flows.desk import Asked
from landdata.model.deliveries import Severity
from landdata.settings import Settings

ONE, TWO = COMMUNES[0], COMMUNES[1]


def write(path, rows):
    path.write_bytes(rows if isinstance(rows, bytes) else geojson(rows))
    return path


def compared(tmp_path, before, now):
    files = [write(tmp_path / "now.geojson", now)]
    earlier = [write(tmp_path / "before.geojson", before)]
    return at_desk.check(files, Asked(DAY, province=PROVINCE), settings=Settings(), against=earlier)


def named(verdict):
    return {name: one.first for name, one in verdict.against.parcels.items()}


def test_every_row_has_one_fate(tmp_path):
    before = [row(ONE, number) for number in range(1, 6)] + [row(TWO, 1)]
    now = [
        row(ONE, 1),
        row(ONE, 2, parcel_address="Thôn 2"),
        row(ONE, 3, ring=None),  # refused: what stands of it stays
        row(ONE, 7),
        row(ONE, 8),
    ]
    verdict = compared(tmp_path, before, now)
    it = verdict.against
    assert (it.rows_new, it.rows_changed, it.rows_unchanged, verdict.rows_refused) == (2, 1, 1, 1)
    assert verdict.rows_read == it.rows_new + it.rows_changed + it.rows_unchanged + verdict.rows_refused
    assert named(verdict) == {
        "new": (f"{ONE}.1.7", f"{ONE}.1.8"),
        "changed": (f"{ONE}.1.2",),
        "unchanged": (f"{ONE}.1.1",),
        "retired": (f"{ONE}.1.4", f"{ONE}.1.5"),
    }
    assert it.parcels_before == 5  # the other commune is not spoken of


def test_it_says_what_would_wait_for_a_second_person(tmp_path):
    before = [row(ONE, number) for number in range(1, 31)]
    verdict = compared(tmp_path, before, [row(ONE, 1), row(ONE, 99)])
    it = verdict.against
    assert {unit: [(one.code, one.details) for one in why] for unit, why in it.waits.items()} == {
        ONE: [("RETIRES_MANY", {"lost": 29, "before": 30})]
    }
    assert (verdict.rows_refused, it.rows_held, it.rows_new, it.rows_unchanged) == (0, 0, 1, 1)
    assert any("chờ người thứ hai" in line for line in verdict.lines())


def test_where_the_parcels_were_before_tells_the_doctor(tmp_path):
    rows = [row(ONE, number) for number in range(1, 31)]
    moved = [one | {"ring": [(x + 40.0, y) for x, y in one["ring"]]} for one in rows]
    assert not [one.code for one in compared(tmp_path, rows, rows).findings]
    told = compared(tmp_path, list(reversed(rows)), moved)
    assert [(one.code, one.severity) for one in told.findings if one.row_no is None] == [
        ("CRS_SHIFT_UNEXPLAINED", Severity.WAITS)
    ]
    # Three say nothing together.
    assert not [one for one in compared(tmp_path, rows[:3], moved[:3]).findings if one.row_no is None]


def test_nothing_changed_and_nothing_in_common(tmp_path):
    rows = [row(ONE, 1), row(ONE, 2)]
    same = compared(tmp_path, rows, list(reversed(rows))).against
    assert (same.rows_new, same.rows_changed, same.rows_unchanged) == (0, 0, 2)
    # What was refused then never stood.
    other = compared(tmp_path, [row(ONE, 1, ring=None), row(TWO, 5)], rows).against
    assert (other.rows_new, other.rows_unchanged, other.parcels_before) == (2, 0, 0)


def test_the_same_as_the_service_says(desk, in_process, tmp_path):
    before = [row(ONE, number) for number in range(1, 9)] + [row(ONE, 3, certificate_serial="DB 000017")]
    now = [
        row(ONE, 1),
        row(ONE, 2, holder_name="Trần Thị B"),
        row(ONE, 3),
        *(row(ONE, number) for number in (5, 6, 11)),
        row(ONE, 12, ring=None),
    ]
    assert desk.deliver(before).state == "PUBLISHED"
    view = desk.deliver(now)
    verdict = compared(tmp_path, before, now)
    [line] = view.ledger
    it = verdict.against
    assert (line.rows_read, line.rows_new, line.rows_changed, line.rows_unchanged, line.rows_refused) == (
        verdict.rows_read, it.rows_new, it.rows_changed, it.rows_unchanged, verdict.rows_refused,
    )  # fmt: skip
    [commune] = [one for one in view.communes if one.code == ONE]
    # The ledger of the service counts a changed parcel as one that goes and one that comes.
    assert commune.parcels_before == it.parcels_before
    assert commune.parcels_after == it.parcels_before + it.parcels["new"].count - it.parcels["retired"].count


def test_an_earlier_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(FormatUnknown):
        compared(tmp_path, b"no map", [row(ONE, 1)])
    refused = compared(tmp_path, b"no map", b"no map either")
    assert not refused.accepted
    assert refused.against is None


# A table and its map layer, as files of their own


def pair(folder: Path, rows, *, serial="DB"):
    """The rows as a CSV without geometry and a GeoJSON with the keys and the geometry alone."""
    folder.mkdir(exist_ok=True)
    table, layer = folder / "so.csv", folder / "ban_do.geojson"
    with table.open("w", encoding="utf-8", newline="") as file:
        names = [name for name in rows[0] if name != "ring"]
        sheet = csv.DictWriter(file, names, extrasaction="ignore")
        sheet.writeheader()
        sheet.writerows(rows)
    keys = ("commune_code", "map_sheet_number", "parcel_number", "ring")
    layer.write_bytes(geojson([{key: one[key] for key in keys} for one in rows]))
    return table, layer


def landdata(*arguments: object, stderr=subprocess.PIPE):
    command = [str(Path(sys.executable).parent / "landdata"), "check", *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, check=False)


def test_a_table_and_its_layer_against_one_file(tmp_path):
    rows = [row(ONE, 1), row(ONE, 2), row(ONE, 3)]
    table, layer = pair(tmp_path / "now", rows)
    before = write(tmp_path / "before.geojson", [*rows[:2], row(ONE, 4)])
    said = landdata(layer, table, "--effective-on", DAY, "--json", "--against", before)
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert (found["delivery"], found["rows_read"], found["rows_refused"]) == ("accepted", 3, 0)
    assert found["against"] == {
        "rows_new": 1,
        "rows_changed": 0,
        "rows_unchanged": 2,
        "rows_refused": 0,
        "parcels_before": 3,
        "parcels": {
            "new": {"count": 1, "first": [f"{ONE}.1.3"]},
            "changed": {"count": 0, "first": []},
            "unchanged": {"count": 2, "first": [f"{ONE}.1.1", f"{ONE}.1.2"]},
            "retired": {"count": 1, "first": [f"{ONE}.1.4"]},
        },
        "waits": {},
    }
    earlier = pair(tmp_path / "before", [*rows[:2], row(ONE, 4)])
    words = landdata(before, "--effective-on", DAY, "--against", earlier[0], "--against", earlier[1]).stdout.decode()
    assert "3 dòng đọc / rows read = 0 mới / new + 0 thay đổi / changed + 3 không đổi / unchanged" in words
    assert "3 dòng đọc / rows read = 3 được nhận / taken + 0 trả lại / refused" in words


@pytest.mark.parametrize(
    "files", [("so.csv", "so.csv"), ("ban_do.geojson", "ban_do.geojson"), ("a.csv", "ban_do.geojson")]
)
def test_files_that_are_not_one_delivery(tmp_path, files):
    table, _ = pair(tmp_path, [row(ONE, 1)])
    text = table.read_text(encoding="utf-8").splitlines()
    (tmp_path / "a.csv").write_text(f'{text[0]},wkt\n{text[1]},"POINT (1 1)"\n', encoding="utf-8")
    verdict = at_desk.check([tmp_path / one for one in files], Asked(DAY), settings=Settings())
    assert [one.code for one in verdict.findings] == ["FILES_NOT_TOGETHER"]
    assert ArchiveRefused.code not in {one.code for one in verdict.findings}


def test_progress_is_for_a_terminal_only(tmp_path):
    path = write(tmp_path / "thua.geojson", [row(ONE, 1)])
    mine, theirs = pty.openpty()
    shown: list[bytes] = []

    def look() -> None:
        """Somebody has to look at a terminal: it holds some kilobytes, and a slow machine draws more."""
        with contextlib.suppress(OSError):
            while piece := os.read(mine, 1 << 16):
                shown.append(piece)

    person = threading.Thread(target=look)
    person.start()
    try:
        said = landdata(path, "--effective-on", DAY, "--json", "--against", path, stderr=theirs)
    finally:
        os.close(theirs)
        person.join(10)
        os.close(mine)
    assert json.loads(said.stdout)["delivery"] == "accepted"
    assert b"reading" in b"".join(shown)
    assert landdata(path, "--effective-on", DAY, "--json").stderr == b""
