"""Says whether figures kept from before are still true: they change only when something is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from threading import Lock

from landdata.store import coverage
from landdata.store.coverage import Moment
from landdata.store.engine import Database

MOST_GENERATIONS = 500


@dataclass(frozen=True, slots=True)
class Generation:
    """Data that stay the same from this moment on; they differ from those before only for days from `changed_from` on."""

    number: int
    since: Moment
    changed_from: date


@dataclass(frozen=True, slots=True)
class Known:
    """The generation of this moment, proven, and those before it, oldest first."""

    history: tuple[Generation, ...]

    @property
    def number(self) -> int:
        """Under what whole pages may be kept, and found again by: a number that other data never get."""
        return self.history[-1].number

    def base(self, day: date) -> int:
        """The same for what rests on publications alone, and only on those that count by this day."""
        number = self.number
        for one in reversed(self.history):
            number = one.number
            if one.changed_from <= day:
                break
        return number


class Freshness:
    """Watches the data. One for a process; safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._history: tuple[Generation, ...] = ()

    def now(self, db: Database) -> Known:
        """How the data stand.

        Numbers that rows draw would not tell: a lower one can become visible after a higher one. So every publication notes
        its transaction, and what counts is whether there is one that the snapshot of the last generation did not see.
        """
        known = self._history
        last = known[-1].since if known else None
        with db.read() as tx:
            now = coverage.moment(tx, since=last.snapshot if last else None)
        if last is not None and now.changed_from is None and now.same_grounds(last) and now.same_deliveries(last):
            return Known(known)
        changed_from = date.min
        if last is not None and now.same_grounds(last):  # a delivery that ends changes no figure of its records
            changed_from = now.changed_from or date.max
        with self._lock:
            number = self._history[-1].number + 1 if self._history else 1
            self._history = (*self._history, Generation(number, now, changed_from))[-MOST_GENERATIONS:]
            return Known(self._history)
