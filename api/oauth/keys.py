"""The keys that sign access tokens, as the running process has them: read anew when their files change."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from landdata.errors import LandDataError
from landdata.store.signing_keys import ALGORITHM, FIRST_KEY, SigningKeys, listing, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger("api.oauth.keys")
LOOK_SECONDS = 1.0


class KeyRing:
    """The keys in the data folder; a key put there or moved is seen within `LOOK_SECONDS`, without a restart."""

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises SigningKeyUnusable and DataFolderNotWritable."""
        self._data_dir, self._clock = data_dir, clock
        self._keys = load(data_dir)
        self._listing = listing(data_dir)
        self._look_at = clock() + LOOK_SECONDS

    def current(self) -> SigningKeys:
        """The keys as they are now; those of before when the files cannot be read."""
        if self._clock() >= self._look_at:
            self._look_at = self._clock() + LOOK_SECONDS
            self._look()
        return self._keys

    def _look(self) -> None:
        try:
            # Before the keys themselves: a change between the two is seen the next time.
            seen = listing(self._data_dir)
            if seen != self._listing:
                self._keys = load(self._data_dir)
                self._listing = seen
        except (OSError, LandDataError) as error:
            logger.warning("keys kept kind=%s", type(error).__name__)


__all__ = ["ALGORITHM", "FIRST_KEY", "KeyRing", "SigningKeys", "load"]
