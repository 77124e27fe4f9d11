"""Why a figure of coverage moved between two days: causes with signed parts that add up exactly; no input or output."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from landdata.model.coverage import Bounded
from landdata.model.units import Level


class CauseKind(StrEnum):
    """What can move a figure."""

    DELIVERY = "DELIVERY"
    WITHDRAWAL = "WITHDRAWAL"
    MENDING = "MENDING"
    SUCCESSION = "SUCCESSION"
    RULE = "RULE"
    FRESHNESS = "FRESHNESS"


CAUSES: dict[CauseKind, tuple[str, str]] = {
    CauseKind.DELIVERY: ("giao nộp", "delivery"),
    CauseKind.WITHDRAWAL: ("rút lại", "withdrawal"),
    CauseKind.MENDING: ("sửa sau khi kiểm đếm", "mending after a recount"),
    CauseKind.SUCCESSION: ("sắp xếp đơn vị, đọc theo phân chia khác", "units rearranged: read in another division"),
    CauseKind.RULE: ("đổi quy tắc", "change of the rule"),
    CauseKind.FRESHNESS: (
        "quá hạn giao nộp, hoặc được giao lại không đổi",
        "too old by the rule, or delivered again without a change",
    ),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What is connected and held, or by how much that moved; a moved figure may be negative.

    Provinces, districts and communes are counts of connected units: of the country, or of one unit and what lies in it.
    """

    provinces: Bounded
    districts: Bounded
    communes: Bounded
    parcels: Bounded
    certificates: Bounded
    holders: Bounded

    def __add__(self, other: Figures) -> Figures:
        return self._with(other, 1)

    def __sub__(self, other: Figures) -> Figures:
        return self._with(other, -1)

    def _with(self, other: Figures, sign: int) -> Figures:
        return Figures(
            *(
                Bounded(mine.at_least + sign * theirs.at_least, mine.at_most + sign * theirs.at_most)
                for mine, theirs in zip(self.all(), other.all(), strict=True)
            )
        )

    def all(self) -> tuple[Bounded, ...]:
        """The six figures in the order of their names."""
        return tuple(getattr(self, one.name) for one in fields(self))

    def of(self, level: Level) -> Bounded:
        """The connected units of a level."""
        return {Level.PROVINCE: self.provinces, Level.DISTRICT: self.districts, Level.COMMUNE: self.communes}[level]


NAMES = tuple(one.name for one in fields(Figures))


@dataclass(frozen=True, slots=True)
class End:
    """One of the two states that are compared. `known_at` None: as it is known now; `division` None: the one in force."""

    on: date
    known_at: datetime | None = None
    division: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A figure as it was asked for and understood. `unit_name` None: the country, or a unit that was not there."""

    on: date
    known_at: datetime | None
    division: str
    register_on: date
    unit_name: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class UnitMoved:
    """A unit that came to be connected, or ceased to be: by -1, 0 or 1 for certain, and so possibly."""

    level: Level
    code: str
    name_vi: str
    moved: Bounded


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause with its part. What does not apply to its kind is None.

    `undone`: it counts in the first state and not in the second, so its part is taken away. `resolution`: the resolution that
    rearranged units, or the reason given for a rule or a mending.
    """

    place: int  # counts from 1, in the order in which causes are reckoned
    kind: CauseKind
    effective_on: date
    recorded_at: datetime | None
    delivery_uid: UUID | None
    office_code: str | None
    office_name_vi: str | None
    resolution: str | None
    backfilled: bool
    simulated: bool
    undone: bool
    moved: Figures
    units: tuple[UnitMoved, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """Both states, their difference, and causes by `place`; the parts of all `causes_total` add up to the difference.

    `next_place`: where to go on; None when these are the last.
    """

    unit: str | None
    level: Level | None
    before: State
    after: State
    difference: Figures
    causes: tuple[Cause, ...]
    causes_total: int
    next_place: int | None


def told_to(found: Movement, *, ministry: bool, office_code: str | None = None) -> Movement:
    """What one who asks may read.

    Whose a delivery was, and why something was mended, is the ministry's to know; an office reads of its own deliveries.
    """
    if ministry:
        return found
    return replace(found, causes=tuple(_without_names(one, office_code) for one in found.causes))


def _without_names(one: Cause, office_code: str | None) -> Cause:
    if one.office_code is not None and one.office_code == office_code:
        return one
    reason = None if one.kind is CauseKind.MENDING else one.resolution
    return replace(one, delivery_uid=None, office_code=None, office_name_vi=None, resolution=reason)
