"""Uploads that may be cut off and go on: what is known of one while it comes in, and what it became; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from landdata.model.deliveries import Declaration

# Whoever lost the line on the eve of a holiday goes on after it.
KEPT = timedelta(days=7)
# Of one caller, at once: what is given up waits for its end here, and takes room of the disk until then.
MOST_UNFINISHED = 16


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload of one caller.

    `received_bytes` of `size_bytes` are safely on disk, in `sealed_bytes` of its file there. `metadata` is the header that
    it was begun with, as it came. `delivery_uid`: the delivery it became, with its last byte; None before. `repeated`: that
    delivery had come before this upload was begun; nothing was done again.
    """

    upload_uid: UUID
    declaration: Declaration
    metadata: str
    size_bytes: int
    received_bytes: int
    sealed_bytes: int
    touched_at: datetime
    delivery_uid: UUID | None
    repeated: bool

    @property
    def ends_at(self) -> datetime:
        """When it is forgotten unless more of it comes."""
        return self.touched_at + KEPT


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one piece have to hash to."""

    algorithm: str  # as hashlib knows it
    digest: bytes
