"""How much the population platform may be asked, when it is left alone, and how it does; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Limits:
    """Our own limits, which all workers keep together.

    `daily`: holders sent on one day of Vietnam, 0: as many as there are; `per_second`: requests, 0: unlimited. After
    `failures` requests in a row that failed the breaker opens for `open_seconds`, each time twice as long, up to
    `longest_seconds`.
    """

    daily: int = 0
    per_second: float = 0.0
    failures: int = 5
    open_seconds: float = 30.0
    longest_seconds: float = 600.0


class Breaker(StrEnum):
    """Whether requests are sent at all."""

    CLOSED = "CLOSED"  # they are
    OPEN = "OPEN"  # none is, for a while
    HALF_OPEN = "HALF_OPEN"  # one is, to see


class Refusal(StrEnum):
    """Why a request must not be sent now."""

    OPEN = "OPEN"
    QUOTA = "QUOTA"


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a request may be sent, after waiting so long; or why not."""

    wait_seconds: float = 0.0
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """What the workers know of the platform. `asked`: holders sent today; `waiting`: batches without an answer."""

    breaker: Breaker
    failures: int
    failed_at: datetime | None
    failed_reason: str
    open_until: datetime | None
    asked: int
    waiting: int
