"""Units over HTTP: what is asked reaches the flow, and every version keeps its days."""

from __future__ import annotations

from datetime import date

import pytest

from landdata.errors import UnknownUnit
from landdata.model.units import Extent, Level, Succession, SuccessionKind, Unit

OLD = Unit(1, Level.PROVINCE, "24", "Bắc Giang", "Bac Giang", "Tỉnh", "Tỉnh Bắc Giang", None, None, date(2025, 7, 1))
NEW = Unit(2, Level.PROVINCE, "24", "Bắc Ninh", "Bac Ninh", "Tỉnh", "Tỉnh Bắc Ninh", None, date(2025, 7, 1), None)
STEP = Succession(OLD, NEW, SuccessionKind.MERGE, date(2025, 7, 1), Extent.FULL, "202/2025/QH15", "high", "")


@pytest.fixture
def asked(monkeypatch):
    """Stands for the flow; notes what it was asked."""
    calls = []

    def show(_db, *, code: str, level: Level, on: date) -> Unit:
        calls.append(("show", code, level, on))
        if code == "99":
            raise UnknownUnit(unit_code=code, level=level.value, day=on.isoformat())
        return OLD if OLD.valid_on(on) else NEW

    def steps(_db, *, code: str, level: Level, on: date) -> tuple[Succession, ...]:
        calls.append(("steps", code, level, on))
        return (STEP,)

    def versions(_db, *, code: str, level: Level) -> tuple[Unit, ...]:
        calls.append(("versions", code, level))
        return () if code == "99" else (OLD, NEW)

    monkeypatch.setattr("landdata.flows.registers.show", show)
    monkeypatch.setattr("landdata.flows.registers.became", steps)
    monkeypatch.setattr("landdata.flows.registers.consisted_of", steps)
    monkeypatch.setattr("landdata.flows.registers.versions", versions)
    return calls


def test_a_code_means_what_it_meant_on_that_day(api, asked):
    before = api.http.get("/v1/units/province/24?on=2023-03-28").json()
    after = api.http.get("/v1/units/province/24?on=2025-07-01").json()
    assert (before["on"], before["unit"]["full_name"]) == ("2023-03-28", "Tỉnh Bắc Giang")
    assert (after["unit"]["full_name"], after["unit"]["valid_from"]) == ("Tỉnh Bắc Ninh", "2025-07-01")
    assert asked[0] == ("show", "24", Level.PROVINCE, date(2023, 3, 28))


def test_without_a_day_it_is_today_in_vietnam(api, asked, monkeypatch):
    monkeypatch.setattr("api.routes.units.today", lambda: date(2026, 11, 22))
    assert api.http.get("/v1/units/province/24").json()["on"] == "2026-11-22"


def test_versions_and_succession(api, asked):
    versions = api.http.get("/v1/units/province/24/versions").json()
    assert [unit["name"] for unit in versions["versions"]] == ["Bắc Giang", "Bắc Ninh"]
    for way in ("successors", "predecessors"):
        body = api.http.get(f"/v1/units/province/24/{way}?on=2023-03-28").json()
        assert body["steps"][0]["new"]["name"] == "Bắc Ninh"
        assert body["steps"][0]["extent"] == "full"


def test_what_never_was_is_not_found(api, asked):
    answer = api.http.get("/v1/units/province/99?on=2023-03-28")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNIT_UNKNOWN")
    assert "99" in answer.json()["detail"]
    assert api.http.get("/v1/units/province/99/versions").status_code == 404
