"""What a rebuilt country is made of: steps in lanes, and what tells it from the one that was there; no input or output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from landdata.model.deliveries import State


class StepKind(StrEnum):
    """What happened to a delivery."""

    WORK = "WORK"  # read, checked, compared and published for the first time
    DECIDE = "DECIDE"  # a second person's word on communes that waited, and what came of it
    WITHDRAW = "WITHDRAW"  # taken back


class StepState(StrEnum):
    """How far a step is."""

    WAITING = "WAITING"
    DONE = "DONE"
    LEFT = "LEFT"  # left out: the operator said so
    FAILED = "FAILED"  # tried, and stopped its lane; it is tried again when the rebuild is started again


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, to be done again. `at`: when it did; `rows`: of its file, 0 where it reads none.

    `begun`: its decision holds already, so it is not to be taken a second time.
    """

    step_no: int
    lane: int
    at: datetime
    kind: StepKind
    delivery_id: int
    delivery_uid: UUID
    rows: int
    unit_ids: tuple[int, ...] = ()
    approved: bool | None = None
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Then:
    """How the register of deliveries says that a delivery ended: `published` has the publication of each commune.

    `decided`: communes about which somebody decided after the step it is asked for; `row_key`: the version of the key
    that hashed what that step published, where records are still there to tell.
    """

    state: State
    refusal: Mapping[str, object] | None
    published: Mapping[int, int]
    decided: frozenset[int]
    withdrawal: int | None
    row_key: int | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """A step that could not be done, and the stable code of the reason."""

    delivery_uid: UUID
    office_code: str
    code: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was done: steps of this run and of runs before, deliveries left out, and what stopped a lane."""

    steps: int
    rows: int
    seconds: float
    waiting: int
    left_out: tuple[Stopped, ...]
    stopped: tuple[Stopped, ...]

    @property
    def whole(self) -> bool:
        """True when nothing is left to be done, and nothing was left out."""
        return not (self.waiting or self.left_out or self.stopped)


def lanes(offices: Mapping[int, Iterable[int]], successions: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Office id -> its lane, numbered from 0: what is done in one can never bear on what is done in another.

    `offices` have the communes their deliveries spoke of; offices with a commune in common, or with one that came from
    the other's, are in one lane.
    """
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(one: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(one, one)
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for old, new in successions:
        parent[root(("unit", old))] = root(("unit", new))
    for office, units in offices.items():
        for unit in units:
            parent[root(("unit", unit))] = root(("office", office))
    number: dict[tuple[str, int], int] = {}
    return {office: number.setdefault(root(("office", office)), len(number)) for office in sorted(offices)}


# What is compared, each with the code of a difference and what it is called.
PARTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "record": ("RECORDS_DIFFER", "hồ sơ và các phiên bản của nó", "records and their versions"),
        "parcel": ("PARCELS_DIFFER", "thửa đất", "parcels"),
        "purpose": ("PURPOSES_DIFFER", "mục đích sử dụng", "purposes"),
        "lineage": ("LINEAGE_DIFFERS", "thửa gốc", "parents of parcels"),
        "certificate": ("CERTIFICATES_DIFFER", "giấy chứng nhận", "certificates"),
        "holder": ("HOLDERS_DIFFER", "chủ sử dụng", "holders"),
        "land_right": ("RIGHTS_DIFFER", "quyền", "rights"),
        "asset": ("ASSETS_DIFFER", "tài sản", "assets"),
        "assertion": ("ASSERTIONS_DIFFER", "hồ sơ được khai lại", "records repeated"),
        "counter": ("COUNTERS_DIFFER", "số đếm hiện tại", "present counts"),
        "event": ("COVERAGE_DIFFERS", "biến động độ phủ theo thời gian", "coverage over time"),
        "commune": ("LEDGER_DIFFERS", "sổ cái của xã", "the ledger of a commune"),
        "delivery": ("DELIVERY_DIFFERS", "trạng thái và sổ cái của lần giao nộp", "state and ledger of a delivery"),
        "refusal": ("REFUSALS_DIFFER", "dòng trả lại", "rows sent back"),
        "publication": ("PUBLICATIONS_DIFFER", "các lần công bố", "publications"),
    }
)


@dataclass(frozen=True, slots=True)
class Print:
    """Rows of one part at one place, and a sum over their content that does not depend on their order."""

    rows: int
    sum: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that is not what it was at one place: a commune's code and version, or a delivery."""

    part: str
    place: str
    was: int
    now: int

    @property
    def code(self) -> str:
        return PARTS[self.part][0]


Prints = Mapping[tuple[str, str], Print]
_NONE = Print(0, "")


def differences(was: Prints, now: Prints) -> tuple[Difference, ...]:
    """Where two countries differ, by place and part."""
    keys: Sequence[tuple[str, str]] = sorted({*was, *now}, key=lambda key: (key[1], list(PARTS).index(key[0])))
    pairs = ((key, was.get(key, _NONE), now.get(key, _NONE)) for key in keys)
    return tuple(Difference(*key, old.rows, new.rows) for key, old, new in pairs if old != new)
