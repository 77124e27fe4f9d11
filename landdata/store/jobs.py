"""Jobs of the worker: the table it was started with, how each stands, and the journal of their runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from landdata.model.jobs import JobRun, Outcome, Progress, Promise, Queue, Standing, Wanted
from landdata.model.progress import Stage
from landdata.store.deliveries import seconds_left
from landdata.store.engine import Reader, Writer

# A job that comes by the schedule is in the queue half a second after its slot, unless no worker was there.
_LATE = "interval '30 seconds'"
_KEEP = (
    "INSERT INTO sync.job AS j (name, cron, lock, promise_seconds, promise_vi, promise_en) "
    "VALUES (:job, :cron, :lock, :seconds, :vi, :en) ON CONFLICT (name) DO UPDATE SET "
    "cron = excluded.cron, lock = excluded.lock, promise_seconds = excluded.promise_seconds, "
    "promise_vi = excluded.promise_vi, promise_en = excluded.promise_en, "
    "since = CASE WHEN j.cron IS DISTINCT FROM excluded.cron THEN excluded.since ELSE j.since END"
)
_STANDINGS = (
    "SELECT j.*, q.* FROM sync.job j LEFT JOIN ("
    "  SELECT p.task_name, count(*) FILTER (WHERE p.status = 'todo') AS waiting, "
    "    count(*) FILTER (WHERE p.status = 'doing') AS running, min(e.at) AS open_since, "
    "    min(greatest(e.at, p.scheduled_at)) FILTER (WHERE p.status = 'todo' "
    "      AND coalesce(p.scheduled_at, '-infinity') <= clock_timestamp()) AS waiting_since "
    "  FROM procrastinate_jobs p CROSS JOIN LATERAL ("
    "    SELECT min(at) AS at FROM procrastinate_events WHERE job_id = p.id AND type = 'deferred') e "
    "  WHERE p.status IN ('todo', 'doing') GROUP BY p.task_name) q ON q.task_name = j.name ORDER BY j.name"
)
_BEGIN = (
    "INSERT INTO sync.job_run (job, queue_id, subject, slot, caught_up, attempt, queued_at, worker) "
    "SELECT :job, :queue_id, CAST(:subject AS uuid), to_timestamp(CAST(:slot AS float8)), "
    f"  coalesce(at - to_timestamp(CAST(:slot AS float8)) > {_LATE}, false), greatest(:attempt, tries), at, :worker "
    "FROM (SELECT coalesce(min(at) FILTER (WHERE type = 'deferred'), clock_timestamp()) AS at, "
    "        count(*) FILTER (WHERE type = 'started') AS tries "
    "      FROM procrastinate_events WHERE job_id = :queue_id) asked RETURNING run_no"
)
_RUNS = (
    "SELECT r.*, p.stage, p.stage_done, p.stage_total, "
    "  ceil(extract(epoch FROM p.expected_at - clock_timestamp())) AS seconds_left FROM sync.job_run r "
    "LEFT JOIN sync.run p ON r.outcome IS NULL AND p.job = r.job AND p.subject = r.subject::text "
    "WHERE (CAST(:job AS text) IS NULL OR r.job = :job) "
    "AND (CAST(:outcome AS text) IS NULL OR coalesce(r.outcome, 'RUNNING') = :outcome) "
    "AND (CAST(:since AS timestamptz) IS NULL OR r.started_at >= :since) "
    "AND (CAST(:after AS bigint) IS NULL OR r.run_no < :after) ORDER BY r.run_no DESC LIMIT :most"
)
# The last run of a job that runs when it is asked for, that is in the queue as given up, and that nobody took up since:
# neither by another that waits or runs, nor by one that was done.
_GIVEN_UP = (
    "sync.job_run r JOIN sync.job j ON j.name = r.job AND j.cron IS NULL "
    "WHERE p.id = r.queue_id AND p.status = 'failed' AND r.run_no = ANY(CAST(:runs AS bigint[])) "
    "AND r.run_no = (SELECT max(run_no) FROM sync.job_run WHERE queue_id = r.queue_id) "
    "AND NOT EXISTS (SELECT FROM procrastinate_jobs o WHERE o.task_name = p.task_name AND o.args = p.args "
    "  AND o.status IN ('todo', 'doing')) "
    "AND NOT EXISTS (SELECT FROM sync.job_run d WHERE d.job = r.job AND d.subject = r.subject "
    "  AND d.outcome = 'DONE' AND d.run_no > r.run_no)"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A job as a worker takes it out of the queue. `slot`: seconds since 1970; `attempt` counts from 1, without kills."""

    job: str
    queue_id: int
    attempt: int
    worker: str
    subject: UUID | None = None
    slot: int | None = None


def keep(tx: Writer, promises: Sequence[Promise]) -> None:
    """Make these the jobs there are. One whose times are others than before is judged from now on."""
    names = [one.job for one in promises]
    tx.connection.execute(text("DELETE FROM sync.job WHERE NOT name = ANY(CAST(:names AS text[]))"), {"names": names})
    rows = [
        {"job": one.job, "cron": one.cron, "lock": one.lock, "seconds": one.seconds, "vi": one.vi, "en": one.en}
        for one in promises
    ]
    tx.connection.execute(text(_KEEP), rows)


def standings(tx: Reader) -> tuple[Standing, ...]:
    """How every job stands, by name; none where the queue has not been made yet."""
    if tx.connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
        return ()
    return tuple(_standing(row) for row in tx.connection.execute(text(_STANDINGS)))


def begin(tx: Writer, taken: Taken) -> int:
    """Note that a try begins. An earlier one of the same job that never ended was killed."""
    killed(tx, taken.queue_id)
    values = {
        "job": taken.job,
        "queue_id": taken.queue_id,
        "subject": taken.subject,
        "slot": taken.slot,
        "attempt": taken.attempt,
        "worker": taken.worker,
    }
    return int(tx.connection.scalar(text(_BEGIN), values) or 0)


def end(tx: Writer, run_no: int, outcome: Outcome, failure: str | None = None) -> None:
    """Note how a try ended, and what it means for the job; of no effect for one that has its end."""
    closed = tx.connection.execute(
        text(
            "UPDATE sync.job_run SET outcome = :outcome, failure = :failure, ended_at = clock_timestamp() "
            "WHERE run_no = :run_no AND outcome IS NULL RETURNING job, started_at, ended_at"
        ),
        {"outcome": outcome.value, "failure": failure, "run_no": run_no},
    ).one_or_none()
    if closed is None:
        return
    change = "began_at = :began_at, done_at = :ended_at" if outcome is Outcome.DONE else "failures = failures + 1"
    values = {"job": closed.job, "began_at": closed.started_at, "ended_at": closed.ended_at}
    tx.connection.execute(text(f"UPDATE sync.job SET {change} WHERE name = :job"), values)


def killed(tx: Writer, queue_id: int) -> None:
    """Note that a job's worker died under it."""
    _kill(tx, "queue_id = :queue_id", queue_id=queue_id)


def close_lost(tx: Writer) -> None:
    """Note as killed whatever never ended although the queue knows no such job under way."""
    _kill(tx, "NOT EXISTS (SELECT FROM procrastinate_jobs p WHERE p.id = queue_id AND p.status = 'doing')")


def page(tx: Reader, wanted: Wanted, *, after: int | None, most: int) -> tuple[JobRun, ...]:
    """Runs, newest first, behind the one numbered `after`."""
    values = {
        "job": wanted.job,
        "outcome": wanted.outcome.value if wanted.outcome else None,
        "since": wanted.since,
        "after": after,
        "most": most,
    }
    return tuple(_run(row) for row in tx.connection.execute(text(_RUNS), values))


def given_up(tx: Reader, runs: Sequence[int]) -> frozenset[int]:
    """Which of these runs are the last of a job that nobody tries again; periodic ones come again by themselves."""
    query = text(f"SELECT r.run_no FROM procrastinate_jobs p, {_GIVEN_UP}")
    return frozenset(tx.connection.scalars(query, {"runs": list(runs)}))


def retry(tx: Writer, run_no: int) -> bool:
    """Put the job of a run back into the queue, with all its tries before it; False where it was not given up."""
    change = text(
        "UPDATE procrastinate_jobs p SET status = 'todo', attempts = 0, scheduled_at = NULL "
        f"FROM {_GIVEN_UP} RETURNING p.id"
    )
    return tx.connection.execute(change, {"runs": [run_no]}).first() is not None


def forget(tx: Writer, *, done_days: int, failed_days: int) -> int:
    """Remove tries that were done, and others, and jobs given up, so many days ago; returns how many."""
    values = {"done": done_days, "failed": failed_days}
    gone = tx.connection.execute(
        text(
            "DELETE FROM sync.job_run WHERE outcome IS NOT NULL AND started_at < clock_timestamp() - "
            "CASE outcome WHEN 'DONE' THEN make_interval(days => :done) ELSE make_interval(days => :failed) END"
        ),
        values,
    ).rowcount
    # The queue keeps what was given up; who asks for it again does so by a new one.
    given_up = tx.connection.execute(
        text(
            "DELETE FROM procrastinate_jobs p WHERE status IN ('failed', 'cancelled', 'aborted') AND NOT EXISTS ("
            "SELECT FROM procrastinate_events e WHERE e.job_id = p.id "
            "AND e.at > clock_timestamp() - make_interval(days => :failed))"
        ),
        values,
    ).rowcount
    return gone + given_up


def _kill(tx: Writer, which: str, **values: Any) -> None:
    tx.connection.execute(
        text(
            "WITH gone AS (UPDATE sync.job_run SET outcome = 'KILLED', ended_at = clock_timestamp() "
            f"  WHERE outcome IS NULL AND {which} RETURNING job), many AS (SELECT job, count(*) FROM gone GROUP BY job) "
            "UPDATE sync.job j SET failures = failures + many.count, kills = kills + many.count "
            "FROM many WHERE j.name = many.job"
        ),
        values,
    )


def _standing(row: Row[Any]) -> Standing:
    promise = Promise(row.name, row.promise_seconds, row.promise_vi, row.promise_en, row.cron, row.lock)
    queue = Queue(row.waiting or 0, row.running or 0, row.waiting_since, row.open_since)
    return Standing(promise, row.since, row.began_at, row.done_at, row.failures, row.kills, queue)


def _run(row: Row[Any]) -> JobRun:
    return JobRun(
        run_no=row.run_no,
        job=row.job,
        subject=row.subject,
        slot=row.slot,
        caught_up=row.caught_up,
        attempt=row.attempt,
        queued_at=row.queued_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=Outcome(row.outcome) if row.outcome else Outcome.RUNNING,
        failure=row.failure,
        worker=row.worker,
        progress=_progress(row) if row.stage else None,
    )


def _progress(row: Row[Any]) -> Progress:
    return Progress(Stage(row.stage), row.stage_done, row.stage_total, seconds_left(row.seconds_left))
