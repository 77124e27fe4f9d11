"""The ledger of the worker: a run is one piece of work, a step is done once in effect however often it is started."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.progress import Stage
from landdata.store.engine import Reader, Writer
from landdata.store.tables import sources as t


def begin(tx: Writer, *, job: str, subject: str) -> int:
    """The run of this work: the one started before, or a new one."""
    statement = upsert(t.run).values(job=job, subject=subject)
    statement = statement.on_conflict_do_update(index_elements=["job", "subject"], set_={"job": job})
    return int(tx.connection.scalar(statement.returning(t.run.c.run_id)) or 0)


def steps(tx: Reader, run_id: int) -> dict[str, dict[str, Any]]:
    """Steps that are done, with what they left for later ones."""
    query = select(t.step.c.name, t.step.c.result).where(t.step.c.run_id == run_id)
    return {row.name: row.result for row in tx.connection.execute(query)}


def done(tx: Writer, run_id: int, name: str, result: dict[str, Any]) -> None:
    """Mark a step done, in the transaction that holds its rows. A second process that did it first makes this fail."""
    tx.connection.execute(insert(t.step).values(run_id=run_id, name=name, result=result))


def note_progress(tx: Writer, run_id: int, *, stage: Stage, done: int, total: int, left: float | None = None) -> None:
    """Say how far a run is, and in how many seconds its end is expected."""
    end = None if left is None else func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, left)
    values = {"stage": stage.value, "stage_done": done, "stage_total": total, "expected_at": end}
    tx.connection.execute(update(t.run).where(t.run.c.run_id == run_id).values(**values))


def end(tx: Writer, run_id: int, *, outcome: str, failure: dict[str, Any] | None = None) -> None:
    """Close a run as DONE or FAILED; it is through with all there was."""
    values = {
        "outcome": outcome,
        "failure": failure,
        "ended_at": func.clock_timestamp(),
        "stage": Stage.DONE.value,
        "stage_done": t.run.c.stage_total,
        "expected_at": None,
    }
    tx.connection.execute(update(t.run).where(t.run.c.run_id == run_id).values(**values))
