"""Figures over HTTP: each carries its day, division and register, and bounds stay bounds."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest

from landdata.errors import UnknownDivision
from landdata.model.coverage import Bounded, Coverage, LevelCoverage, UnitCoverage
from landdata.model.units import Level

DAY = date(2023, 3, 28)
ROW = UnitCoverage(
    unit_id=1,
    level=Level.COMMUNE,
    code="00001",
    name_vi="Phúc Xá",
    name_ascii="Phuc Xa",
    full_name_vi="Phường Phúc Xá",
    connected=Bounded(0, 1),
    districts_connected=Bounded(0, 0),
    districts_total=0,
    communes_connected=Bounded(0, 1),
    communes_total=1,
    parcels=Bounded(3, 7),
    certificates=Bounded(2, 4),
    holders=Bounded(2, 5),
    refused_share=None,
    last_effective_on=None,
    last_recorded_at=None,
)


@pytest.fixture
def asked(monkeypatch):
    calls = []

    def national(_db, *, on: date, division: str | None = None, known_at: datetime | None = None) -> Coverage:
        calls.append((on, division, known_at))
        if division == "1900":
            raise UnknownDivision(division=division, known="2023, 2025")
        levels = (
            LevelCoverage(Level.PROVINCE, Bounded(57, 57), 63),
            LevelCoverage(Level.COMMUNE, Bounded(1, 9), 10),
        )
        return Coverage(on, division or "2023", on, known_at, levels, 10, 9, 8, backfilled=True, simulated=False)

    def units(_db, **given: object) -> tuple[UnitCoverage, ...]:
        calls.append(given)
        return (ROW,)

    monkeypatch.setattr("landdata.flows.observe.national", national)
    monkeypatch.setattr("landdata.flows.observe.units", units)
    return calls


def test_the_national_summary(api, asked):
    body = api.http.get("/v1/coverage?on=2023-03-28").json()
    assert (body["on"], body["division"], body["register_on"]) == ("2023-03-28", "2023", "2023-03-28")
    assert (body["simulated"], body["backfilled"], body["parcels"]) == (False, True, 10)
    assert body["rule"] == 1
    assert body["levels"][1] == {"level": "commune", "connected": {"at_least": 1, "at_most": 9}, "total": 10}


def test_what_is_asked_reaches_the_flow(api, asked):
    query = "level=commune&parent=01&on=2023-03-28&division=2025&known_at=2024-01-01T00:00:00%2B07:00"
    body = api.http.get(f"/v1/coverage/units?{query}").json()
    known_at = datetime(2023, 12, 31, 17, tzinfo=UTC)
    assert asked[0] == (DAY, "2025", known_at)
    assert asked[1] == {
        "on": DAY,
        "level": Level.COMMUNE,
        "division": "2025",
        "parent": "01",
        "known_at": known_at,
    }
    assert body["units"][0]["parcels"] == {"at_least": 3, "at_most": 7}
    assert (body["division"], body["level"], body["parent"], body["simulated"]) == (
        "2025",
        "commune",
        "01",
        False,
    )


@pytest.mark.parametrize(
    "query",
    [
        "on=1679961600",
        "on=2023-3-28",
        "on=",
        "known_at=2024-01-01T00:00:00",
        "known_at=1",
        "level=ward",
        "division=a%20b",
    ],
)
def test_another_spelling_is_refused(api, asked, query):
    answer = api.http.get(f"/v1/coverage?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")
    assert asked == []


def test_an_unknown_division_is_named_with_those_known(api, asked):
    answer = api.http.get("/v1/coverage?division=1900")
    assert (answer.status_code, answer.json()["code"]) == (404, "DIVISION_UNKNOWN")
    assert "2023, 2025" in answer.json()["mend_en"]


def test_the_day_has_one_name_and_keeps_its_earlier_one(api, asked):
    for query in ("effective_on=2023-03-28", "on=2023-03-28", "effective_on=2023-03-28&on=2023-03-28"):
        assert api.http.get(f"/v1/coverage?{query}").json()["on"] == "2023-03-28"
    assert {on for on, *_ in asked} == {DAY}
    answer = api.http.get("/v1/coverage?effective_on=2023-03-28&on=2023-03-29")
    assert (answer.status_code, answer.json()["code"], len(asked)) == (422, "REQUEST_INVALID", 3)


def table(api, path: str) -> list[dict[str, str]]:
    answer = api.http.get(path)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-disposition"].endswith('.csv"')
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_the_table_holds_the_same_figures(api, asked):
    body = api.http.get("/v1/coverage?effective_on=2023-03-28").json()
    rows = {row["level"]: row for row in table(api, "/v1/coverage.csv?effective_on=2023-03-28")}
    for one in body["levels"]:
        row = rows[one["level"]]
        assert (int(row["connected_at_least"]), int(row["connected_at_most"]), int(row["total"])) == (
            *one["connected"].values(), one["total"],
        )  # fmt: skip
    assert {rows[name]["connected_at_most"] for name in ("parcels", "certificates", "holders")} == {"10", "9", "8"}
    [row] = table(api, "/v1/coverage/units.csv?level=commune&effective_on=2023-03-28")
    [unit] = api.http.get("/v1/coverage/units?level=commune&effective_on=2023-03-28").json()["units"]
    assert (row["code"], row["parcels_at_least"], row["parcels_at_most"]) == ("00001", "3", "7")
    assert (unit["parcels"], row["unit"], row["refused_share"]) == ({"at_least": 3, "at_most": 7}, "Phường Phúc Xá", "")
