"""Says whether figures kept from before are still true: they change only when something is published."""

from __future__ import annotations

from threading import Lock

from landdata.store import coverage
from landdata.store.coverage import Mark, Moment
from landdata.store.engine import Database


class Freshness:
    """Watches the mark of the data. One for a process; safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._mark: Mark | None = None
        self._since = 0

    def mark(self, db: Database) -> Mark | None:
        """What figures may be kept under, and found again by; None while nothing may be kept.

        A number is drawn before its transaction commits, so a lower one can become visible after a higher one, and the
        highest number alone says nothing. Once every transaction is over that was running when the mark was first seen,
        nothing below it can appear any more: a later one draws a higher number.
        """
        with db.read() as tx:
            return self.settled(coverage.moment(tx))

    def settled(self, now: Moment) -> Mark | None:
        """The mark of this moment, once it has stood for longer than the oldest transaction that still writes."""
        with self._lock:
            if now.mark != self._mark:
                self._mark, self._since = now.mark, now.next
            return now.mark if now.oldest >= self._since else None
