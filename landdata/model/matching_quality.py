"""How matching goes in a unit: claims by status and reason, signs of invented data, and drift between two days; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import sqrt

from landdata.model.units import Level

# A change is drift when chance makes one as large in one comparison of 370, and it is at least two in a hundred.
LEAST_DEVIATIONS, LEAST_CHANGE = 3.0, 0.02


class Drift(StrEnum):
    """Where the match rate went between two days."""

    UP = "UP"
    DOWN = "DOWN"
    STEADY = "STEADY"


@dataclass(frozen=True, slots=True)
class Sign:
    """What is said of a sign of invented data; the counts come with the figures."""

    vi: str
    en: str


# Signs that a list was made up rather than written down; a share far above other communes' is a reason to look, no proof.
SIGNS: Mapping[str, Sign] = {
    "ORIGIN_BY_PURPOSE": Sign(
        "Nguồn gốc luôn do mục đích quyết định trong cả xã, từ 50 dòng",
        "The purpose decides the origin everywhere in the commune, 50 rows and more",
    ),
    "REGISTRY_WITHOUT_DIGIT": Sign("Số vào sổ không có chữ số nào", "A registry number without a digit"),
    "NUMBER_SHARED": Sign("Một số cho nhiều họ tên trong xã", "One number for several names in the commune"),
    "NAME_MANY_NUMBERS": Sign(
        "Một họ tên và năm sinh với từ ba số trở lên", "One name and year of birth with three numbers and more"
    ),
    "NUMBER_IMPOSSIBLE": Sign(
        "Số không thể có, hoặc trái với năm sinh, giới tính", "A number that cannot be, or contradicts birth or gender"
    ),
    "BIRTH_NEW_YEAR": Sign("Ngày sinh ghi đủ là 01/01 (thường 1/365)", "Full births on 1 January (1 in 365 by nature)"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a sign was found, of how many that could show it."""

    found: int
    of: int

    @property
    def share(self) -> float | None:
        return self.found / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Quality:
    """Claims of holders on record, each once a commune, by what became of them.

    `reasons` count claims that were not verified, each once for every reason it has. `left_out`: claims of split communes
    of which nobody can say whether they lie in the unit; they are in no other figure.
    """

    claims: int = 0
    verified: int = 0
    mismatch: int = 0
    not_found: int = 0
    incomplete: int = 0
    ambiguous: int = 0
    pending: int = 0
    left_out: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    signs: Mapping[str, Seen] = field(default_factory=dict)

    @property
    def settled(self) -> int:
        """Claims that are not waiting for an answer."""
        return self.claims - self.pending

    @property
    def rate(self) -> float | None:
        """Verified claims of the settled ones."""
        return self.verified / self.settled if self.settled else None


@dataclass(frozen=True, slots=True)
class Change:
    """The match rate of a day less that of an earlier one, how many standard deviations that is, and what to think of it."""

    rate: float
    deviations: float
    drift: Drift


@dataclass(frozen=True, slots=True)
class UnitQuality:
    """A unit on a day, and on an earlier one where it was asked for."""

    level: Level
    code: str
    name_vi: str
    full_name_vi: str
    now: Quality
    before: Quality | None

    @property
    def change(self) -> Change | None:
        return None if self.before is None else change(self.now, self.before)


@dataclass(frozen=True, slots=True)
class QualityList:
    """What was asked for, as it was understood, and the units with figures, by code."""

    on: date
    since: date | None
    division: str
    register_on: date
    level: Level
    units: tuple[UnitQuality, ...]


def change(now: Quality, before: Quality) -> Change | None:
    """How a match rate moved: the difference of two shares against the deviation of their pooled share (two-proportion z).

    None where either day has no settled claim.
    """
    if now.rate is None or before.rate is None:
        return None
    difference = now.rate - before.rate
    pooled = (now.verified + before.verified) / (now.settled + before.settled)
    deviation = sqrt(pooled * (1 - pooled) * (1 / now.settled + 1 / before.settled))
    deviations = difference / deviation if deviation else 0.0
    drifts = abs(deviations) >= LEAST_DEVIATIONS and abs(difference) >= LEAST_CHANGE
    return Change(difference, deviations, Drift.STEADY if not drifts else Drift.UP if difference > 0 else Drift.DOWN)
