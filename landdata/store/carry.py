"""Copies what cannot be derived from one database into another, table by table: all but what deliveries bring about.

Everything of one call is read in one snapshot and written in one transaction: it is there as a whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from graphlib import TopologicalSorter

from sqlalchemy import text

from landdata.store.engine import Reader, Writer
from landdata.store.tables import SCHEMAS

# What reading the deliveries again brings back. Publications are not among it: when something was known cannot be derived.
DERIVED = frozenset(
    {
        "land.record", "land.parcel", "land.purpose", "land.lineage", "land.certificate", "land.holder", "land.land_right",
        "land.asset", "land.assertion", "intake.delivery_layer", "intake.delivery_commune", "intake.finding",
        "stats.coverage_event", "stats.coverage_month", "stats.coverage_counter", "stats.connected", "sync.run", "sync.step",
    }
)  # fmt: skip
# Columns of carried tables that say what became of a delivery.
_OUTCOME = {"intake.delivery": frozenset({"state", "format", "epsg", "doubts", "refusal", "finished_at"})}
_TABLES = """
SELECT c.oid::regclass::text AS name, c.relforcerowsecurity AS forced, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE n.nspname = ANY (:schemas) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.oid
"""
_KEYS = """
SELECT conrelid::regclass::text AS of, confrelid::regclass::text AS needs FROM pg_constraint
WHERE contype = 'f' AND conrelid <> confrelid
"""
_PARTITIONS = """
SELECT i.inhparent::regclass::text AS parent, i.inhrelid::regclass::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relispartition AND c.relkind = 'r'
ORDER BY 2
"""


@dataclass(frozen=True, slots=True)
class Carried:
    """A table and its columns that are copied; `forced`: its owner, too, is held to its policies."""

    name: str
    columns: tuple[str, ...]
    forced: bool


def tables(tx: Reader) -> list[Carried]:
    """The tables that are carried over, each after those it points at."""
    found = {
        row.name: Carried(
            row.name, tuple(one for one in row.columns if one not in _OUTCOME.get(row.name, ())), row.forced
        )
        for row in tx.connection.execute(text(_TABLES), {"schemas": list(SCHEMAS)})
        if row.name not in DERIVED
    }
    needs: dict[str, set[str]] = {name: set() for name in sorted(found)}
    for row in tx.connection.execute(text(_KEYS)):
        if row.of in found and row.needs in found:
            needs[row.of].add(row.needs)
    return [found[name] for name in TopologicalSorter(needs).static_order()]


def carry(source: Reader, target: Writer, on_table: Callable[[int, int], None] = lambda _done, _all: None) -> None:
    """Put every carried row of `source` in the place of what `target` holds; `on_table`: how many of how many are there.

    The target's own triggers rest meanwhile: nothing happens anew, and clocks are those of the source.
    """
    run = target.connection.exec_driver_sql
    _make_partitions(source, target)
    every = tables(target)
    for one in every:
        run(f"ALTER TABLE {one.name} DISABLE TRIGGER USER")
        if one.forced:
            # COPY writes into no table whose policies hold for who asks.
            run(f"ALTER TABLE {one.name} NO FORCE ROW LEVEL SECURITY")
    for one in reversed(every):
        run(f"DELETE FROM {one.name}")
    for done, one in enumerate(every, start=1):
        columns = ", ".join(f'"{name}"' for name in one.columns)
        pour(source, target, f"SELECT {columns} FROM {one.name}", f"{one.name} ({columns})")
        on_table(done, len(every))
    for one in every:
        run(f"ALTER TABLE {one.name} ENABLE TRIGGER USER")
        if one.forced:
            run(f"ALTER TABLE {one.name} FORCE ROW LEVEL SECURITY")
    _set_sequences(source, target)
    run("SELECT stats.count_connected()")


def pour(source: Reader, target: Writer, select: str, into: str) -> None:
    """Rows of a query into a table (`into`: name and columns), as a stream: none of them touches a disk on the way."""
    reading, writing = os.pipe()

    def send() -> None:
        with os.fdopen(writing, "wb") as out, source.raw.cursor() as cursor:
            cursor.copy_expert(f"COPY ({select}) TO STDOUT", out)

    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send)
        # Closed first when this side fails: the other one must not wait for a reader for ever.
        with os.fdopen(reading, "rb") as taken, target.raw.cursor() as cursor:
            cursor.copy_expert(f"COPY {into} FROM STDIN", taken, size=1 << 20)
        sent.result()


def held(tx: Reader) -> str | None:
    """A table that holds what only a life brings about: offices, deliveries, records; None where none does."""
    for name in ("org.office", "intake.delivery", "land.record", "share.agreement", "match.claim"):
        if tx.connection.scalar(text(f"SELECT EXISTS (SELECT FROM {name})")):
            return name
    return None


def _make_partitions(source: Reader, target: Writer) -> None:
    """Partitions of past months, which no job makes any more; each with the trigger of its kind."""
    there = {row.name for row in target.connection.execute(text(_PARTITIONS))}
    for row in source.connection.execute(text(_PARTITIONS)).all():
        if row.name not in there:
            run = target.connection.exec_driver_sql
            run(f"CREATE TABLE {row.name} PARTITION OF {row.parent} {row.bounds}")
            run(
                f"CREATE TRIGGER never_empty BEFORE TRUNCATE ON {row.name} "
                "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()"
            )


def _set_sequences(source: Reader, target: Writer) -> None:
    """Numbers go on where they were: none is given a second time."""
    rows = source.connection.execute(
        text(
            "SELECT format('%I.%I', schemaname, sequencename) AS name, last_value FROM pg_sequences "
            "WHERE schemaname = ANY (:schemas) AND last_value IS NOT NULL"
        ),
        {"schemas": list(SCHEMAS)},
    )
    for row in rows.all():
        target.connection.execute(
            text("SELECT setval(CAST(:name AS regclass), :value)"), {"name": row.name, "value": row.last_value}
        )
