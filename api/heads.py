"""How far the access log is sealed, as this process knows it: told with every answer, asked for in the background."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from landdata.errors import LandDataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi.responses import Response

    from landdata.model.access_log import LogState

    R = TypeVar("R", bound=Response)

logger = logging.getLogger("api.heads")

HEADER = "Access-Log-Head"
# A new seal comes every minute.
FRESH_SECONDS = 5.0


class Heads:
    """Remembers the state of the log. No answer waits for it: a stale one is shown while a fresh one is asked for."""

    def __init__(self, ask: Callable[[], LogState]) -> None:
        self._ask = ask
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="heads")
        self._asking = threading.Lock()
        self._shown = ""
        self._due = 0.0

    def onto(self, answer: R) -> R:
        """The answer with the newest head that is known here."""
        if time.monotonic() >= self._due and self._asking.acquire(blocking=False):
            self._due = time.monotonic() + FRESH_SECONDS
            self._thread.submit(self._refresh)
        if self._shown:
            answer.headers[HEADER] = self._shown
        return answer

    def asked(self) -> LogState:
        """The state as it is now. Raises DatabaseUnavailable."""
        found = self._ask()
        self._shown = found.shown()
        return found

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    def _refresh(self) -> None:
        try:
            self.asked()
        except LandDataError as error:
            # The look-ups themselves tell that the database is gone.
            logger.warning("no state of the access log: %s", error.code)
        finally:
            self._asking.release()
