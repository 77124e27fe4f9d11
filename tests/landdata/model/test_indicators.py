"""How an indicator's subject stands against its target and due date, what does not add up, and how parts come together."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from landdata.model.indicator_figures import Retold, published, together, totals
from landdata.model.indicators import (
    Basis,
    Count,
    CountedLevel,
    FlagCode,
    Indicator,
    Kind,
    Letter,
    State,
    SubjectKind,
    Timing,
    Value,
    flags_of,
    is_rest,
    spelt,
    spelt_otherwise,
    timing,
    unit_key,
)
from landdata.model.succession import Edge
from landdata.model.units import Extent, Level, Unit

LETTER = Letter("4013", "Công văn", "Letter", date(2021, 6, 16))
LEVELS = tuple(CountedLevel)
COUNTED = Indicator(
    "SYNC", "", "", Kind.DONE_OF_TOTAL, (SubjectKind.UNIT,), LEVELS, "", "", Fraction(1, 2), "", "", LETTER
)
STATED = Indicator(
    "TAX", "", "", Kind.STATE, (SubjectKind.UNIT,), LEVELS, "", "", None, "", "", LETTER,
    (State("TESTING", "", "", reaches=False), State("COMPLETED", "", "", reaches=True)),
)  # fmt: skip
MERGED = date(2025, 7, 1)
DAY = date(2021, 6, 16)


def value(number: int = 1, **changed: object) -> Value:
    said = {
        "subject_kind": SubjectKind.UNIT, "subject": "Bắc Giang", "subject_key": "unit 1", "unit_id": 1,
        "level": CountedLevel.ALL, "on_date": DAY, "exact": True, "done": None, "total": None, "remaining": None,
        "state": None, "due_from": None, "due_on": None, "due_text": "", "reached_on": None, "lead": "", "note": "",
        "listed": True, "version": 1, "recorded_at": datetime(2026, 1, 1, tzinfo=UTC), "source": "",
    }  # fmt: skip
    return Value(value_id=number, **{**said, **changed})


def unit(number: int, code: str, name: str, first=None, last=None) -> Unit:
    return Unit(number, Level.PROVINCE, code, name, name, "tỉnh", f"Tỉnh {name}", None, first, last)


GIANG, NINH, NEW = (
    unit(1, "24", "Bắc Giang", None, MERGED),
    unit(2, "27", "Bắc Ninh", None, MERGED),
    unit(3, "24", "Bắc Ninh", MERGED),
)
UNITS = {one.unit_id: one for one in (GIANG, NINH, NEW)}
KEYS = {unit_key(number): one for number, one in UNITS.items()}
EDGES = (Edge(1, 3, MERGED, Extent.FULL), Edge(2, 3, MERGED, Extent.FULL))


def stand(indicator, *values: Value, on=DAY):
    return published(indicator, values, on=on, units=UNITS, flags={})


@pytest.mark.parametrize(
    ("on", "is_reached", "reached_on", "wanted"),
    [
        ("2021-06-30", False, None, Timing.PENDING),  # the due day itself is in time
        ("2021-07-01", False, None, Timing.LATE),
        ("2021-07-01", None, None, Timing.UNREPORTED),
        ("2021-07-01", True, "2021-03-31", Timing.EARLY),
        ("2021-07-01", True, "2021-04-01", Timing.ON_TIME),
        ("2021-07-01", True, "2021-06-30", Timing.ON_TIME),
        ("2021-07-01", True, "2021-07-01", Timing.LATE),
    ],
)
def test_how_a_subject_stands_in_a_quarter_and_on_a_day(on, is_reached, reached_on, wanted):
    there = date.fromisoformat(reached_on) if reached_on else None
    quarter = timing(
        on=date.fromisoformat(on), due_from=date(2021, 4, 1), due_on=date(2021, 6, 30), is_reached=is_reached, reached_on=there,
    )  # fmt: skip
    assert quarter is wanted
    if there and there < date(2021, 6, 30):
        due = date(2021, 6, 30)
        assert timing(on=due, due_from=due, due_on=due, is_reached=True, reached_on=there) is Timing.EARLY


def test_it_is_reached_from_the_first_day_of_the_last_run():
    days = [DAY + timedelta(days=30 * number) for number in range(4)]
    shares = [5, 3, 5, 6]
    [one] = stand(
        COUNTED,
        *(value(n, on_date=day, done=done, total=10) for n, (day, done) in enumerate(zip(days, shares, strict=True))),
        value(9, on_date=days[0] - timedelta(days=9), due_from=days[3], due_on=days[3], due_text="x"),
        on=days[3],
    )
    assert (one.reached, one.reached_on, one.timing, one.share, one.due_text) == (True, days[2], Timing.EARLY, 0.6, "x")
    [late] = stand(STATED, value(state="TESTING", due_from=DAY, due_on=DAY), on=DAY + timedelta(days=8))
    assert (late.timing, late.days_late, late.share) == (Timing.LATE, 8, None)


def test_what_does_not_add_up_is_told_with_its_figures():
    levels = dict(zip(CountedLevel, (601, 504, 77, 27), strict=True))
    values = {n: value(n, level=level, total=total) for n, (level, total) in enumerate(levels.items())}
    found = flags_of(values, {1: "Bắc Giang"})
    assert len(found) == 4
    [flag] = found[0]
    assert (flag.code, flag.details["parts"], flag.details["sum"]) == (FlagCode.LEVELS_DIFFER, "504+77+27", 608)
    values[0] = value(0, level=CountedLevel.ALL, total=608)
    assert flags_of(values, {1: "Bắc Giang"}) == {}
    odd = flags_of({1: value(done=3, total=2, remaining=1)}, {})
    assert [one.code for one in odd[1]] == [FlagCode.DONE_ABOVE_TOTAL, FlagCode.REMAINING_DIFFERS]


def test_names_are_known_again_and_misspelt_ones_told():
    assert {spelt(one) for one in ("TP. Hồ Chí Minh", "TP Hồ Chí Minh", "Thành phố Hồ Chí Minh")} == {"ho chi minh"}
    assert spelt("Bộ Nông nghiệp và PTNT") == spelt("Bộ Nông nghiệp và Phát triển nông thôn")
    assert spelt("Bộ Lao động, Thương binh và Xã hội") == spelt("Bộ Lao động - Thương binh và Xã hội")
    assert spelt_otherwise("Lạng Son", "Lạng Sơn")
    assert not spelt_otherwise("TP. Hòa Bình", "Hoà Bình")
    assert is_rest("(every other province)")
    assert not is_rest("Bắc Ninh")


def test_a_merged_province_adds_up_only_where_all_parts_are_there():
    told = Retold(KEYS, EDGES, MERGED)
    both = [value(1, done=3, total=10), value(2, subject_key="unit 2", unit_id=2, done=4, total=6)]
    [whole] = told.figures(COUNTED, stand(COUNTED, *both), level=CountedLevel.ALL, on=DAY)
    assert (whole.basis, whole.done, whole.total, whole.parts) == (Basis.WHOLE, Count(7, 7), Count(16, 16), 2)
    assert (whole.share, whole.unit_code, whole.subject) == (7 / 16, "24", "Tỉnh Bắc Ninh")
    [half] = told.figures(COUNTED, stand(COUNTED, both[0]), level=CountedLevel.ALL, on=DAY)
    assert (half.basis, half.done, half.share, half.parts_known) == (Basis.PARTIAL, Count(3, None), None, 1)
    assert (half.reached, half.timing) == (None, Timing.NO_DUE)
    [nothing] = told.figures(COUNTED, [], level=CountedLevel.ALL, on=DAY)
    assert (nothing.basis, nothing.done) == (Basis.NONE, None)
    [sums] = totals([whole, half])
    assert (sums.done, sums.subjects, sums.share) == (Count(10, None), 2, None)


def test_states_of_parts_are_told_apart():
    told = Retold(KEYS, EDGES, MERGED)
    both = [value(1, state="COMPLETED"), value(2, subject_key="unit 2", unit_id=2, state="TESTING")]
    [mixed] = told.figures(STATED, stand(STATED, *both), level=CountedLevel.ALL, on=DAY)
    assert (mixed.state, mixed.states, mixed.reached) == (None, {"COMPLETED": 1, "TESTING": 1}, False)
    [half] = told.figures(STATED, stand(STATED, both[0]), level=CountedLevel.ALL, on=DAY)
    assert (half.state, half.reached) == (None, None)


def test_a_new_unit_told_in_the_old_register_is_only_a_bound():
    told = Retold(KEYS, EDGES, DAY)
    new = value(3, subject_key="unit 3", unit_id=3, on_date=MERGED, done=4, total=9)
    old, other = told.figures(COUNTED, stand(COUNTED, new, on=MERGED), level=CountedLevel.ALL, on=MERGED)
    for one in (old, other):
        assert (one.basis, one.done, one.total) == (Basis.PARTIAL, Count(0, 4), Count(0, 9))
    # Figures of the units of that day are taken before those that came later.
    assert together(COUNTED, NEW, [], level=CountedLevel.ALL, on=DAY, key="unit 3").basis is Basis.NONE
