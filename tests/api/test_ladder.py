"""The ladder of coverage over HTTP: what anyone sees, what only those concerned see, and the same figures as a table."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from uuid import uuid4

import pytest

from landdata.flows import offices
from landdata.flows import series as flow
from landdata.model.clients import DECIDE_SCOPE, DELIVER_SCOPE, STATISTICS_SCOPE
from landdata.model.coverage import Bounded, LevelCoverage
from landdata.model.people import Role, Session, SignedIn, Stage, now
from landdata.model.series import Break, Point, Published, Series, Step
from landdata.model.units import Level

PATH = "/v1/coverage/ladder"
PUBLIC = ["RECEIVED", "CONNECTED", "ON_TIME"]
ALL = [*PUBLIC, "MATCHED", "RIGHT", "COMPLETE", "CLEAN", "LIVE", "USED"]


@pytest.fixture
def database(country):
    """With the registers: an office is in charge of units."""
    return country


def rungs(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return [one["rung"] for one in answer.json()["units"][0]["rungs"]]


@pytest.fixture
def office(api, database, make_machine):
    """The client of a land office in charge of province 24 of the 63."""
    made = make_machine("LAND_OFFICE", frozenset({DELIVER_SCOPE}))
    of = [("24", date(2023, 1, 1))]
    offices.register_land_office(database, code=made.client_id, name_vi="A", name_en="A", provinces=of)
    return made


def session(monkeypatch, office_kind: str, office_code: str, *roles: Role) -> dict[str, str]:
    at = now()
    held = SignedIn(
        1, "lan", "Lan", office_code, office_kind, frozenset(roles),
        Session(uuid4(), Stage.OPEN, at, at, at + timedelta(hours=1), "127.0.0.1", ""), at, by_issuer=False,
    )  # fmt: skip
    monkeypatch.setattr("landdata.flows.sessions.find", lambda _entrance, _token: held)
    return {"Cookie": "sid=x"}


def test_who_sees_which_rungs(api, office, make_machine, monkeypatch):
    reader = make_machine("CONSUMER", frozenset({STATISTICS_SCOPE})).bearer(STATISTICS_SCOPE)
    own, other = f"{PATH}?unit=24&division=2023", f"{PATH}?unit=01&division=2023"
    assert rungs(api.http.get(PATH)) == PUBLIC
    assert rungs(api.http.get(PATH, headers=reader)) == ALL
    assert rungs(api.http.get(own, headers=office.bearer(DELIVER_SCOPE))) == ALL
    assert (
        rungs(api.http.get(f"{PATH}?level=commune&parent=24&division=2023", headers=office.bearer(DELIVER_SCOPE)))
        == ALL
    )
    for path in (PATH, other, f"{PATH}?unit=24&division=2025"):  # the office is in charge of no province of 2025
        assert rungs(api.http.get(path, headers=office.bearer(DELIVER_SCOPE))) == PUBLIC
    ministry = session(monkeypatch, "MINISTRY", "MAE", Role.MINISTRY_VIEWER)
    assert rungs(api.http.get(other, headers=ministry)) == ALL
    clerk = session(monkeypatch, "LAND_OFFICE", office.client_id, Role.LAND_OFFICER)
    assert (rungs(api.http.get(own, headers=clerk)), rungs(api.http.get(other, headers=clerk))) == (ALL, PUBLIC)


def test_a_rung_by_name_is_refused_to_who_may_not_see_it(api, office, make_machine, monkeypatch):
    def refused(**headers: dict[str, str]) -> tuple[int, str]:
        answer = api.http.get(f"{PATH}?unit=01&division=2023&rung=MATCHED", **headers)
        assert (
            api.http.get(f"{PATH}.csv?unit=01&division=2023&rung=MATCHED", **headers).status_code == answer.status_code
        )
        return answer.status_code, answer.json()["code"]

    assert refused() == (401, "SIGN_IN_NEEDED")
    assert refused(headers=office.bearer(DELIVER_SCOPE)) == (403, "ROLE_MISSING")
    decides = make_machine("LAND_OFFICE", frozenset({DECIDE_SCOPE})).bearer(DECIDE_SCOPE)
    assert refused(headers=decides) == (403, "SCOPE_INSUFFICIENT")
    assert refused(headers=session(monkeypatch, "MINISTRY", "MAE")) == (403, "ROLE_MISSING")
    assert api.http.get(f"{PATH}?level=commune&division=2023").json()["code"] == "COVERAGE_TOO_WIDE"
    assert api.http.get(f"{PATH}?rung=HIGHER").json()["code"] == "REQUEST_INVALID"


def test_no_basis_is_told_and_is_not_zero(api, make_machine):
    reader = make_machine("CONSUMER", frozenset({STATISTICS_SCOPE})).bearer(STATISTICS_SCOPE)
    query = "level=province&division=2023&effective_on=2023-03-28"
    body = api.http.get(f"{PATH}?{query}", headers=reader).json()
    assert (len(body["units"]), body["on"], body["level"]) == (63, "2023-03-28", "province")
    told = {one["rung"]: one for one in body["units"][0]["rungs"]}
    assert (told["CONNECTED"]["basis"], told["CONNECTED"]["parcels"]) == (True, {"at_least": 0, "at_most": 0})
    assert (told["MATCHED"]["basis"], told["MATCHED"]["parcels"], told["MATCHED"]["stands"]) == (False, None, None)
    answer = api.http.get(f"{PATH}.csv?{query}", headers=reader)
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 63 * len(ALL)
    first = {row["rung"]: row for row in rows if row["code"] == body["units"][0]["code"]}
    assert (first["CONNECTED"]["parcels_at_least"], first["CONNECTED"]["basis"]) == ("0", "yes")
    assert (first["MATCHED"]["parcels_at_least"], first["MATCHED"]["basis"], first["MATCHED"]["stands_at_most"]) == (
        "",
        "no",
        "",
    )


def test_what_the_rungs_mean(api):
    told = api.http.get("/v1/coverage/rungs").json()["rungs"]
    assert [one["rung"] for one in told] == ALL
    assert [one["rung"] for one in told if one["public"]] == PUBLIC
    for one in told:
        assert one["vi"]
        assert one["formula_en"]
        assert [rule["effective_from"] for rule in one["rules"]] == [None]
        assert "login" not in str(one["rules"])


def test_over_time_with_what_was_published_apart(api, monkeypatch):
    day = date(2025, 7, 31)
    level = LevelCoverage(Level.COMMUNE, Bounded(3, 5), 3321)
    point = Point(day, date(2025, 7, 1), 2, (level,), Bounded(7, 9), Bounded(1, 1), Bounded(2, 2))
    told = Published(
        date(2025, 6, 1), False, "2025-06", "national", "Lệnh", "Order", "x", (None, None), (495, 696), (None, None), "~50",
        "", "high",
    )  # fmt: skip
    found = Series(
        date(2025, 6, 1),
        day,
        Step.QUARTER,
        None,
        "",
        None,
        (point,),
        (Break(date(2025, 7, 1), "2025", "Mới", "New"),),
        (told,),
    )
    calls = []
    monkeypatch.setattr(flow, "series", lambda _db, **given: calls.append(given) or found)
    query = "from=2025-06-01&to=2025-07-31&step=quarter"
    body = api.http.get(f"/v1/coverage/series?{query}").json()
    assert (calls[0]["first"], calls[0]["last"], calls[0]["step"]) == (date(2025, 6, 1), day, Step.QUARTER)
    assert (body["from"], body["to"], body["breaks"][0]["on"]) == ("2025-06-01", "2025-07-31", "2025-07-01")
    assert body["points"][0]["levels"] == [
        {"level": "commune", "connected": {"at_least": 3, "at_most": 5}, "total": 3321}
    ]
    [published] = body["published"]
    assert (published["districts"], published["provinces"]) == (
        {"connected": 495, "total": 696}, {"connected": None, "total": None},
    )  # fmt: skip
    answer = api.http.get(f"/v1/coverage/series.csv?{query}")
    counted, written = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (counted["kind"], counted["communes_connected_at_most"], counted["division_begins"]) == (
        "counted",
        "5",
        "2025",
    )
    assert (written["kind"], written["districts_total"], written["communes_total"]) == ("published", "696", "")
    assert api.http.get("/v1/coverage/series?first=2025-06-01").status_code == 422
