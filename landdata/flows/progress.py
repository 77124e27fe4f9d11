"""Writes how far a delivery is where its office can see it, in short transactions of its own."""

from __future__ import annotations

import time

from landdata.model.progress import Pace, Stage
from landdata.store import runs
from landdata.store.engine import Database

# Whoever looks sees it within half a second; more often would only make the row longer.
_EVERY_SECONDS = 0.5


class Reporter:
    """A `Report` of one run. A new stage is written at once, what is done within it about twice a second.

    While records are published, which takes most of the time, it also says how long that will take; before, nobody knows.
    Never call it within a transaction of the work: what it writes has to be seen while that is still open.
    """

    def __init__(self, db: Database, run_id: int) -> None:
        self._db = db
        self._run_id = run_id
        self._stage: Stage | None = None
        self._written = 0.0
        self._pace = Pace()

    def __call__(self, stage: Stage, done: int = 0, total: int = 0) -> None:
        now = time.monotonic()
        if stage is self._stage and now - self._written < _EVERY_SECONDS:
            return
        if stage is not self._stage:
            self._pace = Pace()
        left = self._pace.left(now, done, total) if stage is Stage.PUBLISHING else None
        with self._db.write(durable=False) as tx:
            runs.note_progress(tx, self._run_id, stage=stage, done=done, total=total, left=left)
        self._stage, self._written = stage, now
