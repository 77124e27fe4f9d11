"""Names of communes as people type them, kept in memory for a while: a search must not read ten thousand each time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from landdata.model.parcels import folded
from landdata.model.tiles import ParcelReader
from landdata.store import parcel_lives
from landdata.store.mapping import Windows

# Names change when reference data is loaded: a commune that is new is found by its code at once, and by name after this.
KEEP_SECONDS = 300.0


class CommuneNames:
    """Every commune version with its name and province, folded; public, so alike for all who ask. Safe for threads."""

    def __init__(self, windows: Windows, clock: Callable[[], float] = time.monotonic) -> None:
        self._windows, self._clock = windows, clock
        self._read_at = -KEEP_SECONDS
        self._names: Sequence[tuple[int, str]] = ()

    def fitting(self, reader: ParcelReader, text: str) -> list[int]:
        """Ids of the communes in whose name and province the text stands, marks and case apart. Raises DatabaseUnavailable."""
        wanted = folded(text)
        return [unit for unit, name in self._known(reader) if wanted in name]

    def _known(self, reader: ParcelReader) -> Sequence[tuple[int, str]]:
        now = self._clock()
        if now - self._read_at >= KEEP_SECONDS:
            # Two that come at once read them twice, and either is right.
            found = [(unit, folded(name)) for unit, name in parcel_lives.commune_names(self._windows, reader)]
            self._names, self._read_at = found, now
        return self._names
