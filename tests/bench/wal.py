"""Counts the write-ahead log that a piece of work wrote for some tables and their indexes, whoever else writes beside."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg2

from tests.bench.ground import Ground

# PostgreSQL's own reading of its log: every record names the files whose blocks it changes.
_BYTES = """
WITH file AS (
  SELECT format('rel %%s/%%s/%%s ', (SELECT dattablespace FROM pg_database WHERE datname = current_database()),
                (SELECT oid FROM pg_database WHERE datname = current_database()), pg_relation_filenode(one)) AS name
  FROM (SELECT to_regclass(t)::oid AS one FROM unnest(%(tables)s) AS t
        UNION SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT to_regclass(t) FROM unnest(%(tables)s) AS t)) AS x
)
SELECT coalesce(sum(record_length), 0) FROM pg_get_wal_records_info(%(start)s, %(stop)s)
WHERE EXISTS (SELECT FROM file WHERE strpos(block_ref, file.name) > 0)
"""


@dataclass
class Wal:
    """Bytes written between two places in the log: `total` by anybody on the server, `tables` for the tables alone."""

    total: int = 0
    tables: int = 0

    def __str__(self) -> str:
        return f"WAL for parcels {self.tables:,} bytes (of {self.total:,} in all, ledger included)"


@contextmanager
def wal_of(place: Ground, tables: Sequence[str]) -> Iterator[Wal]:
    """Measure a block; the figures are there when it has ended."""
    wal = Wal()
    with closing(psycopg2.connect(place.admin_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
        # A temporary slot keeps the log from being recycled under us, and ends with the connection.
        cursor.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", (f"bench_{os.getpid()}",))
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        (start,) = cursor.fetchone() or ("",)
        yield wal
        cursor.execute("SELECT pg_current_wal_insert_lsn(), pg_switch_wal()")
        (stop, _) = cursor.fetchone() or ("", "")
        cursor.execute("SELECT pg_wal_lsn_diff(%s, %s)::bigint", (stop, start))
        (wal.total,) = cursor.fetchone() or (0,)
        cursor.execute(_BYTES, {"tables": list(tables), "start": start, "stop": stop})
        (wal.tables,) = cursor.fetchone() or (0,)
