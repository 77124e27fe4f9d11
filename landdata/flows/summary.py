"""The national summary of any day as it is known now, at the cost of a few thousand rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from landdata.model.coverage import Bounded
from landdata.model.coverage_rules import Rung, in_force
from landdata.model.parcels import Integers
from landdata.model.reach import Register
from landdata.model.units import Level
from landdata.store import coverage, coverage_rules, months, movements
from landdata.store.coverage import NationalRow
from landdata.store.engine import Reader

_MOST_KEPT = 16  # registers: more than any page or series asks about


@dataclass(frozen=True, slots=True)
class _Kept:
    """A register made ready, good for as long as the registers are not loaded again."""

    stamp: int
    units: Integers
    register: Register
    valid_from: date | None
    totals: dict[Level, int]


def national(tx: Reader, kept: dict[object, Any], *, on: date, register_on: date) -> NationalRow:
    """The country on a day in the register of another; `kept` is where registers that were made ready stay."""
    [rule] = in_force(coverage_rules.every(tx), Rung.CONNECTED, [on])
    place = _register(tx, kept, coverage.epoch_on(tx, register_on))
    facts = months.facts(tx, on=on, units=place.units)
    there = counted = facts.held[:, 0] > 0
    if rule.terms.within_days is not None:
        days = rule.terms.within_days
        fresh = movements.fresh(tx, on=on, within_days=days, known_at=movements.now(tx))
        counted = there & np.isin(place.units, fresh)
    reached = place.register.reached(counted, rule.terms)
    parcels, certificates, holders = map(int, facts.held[there].sum(axis=0))
    return NationalRow(
        day=on,
        rule_id=rule.rule_id,
        register_from=place.valid_from,
        totals=place.totals,
        connected={level: Bounded(int(one.least.sum()), int(one.most.sum())) for level, one in reached.items()},
        parcels=parcels,
        certificates=certificates,
        holders=holders,
        backfilled=bool(facts.backfilled[there].any()),
        simulated=bool(facts.simulated[there].any()),
    )


def _register(tx: Reader, kept: dict[object, Any], epoch_id: int) -> _Kept:
    stamp = months.stamp(tx)
    found: _Kept | None = kept.get((_Kept, epoch_id))
    if found is not None and found.stamp == stamp:
        return found
    units = months.commune_versions(tx)
    places = movements.places(tx, epoch_id=epoch_id, units=units)
    register = Register(places, facts=len(units), sizes=movements.sizes(tx, epoch_id=epoch_id))
    valid_from, totals = months.totals(tx, epoch_id=epoch_id)
    made = _Kept(stamp, units, register, valid_from, totals)
    if sum(isinstance(key, tuple) and key[0] is _Kept for key in list(kept)) >= _MOST_KEPT:
        for key in [key for key in list(kept) if isinstance(key, tuple) and key[0] is _Kept]:
            kept.pop(key, None)
    kept[_Kept, epoch_id] = made
    return made
