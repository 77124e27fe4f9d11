"""A look-up that was refused while its row could not be written to the access log, as it waits for that; no input or output."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_address
from uuid import UUID

# What nothing can be logged for at the time: codes of the errors that the caller was told.
REASONS = frozenset({"DATABASE_UNAVAILABLE", "ACCESS_LOG_UNWRITTEN"})


@dataclass(frozen=True, slots=True)
class LateRefusal:
    """One refused look-up; the citizen only as a blind index. `line_id` tells it from every other, whoever writes it when."""

    line_id: UUID
    refused_at: datetime
    reason: str
    client_id: str
    token_jti: str
    address: str | None
    request_id: UUID
    agency_code: str
    officer_code: str
    service_code: str
    case_file_no: str
    subject: UUID

    def __post_init__(self) -> None:
        """Raises ValueError for what no row of the log could hold."""
        if self.reason not in REASONS or self.refused_at.tzinfo is None:
            raise ValueError(self.reason)
        if self.address is not None:
            ip_address(self.address)
        # NUL is the one character that the database's text cannot hold.
        if any("\x00" in value for value in asdict(self).values() if isinstance(value, str)):
            raise ValueError("NUL")

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), default=_spelled, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> LateRefusal:
        """The refusal again. Raises ValueError."""
        try:
            said = json.loads(text)
            ids = {name: UUID(said[name]) for name in ("line_id", "request_id", "subject")}
            return cls(**{**said, **ids, "refused_at": datetime.fromisoformat(said["refused_at"])})
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(str(error)) from None


def _spelled(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
