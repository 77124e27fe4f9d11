"""Progress of an hour's work: how much, how fast over the last minutes, how long still."""

from __future__ import annotations

import sys
import time
from collections import deque

_WINDOW_SECONDS = 300.0
_LINE_SECONDS = 60.0


class Meter:
    """One line that changes on a terminal; elsewhere a line a minute."""

    def __init__(self, goal: int) -> None:
        self._goal = goal
        self._seen: deque[tuple[float, int]] = deque()
        self._told = 0.0
        self._screen = sys.stdout.isatty()

    def show(self, parcels: int) -> None:
        now = time.monotonic()
        self._seen.append((now, parcels))
        while now - self._seen[0][0] > _WINDOW_SECONDS:
            self._seen.popleft()
        if self._screen:
            print(f"\r\x1b[K• {self._line()}", end="", flush=True)
        elif now - self._told >= _LINE_SECONDS:
            print(f"• {self._line()}", flush=True)
            self._told = now

    def _line(self) -> str:
        (began, before), (now, parcels) = self._seen[0], self._seen[-1]
        rate = (parcels - before) / (now - began) if now > began else 0.0
        line = f"{parcels:,} of {self._goal:,} parcels"
        if rate <= 0 or now - began < 10:
            return f"{line}, remaining time not known yet"
        return f"{line}, {rate:,.0f}/s over the last minutes, {_duration((self._goal - parcels) / rate)} left"

    def end(self) -> None:
        if self._screen:
            print()


def _duration(seconds: float) -> str:
    minutes = max(0, round(seconds / 60))
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
