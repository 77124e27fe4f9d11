"""What a restored database is asked before it serves again: its sums, and which raw files it speaks of; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, text

from landdata.store.engine import Reader
from landdata.store.tables import deliveries as t

_SUMS = """
SELECT
  (SELECT count(*) FROM land.parcel WHERE is_current) AS parcels,
  (SELECT coalesce(sum(c.parcels), 0) FROM stats.coverage_counter c JOIN ref.unit u USING (unit_id)
    WHERE u.level = 'commune') AS counted,
  (SELECT count(*) FROM intake.delivery) AS deliveries,
  (SELECT count(*) FROM intake.delivery_layer
    WHERE rows_read <> rows_new + rows_changed + rows_unchanged + rows_refused) AS unbalanced_layers,
  (SELECT count(*) FROM intake.delivery_commune
    WHERE parcels_after <> parcels_before + parcels_new - parcels_retired) AS unbalanced_communes,
  (SELECT count(*) FROM intake.delivery d WHERE d.state = 'PUBLISHED'
    AND NOT EXISTS (SELECT FROM intake.delivery_layer l WHERE l.delivery_id = d.delivery_id)) AS without_ledger
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts of rows; the last three are of rows that must not be."""

    parcels: int
    counted: int
    deliveries: int
    unbalanced_layers: int
    unbalanced_communes: int
    without_ledger: int


def sums(tx: Reader) -> Sums:
    """Parcels counted one by one beside what the counters say, and ledgers that do not add up. Reads whole tables."""
    return Sums(*(int(one) for one in tx.connection.execute(text(_SUMS)).one()))


def raw_hashes(tx: Reader, *, newest: int | None) -> Iterator[bytes]:
    """SHA-256 of the raw files that deliveries rest on, newest first; all, or so many."""
    query = select(t.raw_file.c.sha256).order_by(t.raw_file.c.received_at.desc()).limit(newest)
    for row in tx.connection.execute(query):
        yield bytes(row[0])
