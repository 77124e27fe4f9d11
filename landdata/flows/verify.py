"""Verifies the access log: every entry against its seal, seals against each other, against their keys and all anchors.

Nothing that stands in the database is believed because it stands there: a superuser could have written it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from landdata.connectors import timestamps
from landdata.connectors.timestamps import Authority
from landdata.flows.seal import PRINT, Leaves, index_hash
from landdata.model.access_log import NOTHING, AnchorKind, Entry, Fault, FaultKind, Gap, LogState, Seal, Verdict
from landdata.settings import Settings
from landdata.store import access_log, anchors, inspections, sealing_keys
from landdata.store.anchors import AnchorFile
from landdata.store.engine import Database, Reader
from landdata.store.sealing_keys import PublicKey

# Entries and seals looked at in one statement, and faults that are named one by one.
_ENTRIES, _SEALS, MOST_FAULTS = 200_000, 1000, 10_000
# An entry is sealed a minute after it was made; clocks of machines may differ, and long transactions end late.
_SLACK = timedelta(hours=1)
_LATE = timedelta(hours=4)

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Found:
    """What was found so far."""

    faults: list[Fault] = field(default_factory=list)
    further: int = 0
    doubts: list[str] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)

    def fault(self, kind: FaultKind, seal_no: int | None = None, access_id: int | None = None, place: str = "") -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(kind, seal_no, access_id, place))
        else:
            self.further += 1


def verify(
    db: Database,
    *,
    settings: Settings,
    heads: Sequence[tuple[int, str]] = (),
    progress: Progress = lambda _done, _all: None,
) -> Verdict:
    """Recompute everything; `heads` are (seal, head in hex) that somebody outside holds. Raises AnchorsMissing, KeysDamaged.

    A million entries take some tens of seconds, in bounded memory. Sealing and look-ups go on meanwhile: what they add
    to the file of heads and to the list of keys after the snapshot is not held against it.
    """
    found = _Found()
    # Every head up to here is of a seal that the snapshot holds.
    upto = AnchorFile(settings.heads_dir).size
    with db.read() as tx:
        state = anchors.state(tx)
        newest = access_log.last_seal(tx)
        settled = access_log.settled(tx)
        # Read after the snapshot was taken: what signed its seals stands in the list by now.
        keys = sealing_keys.public_keys(settings.heads_dir) if newest else []
        last, sealed = _seals(tx, keys, found, newest.seal_no if newest else 0, progress)
        unsealed, since = access_log.waiting(tx, tx_from=last.tx_to if last else None)
        many, held = _file(tx, settings, found, upto, newest.seal_no if newest else 0)
        _recorded(tx, settings, found, many)
        _compare(tx, heads, found, place="đầu chuỗi đưa vào / head given")
        for access_id in inspections.false_ones(tx):
            found.fault(FaultKind.INSPECTION_DIFFERS, access_id=access_id)
        _doubts(tx, found, state, keys, last)
    # What was under way at the snapshot is over by now, or all but.
    with db.read() as tx:
        gaps = [gap for gap in access_log.gaps(tx, upto=settled) if not _explained(gap, found.removed)]
    if state.unanchored_seconds > _LATE.total_seconds():
        found.doubts.append(
            "có dòng hơn 4 giờ chưa được neo: dữ liệu cá nhân tạm dừng / entries wait for an anchor for more than 4 hours: "
            "personal data stops"
        )
    return Verdict(
        last.seal_no if last else 0, sealed, unsealed, since, many, held, tuple(found.faults), found.further,
        tuple(found.doubts), tuple(gaps),
    )  # fmt: skip


def _seals(
    tx: Reader, keys: list[PublicKey], found: _Found, newest: int, progress: Progress
) -> tuple[Seal | None, int]:
    last: Seal | None = None
    total = 0
    for group in _groups(tx):
        rows = access_log.entries(tx, tx_from=last.tx_to if last else None, tx_to=group[-1].tx_to)
        row = next(rows, None)
        for one in group:
            now = Leaves()
            while row is not None and row[2] < one.tx_to:
                if row[2] < one.tx_from:
                    # Between two seals, or before the first: no range may be left out.
                    found.fault(FaultKind.INSERTED, access_id=row[0])
                else:
                    now.add(row)
                    _timely(row, last, one, found)
                row = next(rows, None)
            total += one.entries
            _check_seal(one, last, total, keys, found)
            _check_entries(tx, one, now, found)
            last = one
        rows.close()  # type: ignore[attr-defined]
        progress(group[-1].seal_no, newest)
    return last, total


def _groups(tx: Reader) -> Iterator[list[Seal]]:
    """Seals in their order, so many together as are read in one statement."""
    after, group, entries = 0, list[Seal](), 0
    while block := access_log.seals(tx, after=after, many=_SEALS):
        after = block[-1].seal_no
        for one in block:
            group.append(one)
            entries += one.entries
            if entries >= _ENTRIES or len(group) >= _SEALS:
                yield group
                group, entries = [], 0
    if group:
        yield group


def _timely(entry: Entry, last: Seal | None, one: Seal, found: _Found) -> None:
    at: datetime = entry[1]
    fits = at <= one.sealed_at + _SLACK and (last is None or at >= last.sealed_at - _SLACK)
    if not fits and len(found.doubts) < MOST_FAULTS:
        found.doubts.append(
            f"access_id {entry[0]}: giờ {at.isoformat(timespec='seconds')} không hợp với niêm phong / its time does not fit "
            f"seal {one.seal_no} ({one.sealed_at.isoformat(timespec='seconds')})"
        )


def _check_seal(one: Seal, last: Seal | None, total: int, keys: list[PublicKey], found: _Found) -> None:
    number, covered, head = (last.seal_no, last.tx_to, last.head) if last else (0, 0, NOTHING)
    in_chain = (one.seal_no, one.tx_from, one.previous_head, one.total) == (number + 1, covered, head, total)
    if not in_chain or one.own_head() != one.head:
        found.fault(FaultKind.CHAIN_BROKEN, one.seal_no)
    key = sealing_keys.key_of(keys, one.seal_no)
    if key.key_id != one.key_id:
        found.fault(FaultKind.KEY_UNKNOWN, one.seal_no)
    elif not key.holds(one.signature, one.head):
        found.fault(FaultKind.SIGNATURE_FALSE, one.seal_no)


def _check_entries(tx: Reader, one: Seal, now: Leaves, found: _Found) -> None:
    if now.tree.size == one.entries and now.tree.root() == one.root:
        return
    before = _index(tx, one)
    if before is None:
        found.fault(FaultKind.RANGE_DIFFERS, one.seal_no)
        if one.index_hash is not None:
            found.fault(FaultKind.INDEX_FALSE, one.seal_no)
        return
    named = len(found.faults) + found.further
    _name(one, before, now, found)
    if len(found.faults) + found.further == named:
        found.fault(FaultKind.RANGE_DIFFERS, one.seal_no)


def _name(one: Seal, before: dict[int, bytes], now: Leaves, found: _Found) -> None:
    """Each entry that differs from what was sealed."""
    present = _by_number(now.numbers, bytes(now.prints))
    for access_id, print_ in before.items():
        if access_id not in present:
            found.removed.add(access_id)
            found.fault(FaultKind.REMOVED, one.seal_no, access_id)
        elif present[access_id] != print_:
            found.fault(FaultKind.CHANGED, one.seal_no, access_id)
    # The key of the table also holds the time: a number can stand twice in it.
    twice = Counter(now.numbers) - Counter(present.keys())
    for access_id in sorted((present.keys() - before.keys()) | twice.keys()):
        found.fault(FaultKind.INSERTED, one.seal_no, access_id)


def _index(tx: Reader, one: Seal) -> dict[int, bytes] | None:
    """What the seal covered, entry by entry; None when the seal does not vouch for what stands there."""
    kept = access_log.index_of(tx, one.seal_no)
    if kept is None or one.index_hash is None:
        return None
    try:
        numbers = access_log.unpacked(kept[0])
    except ValueError:
        return None
    return _by_number(numbers, kept[1]) if index_hash(numbers, kept[1]) == one.index_hash else None


def _by_number(numbers: Sequence[int], prints: bytes) -> dict[int, bytes]:
    return {number: prints[at : at + PRINT] for at, number in zip(range(0, len(prints), PRINT), numbers, strict=False)}


def _file(tx: Reader, settings: Settings, found: _Found, upto: int, last: int) -> tuple[int, int]:
    """The file of heads against the seals; how many lines it has, and the newest seal in it.

    A line beyond `upto` bytes for a seal after the `last` one was written after the snapshot.
    """
    many, newest, block = 0, 0, list[tuple[int, str]]()
    for line in AnchorFile(settings.heads_dir).lines():
        if not line.chained:
            found.fault(FaultKind.ANCHORS_CHANGED, place=f"access-log.jsonl:{line.number}")
        if not line.whole and line.end > upto:
            continue  # just being written
        if not line.whole:
            found.doubts.append(f"access-log.jsonl:{line.number}: dòng bị cụt / a torn line")
            continue
        many += 1
        if line.end > upto and line.seal_no > last:
            continue
        newest = max(newest, line.seal_no)
        block.append((line.seal_no, line.head))
        if len(block) >= _SEALS:
            _compare(tx, block, found, place="access-log.jsonl")
            block = []
    _compare(tx, block, found, place="access-log.jsonl")
    return many, newest


def _compare(tx: Reader, held: Sequence[tuple[int, str]], found: _Found, *, place: str) -> None:
    present = access_log.heads(tx, [number for number, _ in held]) if held else {}
    for number, head in held:
        if present.get(number, b"").hex() != head:
            found.fault(FaultKind.ANCHOR_DIFFERS, number, place=place)


def _recorded(tx: Reader, settings: Settings, found: _Found, lines: int) -> None:
    """The table of anchors against the seals, against the file, and the authority's receipts."""
    authority: Authority | None = timestamps.authority(settings.tsa_url, settings.tsa_certificates)
    after, files, unchecked = 0, 0, 0
    while block := anchors.every(tx, after=after, many=_SEALS):
        after = block[-1].anchor_id
        _compare(tx, [(one.seal_no, one.head.hex()) for one in block], found, place="audit.anchor")
        for one in block:
            files += one.kind is AnchorKind.FILE
            if one.receipt is not None:
                if authority is None:
                    unchecked += 1
                elif authority.stamped_at(one.receipt, one.head) is None:
                    found.fault(FaultKind.RECEIPT_FALSE, one.seal_no, place=one.place)
    if lines < files:
        found.fault(FaultKind.ANCHORS_CHANGED, place=f"access-log.jsonl: {lines} < {files}")
    if unchecked:
        found.doubts.append(
            f"{unchecked} dấu thời gian chưa kiểm tra vì không có chứng thư / time stamps not checked for lack of certificates"
        )


def _doubts(tx: Reader, found: _Found, state: LogState, keys: list[PublicKey], last: Seal | None) -> None:
    stray = access_log.in_default(tx)
    if stray:
        found.doubts.append(f"{stray} dòng ở phân vùng mặc định / entries in the default partition")
    if state.unsealed_seconds > 300:
        found.doubts.append(
            f"dòng cũ nhất đã chờ niêm phong {state.unsealed_seconds:.0f} giây / the oldest entry has waited "
            f"{state.unsealed_seconds:.0f} s for its seal"
        )
    for key in sealing_keys.unvouched(keys):
        found.doubts.append(
            f"không khóa nào bảo chứng khóa {key.key_id} (từ niêm phong {key.from_seal}): đối chiếu với bản giấy / no key "
            f"vouches for {key.key_id} (from seal {key.from_seal} on): compare it with what was handed over on paper"
        )
    if last is not None and access_log.final_before(tx) < last.tx_to:
        found.doubts.append(
            "số giao dịch ở sau niêm phong cuối: nạp từ bản kết xuất? / transactions lie behind the last seal: loaded from "
            "a dump? (docs/backup.md)"
        )


def _explained(gap: Gap, removed: set[int]) -> bool:
    """Whether the gap is only made of entries that were named as removed."""
    return all(number in removed for number in range(gap.first, gap.first + gap.many)) if removed else False
