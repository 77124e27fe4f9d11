"""Who holds which head outside the database: the table of anchors, the file of heads, and how far the log is."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text

from landdata.errors import AnchorsMissing, DataFolderNotWritable
from landdata.model.access_log import Anchor, AnchorKind, LogState, Seal
from landdata.store.engine import Reader, Writer
from landdata.store.tables import access_log as t


def state(tx: Reader) -> LogState:
    """How far sealing and anchoring are, at one moment of the database's clock."""
    row = tx.connection.execute(text("SELECT * FROM audit.log_state()")).one()
    return LogState(
        row.seal_no, _bytes(row.head), row.key_id, _bytes(row.signature), row.sealed_at, row.unsealed_since,
        row.unanchored_since, row.stopped, row.taken_at,
    )  # fmt: skip


def add(
    tx: Writer, seal: Seal, *, kind: AnchorKind, place: str, receipt: bytes | None = None, complete: bool = False
) -> None:
    """Record that a head was handed out."""
    tx.connection.execute(
        insert(t.anchor).values(
            seal_no=seal.seal_no, kind=kind.value, place=place, head=seal.head, receipt=receipt, complete=complete
        )
    )


def newest(tx: Reader, kind: AnchorKind) -> Anchor | None:
    """The newest anchor of a kind."""
    query = select(t.anchor).where(t.anchor.c.kind == kind.value).order_by(t.anchor.c.seal_no.desc()).limit(1)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else _anchor(row)


def newest_of_each(tx: Reader) -> list[Anchor]:
    """The newest anchor of every kind and place, the newest first."""
    # Kinds and places are few: one step of the unique index for each, however many heads they hold.
    rows = tx.connection.execute(
        text(
            "WITH RECURSIVE place AS ((SELECT kind, place FROM audit.anchor ORDER BY kind, place LIMIT 1) UNION ALL "
            "SELECT n.* FROM place p CROSS JOIN LATERAL (SELECT a.kind, a.place FROM audit.anchor a "
            "WHERE (a.kind, a.place) > (p.kind, p.place) ORDER BY a.kind, a.place LIMIT 1) n) "
            "SELECT a.* FROM place p CROSS JOIN LATERAL (SELECT * FROM audit.anchor a "
            "WHERE (a.kind, a.place) = (p.kind, p.place) "
            "ORDER BY a.seal_no DESC LIMIT 1) a ORDER BY a.seal_no DESC, a.kind, a.place"
        )
    )
    return [_anchor(row) for row in rows]


def every(tx: Reader, *, after: int = 0, many: int | None = None) -> list[Anchor]:
    """Anchors in the order in which they were recorded, behind one."""
    query = select(t.anchor).where(t.anchor.c.anchor_id > after).order_by(t.anchor.c.anchor_id).limit(many)
    return [_anchor(row) for row in tx.connection.execute(query)]


def of_seals(tx: Reader, first: int, last: int) -> list[Anchor]:
    """Anchors of the seals from one number to another."""
    query = select(t.anchor).where(t.anchor.c.seal_no.between(first, last)).order_by(t.anchor.c.anchor_id)
    return [_anchor(row) for row in tx.connection.execute(query)]


def held_from(tx: Reader, seal_no: int, *, newest: bool) -> int | None:
    """The first seal from a number on whose head is anchored, or the newest one; None when there is none."""
    a = t.anchor
    query = select(func.max(a.c.seal_no) if newest else func.min(a.c.seal_no)).where(a.c.seal_no >= seal_no)
    found: int | None = tx.connection.scalar(query)
    return found


def note_fetched(tx: Writer, *, client_id: str, seal_no: int) -> None:
    """Record that a consumer fetched a head; once a head."""
    tx.connection.execute(text("SELECT audit.note_fetched(:client, :seal)"), {"client": client_id, "seal": seal_no})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file of heads; `whole` is false for one that was torn or changed, `chained` when the one before was.

    `end`: where it ends in the file, in bytes.
    """

    number: int
    seal_no: int
    head: str
    whole: bool
    chained: bool
    end: int


class AnchorFile:
    """The append-only file of heads, each line with the hash of the one before; best on another machine's disk."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "access-log.jsonl"

    @property
    def size(self) -> int:
        """Bytes that are there now; 0 without a file."""
        return self.path.stat().st_size if self.path.exists() else 0

    def append(self, seal: Seal, *, begun: bool) -> None:
        """Add a head; it is on disk when this returns. Raises DataFolderNotWritable.

        `begun`: the file had heads before. Then it is there, or AnchorsMissing: a disk that is away is not replaced.
        """
        try:
            if begun and not self.path.exists():
                raise AnchorsMissing(folder=str(self.path.parent), file=self.path.name)
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            last, torn = self._last()
            said: dict[str, Any] = {
                "seal_no": seal.seal_no, "head": seal.head.hex(), "total": seal.total, "at": seal.sealed_at.isoformat(),
                "previous": _chain(last),
            }  # fmt: skip
            # A line that a crash cut short stays as it is, and ends here.
            append_durably(self.path, ("\n" if torn else "") + json.dumps(said))
        except OSError as error:
            raise DataFolderNotWritable(folder=str(self.path.parent)) from error

    def lines(self) -> Iterator[Line]:
        """All lines, oldest first; none when there is no file."""
        if not self.path.exists():
            return
        previous: bytes | None = None
        begun, end = False, 0
        with self.path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                line = raw.rstrip(b"\n")
                end += len(raw)
                if not line:
                    continue
                try:
                    said = json.loads(line)
                    seal_no, head, chained_to = int(said["seal_no"]), str(said["head"]), said.get("previous")
                except (ValueError, KeyError, TypeError, AttributeError):
                    yield Line(number, 0, "", whole=False, chained=True, end=end)
                else:
                    # The first lines of an older installation are not chained; from the first chained one on all are.
                    chained = chained_to == _chain(previous) or (chained_to is None and not begun)
                    begun = begun or chained_to is not None
                    yield Line(number, seal_no, head, whole=True, chained=chained, end=end)
                previous = line

    def _last(self) -> tuple[bytes | None, bool]:
        """The last line, and whether it is torn."""
        if not self.path.exists():
            return None, False
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - 4096))
            tail = file.read()
        lines = [line for line in tail.split(b"\n") if line]
        return (lines[-1] if lines else None), bool(tail) and not tail.endswith(b"\n")


def append_durably(path: Path, line: str) -> None:
    """Add a line to a file that only grows; file and folder are on disk when this returns. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """A new name is on disk only when its folder is. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _chain(line: bytes | None) -> str:
    return hashlib.sha256(line or b"").hexdigest()


def _anchor(row: Any) -> Anchor:
    return Anchor(
        row.anchor_id, row.seal_no, AnchorKind(row.kind), row.place, bytes(row.head), row.at, _bytes(row.receipt),
        row.complete,
    )  # fmt: skip


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
