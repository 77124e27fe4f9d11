"""What must be so after every fault, whatever it was: one look that all tests of faults end with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import text
from syncworld import contents, unbalanced, value

from landdata.store import keys as key_files
from landdata.store.engine import Database
from landdata.store.raw import opened

_DOUBLED = {
    "deliveries of one key": "SELECT 1 FROM intake.delivery GROUP BY office_id, idempotency_key HAVING count(*) > 1",
    "parcels on record": "SELECT 1 FROM land.parcel WHERE is_current "
    "GROUP BY commune_id, map_sheet_number, parcel_number HAVING count(*) > 1",
    "records that stand": "SELECT 1 FROM land.record WHERE until_pub IS NULL "
    "GROUP BY commune_id, content_hash HAVING count(*) > 1",
    "withdrawals": "SELECT 1 FROM land.publication WHERE kind = 'WITHDRAW' GROUP BY delivery_id HAVING count(*) > 1",
    "publications of a commune": "SELECT 1 FROM intake.delivery_commune WHERE publication_id IS NOT NULL "
    "GROUP BY delivery_id, unit_id HAVING count(*) > 1",
}
_HALF = {
    "publications without a line of the ledger": "SELECT 1 FROM land.publication p WHERE kind = 'PUBLISH' AND NOT EXISTS "
    "(SELECT FROM intake.delivery_commune c WHERE c.publication_id = p.publication_id)",
    "published deliveries without a ledger": "SELECT 1 FROM intake.delivery d WHERE state IN ('PUBLISHED', 'WITHDRAWN') "
    "AND NOT EXISTS (SELECT FROM intake.delivery_layer l WHERE l.delivery_id = d.delivery_id)",
    "records whose parts stand otherwise": "SELECT 1 FROM land.parcel p JOIN land.record r USING (commune_id, record_id) "
    "WHERE p.is_current <> (r.until_pub IS NULL)",
    "deliveries that nobody works on": "SELECT 1 FROM intake.delivery d WHERE state IN ('RECEIVED', 'READ', 'CHECKED') "
    "AND NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.args ->> 'delivery_uid' = d.delivery_uid::text)",
}


def nothing_lost(
    db: Database,
    data_dir: Path,
    *,
    like: dict[str, Any] | None = None,
    acknowledged: Mapping[str, str] | None = None,
) -> int:
    """The ledger balances, no commune is half, nothing stands twice, every byte is there; how many deliveries there are.

    `like`: what a database holds in which the same was done in peace. `acknowledged`: the uid that each key was told.
    """
    assert unbalanced(db) == 0, "the ledger does not balance"
    for what, query in (_DOUBLED | _HALF).items():
        assert value(db, f"SELECT count(*) FROM ({query}) found") == 0, what
    with db.read() as tx:
        held = tx.connection.execute(
            text("SELECT idempotency_key, delivery_uid::text, sha256 FROM intake.delivery")
        ).all()
    keys = key_files.make_all(data_dir)
    for sha256 in {bytes(one.sha256) for one in held}:
        with opened(data_dir, sha256, keys, data_dir / "look") as plain:
            assert hashlib.sha256(plain.read_bytes()).digest() == sha256
    if acknowledged is not None:
        assert {one.idempotency_key: one.delivery_uid for one in held} == dict(acknowledged)
    if like is not None:
        assert contents(db) == like, "it did not end as in peace"
    return len(held)
