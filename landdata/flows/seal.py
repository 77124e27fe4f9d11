"""Seals the access log with signed, chained Merkle roots, hands heads outside, and states every day what consumers asked."""

from __future__ import annotations

import hashlib
import json
import logging
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from landdata.connectors import timestamps
from landdata.errors import (
    AnchorsMissing,
    DataFolderNotWritable,
    KeysDamaged,
    LandDataError,
    SealsAhead,
    TimestampRefused,
)
from landdata.model import merkle
from landdata.model.access_log import INSPECTOR, NOTHING, Anchor, AnchorKind, Entry, LogState, Seal
from landdata.settings import Settings
from landdata.store import access_log, anchors, sealing_keys
from landdata.store.anchors import AnchorFile
from landdata.store.engine import Database, Writer
from landdata.store.sealing_keys import PublicKey, Signer

logger = logging.getLogger("landdata.seal")

# Entries of one seal: proofs stay short, and what waited through an outage is sealed piece by piece.
MOST_ENTRIES = 50_000
PRINT = 8
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(slots=True)
class Leaves:
    """Entries under one seal: 16 bytes each, and a hash for each full subtree."""

    numbers: array[int] = field(default_factory=lambda: array("q"))
    prints: bytearray = field(default_factory=bytearray)
    tree: merkle.Tree = field(default_factory=merkle.Tree)

    def add(self, entry: Entry) -> None:
        leaf = merkle.leaf(entry)
        self.numbers.append(entry[0])
        self.prints += leaf[:PRINT]
        self.tree.add(leaf)


@dataclass(slots=True, kw_only=True)
class _Piece(Leaves):
    """Those on their way under one."""

    tx_from: int


def seal(db: Database, *, settings: Settings, most: int = MOST_ENTRIES) -> list[Seal]:
    """Seal every entry that is final and not yet sealed, then hand the newest head out; returns the new seals.

    Each seal is committed by itself: a sealer that dies loses the one it was at. A file of heads that cannot be written
    is told at the very end, when everything else is done.
    Raises SealsAhead, AnchorsMissing, SealingKeyLost, KeysDamaged, KeysExposed, DataFolderNotWritable.
    """
    with db.write() as tx:
        access_log.note_start(tx)
    made: list[Seal] = []
    refused: LandDataError | None = None
    # This transaction only holds the lock and reads: the others wait for it, and it holds nobody back.
    with db.write() as tx:
        access_log.lock(tx)
        last = access_log.last_seal(tx)
        tx_from, tx_to = last.tx_to if last else 0, access_log.final_before(tx)
        if tx_to < tx_from:
            # Transactions never count backwards on one server: what is new here would stay without a seal.
            raise SealsAhead(now=tx_to, sealed=tx_from)
        signer = sealing_keys.signer(settings.key_folder, settings.heads_dir, last_key=last.key_id if last else None)
        for piece, upto in _pieces(access_log.entries(tx, tx_from=tx_from, tx_to=tx_to), tx_from, tx_to, most):
            last = _sealed(piece, upto, last, signer)
            with db.write() as out:
                numbers = access_log.packed(piece.numbers)
                access_log.add_seal(out, last, numbers=numbers, prints=bytes(piece.prints))
            made.append(last)
        if last is not None:
            refused = _anchor(db, last, settings)
            _state(db, last, signer)
    if refused is not None:
        raise refused
    return made


def state(db: Database) -> LogState:
    """How far sealing and anchoring are. Raises DatabaseUnavailable."""
    with db.read() as tx:
        return anchors.state(tx)


def newest_anchors(db: Database) -> tuple[Anchor, ...]:
    """The newest anchor of each kind and place that holds heads, the newest first."""
    with db.read() as tx:
        return tuple(anchors.newest_of_each(tx))


def make_key(db: Database, *, settings: Settings) -> str:
    """The first sealing key, before the first seal, or the one that is there; returns its name. Raises as `rotate_key`."""
    with db.write() as tx:
        access_log.lock(tx)
        last = access_log.last_seal(tx)
        key = sealing_keys.signer(settings.key_folder, settings.heads_dir, last_key=last.key_id if last else None)
        return key.key_id


def rotate_key(db: Database, *, settings: Settings, lost: bool = False) -> str:
    """A new sealing key from the next seal on; returns its name.

    `lost`: also where the old one is gone; then nobody vouches for the new one, and every verification says so.
    Raises AnchorsMissing, SealingKeyLost, KeysDamaged, KeysExposed, DataFolderNotWritable.
    """
    with db.write() as tx:
        access_log.lock(tx)
        last = access_log.last_seal(tx)
        return sealing_keys.rotate(
            settings.key_folder, settings.heads_dir, from_seal=last.seal_no + 1 if last else 1,
            last_key=last.key_id if last else None, lost=lost,
        )  # fmt: skip


def public_keys(settings: Settings) -> list[PublicKey]:
    """The keys that ever signed, oldest first; none before the first seal. Raises KeysDamaged."""
    return sealing_keys.published(settings.heads_dir)


def ensure_partitions(db: Database, *, months_ahead: int) -> int:
    """Make the log's partitions ahead of time; returns how many were made."""
    with db.write() as tx:
        return access_log.ensure_partitions(tx, months_ahead)


def index_hash(numbers: Iterable[int], prints: bytes) -> bytes:
    """What a seal vouches for its list of entries with."""
    listed = array("q", numbers)
    return hashlib.sha256(b"landdata-seal-index-v1\x00" + listed.tobytes() + prints).digest()


def _pieces(entries: Iterator[Entry], tx_from: int, tx_to: int, most: int) -> Iterator[tuple[_Piece, int]]:
    """Pieces of whole transactions, each with the first transaction that it leaves out."""
    piece, current = _Piece(tx_from=tx_from), 0
    for entry in entries:
        if entry[2] != current:
            if piece.tree.size >= most:
                yield piece, entry[2]
                piece = _Piece(tx_from=entry[2])
            current = entry[2]
        piece.add(entry)
    if piece.tree.size:
        yield piece, tx_to


def _sealed(piece: _Piece, tx_to: int, last: Seal | None, signer: Signer) -> Seal:
    unsigned = Seal(
        seal_no=last.seal_no + 1 if last else 1,
        tx_from=piece.tx_from,
        tx_to=tx_to,
        entries=piece.tree.size,
        total=(last.total if last else 0) + piece.tree.size,
        root=piece.tree.root(),
        previous_head=last.head if last else NOTHING,
        head=b"",
        key_id=signer.key_id,
        signature=b"",
        sealed_at=datetime.now(UTC),
        last_id=max(last.last_id or 0 if last else 0, *piece.numbers),
        index_hash=index_hash(piece.numbers, bytes(piece.prints)),
    )
    head = unsigned.own_head()
    return replace(unsigned, head=head, signature=signer.sign(head))


def _anchor(db: Database, last: Seal, settings: Settings) -> LandDataError | None:
    """Hand the newest head out: it vouches for all before it. What one place refuses does not keep it from the others.

    Returns why the file of heads, which is ours to mend, could not be written.
    """
    refused: LandDataError | None = None
    with db.read() as tx:
        held = {kind: anchors.newest(tx, kind) for kind in AnchorKind}
    reached = {kind: one.seal_no if one else 0 for kind, one in held.items()}

    def record(kind: AnchorKind, place: str, receipt: bytes | None = None) -> None:
        reached[kind] = last.seal_no
        complete = all(reached[AnchorKind(one)] >= last.seal_no for one in settings.anchors_required)
        with db.write() as tx:
            anchors.add(tx, last, kind=kind, place=place, receipt=receipt, complete=complete)

    if reached[AnchorKind.FILE] < last.seal_no:
        try:
            sealing_keys.public_keys(settings.heads_dir)  # the other half of this anchor
            AnchorFile(settings.heads_dir).append(last, begun=held[AnchorKind.FILE] is not None)
        except (AnchorsMissing, KeysDamaged, DataFolderNotWritable) as error:
            refused = error
        else:
            record(AnchorKind.FILE, "file")
    stamped = held[AnchorKind.TSA]
    due = stamped is None or datetime.now(UTC) - stamped.at >= timedelta(seconds=settings.tsa_every_seconds)
    if due and reached[AnchorKind.TSA] < last.seal_no:
        try:
            authority = timestamps.authority(settings.tsa_url, settings.tsa_certificates)
            if authority is not None:
                record(AnchorKind.TSA, authority.url, authority.stamp(last.head))
        except TimestampRefused:
            # The log's age tells whether this matters; the next minute tries again.
            logger.exception("no time stamp for seal %s", last.seal_no)
    return refused


def _state(db: Database, last: Seal, signer: Signer) -> None:
    """State how many requests of each consumer the log holds for the days that are over and wholly sealed."""
    with db.read() as tx:
        day = access_log.first_unstated_day(tx)
    today = datetime.now(_VIETNAM).date()
    while day is not None and day < today:
        with db.write() as tx:
            if not _state_day(tx, day, last, signer):
                return
        day += timedelta(days=1)


def _state_day(tx: Writer, day: date, last: Seal, signer: Signer) -> bool:
    found = access_log.requests_of(tx, day)
    if any(newest >= last.tx_to for *_, newest in found):
        return False
    by_client = {
        client: {status: many for _, status, many, _ in rows}
        for client, rows in groupby(found, key=lambda row: row[0])
        if client != INSPECTOR
    }
    # One for the whole log says that the day was looked at, even when nobody asked.
    for client, counts in [("", _sum(by_client)), *by_client.items()]:
        said = {
            "format": "landdata-access-statement-1", "client_id": client, "day": day.isoformat(),
            "entries": sum(counts.values()), "by_status": counts, "seal_no": last.seal_no, "head": last.head.hex(),
        }  # fmt: skip
        body = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        access_log.add_statement(
            tx, client_id=client, day=day, seal_no=last.seal_no, body=body, key_id=signer.key_id,
            signature=signer.sign(statement_words(body)),
        )  # fmt: skip
    return True


def statement_words(body: str) -> bytes:
    """What is signed of a statement."""
    return b"landdata-access-statement-v1\x00" + body.encode()


def _sum(by_client: dict[str, dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counts in by_client.values():
        total.update(counts)
    return dict(sorted(total.items()))
