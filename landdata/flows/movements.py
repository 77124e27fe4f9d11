"""Tells why a figure of coverage moved: walks from one state to the other, cause after cause, and notes what each one adds.

The order decides whose a district or province is that connects with its first commune: causes go by the day from which they
count, then by when they were recorded, then by the event's number. On one day units are rearranged first, then the rule
changes, then deliveries count. Where the second division is the older one, units are rearranged last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from landdata.errors import UnknownUnit
from landdata.flows.observe import register_of
from landdata.flows.walk import Step, Walk
from landdata.model.coverage_rules import Rule, Rung, in_force
from landdata.model.movements import Cause, End, Figures, Movement, State, UnitMoved
from landdata.model.units import Level
from landdata.store import coverage, coverage_rules, movements
from landdata.store.engine import Database, Reader
from landdata.store.movements import Epoch, Moving

MOST = 1000


@dataclass(frozen=True, slots=True)
class _Side:
    """An end of the comparison, with everything that was left out filled in."""

    on: date
    asked: datetime | None
    known_at: datetime
    division: str
    register_on: date
    epoch_id: int
    rules: tuple[Rule, ...]

    @property
    def rule(self) -> Rule:
        return self.rule_on(self.on)

    def rule_on(self, day: date) -> Rule:
        return in_force(self.rules, Rung.CONNECTED, [day])[0]


def explain(
    db: Database,
    *,
    before: End,
    after: End,
    unit: str | None = None,
    level: Level | None = None,
    first: int = 1,
    limit: int = MOST,
) -> Movement:
    """Both states of the country, or of the unit with this code, and up to `limit` causes from place `first` on.

    `level` leaves out causes that moved no unit of it. Without a division each state is read in that of its day: a code then
    means whatever it meant on each. Asked backwards, the same causes come with their signs turned.
    Raises UnknownDivision, UnknownUnit.
    """
    with db.read() as tx:
        now = movements.now(tx)
        sides = [_side(tx, one, now) for one in (before, after)]
        turned = (before.on, sides[0].known_at) > (after.on, sides[1].known_at)
        older, newer = sides[::-1] if turned else sides
        walk = Walk(tx, older.epoch_id, code=unit, on=older.on, known_at=older.known_at, rule=older.rule)
        walk.load(movements.events(tx, a_on=older.on, a_known=older.known_at, b_on=newer.on, b_known=newer.known_at))
        start = walk.state(older.epoch_id)
        steps = [one for one in _walk(tx, walk, older, newer) if _moves(one, level)]
        end = walk.state(newer.epoch_id)
        if unit is not None and start.name is None and end.name is None:
            raise UnknownUnit(unit_code=unit, level="any", day=newer.register_on.isoformat())
        shown = steps[first - 1 : first - 1 + limit]
        names = movements.names(tx, {unit_id for one in shown for unit_id in one.units})
        causes = []
        for place, step in enumerate(shown, start=first):
            moved_units = [
                UnitMoved(names[unit_id].level, names[unit_id].code, names[unit_id].name_vi, moved)
                for unit_id, moved in step.units.items()
                if level is None or names[unit_id].level is level
            ]
            moved_units.sort(key=lambda one: (list(Level).index(one.level), one.code))
            causes.append(_cause(place, step, tuple(moved_units), turned=turned))
    states = [_state(older, start.name, start.figures), _state(newer, end.name, end.figures)]
    from_, to = states[::-1] if turned else states
    following = first + len(causes)
    return Movement(
        unit, level, from_, to, to.figures - from_.figures, tuple(causes), len(steps),
        following if following <= len(steps) else None,
    )  # fmt: skip


def _side(tx: Reader, end: End, now: datetime) -> _Side:
    division, register_on = register_of(tx, end.on, end.division)
    known_at = end.known_at or now
    rules = coverage_rules.every(tx, known_at=known_at)
    epoch_id = coverage.epoch_on(tx, register_on)
    return _Side(end.on, end.known_at, known_at, division, register_on, epoch_id, rules)


def _walk(tx: Reader, walk: Walk, older: _Side, newer: _Side) -> list[Step]:
    """All steps from the older state to the newer, in order."""
    found: list[Step] = []
    registers = _registers_between(movements.epochs(tx), older.epoch_id, newer.epoch_id)
    ahead = newer.epoch_id >= older.epoch_id
    changes: list[tuple[date, int, int, Epoch | Rule | Moving]] = []
    for at, (epoch, day) in enumerate(registers):
        changes.append((day if ahead else date.max, 0, at, epoch))
    changes += [(max(day, older.on), 1, at, rule) for at, (day, rule) in enumerate(_rules_between(older, newer))]
    changes += [(one.effective_on, 2, at, one) for at, one in enumerate(walk.events)]
    for day, _, at, change in sorted(changes, key=lambda one: one[:3]):
        if isinstance(change, Epoch):
            found += walk.rearrange(change.epoch_id, on=registers[at][1])
        elif isinstance(change, Rule):
            found += walk.rule(change, on=day, known_at=newer.known_at)
        else:
            found.append(walk.event(change))
    found += walk.age(on=newer.on, known_at=newer.known_at)
    return found


def _registers_between(epochs: tuple[Epoch, ...], start: int, end: int) -> list[tuple[Epoch, date]]:
    """The registers to go through, each with the day on which the two that meet there meet; without the first."""
    by_id = {one.epoch_id: one for one in epochs}
    if end >= start:
        return [(by_id[at], by_id[at].valid_from or date.min) for at in range(start + 1, end + 1)]
    return [(by_id[at], by_id[at + 1].valid_from or date.min) for at in range(start - 1, end - 1, -1)]


def _rules_between(older: _Side, newer: _Side) -> list[tuple[date, Rule]]:
    """The rules that came into force, each with its day; first of all what was learnt later of the first day's."""
    own = {one.effective_from for one in newer.rules if one.rung is Rung.CONNECTED}
    found, last = [], older.rule
    for day in sorted({older.on, *(one for one in own if older.on < one <= newer.on)}):
        rule = newer.rule_on(day)
        if rule.rule_id != last.rule_id:
            found.append((day, rule))
            last = rule
    return found


def _moves(step: Step, level: Level | None) -> bool:
    """Whether a step changed anything that is asked about."""
    asked = step.figures.all() if level is None else (step.figures.of(level),)
    return bool(step.units and level is None) or any(one.at_least or one.at_most for one in asked)


def _state(side: _Side, name: str | None, figures: Figures) -> State:
    return State(side.on, side.asked, side.division, side.register_on, name, figures)


def _cause(place: int, step: Step, units: tuple[UnitMoved, ...], *, turned: bool) -> Cause:
    event = step.event
    moved, undone = step.figures, event.undone if event else False
    if turned:
        nothing = moved - moved
        moved, undone = nothing - moved, not undone
        units = tuple(replace(one, moved=type(one.moved)(-one.moved.at_least, -one.moved.at_most)) for one in units)
    return Cause(
        place=place,
        kind=step.kind,
        effective_on=step.on,
        recorded_at=event.recorded_at if event else step.recorded_at,
        delivery_uid=event.delivery_uid if event else None,
        office_code=event.office_code if event else None,
        office_name_vi=event.office_name_vi if event else None,
        resolution=event.reason if event else step.resolution,
        backfilled=event.backfilled if event else False,
        simulated=event.simulated if event else False,
        undone=undone,
        moved=moved,
        units=units,
    )
