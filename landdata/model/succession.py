"""Where each commune version lies in each register of the country, composed from the dated succession; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from landdata.model.units import Extent, Level, Unit


@dataclass(frozen=True, slots=True)
class Epoch:
    """A stretch of time with one register: `valid_from <= day < valid_to`, None is unbounded."""

    epoch_id: int
    valid_from: date | None
    valid_to: date | None

    @property
    def day(self) -> date:
        """A day inside it."""
        return self.valid_from or date(2021, 11, 1)


@dataclass(frozen=True, slots=True)
class Edge:
    """One succession step between commune versions, by unit id."""

    old_id: int
    new_id: int | None
    effective_on: date
    extent: Extent


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A commune version that has ended, and one in force that holds land of it.

    `whole`: all of it lies there. `same`: it is that very commune under an earlier version, so numbers go on to mean
    the same parcels.
    """

    unit_id: int
    old_unit_id: int
    old_code: str
    whole: bool
    same: bool


Image = dict[int, Extent]  # unit ids of the register looked at -> how much of the commune certainly lies there


def epochs_of(units: Iterable[Unit]) -> tuple[Epoch, ...]:
    """The stretches between days on which any unit began or ended."""
    days = sorted({day for unit in units for day in (unit.valid_from, unit.valid_to) if day is not None})
    starts: list[date | None] = [None, *days]
    ends: list[date | None] = [*days, None]
    return tuple(Epoch(number, start, end) for number, (start, end) in enumerate(zip(starts, ends, strict=True)))


def projections(
    units: Sequence[Unit], edges: Iterable[Edge], epochs: Sequence[Epoch], level: Level = Level.COMMUNE
) -> dict[tuple[int, int], Image]:
    """(epoch_id, unit_id of a commune) -> where that commune lies in that register, forwards and backwards in time.

    A commune whose end no source explains has an empty image from then on: it is never moved by guess. `level`: another
    level whose own steps are followed instead.
    """
    communes = [unit for unit in units if unit.level is level]
    forward_steps = _steps(communes, edges, epochs)
    backward_steps = [_reversed(step) for step in forward_steps]
    found: dict[tuple[int, int], Image] = {}
    for unit in communes:
        valid = [number for number, epoch in enumerate(epochs) if unit.valid_on(epoch.day)]
        for number in valid:
            found[epochs[number].epoch_id, unit.unit_id] = {unit.unit_id: Extent.FULL}
        # A version is followed from the last register it stands in, and back from the first.
        first, last = valid[0], valid[-1]
        _follow(found, unit.unit_id, forward_steps[last:], epochs[last + 1 :])
        _follow(found, unit.unit_id, backward_steps[:first][::-1], epochs[:first][::-1])
    return found


def _follow(
    found: dict[tuple[int, int], Image], unit_id: int, steps: Sequence[Mapping[int, Image]], epochs: Sequence[Epoch]
) -> None:
    image: Image = {unit_id: Extent.FULL}
    for step, epoch in zip(steps, epochs, strict=True):
        image = _compose(image, step)
        found[epoch.epoch_id, unit_id] = image


def _compose(image: Image, step: Mapping[int, Image]) -> Image:
    after: Image = {}
    complete = True
    for middle, extent in image.items():
        targets = step.get(middle, {})
        complete = complete and bool(targets)
        for target, onward in targets.items():
            whole = extent is Extent.FULL and onward is Extent.FULL
            after[target] = Extent.FULL if whole else Extent.PART
    # Pieces that meet again in one unit are whole again.
    if complete and len(after) == 1 and len(image) > 1:
        return dict.fromkeys(after, Extent.FULL)
    return after


def _steps(communes: Sequence[Unit], edges: Iterable[Edge], epochs: Sequence[Epoch]) -> list[dict[int, Image]]:
    by_day: dict[date, dict[int, list[Edge]]] = defaultdict(lambda: defaultdict(list))
    for edge in edges:
        by_day[edge.effective_on][edge.old_id].append(edge)
    steps: list[dict[int, Image]] = []
    for epoch, following in pairwise(epochs):
        day = following.day
        next_by_code = {unit.code: unit for unit in communes if unit.valid_on(day)}
        step: dict[int, Image] = {}
        for unit in communes:
            if unit.valid_on(epoch.day):
                step[unit.unit_id] = _step_of(unit, by_day[day].get(unit.unit_id, []), next_by_code)
        steps.append(step)
    return steps


def _step_of(unit: Unit, edges: Sequence[Edge], next_by_code: Mapping[str, Unit]) -> Image:
    same_code = next_by_code.get(unit.code)
    if not edges:
        # A version that goes on, or whose name, type or parent alone changed.
        return {same_code.unit_id: Extent.FULL} if same_code is not None else {}
    image = {edge.new_id: edge.extent for edge in edges if edge.new_id is not None}
    if same_code is not None and same_code.unit_id == unit.unit_id and unit.unit_id not in image:
        # Part of it went elsewhere, the unit itself goes on.
        image = {**dict.fromkeys(image, Extent.PART), unit.unit_id: Extent.PART}
    return image


def _reversed(step: Mapping[int, Image]) -> dict[int, Image]:
    sources: dict[int, list[int]] = defaultdict(list)
    for old, image in step.items():
        for new in image:
            sources[new].append(old)
    # A new unit with one predecessor lies wholly in it; with several, nobody knows which parcel came from where.
    return {new: dict.fromkeys(olds, Extent.FULL if len(olds) == 1 else Extent.PART) for new, olds in sources.items()}
