"""Times of a cron line: the slots of a periodic job, in UTC as the job engine reckons them; no input or output."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from croniter import croniter


def last_slot(cron: str, at: datetime) -> datetime:
    """The latest slot that is not after `at`. A sixth field of the line counts seconds."""
    whole = at.astimezone(UTC).replace(microsecond=0)
    return datetime.fromtimestamp(croniter(cron, whole + timedelta(seconds=1)).get_prev(float), UTC)


def next_slot(cron: str, at: datetime) -> datetime:
    """The first slot after `at`."""
    return datetime.fromtimestamp(croniter(cron, at.astimezone(UTC)).get_next(float), UTC)
