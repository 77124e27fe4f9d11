"""Why a figure moved, over HTTP: the same figures as JSON and as a table, whoever asks; whose a delivery was, for few."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from landdata.errors import UnknownUnit
from landdata.model.clients import DELIVER_SCOPE, STATISTICS_SCOPE
from landdata.model.coverage import Bounded
from landdata.model.movements import Cause, CauseKind, End, Figures, Movement, State, UnitMoved, told_to
from landdata.model.people import Role, Session, SignedIn, Stage, now
from landdata.model.units import Level

PATH = "/v1/coverage/changes"
UID = UUID("6f1c8b1e-5a53-4a9c-9d55-2f4a3b0f9f11")
ZERO, ONE = (Figures(*[Bounded(at, at + at * more)] * 6) for at, more in ((0, 0), (1, 2)))


UNITS = (UnitMoved(Level.COMMUNE, "07210", "Xã A", Bounded(1, 1)), UnitMoved(Level.PROVINCE, "24", "B", Bounded(0, -1)))


@pytest.fixture
def asked(monkeypatch):
    calls = []

    def explain(_db, *, before: End, after: End, **given: object) -> Movement:
        calls.append((before, after, given))
        if given["unit"] == "99":
            raise UnknownUnit(unit_code="99", level="any", day="2023-03-28")
        cause = Cause(
            1, CauseKind.DELIVERY, after.on, datetime(2026, 11, 21, tzinfo=UTC), UID, "LO-24", "Bắc Giang", None,
            backfilled=True, simulated=False, undone=False, moved=ONE,
            units=UNITS,
        )  # fmt: skip
        states = (
            State(one.on, one.known_at, "2023", one.on, None, figures)
            for one, figures in ((before, ZERO), (after, ONE))
        )
        return Movement(None, None, *states, ONE, (cause,), 3, 2)

    monkeypatch.setattr("landdata.flows.movements.explain", explain)
    return calls


def test_states_difference_and_causes(api, asked):
    days = "from=2023-03-01&to=2023-03-28&to_known_at=2026-11-20T00:00:00Z"
    body = api.http.get(f"{PATH}?{days}&division=2025&from_division=2023&level=commune&limit=1").json()
    [(before, after, given)] = asked
    assert before == End(date(2023, 3, 1), None, "2023")
    assert after == End(date(2023, 3, 28), datetime(2026, 11, 20, tzinfo=UTC), "2025")
    assert given == {"unit": None, "level": Level.COMMUNE, "first": 1, "limit": 1}
    assert body["difference"]["communes"] == {"at_least": 1, "at_most": 3}
    assert (body["causes_total"], body["next"], body["after"]["figures"]) == (3, 2, body["difference"])
    [cause] = body["causes"]
    assert (cause["kind"], cause["vi"], cause["delivery"], cause["backfilled"]) == (
        "DELIVERY",
        "giao nộp",
        None,
        True,
    )
    assert cause["units"][0] == {
        "level": "commune",
        "code": "07210",
        "name": "Xã A",
        "moved": {"at_least": 1, "at_most": 1},
    }


def test_the_same_as_a_table(api, asked):
    answer = api.http.get(f"{PATH}.csv?from=2023-03-01&to=2023-03-28")
    assert (
        answer.headers["content-disposition"] == 'attachment; filename="coverage_changes_VN_2023-03-01_2023-03-28.csv"'
    )
    before, cause, after = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert [one["kind"] for one in (before, cause, after)] == ["BEFORE", "DELIVERY", "AFTER"]
    for name in ("provinces_at_least", "communes_at_most", "holders_at_most"):
        assert int(before[name]) + int(cause[name]) == int(after[name])
    assert (cause["office_code"], cause["units"]) == ("", "commune:07210+;province:24-?")
    assert asked[0][2]["limit"] == 200


def told(api, **headers: dict[str, str]) -> tuple[str | None, ...]:
    """Delivery, office and its name, which the table has to say like the document."""
    answer = api.http.get(f"{PATH}?from=2023-03-01&to=2023-03-28", **headers)
    assert answer.headers["cache-control"] == "no-store"
    [cause] = answer.json()["causes"]
    table = api.http.get(f"{PATH}.csv?from=2023-03-01&to=2023-03-28", **headers)
    _, row, _ = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
    assert (cause["delivery"] or "", cause["office"] or "") == (row["delivery"], row["office_code"])
    return cause["delivery"], cause["office"], cause["office_name"]


def session(monkeypatch, office_kind: str, office_code: str, role: Role) -> dict[str, str]:
    at = now()
    held = SignedIn(
        1, "lan", "Lan", office_code, office_kind, frozenset({role}),
        Session(uuid4(), Stage.OPEN, at, at, at + timedelta(hours=1), "127.0.0.1", ""), at, by_issuer=False,
    )  # fmt: skip
    monkeypatch.setattr("landdata.flows.sessions.find", lambda _entrance, _token: held)
    return {"Cookie": "sid=x"}


def test_whose_a_delivery_was_is_for_the_ministry_and_that_office(api, asked, make_machine, monkeypatch):
    all_of_it, nothing = (str(UID), "LO-24", "Bắc Giang"), (None, None, None)
    assert told(api) == nothing
    reader = make_machine("CONSUMER", frozenset({STATISTICS_SCOPE}))
    assert told(api, headers=reader.bearer(STATISTICS_SCOPE)) == nothing
    assert told(api, headers=make_machine("LAND_OFFICE", frozenset({DELIVER_SCOPE})).bearer(DELIVER_SCOPE)) == nothing
    assert told(api, headers=session(monkeypatch, "LAND_OFFICE", "LO-01", Role.LAND_OFFICER)) == nothing
    assert told(api, headers=session(monkeypatch, "LAND_OFFICE", "LO-24", Role.LAND_OFFICER)) == all_of_it
    assert told(api, headers=session(monkeypatch, "MINISTRY", "MAE", Role.MINISTRY_VIEWER)) == all_of_it


def test_the_reason_of_a_mending_is_for_the_ministry_that_of_a_rule_for_all():
    def reason(kind: CauseKind, **who: object) -> str | None:
        cause = Cause(
            1, kind, date(2023, 3, 28), None, None, None, None, "Ông A nhập nhầm", False, False, False, ONE, ()
        )
        return told_to(Movement(None, None, None, None, ONE, (cause,), 1, None), **who).causes[0].resolution

    assert reason(CauseKind.MENDING, ministry=True)
    assert reason(CauseKind.MENDING, ministry=False, office_code="LO-24") is None
    assert reason(CauseKind.RULE, ministry=False)


@pytest.mark.parametrize(
    "query", ["", "from=1/3/2023", "from=2023-03-01&first=0", "from=2023-03-01&limit=1001", "from=2023-03-01&x=1"]
)
def test_what_is_not_understood_is_refused(api, asked, query):
    assert api.http.get(f"{PATH}?{query}").status_code == 422
    assert asked == []


def test_a_unit_nobody_knows(api, asked):
    answer = api.http.get(f"{PATH}?from=2023-03-01&unit=99")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNIT_UNKNOWN")
