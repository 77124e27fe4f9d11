"""Matches pending holders with an extract of the population platform: plain cases as sets, the others by the same rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa

from landdata.errors import ExtractBusy
from landdata.flows import decisions, match
from landdata.matching import births, names, numbers, sides, spellings
from landdata.model.persons import Answer, Citizen, Claim
from landdata.model.progress import Report, Stage, silent
from landdata.reading import extract as reader
from landdata.store import extracts, renewal
from landdata.store.engine import Database
from landdata.store.key_files import Version
from landdata.store.keys import INDEX, PERSON, Keys, hash_under, index_under

_PORTION = 20_000


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of an extract: `unusable` rows lack a number or a reference; `linked` claims as sets, `judged` by rules."""

    citizens: int
    unusable: int
    linked: int
    judged: int


@dataclass(frozen=True, slots=True)
class _Keys:
    """The versions under which an extract is hashed, from its first row to its last claim."""

    every: Keys
    index: Version
    person: Version


def match_extract(db: Database, path: Path, *, keys: Keys, whole: bool, report: Report = silent) -> Matched:
    """Load an extract, match what is pending with it, and forget it again.

    `whole`: the extract holds every citizen, so a number that is not in it is nobody's; otherwise those stay pending, for
    the platform to be asked. It comes to the same end as asking the platform. Safe to repeat after a cut. Raises
    ExtractBusy, and what reading raises.
    """
    report(Stage.READING)
    table = reader.read(path, sides.PERSON_COLUMNS)
    with extracts.alone(db) as free:
        if not free:
            raise ExtractBusy
        used = _Keys(keys, keys.usable(INDEX)[0], keys.usable(PERSON)[0])
        citizens, unusable = _load(db, table, used, report)
        linked, judged = _match(db, used, report, whole=whole)
        forget(db)
    report(Stage.DONE, table.num_rows, table.num_rows)
    return Matched(citizens, unusable, linked, judged)


def forget(db: Database) -> int:
    """Delete an extract that a cut left behind; returns how many citizens."""
    with db.write() as tx:
        return extracts.clear(tx)


def _load(db: Database, table: pa.Table, keys: _Keys, report: Report) -> tuple[int, int]:
    forget(db)
    known: dict[str, int] = {}
    unusable = 0
    for at in range(0, table.num_rows, _PORTION):
        report(Stage.CHECKING, at, table.num_rows)
        rows = table.slice(at, _PORTION).to_pylist()
        fresh, borne = list[Citizen](), list[tuple[str, str, str]]()
        for ref, citizen in ((row["person_id"], _citizen(row)) for row in rows):
            if citizen is None:
                unusable += 1
                continue
            # A citizen may stand in several rows, one for each former number.
            if ref not in known:
                known[ref] = len(known)
                fresh.append(citizen)
            borne.append((ref, citizen.id_number, "CURRENT"))
            if citizen.old_id_number and citizen.old_id_number != citizen.id_number:
                borne.append((ref, citizen.old_id_number, "OLD"))
        with db.write() as tx:
            renewal.stand_by(tx)
            extracts.add(tx, _persons(fresh, known, keys), _numbers(borne, known, keys))
    with db.write() as tx:
        extracts.ready(tx)
    return len(known), unusable


def _citizen(row: dict[str, str | None]) -> Citizen | None:
    """A row as the platform would say it; None when it has no number, or no reference."""
    number, _ = numbers.digits(row["id_number"] or "")
    if not number or not row["person_id"]:
        return None
    birth = births.read(row["date_of_birth"] or "") or 0
    if not birth and len(number) == 12:
        birth = numbers.says(number).year * 10_000
    dead = (row["status"] or "").strip().upper() == "DEAD" or bool((row["died_on"] or "").strip())
    return Citizen(
        person_ref=row["person_id"],
        id_number=number,
        old_id_number=numbers.digits(row["old_id_number"] or "")[0] or None,
        full_name=row["full_name"] or "",
        date_of_birth=_iso(birth),
        alive=not dead,
    )


def _iso(birth: int) -> str:
    parts = [f"{birth // 10_000:04d}", f"{birth // 100 % 100:02d}", f"{birth % 100:02d}"]
    return "-".join(part for part in parts if int(part))


def _persons(fresh: list[Citizen], known: dict[str, int], keys: _Keys) -> pa.Table:
    words = (
        json.dumps(
            [one.person_ref, one.id_number, one.old_id_number, one.full_name, one.date_of_birth, one.alive],
            ensure_ascii=False,
        )
        for one in fresh
    )
    births_ = [one.date_of_birth for one in fresh]
    return pa.table(
        {
            "person_id": pa.array([known[one.person_ref] for one in fresh], pa.int64()),
            "person_ref": pa.array([one.person_ref for one in fresh], pa.string()),
            "sealed": _hex(keys.every.seal_citizen(one) for one in words),
            "name_hash": _hex(hash_under(keys.person, "name", names.plain(one.full_name)) for one in fresh),
            "name_folded_hash": _hex(hash_under(keys.person, "folded", names.folded(one.full_name)) for one in fresh),
            "birth_date_hash": _hex(hash_under(keys.person, "birth", one) if len(one) > 4 else None for one in births_),
            "birth_year_hash": _hex(hash_under(keys.person, "year", one[:4]) for one in births_),
            "plain_birth": pa.array([len(one) in {4, 10} for one in births_], pa.bool_()),
            "life_status": pa.array(["ALIVE" if one.alive else "DEAD" for one in fresh], pa.string()),
        }
    )


def _numbers(borne: list[tuple[str, str, str]], known: dict[str, int], keys: _Keys) -> pa.Table:
    return pa.table(
        {
            "bidx": pa.array([index_under(keys.index, number) for _, number, _ in borne], pa.string()),
            "person_id": pa.array([known[ref] for ref, _, _ in borne], pa.int64()),
            "kind": pa.array([kind for _, _, kind in borne], pa.string()),
            "number_sealed": _hex(keys.every.seal(number) for _, number, _ in borne),
        }
    )


def _hex(values: Iterator[bytes | None] | Iterator[bytes]) -> pa.Array:
    return pa.array([None if one is None else f"\\x{one.hex()}" for one in values], pa.string())


def _match(db: Database, keys: _Keys, report: Report, *, whole: bool) -> tuple[int, int]:
    linked = judged = 0
    after: extracts.Place | None = None
    while True:
        with db.read() as tx:
            claims, after = extracts.pending(tx, after, limit=_PORTION, keys=keys.every)
        if not claims:
            return linked, judged
        with db.write() as tx:
            renewal.stand_by(tx)
            claims = decisions.as_corrected(tx, claims, keys=keys.every)
            # What is decided about a holder is weighed with the answer, which a comparison of sets cannot.
            found = extracts.link(tx, _asked(claims, keys, weighed=decisions.ruled(tx, claims)))
            match.tell_before(tx, found)
            extracts.settle_linked(tx, hash_version=keys.person.number, index_version=keys.index.number)
            left = {one.identity_key: one.sealed for one in extracts.rest(tx)}
            open_ = [claim for claim in claims if claim.identity_key in left and (whole or left[claim.identity_key])]
            match.tell_after(tx, found)
        answers = [
            Answer(one.identity_key, tuple(_opened(keys.every, words) for words in left[one.identity_key]))
            for one in open_
        ]
        # Beside the former it would hold the clerks' list while it waits for claims of another worker, who waits for the list.
        with db.write() as tx:
            match.keep(tx, open_, match.decided(open_, answers), keys.every)
        linked, judged = linked + len(found), judged + len(open_)
        report(Stage.COMPARING, linked + judged, 0)


def _asked(claims: list[Claim], keys: _Keys, *, weighed: set[UUID]) -> pa.Table:
    """Claims as hashes. A name that has to be read by rules first, through titles or damage, has none, nor one `weighed`."""
    written = spellings.written(pa.array([one.name for one in claims], pa.string()))
    plain = ~written.of_rows(written.tidied) & ~written.of_rows(written.company) & (written.code >= 0)
    person = keys.person
    return pa.table(
        {
            "identity_key": pa.array([str(one.identity_key) for one in claims], pa.string()),
            "bidx": pa.array([index_under(keys.index, one.id_number) for one in claims], pa.string()),
            "name_folded_hash": _hex(
                hash_under(person, "folded", names.folded(one.name))
                if clear and one.identity_key not in weighed
                else None
                for one, clear in zip(claims, np.asarray(plain).tolist(), strict=True)
            ),
            "birth_date_hash": _hex(
                hash_under(person, "birth", one.birth_date.isoformat()) if one.birth_date else None for one in claims
            ),
            "birth_year_hash": _hex(hash_under(person, "year", f"{one.birth_year:04d}") for one in claims),
        }
    )


def _opened(keys: Keys, words: bytes) -> Citizen:
    ref, number, old, name, born, alive = json.loads(keys.open_citizen(words))
    return Citizen(ref, number, old, name, born, alive=alive)
