"""Why a figure moved: parts that add up exactly, on random histories of a small country, in which counters never drift."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from histories import DIVISIONS, END, START, Country
from sqlalchemy import text

from landdata.errors import UnknownUnit
from landdata.flows import movements, observe
from landdata.model.coverage import Bounded
from landdata.model.movements import CauseKind, End, Figures
from landdata.model.units import Level
from landdata.store import months, recounts, roles
from landdata.store.engine import Database
from landdata.store.roles import Role

COUNTERS = (
    "SELECT unit_id, parcels, certificates, holders FROM stats.coverage_counter "
    "WHERE parcels + certificates + holders > 0"
)
RULES = """
INSERT INTO stats.coverage_rule
  (rung, effective_from, within_days, district_communes, province_communes, province_share, reason)
VALUES ('CONNECTED', '2023-11-01', NULL, 1, 2, NULL, 'two'), ('CONNECTED', '2024-03-01', 20, 1, 1, 0.3, 'fresh'),
  ('CONNECTED', '2026-03-01', NULL, 1, 1, NULL, 'as before')"""
LAST = max(END, date.today()) + timedelta(days=30)  # noqa: DTZ011 - withdrawals count from today
AHEAD = datetime(2200, 1, 1, tzinfo=UTC)
NOTHING = Figures(*[Bounded(0, 0)] * 6)


@pytest.fixture
def small(database):
    """Makes the small country, and plays in it."""
    with closing(roles.connect(address(database), Role.WORKER, pool_size=2)) as worker:
        yield lambda seed: Country(database, worker, seed)


def address(db: Database) -> str:
    return db.engine.url.render_as_string(hide_password=False)


def total(causes) -> Figures:
    found = NOTHING
    for one in causes:
        found = found + one.moved
    return found


def seen(db, end: End, unit: str | None, level: Level | None) -> Figures:
    """The figures as the other questions answer them."""
    asked = {"on": end.on, "division": end.division, "known_at": end.known_at}
    if unit is None:
        found = observe.national(db, **asked)
        levels = {one: found.level(one) for one in Level}
        counts = [levels[one].connected if levels[one] else Bounded(0, 0) for one in Level]
        return Figures(*counts, *(Bounded(one, one) for one in (found.parcels, found.certificates, found.holders)))
    row = next((one for one in observe.units(db, level=level, **asked) if one.code == unit), None)
    if row is None:
        return NOTHING
    own = {
        Level.PROVINCE: Bounded(0, 0),
        Level.DISTRICT: row.districts_connected,
        Level.COMMUNE: row.communes_connected,
    }
    own[level] = row.connected
    return Figures(
        own[Level.PROVINCE], own[Level.DISTRICT], own[Level.COMMUNE], row.parcels, row.certificates, row.holders
    )


def check(country: Country, random: Random, questions: int) -> set[CauseKind]:
    """Counters, events and registers are as the parcels are, and every movement adds up."""
    with country.db.read() as tx:
        assert {row[0]: tuple(row[1:]) for row in tx.connection.execute(text(COUNTERS))} == {
            unit: many for unit, many in country.counted().items() if any(many)
        }
        assert recounts.count(tx).differences == ()
    for _ in range(questions):
        # Two ways to the same summary: in sets from the events, and in arrays from the sums by month.
        asked = {"on": random.choice([country.day(), LAST]), "division": random.choice([None, "2023", "2025"])}
        found = observe.national(country.db, **asked)
        assert replace(observe.national(country.db, known_at=AHEAD, **asked), known_at=None) == found, asked
    kinds: set[CauseKind] = set()
    for _ in range(questions):
        ends = [
            End(
                random.choice([country.day(), country.day(), LAST]),
                random.choice([None, *country.known]),
                random.choice([None, None, "2023", "2025"]),
            )
            for _ in range(2)
        ]
        unit, level = None, None
        if random.random() < 0.6:
            chosen = random.choice(country.rows)
            unit, level = chosen["code"], Level(chosen["level"])
        try:
            moved = movements.explain(country.db, before=ends[0], after=ends[1], unit=unit, limit=10_000)
        except UnknownUnit:
            continue
        assert moved.next_place is None
        told = (ends, unit)
        assert moved.before.figures == seen(country.db, ends[0], unit, level), told
        assert moved.after.figures == seen(country.db, ends[1], unit, level), told
        assert total(moved.causes) == moved.difference == moved.after.figures - moved.before.figures, told
        for one in moved.causes:
            for each in Level:
                listed = [unit.moved for unit in one.units if unit.level is each]
                assert Bounded(sum(m.at_least for m in listed), sum(m.at_most for m in listed)) == one.moved.of(each), (
                    told
                )
        kinds |= {one.kind for one in moved.causes}
    return kinds


def play(country: Country, *, seed: int, steps: int, questions: int) -> set[CauseKind]:
    random, kinds = Random(seed), set()
    with country.db.write() as tx:
        tx.connection.execute(text(RULES))
    for number in range(1, steps + 1):
        try:
            country.step()
            if number % 60 == 0:
                with country.db.write() as tx:
                    months.keep(tx)
            if number % (steps // 4) == 0:
                kinds |= check(country, random, questions)
        except BaseException as error:
            error.add_note(f"seed {seed}, step {number}")
            raise
    return kinds


def test_counters_are_counts_and_movements_add_up(small):
    country = small(7)
    kinds = play(country, seed=7, steps=500, questions=12)
    assert kinds == set(CauseKind) - {CauseKind.MENDING}
    assert {"deliver", "withdraw", "withdraw blocked", "reform"} <= set(country.done)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(20, 25))
def test_counters_are_counts_at_full_length(small, seed):
    play(small(seed), seed=seed, steps=2000, questions=60)


def test_backwards_the_signs_turn(small):
    country = small(3)
    for _ in range(30):
        country.step()
    ends = (End(START), End(END))
    there, back = (movements.explain(country.db, before=a, after=b) for a, b in (ends, ends[::-1]))
    assert back.difference == NOTHING - there.difference
    assert [one.moved for one in back.causes] == [NOTHING - one.moved for one in there.causes]
    assert all(one.undone for one in back.causes if one.kind is CauseKind.DELIVERY)
    pages, first = [], 1
    while first is not None:
        page = movements.explain(country.db, before=ends[0], after=ends[1], first=first, limit=4)
        pages += page.causes
        first = page.next_place
    assert tuple(pages) == there.causes
    districts = movements.explain(country.db, before=ends[0], after=ends[1], level=Level.DISTRICT)
    assert 0 < len(districts.causes) < len(there.causes)
    assert total(districts.causes).districts == there.difference.districts
    assert {unit.level for one in districts.causes for unit in one.units} == {Level.DISTRICT}


def test_who_comes_first_connects_the_province(small):
    """Both deliveries hold parcels of a province; the one with the earlier day is told to have connected it."""
    country = small(5)
    while len([one for one in country.deliveries if one.brought]) < 12:
        country._deliver()
    with closing(roles.connect(address(country.db), Role.DASHBOARD, pool_size=1)) as dashboard:
        told = movements.explain(dashboard, before=End(START - timedelta(days=1)), after=End(END))
        assert observe.national(dashboard, on=END) == observe.national(country.db, on=END)
    assert {one.office_code for one in told.causes} == {"LO"}
    assert [one.effective_on for one in told.causes] == sorted(one.effective_on for one in told.causes)
    connected = [unit.code for one in told.causes for unit in one.units if unit.moved == Bounded(1, 1)]
    assert len(connected) == len(set(connected))
    assert told.difference == told.after.figures
    first = next(one for one in told.causes if one.moved.provinces.at_least)
    assert first.place == next(one.place for one in told.causes if one.moved.parcels.at_least > 0)


def test_the_same_day_in_two_divisions(small):
    country = small(1)
    for _ in range(60):
        country._deliver()
    country._reform()
    while country.reforms < 6:
        country._reform()
    day = date(2023, 1, 25)
    found = movements.explain(country.db, before=End(day, division="2023"), after=End(day, division="2025"))
    assert {one.kind for one in found.causes} <= {CauseKind.SUCCESSION}
    assert total(found.causes) == found.difference
    assert found.difference.parcels == Bounded(0, 0)
    assert DIVISIONS[1].code == found.after.division
