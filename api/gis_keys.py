"""Believing a person's GIS key for seconds without asking again, and counting what readers of the map take."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable
from datetime import date

from anyio import to_thread

from api.days import today
from landdata.errors import LandDataError
from landdata.flows import gis_keys
from landdata.flows.entrance import Entrance
from landdata.model.gis_keys import PREFIX, SHAPE, Holder

logger = logging.getLogger("api.map")
MOST_REMEMBERED = 1_000
# Counts reach the database so often; what a process did not write before it was killed is lost, and nothing else.
_WRITE_SECONDS = 10.0


def key_in(header: str) -> tuple[str | None, str] | None:
    """Sign-in name, where there is one, and key of a header Authorization; None where it bears no key of ours.

    As Basic, which QGIS and GDAL know, or as Bearer. Whatever else Basic brings is an empty key: nobody's.
    """
    scheme, _, said = header.partition(" ")
    if scheme.lower() == "bearer":
        return (None, said.strip(" ")) if said.strip(" ").startswith(PREFIX) else None
    if scheme.lower() != "basic":
        return None
    try:
        login, _, key = b64decode(said.strip(" "), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return login, key


class KeyBook:
    """Keys in use by the SHA-256 of their text, believed for `believe_seconds` without asking.

    An ended key, a closed account and a role that was taken away bite within that time.
    """

    def __init__(self, at: Entrance, *, believe_seconds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._at, self._believe_seconds, self._clock = at, believe_seconds, clock
        self._book: OrderedDict[bytes, tuple[float, Holder]] = OrderedDict()

    async def holder(self, login: str | None, key: str) -> Holder | None:
        """Who holds a key, by their name when it is said. Raises DatabaseUnavailable."""
        if not SHAPE.match(key):
            return None
        digest = hashlib.sha256(key.encode()).digest()
        known = self._book.get(digest)
        if known is not None and self._clock() < known[0] and self._at.clock() < known[1].ends_at:
            found: Holder | None = known[1]
        else:
            asked = self._clock()
            found = await to_thread.run_sync(gis_keys.find, self._at, key)
            self._remember(digest, asked, found)
        if found is None or (login is not None and login.strip().casefold() != found.login):
            return None
        return found

    def _remember(self, digest: bytes, asked: float, found: Holder | None) -> None:
        self._book.pop(digest, None)
        if found is not None and self._believe_seconds:
            self._book[digest] = (asked + self._believe_seconds, found)
            while len(self._book) > MOST_REMEMBERED:
                self._book.popitem(last=False)


class MapUse:
    """Adds up tiles, pages and features by day and reader, and writes them down every few seconds."""

    def __init__(self, at: Entrance, *, every_seconds: float = _WRITE_SECONDS) -> None:
        self._at, self._every = at, every_seconds
        self._lock = threading.Lock()
        self._taken: dict[tuple[date, str], tuple[int, int, int]] = {}
        self._due = time.monotonic() + every_seconds

    def count(self, subject: str, *, tiles: int = 0, pages: int = 0, features: int = 0) -> None:
        """Count what was made for a reader; now and then it is written, in a thread. From the event loop."""
        with self._lock:
            self._add((today(), subject), (tiles, pages, features))
            if time.monotonic() < self._due:
                return
            self._due = time.monotonic() + self._every
        asyncio.get_running_loop().run_in_executor(None, self.write)

    def write(self) -> None:
        """Write down what was counted; what cannot be written is tried again."""
        with self._lock:
            taken, self._taken = self._taken, {}
        try:
            if taken:
                gis_keys.note_use(self._at.db, taken)
        except LandDataError as error:
            logger.warning("use of the map not written: %s", error.code)
            with self._lock:
                for key, more in taken.items():
                    self._add(key, more)

    def _add(self, key: tuple[date, str], more: tuple[int, int, int]) -> None:
        known = self._taken.get(key, (0, 0, 0))
        self._taken[key] = (known[0] + more[0], known[1] + more[1], known[2] + more[2])
