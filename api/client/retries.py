"""How often and how long a client tries again; pure, its chance is handed in."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Look-ups repeat safely by their request_id, so a gateway that lost the answer may be asked again, too.
RETRIED = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` in all; pauses double from `first_s` up to `longest_s`, half of each by chance, so that clients spread.

    A Retry-After of the service is kept, unless it is longer than `patience_s`: then the problem is the caller's.
    """

    attempts: int = 5
    first_s: float = 0.25
    longest_s: float = 8.0
    patience_s: float = 60.0
    chance: Callable[[], float] = random.random

    def pause(self, made: int, retry_after: str | None = None) -> float | None:
        """Seconds to wait after `made` attempts; None when it is enough."""
        if made >= self.attempts:
            return None
        own = min(self.longest_s, self.first_s * 2.0 ** (made - 1)) * (0.5 + self.chance() / 2)
        asked = _seconds(retry_after)
        if asked is None:
            return own
        # All who were told the same time must not come back at the same moment.
        return None if asked > self.patience_s else asked + own / 4


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After (RFC 9110, 10.2.3) as seconds from now: a number or a date; None when it is neither."""
    if retry_after is None:
        return None
    if retry_after.strip().isascii() and retry_after.strip().isdigit():
        return float(retry_after.strip()[:9])
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
