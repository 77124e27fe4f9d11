"""The commands that hand out what comes back: from the database for an operator, from a file at an office's own desk."""

from __future__ import annotations

import json

from landworld import COMMUNES, PROVINCE, geojson, row, square

from landdata.commands import console
from landdata.settings import Settings

SPOILED = [
    row(COMMUNES[0], 1), row(COMMUNES[0], 2, ring=square(COMMUNES[0], 1)), row(COMMUNES[0], 3, ring=None),
    row(COMMUNES[0], 4, area_m2="?"), row(COMMUNES[1], 1, map_sheet_number="x"), row(COMMUNES[1], 2, certificate_serial="?"),
]  # fmt: skip


# At the desk


def test_report_map_and_rows_at_home(tmp_path, check, no_database):
    """The same files as from the service, with no database; said on the error output, so that --json stays JSON."""
    path = tmp_path / "thua.geojson"
    path.write_bytes(geojson(SPOILED))
    names = ("lỗi.xlsx", "lỗi.csv", "lỗi.json", "lỗi.svg", "lỗi.geojson", "trả lại.zip")
    made = {name: tmp_path / name for name in names}
    options = ["--json", "--effective-on", "2023-03-28", "--province", PROVINCE]
    for report in names[:3]:
        code, printed, error = check(path, *options, "--report", made[report])
        assert code == 0, error
        assert json.loads(printed)["rows_refused"] == 3
        assert str(made[report]) in error
    for drawn in names[3:5]:
        assert check(path, *options, "--map", made[drawn], "--refused", made["trả lại.zip"])[0] == 0
    said = json.loads(made["lỗi.json"].read_text())
    assert (said["rows_read"], said["rows_refused"], len(said["findings"])) == (6, 3, said["findings_total"])
    assert {"row_no": 4, "parcel": f"{COMMUNES[0]}.1.4"}.items() <= said["findings"][3].items()
    assert made["lỗi.csv"].read_bytes().startswith(b"\xef\xbb\xbf")
    assert "Bản đồ thửa lỗi" in made["lỗi.svg"].read_text()
    assert len(json.loads(made["lỗi.geojson"].read_text())["features"]) == 6
    again = check(made["trả lại.zip"], "--effective-on", "2023-03-28", "--province", PROVINCE, "--json")
    assert json.loads(again[1])["rows_read"] == 3
    # The private folder is gone, and nothing stands beside what was asked for.
    assert {one.name for one in tmp_path.iterdir()} == {"thua.geojson", *names}


def test_nothing_to_take_home_is_said_and_stops_nothing(tmp_path, check):
    path, report = tmp_path / "thua.geojson", tmp_path / "r.csv"
    path.write_bytes(geojson([row(COMMUNES[0], 1)]))
    wanted = ["--report", report, "--map", tmp_path / "m.svg", "--refused", tmp_path / "x.zip"]
    code, _, error = check(path, "--effective-on", "2023-03-28", *wanted)
    assert code == 0
    assert "Không dòng nào bị từ chối" in error
    assert "nothing to draw" in error
    assert [one.name for one in sorted(tmp_path.iterdir())] == ["r.csv", "thua.geojson"]
    code, _, error = check(path, "--report", tmp_path / "r.pdf")
    assert (code, "Invalid value" in error) == (2, True)
    path.write_bytes(b"no map")
    code, _, error = check(path, *wanted)
    assert (code, "FORMAT_UNKNOWN" in report.read_text("utf-8-sig")) == (1, True)


# From the database


def test_the_operator_takes_out_what_any_office_may(command, shared_desk, shared_country_url, monkeypatch, tmp_path):
    monkeypatch.setattr(
        console, "settings", lambda: Settings(database_url=shared_country_url, data_dir=shared_desk.data_dir)
    )
    uid = shared_desk.deliver(SPOILED).delivery_uid
    for what, name in (
        ("refused", "r.geojson"), ("report", "b.json"), ("report", "b.xlsx"), ("map", "m.svg"), ("map", "m.geojson"),
    ):  # fmt: skip
        code, printed, error = command("deliveries", what, uid, "-o", tmp_path / name)
        assert (code, error) == (0, "")
        assert str(tmp_path / name) in printed
    found = json.loads((tmp_path / "r.geojson").read_text())["features"]
    assert [one["properties"]["dong_goc"] for one in found] == [3, 4, 5]
    assert json.loads((tmp_path / "b.json").read_text())["delivery_uid"] == str(uid)
    assert command("deliveries", "report", uid, "-o", tmp_path / "b", "--format", "csv")[0] == 0
    assert (tmp_path / "b").read_bytes().startswith(b"\xef\xbb\xbf")
    code, _, error = command("deliveries", "map", uid, "-o", tmp_path / "m.png")
    assert (code, "Invalid value" in error) == (2, True)
    other = "00000000-0000-4000-8000-000000000000"
    code, _, error = command("deliveries", "refused", other, "-o", tmp_path / "no")
    assert (code, error.splitlines()[0]) == (2, "DELIVERY_UNKNOWN")
    assert not (tmp_path / "no").exists()
