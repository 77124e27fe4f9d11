"""How far a delivery is: the stages of its way, the one call by which they are reported, and how long it still takes."""

from __future__ import annotations

from collections import deque
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


class Pace:
    """How long a stage still takes, by how fast it went over the last minutes. A new one for every stage."""

    _WINDOW_SECONDS = 180.0
    _SURE_SECONDS = 3.0

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def left(self, now: float, done: int, total: int) -> float | None:
        """Seconds until `done` is `total`; None as long as nobody can know. `now`: seconds of any clock that only goes on.

        What was done when the first call came does not count: a stage that goes on after a cut begins with much done.
        """
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= self._WINDOW_SECONDS:
            self._seen.popleft()
        began, before = self._seen[0]
        if total <= 0 or done <= before or now - began < self._SURE_SECONDS:
            return None
        return (total - done) * (now - began) / (done - before)


def silent(stage: Stage, done: int = 0, total: int = 0) -> None:
    """For work that nobody watches."""
