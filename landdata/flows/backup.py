"""Proves that a restored service is whole: sums of the database, and the bytes of every delivery; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from landdata.errors import RawFileDamaged
from landdata.store import backup, raw
from landdata.store.engine import Database
from landdata.store.keys import Keys

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was counted, and what is wrong in words for the operator."""

    parcels: int
    deliveries: int
    raw_files: int
    faults: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.faults


def prove(
    db: Database,
    *,
    data_dir: Path,
    keys: Keys,
    newest: int | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Proof:
    """Count parcels against counters, add up ledgers, and open the raw files (all, or the `newest` so many).

    Each file is opened with the keys and its bytes compared with the hash that the database holds. Raises DiskFull.
    """
    with db.read() as tx:
        found = backup.sums(tx)
        hashes = list(backup.raw_hashes(tx, newest=newest))
    faults = []
    if found.parcels != found.counted:
        faults.append(f"counters say {found.counted} parcels, {found.parcels} are there")
    for what, many in (
        ("layers whose ledger does not add up", found.unbalanced_layers),
        ("communes whose ledger does not add up", found.unbalanced_communes),
        ("published deliveries without a ledger", found.without_ledger),
    ):
        if many:
            faults.append(f"{many} {what}")
    for number, sha256 in enumerate(hashes, 1):
        try:
            with raw.opened(data_dir, sha256, keys, data_dir / "scratch"):
                pass
        except RawFileDamaged as error:
            faults.append(error.sentence("en"))
        progress(number, len(hashes))
    return Proof(found.parcels, found.deliveries, len(hashes), tuple(faults))
