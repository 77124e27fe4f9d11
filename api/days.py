"""The day in Vietnam: every date of the service is one, whatever clock the server or the caller lives by."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def today() -> date:
    """Today in Vietnam."""
    return datetime.now(VIETNAM).date()
