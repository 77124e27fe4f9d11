"""Evidence for one entry: its bytes, the way up to its seal, and on to a head that others hold; checkable by strangers."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from uuid import UUID

from landdata.errors import EntryUnknown, EntryUnsealed
from landdata.flows import inspections
from landdata.model import merkle
from landdata.model.access_log import COLUMNS, Anchor, Entry, Seal
from landdata.model.inspections import Inspector, Kind
from landdata.settings import Settings
from landdata.store import access_log, anchors, sealing_keys
from landdata.store.engine import Database, Reader

FORMAT = "landdata-access-evidence-1"


def evidence(
    db: Database, *, settings: Settings, who: Inspector, access_id: int, newest: bool = False
) -> dict[str, Any]:
    """Everything a stranger needs to check that the entry stood in the log, as JSON values; the look is recorded.

    The chain ends with the first head from the entry's seal on that is anchored, or with the newest one.
    Raises EntryUnknown, EntryUnsealed, InspectionUnfit, PersonUnknown, AnchorsMissing, KeysDamaged.
    """
    with db.read() as tx:
        entry = access_log.entry(tx, access_id)
    if entry is None:
        raise EntryUnknown(access_id=access_id)
    inspections.record(db, who, Kind.EVIDENCE, sought=json.dumps({"access_id": access_id}), subject=_subject(entry))
    with db.read() as tx:
        seal = access_log.seal_over(tx, entry[2])
        if seal is None:
            raise EntryUnsealed(access_id=access_id)
        path = _path(tx, seal, entry)
        chain, held = _chain(tx, seal, newest=newest)
    # Read last: what signed these seals stands in the list by now.
    keys = sealing_keys.public_keys(settings.heads_dir)
    return {
        "format": FORMAT,
        "entry": dict(zip(COLUMNS, json.loads(merkle.spelled(entry)), strict=False)),
        "leaf_text": merkle.spelled(entry),
        "path": [[side, one.hex()] for side, one in path],
        "chain": [_words(one) for one in chain],
        "keys": [
            {
                "key_id": key.key_id, "public_key": key.public.public_bytes_raw().hex(), "from_seal": key.from_seal,
                "introduced_by": key.introduced_by, "signature": key.signature,
            }
            for key in keys
        ],
        "anchors": [_held(one) for one in held],
    }  # fmt: skip


def _subject(entry: Entry) -> UUID | None:
    subject = entry[COLUMNS.index("subject")]
    return UUID(subject) if subject else None


def _path(tx: Reader, seal: Seal, entry: Entry) -> list[tuple[str, bytes]]:
    leaves: list[bytes] = []
    place = -1
    for one in access_log.entries(tx, tx_from=seal.tx_from, tx_to=seal.tx_to):
        if one[0] == entry[0]:
            place = len(leaves)
        leaves.append(merkle.leaf(one))
    # Evidence that does not hold is none.
    if place < 0 or merkle.root(leaves) != seal.root:
        raise EntryUnsealed(access_id=entry[0])
    return merkle.path(leaves, place)


def _chain(tx: Reader, seal: Seal, *, newest: bool) -> tuple[list[Seal], list[Anchor]]:
    last = anchors.held_from(tx, seal.seal_no, newest=newest) or seal.seal_no
    chain = (
        [seal, *access_log.seals(tx, after=seal.seal_no, many=last - seal.seal_no)] if last > seal.seal_no else [seal]
    )
    return chain, anchors.of_seals(tx, last, last)


def _words(one: Seal) -> dict[str, Any]:
    return {
        "version": 1 if one.index_hash is None else 2,
        "words": json.loads(merkle.spelled(one.words())),
        "head": one.head.hex(),
        "key_id": one.key_id,
        "signature": one.signature.hex(),
    }


def _held(one: Anchor) -> dict[str, Any]:
    return {
        "kind": one.kind.value, "place": one.place, "seal_no": one.seal_no, "head": one.head.hex(), "at": one.at.isoformat(),
        "receipt": b64encode(one.receipt).decode() if one.receipt else None,
    }  # fmt: skip
