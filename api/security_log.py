"""The security log: refused tokens, and requests that leave no row in the access log; rate-limited, so that no disk fills."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.metrics import Metrics

logger = logging.getLogger("api.security")
LINES_A_SECOND = 20


class SecurityLog:
    """Counts every refusal, writes at most `LINES_A_SECOND` lines a second, then how many were left out.

    Causes and codes are names of ours, never a text of the caller's.
    """

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._lock = threading.Lock()
        self._second, self._written, self._left_out = 0, 0, 0

    def refused(self, what: str, cause: str, address: str) -> None:
        """Note a refused `token`, `assertion`, `secret`, `proof` or `object`; `cause` is a word of ours, never the caller's."""
        self._metrics.refused_tokens.labels(what).inc()
        self._write("refused what=%s cause=%s address=%s", what, cause, address)

    def turned_away(self, code: str, client_id: str, address: str, times: int = 1) -> None:
        """Note requests of a proven client that were refused before the gate, which alone writes the access log."""
        self._metrics.turned_away.labels(code).inc(times)
        self._write("turned_away code=%s client=%s address=%s times=%d", code, client_id, address, times)

    def administered(self, what: str, login: str, address: str) -> None:
        """Note what an administrator did about a client, an office or the sandbox; all else has a record of its own."""
        self._write("administered what=%s by=%s address=%s", what, login, address)

    def _write(self, line: str, *words: str | int) -> None:
        with self._lock:
            second = int(self._clock())
            if second != self._second:
                if self._left_out:
                    logger.warning("left_out lines=%d", self._left_out)
                self._second, self._written, self._left_out = second, 0, 0
            if self._written >= LINES_A_SECOND:
                self._left_out += 1
                return
            self._written += 1
        logger.warning(line, *words)
