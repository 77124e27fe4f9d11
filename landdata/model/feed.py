"""A page of the change feed as a consumer reads it, and how far each consumer is; no personal value, no internal id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from landdata.model.webhooks import Webhook


class ChangeKind(StrEnum):
    """What became of a record."""

    CHANGED = "CHANGED"  # another version stands: ask anew
    GONE = "GONE"  # nothing is shared about this citizen any more


@dataclass(frozen=True, slots=True)
class Change:
    """One record has changed. `record_ref` is the one the look-up gives, `former_refs` those it gave before our key changed.

    `record_version` is None when it is gone.
    """

    record_ref: str
    former_refs: tuple[str, ...]
    kind: ChangeKind
    record_version: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in their lasting order, and the cursor that goes on behind them."""

    changes: tuple[Change, ...]
    next_cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer is: changes it has not fetched (at most `MOST_OUTSTANDING` are counted), the oldest of them."""

    client_id: str
    fetched_at: datetime | None
    outstanding: int
    oldest_at: datetime | None
    webhook: Webhook | None


MOST_OUTSTANDING = 100_000
