"""What a recount of everything from the parcels themselves found; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is kept (`held`) and is not what the parcels say (`counted`).

    `source`: COUNTER, EVENTS, CONNECTED or MONTH; `epoch_id` is the register of a row of CONNECTED.
    """

    source: str
    epoch_id: int | None
    unit_id: int
    figure: str
    held: int
    counted: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How much was counted, and every difference that was found."""

    communes: int
    parcels: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A difference as people read it."""

    source: str
    unit_code: str
    unit_name: str
    figure: str
    held: int
    counted: int


@dataclass(frozen=True, slots=True)
class Recount:
    """A recount as it stands in the books. `mended`: who had its differences mended and why, None for nobody."""

    recount_id: int
    counted_at: datetime
    seconds: float
    communes: int
    parcels: int
    differences: int
    mended_by: str | None
    reason: str | None
