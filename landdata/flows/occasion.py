"""When a delivery is worked off: now, so that others are told; or again as it was, when a country is rebuilt (rebuild.py)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from landdata.errors import DeliveryRefused
from landdata.flows import sources
from landdata.model.sources import Cause
from landdata.store import deliveries, parcels
from landdata.store.deliveries import Work
from landdata.store.engine import Reader, Writer
from landdata.store.queue import enqueue


class Occasion:
    """Now: publications are new, count from the declared day, and whoever waits for them is told."""

    @property
    def scratch(self) -> Path | None:
        """Where files are read; None: where the worker does it."""
        return None

    def batches(self, usual: list[list[int]]) -> list[list[int]]:
        """Communes that are published together."""
        return usual

    def publication(self, tx: Writer, work: Work, *, units: Iterable[int]) -> int:
        """The publication under which what a delivery changes in some of these communes is written."""
        del units
        return parcels.new_publication(tx, delivery_id=work.delivery_id, kind="PUBLISH", effective_on=work.effective_on)

    def withdrawn_on(self, tx: Reader, work: Work) -> date:
        """From when a withdrawal counts. A day that lies ahead stays ahead: nothing may be gone before it was there."""
        return max(work.effective_on, deliveries.today(tx))

    def withdrawal(self, tx: Writer, work: Work, day: date) -> int:
        """The publication under which a delivery is taken back."""
        return parcels.new_publication(tx, delivery_id=work.delivery_id, kind="WITHDRAW", effective_on=day)

    def moved(self, tx: Writer, work: Work, cause: Cause) -> None:
        """Let the life of its source learn what became of a delivery."""
        sources.note(tx, office_id=work.office_id, cause=cause, delivery_id=work.delivery_id)

    def refused(self, tx: Writer, work: Work, error: DeliveryRefused) -> None:
        """Let its source learn that nothing of a delivery was taken."""
        del error
        self.moved(tx, work, Cause.REFUSED)

    def ask(self, tx: Writer, *tasks: str) -> None:
        """Have the worker see to what follows."""
        for task in tasks:
            enqueue(tx, task=task, lock=task, once=task)


NOW = Occasion()
