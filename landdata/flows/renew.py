"""Brings what is under a former version of a key under the active one, beside all other work; begins again where it was cut.

Every batch is found by reading, then moved in a transaction of its own; what is moved shows which version it is under, so
there is nothing to remember. Row hashes are not moved: records on record are compared under the version that made them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from landdata.flows import match
from landdata.flows.asking import Asker
from landdata.store import identities, raw, renewal
from landdata.store.engine import Database
from landdata.store.keys import INDEX, PERSON, RAW, SEAL, Keys, identity_under, index_under

BATCH = 2000
Place = TypeVar("Place")
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Renewed:
    """How many values were brought under the active versions."""

    holders: int = 0
    claims: int = 0
    numbers: int = 0
    citizens: int = 0
    files: int = 0
    corrections: int = 0

    @property
    def total(self) -> int:
        return self.holders + self.claims + self.numbers + self.citizens + self.files + self.corrections


def renew(
    db: Database,
    *,
    keys: Keys,
    data_dir: Path,
    asker: Asker | None,
    copy: Path | None = None,
    batch: int = BATCH,
) -> Renewed:
    """One pass over everything that is under a former version; nothing is read where no key is being changed.

    `copy` holds raw files a second time, and they are sealed anew there, too.
    Citizens whose official name or number only the population platform knows are asked about again.
    Raises PopulationUnavailable, PopulationQuotaUsed, after everything else is done.
    """
    sealed, indexed, hashed = (keys.changing(one) for one in (SEAL, INDEX, PERSON))
    files = sum(raw.renew(one, keys) for one in (data_dir, copy) if one) if keys.changing(RAW) else 0
    holders = _walk(db, keys, batch, _holders, (0, 0, 0)) if sealed or indexed else 0
    numbers = _walk(db, keys, batch, _numbers, (_NOBODY, 0)) if sealed or indexed else 0
    claims = _walk(db, keys, batch, _claims, _NOBODY) if sealed or hashed else 0
    corrections = _walk(db, keys, batch, _corrections, 0) if sealed else 0
    citizens = 0
    if hashed or indexed:
        if asker is not None:
            citizens = match.ask_again(asker, keys=keys, batch=min(batch, 500))
        with db.write() as tx:
            renewal.stand_by(tx)
            identities.forget_unclaimed(tx, person=keys.active(PERSON), index=keys.active(INDEX))
    return Renewed(holders, claims, numbers, citizens, files, corrections)


def _walk(
    db: Database,
    keys: Keys,
    batch: int,
    step: Callable[[Database, Keys, int, Place], tuple[int, Place] | None],
    at: Place,
) -> int:
    moved = 0
    while (done := step(db, keys, batch, at)) is not None:
        moved, at = moved + done[0], done[1]
    return moved


def _holders(
    db: Database, keys: Keys, batch: int, after: tuple[int, int, int]
) -> tuple[int, tuple[int, int, int]] | None:
    index = keys.usable(INDEX)[0]
    with db.read() as tx:
        found = renewal.holders_outdated(tx, after, seal=keys.active(SEAL), index=index.number, limit=batch)
    if not found:
        return None
    with db.write() as tx:
        renewal.alone(tx)
        numbers = [(one, keys.unseal(one.sealed)) for one in renewal.holders(tx, found)]
        rows = [(*one[:3], keys.seal(number), index_under(index, number)) for one, number in numbers]
        renewal.set_holders(tx, rows, index=index.number)
    return len(rows), found[-1]


def _numbers(db: Database, keys: Keys, batch: int, after: tuple[UUID, int]) -> tuple[int, tuple[UUID, int]] | None:
    index = keys.usable(INDEX)[0]
    with db.read() as tx:
        found = renewal.numbers_outdated(tx, after, seal=keys.active(SEAL), index=index.number, limit=batch)
    if not found:
        return None
    with db.write() as tx:
        renewal.alone(tx)
        numbers = [(one, keys.unseal(one.sealed)) for one in renewal.take_numbers(tx, found)]
        rows = [(index_under(index, number), one.party_id, one.kind, keys.seal(number)) for one, number in numbers]
        renewal.put_numbers(tx, rows, index=index.number)
    return len(rows), found[-1]


def _claims(db: Database, keys: Keys, batch: int, after: UUID) -> tuple[int, UUID] | None:
    person = keys.usable(PERSON)[0]
    with db.read() as tx:
        found = renewal.claims_outdated(tx, after, seal=keys.active(SEAL), person=person.number, limit=batch)
    if not found:
        return None
    with db.write() as tx:
        renewal.alone(tx)
        rows = []
        for one in renewal.claims(tx, found):
            number = None if one.sealed is None else keys.unseal(one.sealed)
            old = str(one.identity_key)
            new = str(UUID(identity_under(person, one.name, number or "", one.birth)))
            rows.append((old, new if one.key_version != person.number else old, keys.seal(number) if number else None))
        renewal.set_claims(tx, rows, person=person.number)
    return len(rows), found[-1]


def _corrections(db: Database, keys: Keys, batch: int, after: int) -> tuple[int, int] | None:
    with db.read() as tx:
        found = renewal.corrections_outdated(tx, after, seal=keys.active(SEAL), limit=batch)
    if not found:
        return None
    with db.write() as tx:
        renewal.alone(tx)
        rows = [(one, keys.seal(keys.unseal(sealed))) for one, sealed in renewal.corrections(tx, found)]
        renewal.set_corrections(tx, rows)
    return len(rows), found[-1]
