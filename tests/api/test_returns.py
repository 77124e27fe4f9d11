"""The doors through which a delivery comes back: the flow's files as they are, named, typed, never cached, one's own only."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.schemas.deliveries import DeliveryOut, FindingOut
from landdata.errors import DeliveryUnfinished, DeliveryUnknown, NothingRefused, NothingToDraw, RefusedAsWhole
from landdata.flows import report
from landdata.flows.report import ReportFormat
from landdata.flows.returns import MEDIA_OF, MapFormat, Returned
from landdata.model.deliveries import (
    CommuneLine,
    CommuneState,
    DeliveryView,
    Finding,
    Kind,
    LedgerLine,
    Severity,
    State,
)

UID = UUID("11111111-1111-4111-8111-111111111111")
VIEW = DeliveryView(
    UID, "office", "a.gpkg", "gpkg", Kind.FULL, date(2023, 3, 28), datetime(2026, 11, 21, tzinfo=UTC), None, State.PUBLISHED,
    backfilled=True, refusal=None, ledger=(LedgerLine("parcels", 10, 7, 1, 1, 1, 1, ("ghi_chu",)),),
    communes=(CommuneLine(1, "07210", "Thọ Xương", 0, 8, 0, 8, state=CommuneState.PUBLISHED),),
    findings=(Finding("COMMUNE_UNKNOWN", Severity.REFUSES_RECORD, "parcels", 4, {"value": "99999"}),),
    findings_total=1, progress_done=1, progress_total=1,
)  # fmt: skip
REFUSED = {"code": "FILE_UNREADABLE", "details": {"format": "gml", "reason": "damaged"}}
DOORS = {"refused": "refused_rows", "report": "report_of", "map": "map_of"}


class Content(io.BytesIO):
    """A file that remembers whether it was closed."""


@pytest.fixture
def flow(monkeypatch):
    """Stands for the flow; notes what was asked and hands out a file larger than a piece."""
    asked: list[dict] = []

    def make(_db, **given: Any) -> Returned:
        content = Content(b"x" * 3_000_000)
        asked.append({**given, "content": content})
        return Returned(content, 3_000_000, 'Bắc "Giang"-tra-lai.gpkg', MEDIA_OF[".gpkg"])

    for name in DOORS.values():
        monkeypatch.setattr(f"landdata.flows.returns.{name}", make)
    return asked


@pytest.mark.parametrize("door", DOORS)
def test_a_file_goes_out_as_it_is(api, office, flow, door):
    answer = api.http.get(f"/v1/deliveries/{UID}/{door}", headers=office.bearer())
    assert answer.status_code == 200, answer.text
    assert answer.content == b"x" * 3_000_000
    assert answer.headers["content-type"] == "application/geopackage+sqlite3"
    assert answer.headers["content-length"] == "3000000"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"B_c _Giang_-tra-lai.gpkg\"; filename*=UTF-8''B%E1%BA%AFc%20%22Giang%22-tra-lai.gpkg"
    )
    [asked] = flow
    assert (asked["delivery_uid"], asked["caller"].office_code) == (UID, office.client_id)
    assert asked["content"].closed


def test_formats_are_asked_for_by_name(api, office, flow):
    for query in ("report", "report?format=csv", "report?format=xlsx", "map", "map?format=svg"):
        assert api.http.get(f"/v1/deliveries/{UID}/{query}", headers=office.bearer()).status_code == 200
    assert [one["format_"] for one in flow] == [
        ReportFormat.JSON, ReportFormat.CSV, ReportFormat.XLSX, MapFormat.GEOJSON, MapFormat.SVG,
    ]  # fmt: skip
    for query in ("report?format=pdf", "map?format=png", "report?format="):
        assert api.http.get(f"/v1/deliveries/{UID}/{query}", headers=office.bearer()).status_code == 422
    assert api.http.get(f"/v1/deliveries/{UID}/map?format=svg&format=svg", headers=office.bearer()).status_code == 400


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DeliveryUnknown(), 404), (DeliveryUnfinished(state="READ"), 409), (RefusedAsWhole(), 409), (NothingRefused(), 404),
        (NothingToDraw(), 404),
    ],
)  # fmt: skip
def test_what_there_is_not_has_a_stable_code(api, office, monkeypatch, error, status):
    def make(_db, **_: object) -> Returned:
        raise error

    monkeypatch.setattr("landdata.flows.returns.refused_rows", make)
    answer = api.http.get(f"/v1/deliveries/{uuid4()}/refused", headers=office.bearer())
    assert (answer.status_code, answer.json()["code"]) == (status, error.code)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("door", DOORS)
def test_only_offices_come_in(api, consumer, flow, door):
    assert api.http.get(f"/v1/deliveries/{UID}/{door}").status_code == 401
    assert api.http.get(f"/v1/deliveries/{UID}/{door}", headers=consumer.bearer()).status_code == 403
    assert flow == []


def test_four_at_a_time_and_the_fifth_is_told_to_come_back(api, office, monkeypatch):
    hold, bearer = threading.Event(), office.bearer()

    def make(_db, **_: object) -> Returned:
        hold.wait(20)
        return Returned(io.BytesIO(b"x"), 1, "a.gpkg", MEDIA_OF[".gpkg"])

    monkeypatch.setattr("landdata.flows.returns.refused_rows", make)
    path = f"/v1/deliveries/{UID}/refused"
    askers = [threading.Thread(target=lambda: api.http.get(path, headers=bearer)) for _ in range(4)]
    for asker in askers:
        asker.start()
    limiter = api.app.state.services.returns
    while limiter.borrowed_tokens < 4 and any(asker.is_alive() for asker in askers):
        hold.wait(0.02)
    refused = api.http.get(path, headers=bearer)
    hold.set()
    for asker in askers:
        asker.join(20)
    assert (refused.status_code, refused.json()["code"]) == (503, "BUSY")
    assert limiter.borrowed_tokens == 0


def test_the_report_says_all_that_the_view_says(tmp_path):
    """One delivery, two ways to say it: what `GET` answers, and the report as a file."""
    from landdata.flows.giveback import limits_of
    from landdata.settings import Settings

    for view in (VIEW, replace(VIEW, refusal=REFUSED)):
        head = report.of_view(view, simulated=True)
        path = report.write(ReportFormat.JSON, head, view.findings, None, limits=limits_of(Settings()), folder=tmp_path)
        made = json.loads(path.read_text())
        shown = DeliveryOut.of(view, simulated=True)
        assert DeliveryOut.model_validate({**made, "findings": shown.findings}) == shown
        for line, said in zip(made["findings"], shown.findings, strict=True):
            assert FindingOut.model_validate({key: line[key] for key in FindingOut.model_fields}) == said


def test_the_doors_are_described(api):
    paths = api.http.get("/openapi.json").json()["paths"]
    types = {
        door: set(paths[f"/v1/deliveries/{{delivery_uid}}/{door}"]["get"]["responses"]["200"]["content"])
        for door in DOORS
    }
    assert types["map"] == {"application/geo+json", "image/svg+xml"}
    assert {"application/json", "text/csv"} < types["report"]
    assert {"application/geopackage+sqlite3", "application/zip", "text/csv"} < types["refused"]
    for door in DOORS:
        described = paths[f"/v1/deliveries/{{delivery_uid}}/{door}"]["get"]
        assert described["security"] == [{"oauth2": ["land.deliveries"]}]
        assert {"404", "409", "503"} <= set(described["responses"])
