"""How subjects stand on a day, given values as published; and how that adds up in another division of the country; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from landdata.model.indicators import (
    Basis,
    Count,
    CountedLevel,
    Figure,
    Flag,
    Indicator,
    Kind,
    SubjectKind,
    Timing,
    Totals,
    Value,
    reached,
    share_of,
    timing,
)
from landdata.model.succession import Edge, Epoch, Image, epochs_of, projections
from landdata.model.units import Extent, Level, Unit

MIXED = "MIXED"  # parts of a unit that stand in several states
_URGENT = list(Timing)
_KINDS, _LEVELS = list(SubjectKind), list(CountedLevel)


def published(
    indicator: Indicator,
    values: Iterable[Value],
    *,
    on: date,
    units: Mapping[int, Unit],
    flags: Mapping[int, tuple[Flag, ...]],
) -> tuple[Figure, ...]:
    """One figure for each subject and level that any value up to the day names, as published. `values`: newest versions."""
    ordered = sorted(values, key=lambda one: (one.subject_key, one.level, one.on_date))
    return tuple(
        _figure(indicator, list(history), on, units, flags)
        for _, history in groupby(ordered, key=lambda one: (one.subject_key, one.level))
    )


def _figure(
    indicator: Indicator,
    history: Sequence[Value],
    on: date,
    units: Mapping[int, Unit],
    flags: Mapping[int, tuple[Flag, ...]],
) -> Figure:
    told = next((one for one in reversed(history) if one.told), None)
    due = next((one for one in reversed(history) if one.due_on), None)
    last = told or history[-1]
    is_reached, since = None, None
    for one in (each for each in history if each.told):
        is_reached = reached(indicator, _count(one.done), _count(one.total), one.state)
        # The first day of the unbroken run that leads to the last value.
        since = (since or one.reached_on or one.on_date) if is_reached else None
    due_from, due_on = (due.due_from, due.due_on) if due else (None, None)
    stands = timing(on=on, due_from=due_from, due_on=due_on, is_reached=is_reached, reached_on=since)
    unit = units.get(last.unit_id) if last.unit_id is not None else None
    done, total = _count(last.done), _count(last.total)
    return Figure(
        subject_kind=last.subject_kind,
        subject=last.subject,
        unit_code=unit.code if unit else None,
        level=last.level,
        basis=Basis.WHOLE if told else Basis.NONE,
        on_date=last.on_date,
        exact=last.exact,
        done=done,
        total=total,
        share=share_of(done, total),
        state=last.state,
        states={last.state: 1} if last.state else {},
        reached=is_reached,
        reached_on=since,
        due_from=due_from,
        due_on=due_on,
        due_text=due.due_text if due else "",
        timing=stands,
        days_late=_late(stands, on, due_on, since),
        parts_known=1 if told else 0,
        listed=last.listed,
        lead=last.lead or (due.lead if due else ""),
        note=last.note or (due.note if due else ""),
        flags=flags.get(last.value_id, ()),
        version=last.version,
        source=last.source,
        subject_key=last.subject_key,
    )


def newest(figures: Iterable[Figure], units: Mapping[str, Unit]) -> tuple[Figure, ...]:
    """Those of units that were in force on the newest day of any unit's figure; the others were taken over. By subject key."""
    every = tuple(figures)
    last = max((one.on_date for one in every if one.subject_key in units and one.on_date), default=None)
    return tuple(
        one for one in every if last is None or one.subject_key not in units or units[one.subject_key].valid_on(last)
    )


class Retold:
    """Figures of provinces told in the register of another day. `by_key`: units by subject key."""

    def __init__(self, by_key: Mapping[str, Unit], edges: Iterable[Edge], day: date) -> None:
        self._keys = {unit.unit_id: key for key, unit in by_key.items()}
        provinces = [unit for unit in by_key.values() if unit.level is Level.PROVINCE]
        self._provinces = provinces
        self._epochs = epochs_of(provinces)
        self._images = projections(provinces, edges, self._epochs, Level.PROVINCE)
        self._target = self._epoch(day)
        self.here = sorted((unit for unit in provinces if unit.valid_on(day)), key=lambda unit: unit.code)

    def figures(
        self, indicator: Indicator, figures: Sequence[Figure], *, level: CountedLevel, on: date
    ) -> tuple[Figure, ...]:
        """A figure for each province of that register, from those at one level."""
        by_key = {one.subject_key: one for one in figures if one.level is level}
        return tuple(self._of(indicator, unit, by_key, level, on) for unit in self.here)

    def _of(
        self, indicator: Indicator, unit: Unit, by_key: Mapping[str, Figure], level: CountedLevel, on: date
    ) -> Figure:
        days = sorted({self._epoch(one.on_date).epoch_id for one in by_key.values() if one.on_date}, reverse=True)
        for epoch in (self._epochs[number] for number in days):
            parts = [
                (by_key.get(self._keys[one.unit_id]), extent)
                for one in self._provinces
                if one.valid_on(epoch.day) and (extent := self._image(one).get(unit.unit_id)) is not None
            ]
            if any(one is not None and one.on_date and self._epoch(one.on_date) == epoch for one, _ in parts):
                return together(indicator, unit, parts, level=level, on=on, key=self._keys[unit.unit_id])
        return together(indicator, unit, [], level=level, on=on, key=self._keys[unit.unit_id])

    def _image(self, unit: Unit) -> Image:
        return self._images.get((self._target.epoch_id, unit.unit_id), {})

    def _epoch(self, day: date) -> Epoch:
        return next(one for one in reversed(self._epochs) if (one.valid_from is None or one.valid_from <= day))


def together(
    indicator: Indicator,
    unit: Unit,
    parts: Sequence[tuple[Figure | None, Extent]],
    *,
    level: CountedLevel,
    on: date,
    key: str,
) -> Figure:
    """What a unit's parts make of it: exact where all are there and lie in it wholly, else bounds, else no basis."""
    if len(parts) == 1 and parts[0][0] is not None and parts[0][1] is Extent.FULL:
        return replace(parts[0][0], subject=unit.full_name_vi, unit_code=unit.code, subject_key=key)
    known = [(one, extent) for one, extent in parts if one is not None]
    told = [(one, extent) for one, extent in known if one.parts_known]
    whole = len(told) == len(parts) and all(extent is Extent.FULL for _, extent in told)
    basis = Basis.WHOLE if whole and parts else Basis.PARTIAL if told else Basis.NONE
    done, total = (_sum([(getattr(one, name), extent) for one, extent in told], whole) for name in ("done", "total"))
    states = Counter(one.state for one, _ in told if one.state)
    state = next(iter(states)) if whole and len(states) == 1 else None
    is_reached = _reached(indicator, [one for one, extent in told if extent is Extent.FULL], done, total, whole)
    first, dues = [one for one, _ in known], [one.due_on for one, _ in known if one.due_on]
    due_on = max(dues, default=None)
    due_from = max((one.due_from for one in first if one.due_from), default=None)
    days = [one.reached_on for one in first if one.reached_on]
    if indicator.kind is Kind.DONE_OF_TOTAL:  # the sum is reached on the day of its last part
        days = [one.on_date for one in first if one.on_date]
    reached_on = max(days) if is_reached and days else None
    stands = timing(on=on, due_from=due_from, due_on=due_on, is_reached=is_reached, reached_on=reached_on)
    if len(set(dues)) > 1 and not is_reached:  # the part that needs somebody most
        stands = min((one.timing for one in first), key=_URGENT.index)
    return Figure(
        subject_kind=SubjectKind.UNIT,
        subject=unit.full_name_vi,
        unit_code=unit.code,
        level=level,
        basis=basis,
        on_date=min((one.on_date for one, _ in told if one.on_date), default=None),
        exact=all(one.exact for one, _ in told),
        done=done,
        total=total,
        share=share_of(done, total),
        state=state,
        states=dict(states),
        reached=is_reached,
        reached_on=reached_on,
        due_from=due_from,
        due_on=due_on,
        due_text=first[0].due_text if first and len(set(dues)) == 1 else "",
        timing=stands,
        days_late=max((one.days_late for one in first), default=0) if stands is Timing.LATE else 0,
        parts=len(parts),
        parts_known=len(told),
        listed=all(one.listed for one in first),
        note="; ".join(dict.fromkeys(one.note for one in first if one.note)),
        flags=tuple(flag for one in first for flag in one.flags),
        version=max((one.version for one in first), default=1),
        source="; ".join(dict.fromkeys(one.source for one in first if one.source)),
        subject_key=key,
    )


def totals(figures: Iterable[Figure]) -> tuple[Totals, ...]:
    """All subjects of a kind at a level together."""
    ordered = sorted(figures, key=_group)
    return tuple(_totals(list(group)) for _, group in groupby(ordered, key=_group))


def _group(one: Figure) -> tuple[int, int]:
    return _KINDS.index(one.subject_kind), _LEVELS.index(one.level)


def _totals(group: Sequence[Figure]) -> Totals:
    done, total = (_all([getattr(one, name) for one in group]) for name in ("done", "total"))
    states = Counter(one.state or (MIXED if one.states else "") for one in group)
    del states[""]
    timings = Counter(one.timing for one in group)
    return Totals(
        subject_kind=group[0].subject_kind,
        level=group[0].level,
        subjects=len(group),
        done=done,
        total=total,
        share=share_of(done, total),
        reached=sum(bool(one.reached) for one in group),
        states=dict(states),
        timings={one: timings[one] for one in Timing if timings[one]},
        flagged=sum(bool(one.flags) for one in group),
        unlisted=sum(not one.listed for one in group),
        without_basis=sum(one.basis is Basis.NONE for one in group),
    )


def _all(counts: Sequence[Count | None]) -> Count | None:
    known = [one for one in counts if one is not None]
    if not known:
        return None
    open_ = len(known) < len(counts) or any(one.at_most is None for one in known)
    return Count(sum(one.at_least for one in known), None if open_ else sum(one.at_most or 0 for one in known))


def _sum(counts: Sequence[tuple[Count | None, Extent]], whole: bool) -> Count | None:
    """Parts that lie in it only partly may add nothing or all; what is missing leaves it open above."""
    known = [(one, extent) for one, extent in counts if one is not None]
    if not known:
        return None
    least = sum(one.at_least for one, extent in known if extent is Extent.FULL)
    if whole and len(known) == len(counts) and all(one.at_most is not None for one, _ in known):
        return Count(least, sum(one.at_most or 0 for one, _ in known))
    missing = not whole and all(extent is Extent.FULL for _, extent in known)
    if missing or len(known) < len(counts) or any(one.at_most is None for one, _ in known):
        return Count(least, None)
    return Count(least, sum(one.at_most or 0 for one, _ in known))


def _reached(
    indicator: Indicator, parts: Sequence[Figure], done: Count | None, total: Count | None, whole: bool
) -> bool | None:
    if indicator.kind is Kind.DONE_OF_TOTAL:
        return reached(indicator, done, total, None) if whole else None
    if any(one.reached is False for one in parts):
        return False
    return True if whole and parts and all(one.reached for one in parts) else None


def _late(stands: Timing, on: date, due_on: date | None, reached_on: date | None) -> int:
    if stands is not Timing.LATE or due_on is None:
        return 0
    return ((reached_on or on) - due_on).days


def _count(value: int | None) -> Count | None:
    return None if value is None else Count(value, value)
