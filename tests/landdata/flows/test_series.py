"""The state of 28 March 2023 at its real size, its view of 2025, and coverage over time with what was published beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from landworld import COMMUNES, DAY, Desk, row

from fixtures.generators.connection import connect
from landdata.errors import ReferenceDataDamaged, SeriesUnfit, UnknownUnit
from landdata.flows import ladder, observe, reference, series
from landdata.model.coverage import Bounded, LevelCoverage
from landdata.model.coverage_rules import Rung
from landdata.model.series import Step, days_of
from landdata.model.units import Level
from landdata.reading.reference import coverage_history

FOLDER = Path(__file__).parents[3] / "fixtures" / "reference"
BREAK = date(2025, 7, 1)
ISLANDS = {"318", "471", "498", "536", "755"}  # Bạch Long Vĩ, Cồn Cỏ, Hoàng Sa, Lý Sơn, Côn Đảo
# Three parcels in each of the communes of the demo, all told by the one delivery that there is.
FILL = """INSERT INTO stats.coverage_event
    (publication_id, delivery_id, unit_id, effective_on, parcels, certificates, holders, backfilled, simulated)
  SELECT e.publication_id, e.delivery_id, u.unit_id, e.effective_on, 3, 2, 4, true, true
  FROM (SELECT * FROM stats.coverage_event LIMIT 1) e CROSS JOIN ref.unit u
  WHERE u.level = 'commune' AND u.code = ANY (:codes) AND u.unit_id <> e.unit_id AND u.validity @> date '2023-03-28'"""


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    """What the demo connects on 28 March 2023, whose first commune of Bắc Giang was really delivered."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    reference.load(shared_country, FOLDER)
    with closing(Desk(shared_country, tmp_path_factory.mktemp("data"))) as made:
        connected = connect().communes
        made.first = next(code for code in COMMUNES if code in connected)
        made.deliver([row(made.first, number) for number in (1, 2, 3)])
        made.execute(FILL, codes=list(connected))
        yield made
    patch.undo()


def levels(found) -> dict[Level, tuple[Bounded, int]]:
    return {one.level: (one.connected, one.total) for one in found}


def test_the_figures_of_the_report_of_2023(desk):
    found = observe.national(desk.db, on=DAY)
    assert levels(found.levels) == {
        Level.PROVINCE: (Bounded(57, 57), 63),
        Level.DISTRICT: (Bounded(355, 355), 705),
        Level.COMMUNE: (Bounded(4829, 4829), 10_599),
    }
    by_rung = {one.rung: one for one in ladder.units(desk.db, effective_on=DAY).units[0].rungs}
    assert by_rung[Rung.CONNECTED].levels == found.levels
    assert by_rung[Rung.MATCHED].levels == ()


def test_the_same_facts_in_the_division_of_2025(desk):
    found = observe.national(desk.db, on=DAY, division="2025")
    assert levels(found.levels) == {
        Level.PROVINCE: (Bounded(34, 34), 34),
        Level.COMMUNE: (Bounded(1630, 1684), 3_321),
    }
    assert found.parcels == observe.national(desk.db, on=DAY).parcels
    [country] = ladder.units(desk.db, effective_on=DAY, division="2025", rungs=[Rung.CONNECTED]).units
    assert country.rungs[0].levels == found.levels


def test_the_page_counts_by_hand_what_the_service_says(desk):
    """Its statements share nothing with the service's own; its table knows every rung."""
    page = (FOLDER.parents[1] / "docs" / "coverage.md").read_text(encoding="utf-8")
    first, second = page.split("```sql\n")[1].split("```")[0].strip().removesuffix(";").split(";\n")
    assert desk.rows(first) == [(4829,)]
    assert desk.rows(second) == [(355, 57)]
    for one in Rung:
        assert f"| `{one}` " in page


def test_island_districts_without_communes_count_among_the_705_and_cannot_connect(desk):
    rows = {one.code: one for one in observe.units(desk.db, on=DAY, level=Level.DISTRICT)}
    assert len(rows) == 705
    assert {code for code, one in rows.items() if one.communes_total == 0} == ISLANDS
    assert {rows[code].connected for code in ISLANDS} == {Bounded(0, 0)}


@pytest.mark.parametrize("code", ["24", "01", "213", COMMUNES[0]])
@pytest.mark.parametrize("division", ["2023", "2025"])
def test_a_unit_over_time_equals_its_rows(desk, code, division):
    days = (DAY - timedelta(days=1), DAY)
    try:
        found = series.series(desk.db, first=days[0], last=days[1], step=Step.DAY, division=division, unit=code)
    except UnknownUnit:
        assert (division, code) in {("2025", "213"), ("2025", COMMUNES[0])}
        return
    for day, point in zip(days, found.points, strict=True):
        own = {Level.PROVINCE: 2, Level.DISTRICT: 3, Level.COMMUNE: 5}
        level = next(one for one, letters in own.items() if letters == len(code))
        [unit] = [one for one in observe.units(desk.db, on=day, level=level, division=division) if one.code == code]
        counted = {one.level: one for one in point.levels}
        assert counted[level] == LevelCoverage(level, unit.connected, 1)
        assert counted[Level.COMMUNE].connected == unit.communes_connected
        assert counted[Level.COMMUNE].total == unit.communes_total
        assert (point.parcels, point.holders) == (unit.parcels, unit.holders)
        if Level.DISTRICT in counted and level is Level.PROVINCE:
            assert counted[Level.DISTRICT].connected == unit.districts_connected


def test_the_country_breaks_on_1_july_2025(desk):
    found = series.series(desk.db, first=date(2025, 5, 31), last=date(2025, 8, 31))
    assert [one.on for one in found.points] == [
        date(2025, 5, 31),
        date(2025, 6, 30),
        date(2025, 7, 31),
        date(2025, 8, 31),
    ]
    assert [one.levels[-1].total for one in found.points] == [10_035, 10_035, 3_321, 3_321]
    assert [(one.on, one.division) for one in found.breaks] == [(BREAK, "2025")]
    whole = series.series(desk.db, first=date(2025, 5, 31), last=date(2025, 8, 31), division="2023")
    assert (whole.breaks, {one.levels[-1].total for one in whole.points}) == ((), {10_599})
    for point in found.points:
        assert levels(point.levels) == levels(observe.national(desk.db, on=point.on).levels)


def test_what_was_published_stands_beside_and_not_among(desk):
    found = series.series(desk.db, first=date(2022, 12, 1), last=date(2023, 4, 1))
    assert [(one.on, one.provinces, one.districts, one.communes) for one in found.published] == [
        (date(2022, 12, 29), (56, 63), (316, 705), (4076, 10_599)),
        (DAY, (57, 63), (355, 705), (4829, 10_599)),
    ]
    assert [one.parcels_million for one in found.published] == [">24", ">24"]
    assert {one.levels[0].connected for one in found.points if one.on < DAY} == {Bounded(0, 0)}  # only what we counted
    later = series.series(desk.db, first=date(2025, 4, 1), last=date(2025, 4, 30))
    assert [(one.on, one.exact, one.dated[:4]) for one in later.published] == [(date(2025, 4, 1), False, "2025")]
    local = series.series(desk.db, first=date(2025, 1, 1), last=date(2025, 6, 1), unit="74", division="2023")
    assert [one.scope for one in local.published] == ["province: Binh Duong"]


def test_days_of_a_series():
    first = date(2023, 1, 15)
    assert days_of(first, date(2023, 3, 10), Step.MONTH) == (
        first, date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 10),
    )  # fmt: skip
    assert days_of(date(2023, 12, 31), date(2024, 6, 30), Step.QUARTER) == (
        date(2023, 12, 31), date(2024, 3, 31), date(2024, 6, 30),
    )  # fmt: skip
    assert days_of(date(2023, 2, 1), date(2025, 1, 31), Step.YEAR)[1:] == (date(2024, 1, 31), date(2025, 1, 31))
    assert len(days_of(date(1, 1, 1), date(9999, 1, 1), Step.DAY)) == 402


def test_what_cannot_be_asked(desk):
    for first, last in ((DAY, DAY - timedelta(days=1)), (date(2000, 1, 1), DAY)):
        with pytest.raises(SeriesUnfit):
            series.series(desk.db, first=first, last=last, step=Step.DAY)


def test_a_line_without_a_day_is_damaged(tmp_path):
    (tmp_path / "codelists").mkdir()
    head = (FOLDER / "codelists" / "coverage_history.csv").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "codelists" / "coverage_history.csv").write_text(f"{head}\nspring,x,x,x,x,national,,,,,,,,,\n")
    with pytest.raises(ReferenceDataDamaged) as caught:
        coverage_history(tmp_path)
    assert "line 2" in str(caught.value)
