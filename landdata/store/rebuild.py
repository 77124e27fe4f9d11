"""The journal of a rebuild: what happened and is to be done again, how far that is, and clocks that are put back at the end.

It is a schema of its own in the database that is rebuilt, there for as long as that lasts.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg2.errors import LockNotAvailable
from sqlalchemy import text

from landdata.errors import RebuildSameDatabase
from landdata.model.deliveries import Decision, State
from landdata.model.rebuild import Step, StepKind, StepState, Stopped, Then
from landdata.store import carry
from landdata.store.engine import Database, Reader, Writer

_LOCK = 7_240_040
_KILLED_SECONDS = 10
_SCHEMA = """
CREATE SCHEMA rebuild;
COMMENT ON SCHEMA rebuild IS 'How far the rebuilding of this database is; gone when it is done.';
CREATE TABLE rebuild.step (
  step_no integer PRIMARY KEY, lane integer NOT NULL, at timestamptz NOT NULL, kind text NOT NULL,
  delivery_id bigint NOT NULL, delivery_uid uuid NOT NULL, rows bigint NOT NULL, unit_ids integer[] NOT NULL,
  approved boolean, begun boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'WAITING', failure jsonb, done_at timestamptz);
CREATE TABLE rebuild.was (
  delivery_id bigint PRIMARY KEY, state text NOT NULL, refusal jsonb, finished_at timestamptz);
CREATE TABLE rebuild.published (delivery_id bigint, unit_id integer, publication_id bigint NOT NULL,
  PRIMARY KEY (delivery_id, unit_id));
CREATE TABLE rebuild.hashed (publication_id bigint PRIMARY KEY, row_key smallint NOT NULL);
CREATE TABLE rebuild.event_at (publication_id bigint, unit_id integer, recorded_at timestamptz NOT NULL);
"""
_POURED = {
    "rebuild.was (delivery_id, state, refusal, finished_at)": (
        "SELECT delivery_id, state, refusal, finished_at FROM intake.delivery"
    ),
    "rebuild.published (delivery_id, unit_id, publication_id)": (
        "SELECT delivery_id, unit_id, publication_id FROM intake.delivery_commune WHERE publication_id > 0"
    ),
    "rebuild.hashed (publication_id, row_key)": (
        "SELECT p.publication_id, r.hash_version FROM land.publication p CROSS JOIN LATERAL ("
        "  SELECT hash_version FROM land.record WHERE since_pub = p.publication_id LIMIT 1) r WHERE p.kind = 'PUBLISH'"
    ),
    "rebuild.event_at (publication_id, unit_id, recorded_at)": (
        "SELECT publication_id, unit_id, recorded_at FROM stats.coverage_event WHERE mend_id IS NULL"
    ),
}
# When a delivery comes and goes in a commune is carried over, not noted anew.
_RESTING = ("delivery_came", "delivery_moved")


@dataclass(frozen=True, slots=True)
class Life:
    """What the register says of one delivery: when it was published, what was decided, when it was taken back."""

    delivery_id: int
    delivery_uid: UUID
    office_id: int
    rows: int
    begun_at: datetime
    published_at: tuple[datetime, ...]
    decisions: tuple[tuple[datetime, bool, tuple[int, ...]], ...]
    withdrawn_at: datetime | None


@contextmanager
def alone(source: Database, target: Database) -> Iterator[None]:
    """Nobody else rebuilds into the target while the block lasts. Raises RebuildSameDatabase when it is the source."""
    with closing(target.own_connection()) as held, held.cursor() as here:
        # No transaction stays open: that would keep the server from tidying up, and the change feed waiting.
        held.autocommit = True
        # A rebuild that was killed is there for the server until it notices.
        here.execute(f"SET lock_timeout = '{_KILLED_SECONDS}s'")
        try:
            here.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        except LockNotAvailable as error:
            raise RebuildSameDatabase from error
        with closing(source.own_connection()) as other, other.cursor() as there:
            # Such a lock is of one database: the source's own is free unless it is the same.
            there.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
            if there.fetchone() != (True,):
                raise RebuildSameDatabase
        yield


def name(tx: Reader) -> str:
    """The database's own name, as one word."""
    return re.sub(r"\W", "_", str(tx.connection.scalar(text("SELECT current_database()"))))


def begun(tx: Reader) -> bool:
    """Whether a rebuild into this database was begun and is not closed."""
    return bool(tx.connection.scalar(text("SELECT to_regclass('rebuild.step') IS NOT NULL")))


def begin(source: Reader, target: Writer, steps: Sequence[Step]) -> None:
    """Write down what is to be done, from what stands in the source; in the transaction that carries over the rest."""
    target.connection.exec_driver_sql(_SCHEMA)
    for into, select in _POURED.items():
        carry.pour(source, target, select, into)
    target.connection.exec_driver_sql("ANALYZE rebuild.was, rebuild.published, rebuild.hashed, rebuild.event_at")
    if steps:
        target.connection.execute(
            text(
                "INSERT INTO rebuild.step (step_no, lane, at, kind, delivery_id, delivery_uid, rows, unit_ids, approved) "
                "VALUES (:step_no, :lane, :at, :kind, :delivery_id, :delivery_uid, :rows, :unit_ids, :approved)"
            ),
            [{name: getattr(one, name) for name in Step.__slots__} | {"unit_ids": list(one.unit_ids)} for one in steps],
        )
    for trigger in _RESTING:
        target.connection.exec_driver_sql(f"ALTER TABLE intake.delivery_commune DISABLE TRIGGER {trigger}")


def lives(source: Reader) -> list[Life]:
    """The deliveries that came to rest, by their ids."""
    published: dict[int, list[datetime]] = defaultdict(list)
    withdrawn: dict[int, datetime] = {}
    for row in source.connection.execute(
        text("SELECT delivery_id, kind, recorded_at FROM land.publication ORDER BY publication_id")
    ):
        if row.kind == "WITHDRAW":
            withdrawn[row.delivery_id] = row.recorded_at
        else:
            published[row.delivery_id].append(row.recorded_at)
    decided: dict[int, list[tuple[datetime, bool, tuple[int, ...]]]] = defaultdict(list)
    for row in source.connection.execute(
        text(
            "SELECT delivery_id, verdict, unit_ids, decided_at FROM intake.decision WHERE verdict <> 'WITHDRAW' "
            "ORDER BY decision_id"
        )
    ):
        decided[row.delivery_id].append((row.decided_at, row.verdict == Decision.APPROVE.name, tuple(row.unit_ids)))
    rows = source.connection.execute(
        text(
            "SELECT d.delivery_id, d.delivery_uid, d.office_id, d.recorded_at, "
            "  coalesce((SELECT sum(l.rows_read) FROM intake.delivery_layer l "
            "            WHERE l.delivery_id = d.delivery_id), 0) AS rows, "
            "  (SELECT s.done_at FROM sync.run r JOIN sync.step s USING (run_id) WHERE r.job = 'deliver' "
            "   AND r.subject = d.delivery_uid::text AND s.name = 'check') AS checked_at, d.finished_at "
            "FROM intake.delivery d WHERE d.state IN ('WAITING', 'PUBLISHED', 'REFUSED', 'WITHDRAWN') ORDER BY d.delivery_id"
        )
    )
    return [
        Life(
            row.delivery_id, row.delivery_uid, row.office_id, int(row.rows),
            row.checked_at or row.finished_at or row.recorded_at, tuple(published[row.delivery_id]),
            tuple(decided[row.delivery_id]), withdrawn.get(row.delivery_id),
        )
        for row in rows
    ]  # fmt: skip


def under_way(source: Reader) -> int:
    """Deliveries that are neither at rest nor untouched."""
    sql = text(
        "SELECT count(*) FROM intake.delivery d WHERE d.state IN ('RECEIVED', 'READ', 'CHECKED') "
        "AND EXISTS (SELECT FROM intake.delivery_commune c WHERE c.delivery_id = d.delivery_id)"
    )
    return int(source.connection.scalar(sql) or 0)


def communes_of_offices(source: Reader) -> dict[int, set[int]]:
    """Office id -> communes that its deliveries spoke of, or took parcels from."""
    found: dict[int, set[int]] = {
        row.office_id: set()
        for row in source.connection.execute(text("SELECT DISTINCT office_id FROM intake.delivery"))
    }
    for row in source.connection.execute(
        text(
            "SELECT DISTINCT d.office_id, c.unit_id FROM intake.delivery_commune c JOIN intake.delivery d USING (delivery_id)"
        )
    ):
        found[row.office_id].add(row.unit_id)
    return found


def successions(source: Reader) -> list[tuple[int, int]]:
    """Commune versions and those that came from them."""
    rows = source.connection.execute(
        text(
            "SELECT s.old_unit_id, s.new_unit_id FROM ref.unit_succession s JOIN ref.unit u ON u.unit_id = s.old_unit_id "
            "WHERE s.new_unit_id IS NOT NULL AND u.level = 'commune'"
        )
    )
    return [(row.old_unit_id, row.new_unit_id) for row in rows]


def to_do(tx: Reader) -> dict[int, list[Step]]:
    """What is left of each lane, in order."""
    found: dict[int, list[Step]] = defaultdict(list)
    query = text("SELECT * FROM rebuild.step WHERE state IN ('WAITING', 'FAILED') ORDER BY step_no")
    for row in tx.connection.execute(query):
        found[row.lane].append(
            Step(
                row.step_no, row.lane, row.at, StepKind(row.kind), row.delivery_id, row.delivery_uid, row.rows,
                tuple(row.unit_ids), row.approved, row.begun,
            )
        )  # fmt: skip
    return dict(found)


def then(tx: Reader, delivery_id: int, step_no: int) -> Then:
    """How the register says that a delivery ended, as is to be known at one of its steps."""
    row = tx.connection.execute(
        text(
            "SELECT w.state, w.refusal, (SELECT p.publication_id FROM land.publication p "
            "  WHERE p.delivery_id = w.delivery_id AND p.kind = 'WITHDRAW') AS withdrawal, "
            "  (SELECT array_agg(u) FROM rebuild.step s, unnest(s.unit_ids) u "
            "   WHERE s.delivery_id = w.delivery_id AND s.step_no > :step) AS decided "
            "FROM rebuild.was w WHERE w.delivery_id = :delivery"
        ),
        {"delivery": delivery_id, "step": step_no},
    ).one()
    published = tx.connection.execute(
        text("SELECT unit_id, publication_id FROM rebuild.published WHERE delivery_id = :delivery"),
        {"delivery": delivery_id},
    )
    row_key = tx.connection.scalar(
        text(
            "SELECT h.row_key FROM rebuild.step s JOIN rebuild.published p USING (delivery_id) "
            "JOIN rebuild.hashed h USING (publication_id) WHERE s.step_no = :step AND CASE s.kind WHEN 'DECIDE' "
            "  THEN p.unit_id = ANY (s.unit_ids) ELSE NOT EXISTS (SELECT FROM rebuild.step o "
            "    WHERE o.delivery_id = s.delivery_id AND p.unit_id = ANY (o.unit_ids)) END LIMIT 1"
        ),
        {"step": step_no},
    )
    return Then(
        State(row.state),
        row.refusal,
        {one.unit_id: one.publication_id for one in published},
        frozenset(row.decided or ()),
        row.withdrawal,
        row_key,
    )


def note(tx: Writer, step_no: int, state: StepState, failure: Mapping[str, Any] | None = None) -> None:
    """Say how a step ended."""
    tx.connection.execute(
        text(
            "UPDATE rebuild.step SET state = :state, failure = CAST(:failure AS jsonb), "
            "done_at = CASE WHEN :state = 'DONE' THEN clock_timestamp() END WHERE step_no = :step"
        ),
        {"state": state.value, "failure": json.dumps(failure) if failure else None, "step": step_no},
    )


def begin_step(tx: Writer, step_no: int) -> None:
    """Note that the decision of a step holds, in the transaction in which it does."""
    tx.connection.execute(text("UPDATE rebuild.step SET begun = true WHERE step_no = :step"), {"step": step_no})


def refusal_then(tx: Reader, delivery_id: int) -> Mapping[str, Any] | None:
    """Why a delivery was refused as a whole then; None: it was not."""
    sql = text("SELECT refusal FROM rebuild.was WHERE delivery_id = :delivery")
    found: Mapping[str, Any] | None = tx.connection.scalar(sql, {"delivery": delivery_id})
    return found


def leave_out(tx: Writer, uids: Iterable[UUID]) -> None:
    """Do nothing of these deliveries."""
    tx.connection.execute(
        text(
            "UPDATE rebuild.step SET state = 'LEFT' WHERE delivery_uid = ANY (:uids) AND state IN ('WAITING', 'FAILED')"
        ),
        {"uids": list(uids)},
    )


def refuse(tx: Writer, delivery_id: int, refusal: Mapping[str, Any]) -> None:
    """Let a delivery stand as refused, as its office was told, or since nothing of it can be read any more."""
    tx.connection.execute(
        text(
            "UPDATE intake.delivery SET state = 'REFUSED', refusal = CAST(:refusal AS jsonb) WHERE delivery_id = :delivery"
        ),
        {"refusal": json.dumps(refusal), "delivery": delivery_id},
    )


def stopped(tx: Reader, state: StepState) -> list[Stopped]:
    """The first step of each delivery that is in this state, with the reason."""
    rows = tx.connection.execute(
        text(
            "SELECT DISTINCT ON (s.delivery_id) s.delivery_uid, o.code, s.failure FROM rebuild.step s "
            "JOIN intake.delivery d USING (delivery_id) JOIN org.office o USING (office_id) WHERE s.state = :state "
            "ORDER BY s.delivery_id, s.step_no"
        ),
        {"state": state.value},
    )
    return [
        Stopped(row.delivery_uid, row.code, (row.failure or {}).get("code", ""), (row.failure or {}).get("details", {}))
        for row in rows
    ]


def left(tx: Reader) -> tuple[int, int]:
    """Steps that are still to be done, and all there are."""
    row = tx.connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE state IN ('WAITING', 'FAILED')) AS todo, count(*) AS every FROM rebuild.step"
        )
    ).one()
    return row.todo, row.every


def put_clocks_back(tx: Writer) -> None:
    """Let what was rebuilt bear the times at which it was learnt first, and begin the months that are due."""
    run = tx.connection.exec_driver_sql
    run(
        "UPDATE stats.coverage_event e SET recorded_at = w.recorded_at FROM rebuild.event_at w "
        "WHERE w.publication_id = e.publication_id AND w.unit_id = e.unit_id AND e.recorded_at <> w.recorded_at"
    )
    run(
        "UPDATE intake.delivery d SET finished_at = w.finished_at FROM rebuild.was w "
        "WHERE w.delivery_id = d.delivery_id AND w.state = d.state AND d.finished_at IS DISTINCT FROM w.finished_at"
    )
    for trigger in _RESTING:
        run(f"ALTER TABLE intake.delivery_commune ENABLE TRIGGER {trigger}")
    run("SELECT stats.keep_months()")


def close(tx: Writer) -> None:
    """Forget the journal: from now on this is a database like any other."""
    tx.connection.exec_driver_sql("DROP SCHEMA IF EXISTS rebuild CASCADE")
