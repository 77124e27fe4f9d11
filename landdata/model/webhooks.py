"""Where a consumer is told that there is more, the message, and what became of it; no input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WebhookState(StrEnum):
    """How the messages to an endpoint go."""

    WORKING = "WORKING"  # the last message was taken, or there was none yet
    FAILING = "FAILING"  # it is tried again, at growing intervals
    DISABLED = "DISABLED"  # it failed for too long, or said that it is gone; an operator sets it again


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint and how it goes. `last_status`: HTTP status, TIMEOUT, UNREACHABLE or ADDRESS_REFUSED."""

    client_id: str
    url: str
    key_no: int
    attempts: int
    failing_since: datetime | None
    next_try_at: datetime | None
    last_try_at: datetime | None
    last_status: str | None
    disabled_at: datetime | None

    @property
    def state(self) -> WebhookState:
        if self.disabled_at is not None:
            return WebhookState.DISABLED
        return WebhookState.WORKING if self.failing_since is None else WebhookState.FAILING


@dataclass(frozen=True, slots=True)
class Notice:
    """One message as it is sent: where, signed headers, and the body they sign."""

    client_id: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message to a client. `wait_seconds`: how long its endpoint asks us to wait, 0 when it does not say."""

    client_id: str
    status: str
    wait_seconds: float = 0.0

    @property
    def taken(self) -> bool:
        """Any 2xx; a redirect is not followed, so it is none."""
        return len(self.status) == 3 and self.status.startswith("2")

    @property
    def gone(self) -> bool:
        """The endpoint wants no more messages (HTTP 410)."""
        return self.status == "410"
