"""The security log: refused tokens and clients, rate-limited so that no attacker can fill the disk."""

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
    """Counts every refusal, writes at most `LINES_A_SECOND` lines a second, then how many were left out."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._lock = threading.Lock()
        self._second, self._written, self._left_out = 0, 0, 0

    def refused(self, what: str, cause: str, address: str) -> None:
        """Note a refused `token`, `assertion`, `secret`, `proof` or `object`; `cause` is a word of ours, never the caller's."""
        self._metrics.refused_tokens.labels(what).inc()
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
        logger.warning("refused what=%s cause=%s address=%s", what, cause, address)
