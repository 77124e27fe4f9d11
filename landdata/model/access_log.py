"""Values of the access log: seals and what they say, anchors, faults that a verification finds; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from landdata.model import merkle

NOTHING = b"\x00" * 32
# The values of an entry in the order of its leaf: a new one is added at the end, never inserted.
COLUMNS = (
    "access_id", "at", "tx", "request_id", "client_id", "token_jti", "agreement_id", "agency_code", "officer_code",
    "service_code", "case_file_no", "subject", "status", "reason", "fields_mask", "record_versions", "replayed", "address",
    "refused_at",
)  # fmt: skip
# From this one on, what is null at the end stands in no leaf: entries from before it was there keep theirs.
FIRST_OPTIONAL = COLUMNS.index("refused_at")
# Who looks into the log itself stands in it under this name, beside consumers.
INSPECTOR = "landdata:inspection"
INSPECTED = "INSPECTED"

Entry = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal over the entries of a range of transactions.

    `last_id` is the highest number sealed so far; `index_hash` vouches for the list of its entries' numbers and prints.
    Seals of before have neither.
    """

    seal_no: int
    tx_from: int
    tx_to: int
    entries: int
    total: int
    root: bytes
    previous_head: bytes
    head: bytes
    key_id: str
    signature: bytes
    sealed_at: datetime
    last_id: int | None = None
    index_hash: bytes | None = None

    def words(self) -> list[Any]:
        """What the head is the hash of."""
        said = [
            self.seal_no, self.tx_from, self.tx_to, self.entries, self.total, self.root, self.previous_head, self.sealed_at,
        ]  # fmt: skip
        return said if self.index_hash is None else [*said, self.last_id, self.index_hash]

    def own_head(self) -> bytes:
        """The head as it has to be."""
        return merkle.head(self.words(), version=1 if self.index_hash is None else 2)


class AnchorKind(StrEnum):
    """Where heads are handed to, so that whoever rewrites the log cannot rewrite them."""

    FILE = "FILE"
    TSA = "TSA"
    CONSUMER = "CONSUMER"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One head that somebody else holds. `complete`: from then on all anchors that the settings demand hold it."""

    anchor_id: int
    seal_no: int
    kind: AnchorKind
    place: str
    head: bytes
    at: datetime
    receipt: bytes | None
    complete: bool


@dataclass(frozen=True, slots=True)
class LogState:
    """How far sealing and anchoring are; times None: nothing waits."""

    seal_no: int | None
    head: bytes | None
    key_id: str | None
    signature: bytes | None
    sealed_at: datetime | None
    unsealed_since: datetime | None
    unanchored_since: datetime | None
    stopped: bool
    taken_at: datetime

    @property
    def unsealed_seconds(self) -> float:
        """Age of the oldest entry without a seal."""
        return (self.taken_at - self.unsealed_since).total_seconds() if self.unsealed_since else 0.0

    @property
    def unanchored_seconds(self) -> float:
        """Age of the oldest entry that no anchored seal covers."""
        return (self.taken_at - self.unanchored_since).total_seconds() if self.unanchored_since else 0.0

    def shown(self) -> str:
        """The newest head as consumers are told it; empty when there is none."""
        return f"{self.seal_no};sha-256={self.head.hex()}" if self.head else ""


class FaultKind(StrEnum):
    """What a verification can find wrong."""

    CHANGED = "CHANGED"
    REMOVED = "REMOVED"
    INSERTED = "INSERTED"
    RANGE_DIFFERS = "RANGE_DIFFERS"
    INDEX_FALSE = "INDEX_FALSE"
    CHAIN_BROKEN = "CHAIN_BROKEN"
    SIGNATURE_FALSE = "SIGNATURE_FALSE"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    ANCHOR_DIFFERS = "ANCHOR_DIFFERS"
    ANCHORS_CHANGED = "ANCHORS_CHANGED"
    RECEIPT_FALSE = "RECEIPT_FALSE"
    INSPECTION_DIFFERS = "INSPECTION_DIFFERS"


_SAID = {
    FaultKind.CHANGED: ("dòng này đã bị sửa", "this entry was changed"),
    FaultKind.REMOVED: ("dòng này đã bị xóa", "this entry was removed"),
    FaultKind.INSERTED: ("dòng này được chèn vào sau", "this entry was inserted later"),
    FaultKind.RANGE_DIFFERS: ("có dòng bị sửa, xóa hoặc chèn", "entries were changed, removed or inserted"),
    FaultKind.INDEX_FALSE: (
        "danh sách vân tay không đúng: không chỉ ra được từng dòng",
        "the list of prints is false: single entries cannot be named",
    ),
    FaultKind.CHAIN_BROKEN: ("chuỗi niêm phong bị đứt", "the chain is broken"),
    FaultKind.SIGNATURE_FALSE: ("chữ ký sai", "the signature is false"),
    FaultKind.KEY_UNKNOWN: ("khóa ký không phải khóa lúc đó", "it was not signed with the key of that time"),
    FaultKind.ANCHOR_DIFFERS: (
        "đầu chuỗi đã trao ra ngoài không còn trong nhật ký",
        "the head handed out then is not in the log",
    ),
    FaultKind.ANCHORS_CHANGED: ("danh sách neo đã bị sửa hoặc cắt", "the list of anchors was changed or cut"),
    FaultKind.RECEIPT_FALSE: ("dấu thời gian không hợp lệ", "the time stamp is false"),
    FaultKind.INSPECTION_DIFFERS: (
        "điều đã tìm không khớp với dòng nhật ký của lần kiểm tra",
        "what was looked for is not what its entry vouches for",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, with the seal and the entry where it is as far as they are known."""

    kind: FaultKind
    seal_no: int | None = None
    access_id: int | None = None
    place: str = ""

    def said(self) -> str:
        """In both languages."""
        where = [f"niêm phong / seal {self.seal_no}"] if self.seal_no is not None else []
        where += [f"access_id {self.access_id}"] if self.access_id is not None else []
        where += [self.place] if self.place else []
        return f"{', '.join(where) or 'nhật ký / log'}: {' / '.join(_SAID[self.kind])}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers given out and never committed. `after_start`: the server started in between, which loses some."""

    first: int
    many: int
    before: datetime | None
    after: datetime | None
    after_start: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: `faults` are tampering, `doubts` want a person's look, `gaps` are numbers rolled back.

    `anchors` lines stand in the file of heads, up to seal `anchored`.
    """

    seals: int
    sealed: int
    unsealed: int
    unsealed_since: datetime | None
    anchors: int
    anchored: int
    faults: tuple[Fault, ...]
    further_faults: int
    doubts: tuple[str, ...]
    gaps: tuple[Gap, ...]

    @property
    def intact(self) -> bool:
        return not self.faults
