"""Puts jobs into the queue in the transaction that creates their reason, by the job engine's own SQL function."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from landdata.store.engine import Reader, Writer


def enqueue_for(tx: Writer, *, task: str, delivery_uid: UUID) -> None:
    """Ask for something to be done about a delivery of the office acted for, unless it waits already.

    Those of one province run one after another. Who may ask for this may ask the worker for nothing else.
    """
    ask = text("SELECT intake.ask_worker(:task, CAST(:uid AS uuid))")
    tx.connection.execute(ask, {"task": task, "uid": str(delivery_uid)})


def enqueue(
    tx: Writer, *, task: str, lock: str | None, once: str | None, queue: str = "default", **arguments: Any
) -> None:
    """Ask the worker to run `task`. Jobs with the same `lock` run one after another.

    `once`: while a job of this name waits, a second one is not added. Arguments are ids only, never personal data.
    """
    if once is not None:
        # Two transactions that both see no such job would both add one: the second waits for the first to end.
        tx.connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:once, 0))"), {"once": once})
    if once is not None and tx.connection.scalar(
        text("SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :once AND status = 'todo'"), {"once": once}
    ):
        return
    defer = text(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, :once, CAST(:args AS jsonb), NULL)"
        "::procrastinate_job_to_defer_v1])"
    )
    values = {"queue": queue, "task": task, "lock": lock, "once": once, "args": json.dumps(arguments)}
    if once is None:
        tx.connection.execute(defer, values)
        return
    # The engine's own clock knows no such lock: where it asks for the job at this very moment, it waits already.
    with suppress(IntegrityError), tx.connection.begin_nested():
        tx.connection.execute(defer, values)


def take_turns(tx: Writer) -> None:
    """Put deliveries that wait in line anew: the first of every province, then the second of each, and so on.

    Within a province they keep their order. Those that came when their province had many waiting move up as it has fewer.
    What is under way keeps its place before them: when its worker is killed, it waits again.
    """
    tx.connection.execute(
        text(
            "UPDATE procrastinate_jobs j SET priority = line.place FROM ("
            "  SELECT id, 1 - row_number() OVER (PARTITION BY lock ORDER BY status = 'doing' DESC, priority DESC, id) AS place "
            "  FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queue_name = 'deliveries') line "
            "WHERE j.id = line.id AND j.status IN ('todo', 'doing') AND j.priority <> line.place"
        )
    )


def busy(tx: Reader, *, task: str, delivery_uid: UUID) -> bool:
    """Whether a job about the delivery waits or runs."""
    query = text(
        "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE task_name = :task AND status IN ('todo', 'doing') "
        "AND args ->> 'delivery_uid' = :uid)"
    )
    return bool(tx.connection.scalar(query, {"task": task, "uid": str(delivery_uid)}))
