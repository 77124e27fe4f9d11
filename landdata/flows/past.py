"""A delivery worked off again as it was: under the publications that the register names, and nobody is told anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from landdata.errors import DeliveryRefused, RebuildDiverged, RebuildRefused
from landdata.flows.occasion import Occasion
from landdata.model.deliveries import State
from landdata.model.rebuild import Then
from landdata.model.sources import Cause
from landdata.store.deliveries import Work
from landdata.store.engine import Reader, Writer


class Past(Occasion):
    """As the register says it was. What nothing is known of there is an error, never a new publication."""

    def __init__(self, then: Then, *, scratch: Path | None = None, withdrawn_on: date | None = None) -> None:
        self._then = then
        self._scratch = scratch
        self._withdrawn_on = withdrawn_on

    @property
    def scratch(self) -> Path | None:
        """A place of the rebuild's own."""
        return self._scratch

    def batches(self, usual: list[list[int]]) -> list[list[int]]:
        """Communes of one publication; another size of batches does not move what was published together."""
        return [part for batch in usual for part in self._parted(batch)]

    def publication(self, tx: Writer, work: Work, *, units: Iterable[int]) -> int:
        """The one under which these communes were published. Raises RebuildDiverged when there is none."""
        del tx
        acting = sorted(units)
        found = {self._then.published[unit] for unit in acting if unit in self._then.published}
        if len(found) != 1:
            raise RebuildDiverged(delivery=str(work.delivery_uid), communes=", ".join(map(str, acting[:10])))
        return found.pop()

    def withdrawn_on(self, tx: Reader, work: Work) -> date:
        del tx
        return self._withdrawn_on or work.effective_on

    def withdrawal(self, tx: Writer, work: Work, day: date) -> int:
        """The publication of the withdrawal. Raises RebuildDiverged when there is none."""
        del tx, day
        if self._then.withdrawal is None:
            raise RebuildDiverged(delivery=str(work.delivery_uid), communes="-")
        return self._then.withdrawal

    def moved(self, tx: Writer, work: Work, cause: Cause) -> None:
        """The life of its source is carried over."""

    def refused(self, tx: Writer, work: Work, error: DeliveryRefused) -> None:
        """Raises RebuildRefused when it was not refused then: what the machine lacks now is no verdict."""
        del tx
        if self._then.state is not State.REFUSED:
            raise RebuildRefused(delivery=str(work.delivery_uid), reason=error.code)

    def ask(self, tx: Writer, *tasks: str) -> None:
        """Holders were asked about, and consumers told, long ago."""

    def _parted(self, batch: list[int]) -> list[list[int]]:
        """Communes about which somebody decided later, and those without a publication, go with the first."""
        first_time = {unit: self._then.published.get(unit, 0) for unit in batch if unit not in self._then.decided}
        known = sorted({one for one in first_time.values() if one})
        if len(known) < 2:
            return [batch]
        others = [unit for unit in batch if not first_time.get(unit)]
        parts = [[unit for unit in batch if first_time.get(unit) == one] for one in known]
        return [sorted(parts[0] + others), *parts[1:]]
