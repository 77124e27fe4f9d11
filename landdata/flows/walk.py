"""A state of coverage that is moved on step by step: facts, register and rule; each step tells what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from landdata.model.coverage import Bounded
from landdata.model.coverage_rules import Rule
from landdata.model.movements import CauseKind, Figures
from landdata.model.parcels import Booleans, Integers
from landdata.model.reach import Reached, Register
from landdata.model.units import Level
from landdata.store import movements
from landdata.store.engine import Reader
from landdata.store.movements import Moving

_LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)
_ALL = slice(None)
_NOTHING: Integers = np.zeros((3, 2), dtype=np.int64)
Reach = dict[Level, Reached]


@dataclass(frozen=True, slots=True)
class Step:
    """What one cause changed: figures, and units by id that connected (1) or ceased to (-1)."""

    kind: CauseKind
    on: date
    figures: Figures
    units: dict[int, Bounded]
    event: Moving | None = None
    resolution: str | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stood:
    """Where the walk stands. `name`: what the unit is called in the register, None where it has none."""

    name: str | None
    figures: Figures


class Walk:
    """From the state of a day on. `code` None: the country; else the unit with this code, as each register has it."""

    def __init__(
        self, tx: Reader, epoch_id: int, *, code: str | None, on: date, known_at: datetime, rule: Rule
    ) -> None:
        self._tx, self._code, self._rule = tx, code, rule
        self._base = movements.facts(tx, on=on, known_at=known_at)
        self._epoch_id, self._on, self._known_at = epoch_id, on, known_at
        self.events: Sequence[Moving] = ()

    def load(self, events: Sequence[Moving]) -> None:
        """Take in what is going to happen: every commune version of it gets its place. Once, before the first step."""
        self.events = events
        ids, values = self._base
        self._units: Integers = np.unique(np.concatenate([ids, *(one.units for one in events)]))
        self._values: Integers = np.zeros((len(self._units), 3), dtype=np.int64)
        self._values[np.searchsorted(self._units, ids)] = values
        self._fresh = self._fresh_on(self._on, self._known_at)
        self._register = self._open(self._epoch_id)
        self._reach = self._reached()

    def state(self, epoch_id: int) -> Stood:
        """The figures as they stand."""
        found = None if self._code is None else self._unit(epoch_id)
        return Stood(found[1] if found else None, _figures(_counts(self._reach), self._held()))

    def event(self, one: Moving) -> Step:
        """Let a delivery, withdrawal or mending count."""
        at = np.searchsorted(self._units, np.unique(one.units))
        held, reach, counted = self._held(at), self._reach, self._counted(at)
        np.add.at(self._values, np.searchsorted(self._units, one.units), one.changes)
        if self._fresh is not None and one.kind != CauseKind.WITHDRAWAL and not one.undone:
            self._fresh[at] = True
        # Most deliveries connect nobody anew: then there is nothing to judge.
        if not np.array_equal(counted, self._counted(at)):
            self._reach = self._reached()
        return self._step(CauseKind(one.kind), one.effective_on, self._held(at) - held, reach, event=one)

    def rule(self, rule: Rule, *, on: date, known_at: datetime) -> list[Step]:
        """Judge by another rule from a day on."""
        reach = self._reach
        self._rule = rule
        self._fresh = self._fresh_on(on, known_at)
        self._reach = self._reached()
        step = self._step(CauseKind.RULE, on, _NOTHING, reach, resolution=rule.reason, recorded_at=rule.recorded_at)
        return [step]

    def age(self, *, on: date, known_at: datetime) -> list[Step]:
        """Let time pass to the last day: under a rule that asks for it, what was delivered too long ago counts no more."""
        if self._fresh is None:
            return []
        reach = self._reach
        self._fresh = self._fresh_on(on, known_at)
        self._reach = self._reached()
        return [self._step(CauseKind.FRESHNESS, on, _NOTHING, reach)]

    def rearrange(self, epoch_id: int, *, on: date) -> list[Step]:
        """Read the same facts in the next register: a step for each resolution that moved a figure."""
        before, reach, places = self._register, self._reach, self._places
        self._epoch_id, self._register = epoch_id, self._open(epoch_id)
        self._reach = self._reached()
        by = movements.resolutions(self._tx, on=on)
        moved = _difference(reach, self._reach)
        parts: dict[str, tuple[dict[int, Bounded], dict[Level, list[int]], Integers]] = {}

        def part(ref: str) -> tuple[dict[int, Bounded], dict[Level, list[int]], Integers]:
            return parts.setdefault(ref, ({}, {level: [0, 0] for level in Level}, np.zeros((3, 2), dtype=np.int64)))

        for level, units in moved.items():
            for unit_id, change in units.items():
                listed, counts, _ = part(by.get(unit_id, ""))
                listed[unit_id] = change
                counts[level][0] += change.at_least
                counts[level][1] += change.at_most
        weights = np.stack([self._register.certain, self._register.possible], axis=1).astype(np.int64)
        weights -= np.stack([before.certain, before.possible], axis=1)
        for at in np.flatnonzero(weights.any(axis=1) & (self._values[:, 0] > 0)):
            homes = [*places.commune[places.fact == at], *self._places.commune[self._places.fact == at]]
            ref = next((by[int(one)] for one in homes if int(one) in by), "")
            part(ref)[2][...] += np.outer(self._values[at], weights[at])
        return [
            Step(CauseKind.SUCCESSION, on, _figures(counts, held), listed, resolution=ref or None)
            for ref, (listed, counts, held) in sorted(parts.items())
        ]

    def _step(
        self, kind: CauseKind, on: date, held: Integers, reach: Reach, *, event: Moving | None = None,
        resolution: str | None = None, recorded_at: datetime | None = None,
    ) -> Step:  # fmt: skip
        moved = {} if reach is self._reach else _difference(reach, self._reach)
        counts = {level: [0, 0] for level in Level}
        for level, units in moved.items():
            counts[level] = [sum(one.at_least for one in units.values()), sum(one.at_most for one in units.values())]
        listed = {unit_id: change for units in moved.values() for unit_id, change in units.items()}
        return Step(kind, on, _figures(counts, held), listed, event, resolution, recorded_at)

    def _open(self, epoch_id: int) -> Register:
        self._places = movements.places(self._tx, epoch_id=epoch_id, units=self._units)
        inside = None
        if self._code is not None:
            found = self._unit(epoch_id)
            inside = (Level.PROVINCE, -1) if found is None else (found[2], found[0])
        sizes = movements.sizes(self._tx, epoch_id=epoch_id)
        return Register(self._places, facts=len(self._units), sizes=sizes, inside=inside)

    def _unit(self, epoch_id: int) -> tuple[int, str, Level] | None:
        """(id, name, level) of the unit in a register: the highest level that has the code."""
        for level in _LEVELS:
            found = movements.unit_in(self._tx, epoch_id=epoch_id, code=self._code or "", level=level)
            if found is not None:
                return (*found, level)
        return None

    def _counted(self, at: Integers | slice = _ALL) -> Booleans:
        """Which commune versions count as connected by the rule."""
        present = self._values[at, 0] > 0
        return present if self._fresh is None else present & self._fresh[at]

    def _fresh_on(self, on: date, known_at: datetime) -> Booleans | None:
        """Commune versions with a delivery of late; None where the rule does not ask."""
        days = self._rule.terms.within_days
        if days is None:
            return None
        return np.isin(self._units, movements.fresh(self._tx, on=on, within_days=days, known_at=known_at))

    def _reached(self) -> Reach:
        return self._register.reached(self._counted(), self._rule.terms)

    def _held(self, at: Integers | slice = _ALL) -> Integers:
        """Parcels, certificates and holders of these, each certain and possible: (3, 2)."""
        values, present = self._values[at], self._values[at, 0] > 0
        sides = [values[present & one[at]].sum(axis=0) for one in (self._register.certain, self._register.possible)]
        return np.stack(sides, axis=1)


def _difference(before: Reach, after: Reach) -> dict[Level, dict[int, Bounded]]:
    """Units whose connection changed, by level."""
    found: dict[Level, dict[int, Bounded]] = {}
    for level in Level:
        old, new = before[level], after[level]
        ids = np.union1d(old.ids, new.ids)
        change = np.zeros((len(ids), 2), dtype=np.int64)
        for sign, side in ((-1, old), (1, new)):
            at = np.searchsorted(ids, side.ids)
            change[at, 0] += sign * side.least
            change[at, 1] += sign * side.most
        moved = np.flatnonzero(change.any(axis=1))
        found[level] = {int(ids[at]): Bounded(int(change[at, 0]), int(change[at, 1])) for at in moved}
    return found


def _counts(reach: Reach) -> dict[Level, list[int]]:
    return {level: [int(one.least.sum()), int(one.most.sum())] for level, one in reach.items()}


def _figures(counts: dict[Level, list[int]], held: Integers) -> Figures:
    units = [Bounded(*counts[level]) for level in _LEVELS]
    return Figures(*units, *(Bounded(int(least), int(most)) for least, most in held))
