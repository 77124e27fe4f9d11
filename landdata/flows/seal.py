"""Seals the access log with signed, chained Merkle roots, hands the heads outside, and verifies all of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from landdata.errors import KeysDamaged
from landdata.model import merkle
from landdata.store import access_log
from landdata.store.access_log import Seal
from landdata.store.engine import Database
from landdata.store.key_files import make_once

_NOTHING = b"\x00" * 32

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. `faults` name the seal and what is wrong; `gaps` are numbers rolled back, not faults."""

    seals: int
    sealed: int
    unsealed: int
    anchors: int
    faults: tuple[str, ...]
    gaps: tuple[tuple[int, int], ...]

    @property
    def intact(self) -> bool:
        return not self.faults


def seal(db: Database, *, data_dir: Path) -> Seal | None:
    """Seal every entry that is final and not yet sealed; None when there is none. Raises KeysDamaged."""
    key = _signing_key(data_dir)
    with db.write() as tx:
        access_log.lock(tx)
        last = access_log.last_seal(tx)
        tx_from = last.tx_to if last else 0
        tx_to = access_log.final_before(tx)
        leaves = [merkle.leaf(entry) for entry in access_log.entries(tx, tx_from=tx_from, tx_to=tx_to)]
        if not leaves:
            return None
        unsigned = Seal(
            seal_no=last.seal_no + 1 if last else 1,
            tx_from=tx_from,
            tx_to=tx_to,
            entries=len(leaves),
            total=(last.total if last else 0) + len(leaves),
            root=merkle.root(leaves),
            previous_head=last.head if last else _NOTHING,
            head=b"",
            key_id=_key_id(key.public_key()),
            signature=b"",
            sealed_at=datetime.now(UTC),
        )
        head = _head(unsigned)
        made = replace(unsigned, head=head, signature=key.sign(head))
        access_log.add_seal(tx, made)
    _anchor(data_dir, made)
    return made


def verify(db: Database, *, data_dir: Path, progress: Progress = lambda _done, _all: None) -> Verdict:
    """Recompute every seal from the entries, check chain, signatures and anchors. Raises KeysDamaged."""
    public = _signing_key(data_dir).public_key()
    faults: list[str] = []
    with db.read() as tx:
        seals = access_log.seals(tx)
        previous, covered, total, found = _NOTHING, 0, 0, 0
        for one in seals:
            leaves = [merkle.leaf(entry) for entry in access_log.entries(tx, tx_from=one.tx_from, tx_to=one.tx_to)]
            total += one.entries
            found += len(leaves)
            faults += _faults_of(one, leaves, previous, covered, total, public)
            previous, covered = one.head, one.tx_to
            progress(one.seal_no, len(seals))
        unsealed = access_log.count(tx, tx_from=covered)
        strays = access_log.count(tx, tx_from=None) - found - unsealed
        if strays:
            faults.append(f"log: {strays} entries stand before every seal")
        gaps = access_log.gaps(tx)
    anchors = _anchors(data_dir)
    faults += _faults_of_anchors(anchors, seals)
    return Verdict(len(seals), total, unsealed, len(anchors), tuple(faults), tuple(gaps))


def ensure_partitions(db: Database, *, months_ahead: int) -> int:
    """Make the log's partitions ahead of time; returns how many were made."""
    with db.write() as tx:
        return access_log.ensure_partitions(tx, months_ahead)


def _faults_of(
    one: Seal, leaves: list[bytes], previous: bytes, covered: int, total: int, public: Ed25519PublicKey
) -> list[str]:
    faults = []
    if len(leaves) != one.entries:
        faults.append(f"seal {one.seal_no}: {one.entries} entries were sealed, {len(leaves)} are there")
    elif merkle.root(leaves) != one.root:
        faults.append(f"seal {one.seal_no}: an entry was changed")
    if one.previous_head != previous or one.tx_from != covered or one.total != total or _head(one) != one.head:
        faults.append(f"seal {one.seal_no}: the chain is broken")
    try:
        public.verify(one.signature, one.head)
    except InvalidSignature:
        faults.append(f"seal {one.seal_no}: the signature is false")
    return faults


def _faults_of_anchors(anchors: list[dict[str, str | int]], seals: list[Seal]) -> list[str]:
    heads = {one.seal_no: one.head.hex() for one in seals}
    return [
        f"anchor {anchor['seal_no']}: the head handed out then is not in the log"
        for anchor in anchors
        if heads.get(int(anchor["seal_no"])) != anchor["head"]
    ]


def _head(one: Seal) -> bytes:
    return merkle.head(
        [one.seal_no, one.tx_from, one.tx_to, one.entries, one.total, one.root, one.previous_head, one.sealed_at]
    )


def _signing_key(data_dir: Path) -> Ed25519PrivateKey:
    path = data_dir / "keys" / "access-log-seal.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_once(path, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode())
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError) as error:
        raise KeysDamaged(file=path.name) from error


def _key_id(public: Ed25519PublicKey) -> str:
    return public.public_bytes_raw().hex()[:16]


def _anchor_file(data_dir: Path) -> Path:
    return data_dir / "anchors" / "access-log.jsonl"


def _anchor(data_dir: Path, made: Seal) -> None:
    """Hand the head outside the database: whoever rewrites the log cannot also rewrite this."""
    path = _anchor_file(data_dir)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps(
        {"seal_no": made.seal_no, "head": made.head.hex(), "total": made.total, "at": made.sealed_at.isoformat()}
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _anchors(data_dir: Path) -> list[dict[str, str | int]]:
    path = _anchor_file(data_dir)
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
