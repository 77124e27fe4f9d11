"""Connections to provinces' own services, their steps, and their pulls; never a secret, never a row of what was pulled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, insert, select, text, update

from landdata.model.connections import Connection, Credential, Outcome, Pull, Spent, Standing, Terms, Way
from landdata.store.engine import Reader, Writer
from landdata.store.tables import connections as t

# Beside a service there is one lane: a second pull of the same connection waits for the first.
_EVERY = (
    "SELECT c.*, o.code AS office_code, first.login AS registered_login, second.login AS approved_login, "
    "  p.pull_no, p.started_at, p.ended_at, p.outcome, p.code, p.details, p.everything, p.pages, p.rows_received, "
    "  p.size_bytes, p.deliveries "
    "FROM sync.connection c JOIN org.office o USING (office_id) "
    "JOIN org.person first ON first.person_id = c.registered_by "
    "LEFT JOIN org.person second ON second.person_id = c.approved_by "
    "LEFT JOIN LATERAL (SELECT * FROM sync.pull p WHERE p.connection_id = c.connection_id "
    "  ORDER BY p.pull_no DESC LIMIT 1) p ON true "
    "WHERE (CAST(:uid AS uuid) IS NULL OR c.connection_uid = :uid) "
    "AND (CAST(:office AS bigint) IS NULL OR c.office_id = :office) ORDER BY o.code, c.connection_id"
)


def add(tx: Writer, *, office_id: int, terms: Terms, person_id: int, reason: str) -> UUID:
    """Note what one person proposes; its public identity."""
    values = asdict(terms) | {"way": terms.way.value, "credential": terms.credential.value}
    row = tx.connection.execute(
        insert(t.connection)
        .values(
            office_id=office_id,
            standing=Standing.PROPOSED.value,
            registered_by=person_id,
            reason=reason,
            **values,
        )
        .returning(t.connection.c.connection_id, t.connection.c.connection_uid)
    ).one()
    _step(tx, row.connection_id, Standing.PROPOSED, person_id, reason)
    return UUID(str(row.connection_uid))


def every(tx: Reader, *, office_id: int | None = None) -> tuple[Connection, ...]:
    """All connections the transaction may see, or an office's, by office."""
    rows = tx.connection.execute(text(_EVERY), {"uid": None, "office": office_id})
    return tuple(map(_connection, rows))


def find(tx: Reader, connection_uid: UUID) -> Connection | None:
    """One connection."""
    row = tx.connection.execute(text(_EVERY), {"uid": connection_uid, "office": None}).one_or_none()
    return None if row is None else _connection(row)


def lock(tx: Writer, connection_id: int) -> None:
    """Let no other transaction move this connection before this one ends."""
    tx.connection.execute(
        select(t.connection.c.standing).where(t.connection.c.connection_id == connection_id).with_for_update()
    )


def say(
    tx: Writer, connection_id: int, standing: Standing, *, person_id: int, reason: str, approves: bool = False
) -> None:
    """Write a step, and how the connection stands from then on; an active one is due at once."""
    active = standing is Standing.ACTIVE
    values: dict[str, Any] = {"standing": standing.value, "failures": 0}
    values["next_at"] = func.clock_timestamp() if active else None
    if approves:
        values["approved_by"] = person_id
    tx.connection.execute(update(t.connection).where(t.connection.c.connection_id == connection_id).values(**values))
    _step(tx, connection_id, standing, person_id, reason)


def deliver_by(tx: Writer, office_id: int) -> None:
    """Note how the office delivers: by its newest active connection, or by itself where it has none."""
    tx.connection.execute(
        text(
            "UPDATE sync.source SET method = coalesce((SELECT c.way FROM sync.connection c WHERE c.office_id = :office "
            "  AND c.standing = 'ACTIVE' ORDER BY c.connection_id DESC LIMIT 1), 'PUSH') WHERE office_id = :office"
        ),
        {"office": office_id},
    )


def due(tx: Reader) -> list[UUID]:
    """Active connections of sources at work whose time has come and no pull of which waits or runs, by how long overdue."""
    rows = tx.connection.scalars(
        text(
            "SELECT c.connection_uid FROM sync.connection c JOIN sync.source s USING (office_id) "
            "WHERE c.standing = 'ACTIVE' AND c.next_at <= clock_timestamp() AND s.state NOT IN ('PAUSED', 'ENDED') "
            "AND NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.lock = 'pull:' || c.connection_uid "
            "  AND j.status IN ('todo', 'doing')) "
            "ORDER BY c.next_at, c.connection_id"
        )
    )
    return [UUID(str(one)) for one in rows]


def begin(tx: Writer, connection_id: int) -> int:
    """Number of a pull that begins now; one that a killed worker left is closed as such."""
    p = t.pull
    tx.connection.execute(
        update(p)
        .where(p.c.connection_id == connection_id, p.c.outcome.is_(None))
        .values(outcome=Outcome.KILLED.value, ended_at=func.clock_timestamp())
    )
    number = tx.connection.scalar(
        select(func.coalesce(func.max(p.c.pull_no), 0) + 1).where(p.c.connection_id == connection_id)
    )
    tx.connection.execute(insert(p).values(connection_id=connection_id, pull_no=number))
    return int(number or 1)


def end(
    tx: Writer,
    connection_id: int,
    pull_no: int,
    *,
    outcome: Outcome,
    everything: bool,
    spent: Spent,
    deliveries: Sequence[UUID] = (),
    code: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note what came of a pull."""
    p = t.pull
    tx.connection.execute(
        update(p)
        .where(p.c.connection_id == connection_id, p.c.pull_no == pull_no)
        .values(
            ended_at=func.clock_timestamp(),
            outcome=outcome.value,
            everything=everything,
            pages=spent.pages,
            rows_received=spent.rows,
            size_bytes=spent.size_bytes,
            deliveries=list(deliveries),
            code=code,
            details=dict(details or {}),
        )
    )


def go_on(
    tx: Writer,
    connection_id: int,
    *,
    next_at: datetime,
    failures: int,
    memory: Mapping[str, Any] | None = None,
    everything: bool = False,
) -> None:
    """Set when it is pulled next and what that asks by; `memory` None: as it is.

    One that was suspended or ended while its pull ran stays as that person left it: nothing comes next.
    """
    active = t.connection.c.standing == Standing.ACTIVE.value
    values: dict[str, Any] = {
        "next_at": case((active, next_at), else_=t.connection.c.next_at),
        "failures": case((active, failures), else_=t.connection.c.failures),
    }
    if memory is not None:
        values["memory"] = dict(memory)
    if everything:
        values["full_at"] = func.clock_timestamp()
    tx.connection.execute(update(t.connection).where(t.connection.c.connection_id == connection_id).values(**values))


def pulls(tx: Reader, connection_id: int, most: int) -> tuple[Pull, ...]:
    """The last pulls of a connection, the newest first."""
    p = t.pull
    rows = tx.connection.execute(
        select(p).where(p.c.connection_id == connection_id).order_by(p.c.pull_no.desc()).limit(most)
    )
    return tuple(_pull(row) for row in rows)


def steps(tx: Reader, connection_id: int) -> tuple[tuple[datetime, Standing, str, str], ...]:
    """The life of a connection, oldest first: when, how it stood from then on, who said so and why."""
    rows = tx.connection.execute(
        text(
            "SELECT s.at, s.standing, p.login, s.reason FROM sync.connection_step s JOIN org.person p USING (person_id) "
            "WHERE s.connection_id = :id ORDER BY s.step"
        ),
        {"id": connection_id},
    )
    return tuple((row.at, Standing(row.standing), row.login, row.reason) for row in rows)


def delivered_whole(tx: Reader, delivery_uid: UUID) -> bool:
    """Whether a delivery stands published, or goes on its way, with no row sent back."""
    return bool(
        tx.connection.scalar(
            text(
                "SELECT d.state NOT IN ('REFUSED', 'WITHDRAWN') AND NOT EXISTS ("
                "  SELECT FROM intake.delivery_layer l WHERE l.delivery_id = d.delivery_id AND l.rows_refused > 0) "
                "FROM intake.delivery d WHERE d.delivery_uid = :uid"
            ),
            {"uid": delivery_uid},
        )
    )


def failing(tx: Reader) -> list[Row[Any]]:
    """Of each office with active connections: the most failures in a row, and the code of the last one."""
    return list(
        tx.connection.execute(
            text(
                "SELECT DISTINCT ON (c.office_id) c.office_id, o.code, c.failures, c.connection_uid, p.code AS why "
                "FROM sync.connection c JOIN org.office o USING (office_id) JOIN sync.source s USING (office_id) "
                "LEFT JOIN LATERAL (SELECT code FROM sync.pull p WHERE p.connection_id = c.connection_id "
                "  AND p.outcome = 'FAILED' ORDER BY p.pull_no DESC LIMIT 1) p ON true "
                "WHERE c.standing = 'ACTIVE' AND s.state NOT IN ('PAUSED', 'ENDED') "
                "ORDER BY c.office_id, c.failures DESC, c.connection_id"
            )
        )
    )


def forget(tx: Writer, *, days: int) -> int:
    """Remove pulls that ended so long ago, but the last of each connection; returns how many."""
    done = tx.connection.execute(
        text(
            "DELETE FROM sync.pull p WHERE p.ended_at < clock_timestamp() - make_interval(days => :days) "
            "AND p.pull_no < (SELECT max(q.pull_no) FROM sync.pull q WHERE q.connection_id = p.connection_id)"
        ),
        {"days": days},
    )
    return int(done.rowcount)


def _step(tx: Writer, connection_id: int, standing: Standing, person_id: int, reason: str) -> None:
    s = t.connection_step
    step = select(func.coalesce(func.max(s.c.step), 0) + 1).where(s.c.connection_id == connection_id).scalar_subquery()
    tx.connection.execute(
        insert(s).values(
            connection_id=connection_id, step=step, standing=standing.value, person_id=person_id, reason=reason
        )
    )


def _connection(row: Row[Any]) -> Connection:
    values = {name: getattr(row, name) for name in Terms.__slots__}
    columns = values["columns"] if isinstance(values["columns"], dict) else json.loads(values["columns"])
    terms = Terms(**values | {"way": Way(row.way), "credential": Credential(row.credential), "columns": columns})
    return Connection(
        connection_id=row.connection_id,
        connection_uid=UUID(str(row.connection_uid)),
        office_id=row.office_id,
        office_code=row.office_code,
        terms=terms,
        standing=Standing(row.standing),
        registered_by=row.registered_login,
        registered_at=row.registered_at,
        approved_by=row.approved_login,
        reason=row.reason,
        next_at=row.next_at,
        failures=row.failures,
        full_at=row.full_at,
        memory=row.memory,
        last=None if row.pull_no is None else _pull(row),
    )


def _pull(row: Row[Any]) -> Pull:
    return Pull(
        pull_no=row.pull_no,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        code=row.code,
        details=row.details,
        full=row.everything,
        pages=row.pages,
        rows=row.rows_received,
        size_bytes=row.size_bytes,
        deliveries=tuple(UUID(str(one)) for one in row.deliveries),
    )
