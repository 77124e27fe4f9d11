"""The ladder of coverage in a real database: each rung by its formula, "no basis" where nothing is known, any day."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from landworld import COMMUNES, DAY, Desk, row
from sourceworld import SAID

from landdata.errors import CoverageTooWide, UnknownUnit
from landdata.flows import ladder, matching_quality, observe, sources
from landdata.model.coverage import Bounded
from landdata.model.coverage_rules import Rung
from landdata.model.ladder import RungFigure
from landdata.model.sources import Promise
from landdata.model.units import Level
from landdata.store import roles
from landdata.store.roles import Role

HERE, THERE, WAITS = COMMUNES[:3]
NAMES = ("Nguyễn Thị Lan", "Trần Văn Minh", "Lê Thu Hà")
LATER = date(2023, 6, 1)
TODAY = "(now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    """Four parcels here, of which one lacks its holder's number, and two there; a row of five was refused; one look-up."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    with closing(Desk(shared_country, tmp_path_factory.mktemp("data"))) as made:
        made.began = datetime.now(UTC)
        rows = [row(HERE, number, holder_name=name) for number, name in enumerate(NAMES, start=1)]
        made.deliver([*rows, row(HERE, 4, id_number=None), row(HERE, 5, ring=None)])
        made.deliver([row(THERE, 6, holder_name="Hồ Lạ"), row(THERE, 7, holder_name="Phạm Sai")])
        for number, name in enumerate(NAMES, start=1):
            made.people.add(f"0240700{number:05d}", name, "1970")
        made.people.add("024070000007", "Đinh Công Tráng", "1970")
        made.match()
        matching_quality.count(made.worker)
        made.agree()
        assert made.ask("024070000001", NAMES[0])["status"] == "FOUND"
        assert ladder.count(made.worker) == ladder.Counted(2, 1)
        made.today = made.scalar(f"SELECT {TODAY}")
        yield made
    patch.undo()


def units(desk, **asked: object) -> dict[str, dict[Rung, RungFigure]]:
    """As the API reads them, with the rights of its figures."""
    url = desk.db.engine.url.render_as_string(hide_password=False)
    with closing(roles.connect(url, Role.DASHBOARD, pool_size=1)) as figures:
        found = ladder.units(figures, **{"effective_on": desk.today, "division": "2023"} | asked)
    return {one.code: {figure.rung: figure for figure in one.rungs} for one in found.units}


def test_every_rung_of_a_commune(desk):
    here = units(desk, unit=HERE)[HERE]
    shares = {rung: (one.numerator, one.denominator) for rung, one in here.items() if one.denominator is not None}
    assert shares == {
        Rung.MATCHED: (3, 4), Rung.RIGHT: (4, 5), Rung.COMPLETE: (3, 4), Rung.CLEAN: (4, 4),
    }  # fmt: skip
    stands = {rung for rung, one in here.items() if one.stands == Bounded(1, 1)}
    assert stands == {Rung.RECEIVED, Rung.CONNECTED, Rung.CLEAN, Rung.USED}
    assert {one.parcels for rung, one in here.items() if rung in stands} == {Bounded(4, 4)}
    assert {one.parcels for rung, one in here.items() if rung not in stands} == {Bounded(0, 0)}
    there = units(desk, unit=THERE)[THERE]
    assert (there[Rung.RIGHT].share, there[Rung.MATCHED].share, there[Rung.USED].stands) == (1, 0, Bounded(0, 0))
    assert (there[Rung.CLEAN].numerator, there[Rung.CLEAN].denominator) == (1, 2)


def test_units_above_count_their_communes_and_add_up(desk):
    country = units(desk)[""]
    province, district = units(desk, unit="24")["24"], units(desk, level=Level.DISTRICT, parent="24")
    communes = units(desk, level=Level.COMMUNE, parent="24")
    for rung, one in country.items():
        inside = {found.level: found.connected for found in one.levels}
        assert [found.total for found in one.levels] == [63, 705, 10_599]
        assert inside[Level.COMMUNE] == province[rung].levels[1].connected
        assert inside[Level.COMMUNE].at_least == sum(
            found[rung].stands.at_least for found in communes.values() if found[rung].stands
        )
        assert inside[Level.DISTRICT].at_least == sum(
            found[rung].stands.at_least for found in district.values() if found[rung].stands
        )
        assert one.parcels == province[rung].parcels
        assert one.numerator == province[rung].numerator
    assert country[Rung.RIGHT].share == pytest.approx(6 / 7)
    [clean] = units(desk, level=Level.COMMUNE, rungs=[Rung.CLEAN], unit=HERE)[HERE].values()
    assert clean.rule == country[Rung.CLEAN].rule


def test_connected_is_the_same_figure_as_the_summary(desk):
    for day in (DAY - timedelta(days=1), DAY, desk.today):
        for division in ("2023", "2025"):
            summary = observe.national(desk.db, on=day, division=division)
            figure = units(desk, effective_on=day, division=division)[""][Rung.CONNECTED]
            assert figure.levels == summary.levels
            assert (figure.rule, figure.parcels.at_least) == (summary.rule, summary.parcels)


def test_no_basis_is_not_zero(desk):
    """Nobody counted claims or look-ups in March 2023, and nothing was known then of what was delivered for that day later."""
    then = units(desk, effective_on=DAY)[""]
    assert {rung for rung, one in then.items() if one.levels} == {
        Rung.RECEIVED, Rung.CONNECTED, Rung.ON_TIME, Rung.LIVE, Rung.RIGHT,
    }  # fmt: skip
    assert (then[Rung.ON_TIME].levels[2].connected, then[Rung.LIVE].parcels) == (Bounded(2, 2), Bounded(6, 6))
    assert (then[Rung.MATCHED].based, then[Rung.MATCHED].share) == (0, None)
    elsewhere = units(desk, unit="01")["01"]
    assert (elsewhere[Rung.CONNECTED].stands, elsewhere[Rung.MATCHED].stands) == (Bounded(0, 0), None)
    known = units(desk, known_at=desk.began)[""]
    assert {rung for rung, one in known.items() if one.levels} == {Rung.RECEIVED, Rung.CONNECTED}
    assert known[Rung.RECEIVED].levels[2].connected == Bounded(0, 0)


def test_late_after_a_quarter_and_live_for_half_a_year(desk):
    def communes(day: date, rung: Rung) -> int:
        return units(desk, effective_on=day)[""][rung].levels[2].connected.at_least

    quarter, half = DAY + timedelta(days=92), DAY + timedelta(days=184)
    assert [communes(day, Rung.ON_TIME) for day in (quarter, quarter + timedelta(days=1))] == [2, 0]
    assert [communes(day, Rung.LIVE) for day in (half, half + timedelta(days=1))] == [2, 0]


def test_in_the_division_of_2025_a_merged_commune_takes_one_share_of_all(desk):
    old, new = units(desk)[""], units(desk, division="2025")[""]
    assert [one.total for one in new[Rung.CONNECTED].levels] == [34, 3_321]
    for rung in Rung:
        assert (new[rung].numerator, new[rung].denominator) == (old[rung].numerator, old[rung].denominator)
    province = units(desk, division="2025", level=Level.PROVINCE)["24"]
    assert province[Rung.CONNECTED].stands == Bounded(1, 1)


def test_what_was_asserted_or_taken_back(country, tmp_path, in_process):
    """An unchanged delivery keeps a commune on time and brings no life; a withdrawn one is as if it had not come."""
    with closing(Desk(country, tmp_path)) as desk:
        desk.today = desk.scalar(f"SELECT {TODAY}")
        desk.deliver([row(HERE, 1)])
        again = desk.deliver([row(HERE, 1)], effective_on=LATER)
        late = LATER + timedelta(days=90)
        [one] = units(desk, effective_on=late, unit=HERE).values()
        assert (one[Rung.ON_TIME].stands, one[Rung.LIVE].stands) == (Bounded(1, 1), Bounded(1, 1))
        [one] = units(desk, effective_on=DAY + timedelta(days=200), unit=HERE).values()
        assert (one[Rung.ON_TIME].stands, one[Rung.LIVE].stands) == (Bounded(0, 0), Bounded(0, 0))
        assert desk.rows("SELECT state, changed FROM stats.delivery_event ORDER BY event_id") == [
            ("RECEIVED", False), ("PUBLISHED", True), ("RECEIVED", False), ("PUBLISHED", False),
        ]  # fmt: skip
        desk.withdraw(again.delivery_uid)
        assert desk.rows("SELECT state, effective_on FROM stats.delivery_event ORDER BY event_id")[-1] == (
            "WITHDRAWN", desk.today,
        )  # fmt: skip
        [one] = units(desk, effective_on=late, unit=HERE).values()
        assert one[Rung.ON_TIME].stands == Bounded(1, 1)  # it was taken back on a later day


def test_on_time_by_what_the_source_promised_itself(country, tmp_path, in_process):
    with closing(Desk(country, tmp_path)) as desk:
        desk.today = desk.scalar(f"SELECT {TODAY}")
        desk.deliver([row(HERE, 1)])
        desk.execute("ALTER TABLE sync.source_promise DISABLE TRIGGER append_only")

        def stands(*days: int) -> list[int]:
            asked = [units(desk, effective_on=DAY + timedelta(days=one), unit=HERE)[HERE] for one in days]
            return [one[Rung.ON_TIME].stands.at_least for one in asked]

        def promise(noted: int, **promised: int) -> None:
            sources.promise(desk.uploader, promised=Promise(**promised), **SAID)
            latest = "promise_id = (SELECT max(promise_id) FROM sync.source_promise)"
            at = DAY + timedelta(days=noted)
            desk.execute(f"UPDATE sync.source_promise SET noted_at = :at WHERE {latest}", at=at)

        assert stands(92, 93) == [1, 0]
        promise(30, cadence_days=10)
        assert stands(29, 30, 92) == [1, 0, 0], "it does not count backwards"
        promise(50, cadence_days=100)
        assert stands(49, 50, 100, 101) == [0, 1, 1, 0]
        promise(95, communes=3)
        assert stands(94, 95) == [1, 0], "a promise without a cadence leaves the days of the rule"


def test_what_cannot_be_asked(desk):
    with pytest.raises(CoverageTooWide):
        units(desk, level=Level.COMMUNE)
    with pytest.raises(UnknownUnit):
        units(desk, unit="24", division="2025", level=Level.DISTRICT)


def test_counting_again_notes_nothing(desk):
    assert ladder.count(desk.worker) == ladder.Counted(0, 0)


def test_by_the_command_line(desk, command, monkeypatch):
    monkeypatch.setattr("landdata.commands.console.db", lambda: desk.db)
    code, out, _ = command("coverage", "ladder", "--division", "2023", "--unit", HERE, "--rung", "matched")
    [told] = csv.DictReader(io.StringIO(out))
    assert (code, told["rung"], told["numerator"], told["denominator"], told["share"]) == (
        0,
        "MATCHED",
        "3",
        "4",
        "0.7500",
    )
    code, out, _ = command("coverage", "series", "--from", "2023-03-27", "--to", "2023-03-28", "--step", "day")
    counted = [one for one in csv.DictReader(io.StringIO(out)) if one["kind"] == "counted"]
    assert (code, [one["communes_connected_at_least"] for one in counted]) == (0, ["0", "2"])
