"""Says whether figures kept from before are still true: they change only when something is published."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from landdata.store import coverage
from landdata.store.coverage import Moment
from landdata.store.engine import Database


@dataclass(frozen=True, slots=True)
class Generation:
    """Data that stay the same: since the snapshot of this moment nothing has become visible that figures rest on."""

    number: int
    since: Moment


class Freshness:
    """Watches the data. One for a process; safe for threads, since every answer is proven by itself."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._latest: Generation | None = None

    def number(self, db: Database) -> int:
        """Under what figures may be kept, and found again by: a number that other data never get.

        Numbers that rows draw would not do: a lower one can become visible after a higher one. So every publication notes its
        transaction, and what counts is whether there is one that the snapshot of the generation did not see.
        """
        known = self._latest
        with db.read() as tx:
            now = coverage.moment(tx, since=known.since.snapshot if known else None)
        if known is not None and not now.published and now.like(known.since):
            return known.number
        self._latest = made = Generation(next(self._numbers), now)
        return made.number
