"""What it takes to stand on a rung of the ladder: rules with a validity in both clocks; no input or output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Rung(StrEnum):
    """The rungs, from the lowest on; what each means stands in the table `stats.rung`."""

    RECEIVED = "RECEIVED"
    CONNECTED = "CONNECTED"
    ON_TIME = "ON_TIME"
    MATCHED = "MATCHED"
    RIGHT = "RIGHT"
    COMPLETE = "COMPLETE"
    CLEAN = "CLEAN"
    LIVE = "LIVE"
    USED = "USED"


# Rungs that are reached by a share of rows, parcels or claims; the others by having happened, perhaps lately enough.
OF_SHARE = frozenset({Rung.MATCHED, Rung.RIGHT, Rung.COMPLETE, Rung.CLEAN})


@dataclass(frozen=True, slots=True)
class Terms:
    """When a unit stands on a rung. Shares are of one, 0..1.

    A commune: by its own figures, of at least `commune_share`, not older than `within_days`. A district or a province: when
    at least so many communes of it do, and at least that share of all its communes.
    """

    within_days: int | None = None
    commune_share: float | None = None
    district_communes: int = 1
    district_share: float | None = None
    province_communes: int = 1
    province_share: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A version of a rung's terms: in force from a day on until that of another, and known since `recorded_at`."""

    rule_id: int
    rung: Rung
    terms: Terms
    effective_from: date
    recorded_at: datetime
    reason: str
    by: str | None = None


def in_force(rules: Iterable[Rule], rung: Rung, days: Sequence[date]) -> tuple[Rule, ...]:
    """The rule of each day: that of the latest `effective_from` not after it; of the same day, the one recorded last.

    `rules` hold what was known at the time asked about, with at least one that was in force from the beginning.
    """
    own = sorted((one for one in rules if one.rung is rung), key=lambda one: (one.effective_from, one.rule_id))
    return tuple([one for one in own if one.effective_from <= day][-1] for day in days)
