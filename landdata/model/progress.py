"""How far a delivery is: the stages of its way and the one call by which they are reported; no input or output."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """Where a delivery is on its way; each comes at most once, in this order, and some are passed over."""

    RECEIVED = "RECEIVED"  # kept, waiting for its turn
    READING = "READING"  # the file is opened and its rows are taken out
    CHECKING = "CHECKING"  # every row is judged; the total is known once all are read
    COMPARING = "COMPARING"  # with what was there before
    PUBLISHING = "PUBLISHING"  # compared and written, commune by commune
    DONE = "DONE"  # at its end, whatever that is


class Report(Protocol):
    """Told where the work is. `total` 0: nobody knows yet how much there is; both count rows."""

    def __call__(self, stage: Stage, done: int = 0, total: int = 0) -> None: ...


def silent(stage: Stage, done: int = 0, total: int = 0) -> None:
    """For work that nobody watches."""
