"""Commands about the worker's jobs: whether each keeps its promise, what it did lately, and one asked for by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from landdata.commands import console, screen
from landdata.flows import jobs
from landdata.model.jobs import JobRun, Outcome, Standing, Wanted

group = typer.Typer(no_args_is_help=True, help="Công việc nền / Jobs of the worker")
_OUTCOMES = {
    Outcome.RUNNING: "đang chạy / running",
    Outcome.DONE: "xong / done",
    Outcome.RETRY: "lỗi, sẽ thử lại / failed, tried again",
    Outcome.FAILED: "lỗi, thôi thử / failed, given up",
    Outcome.KILLED: "bị ngắt / killed",
}
OfJob = Annotated[str, typer.Argument(metavar="NAME", help="Tên công việc / name of the job")]
Most = Annotated[int, typer.Option("--most", min=1, max=1000, help="Số dòng nhiều nhất / at most so many")]


@group.command("list")
def list_(format_: console.AsFormat = console.Format.TEXT) -> None:
    """Mọi công việc và lời hứa của chúng / Every job and whether it keeps its promise; exit code 1 when one does not."""
    found, now = jobs.standings(console.db()), datetime.now(UTC)
    if format_ is console.Format.JSON:
        console.as_json([_told(one, now) for one in found])
    else:
        table = Table("Công việc / job", "Lời hứa / promise", "Xong lần cuối / last done", "Lần tới / next")
        for heading in ("Chờ / waiting", "Lỗi / failures"):
            table.add_column(heading, justify="right")
        for one in found:
            table.add_row(
                one.promise.job, _kept(one, now), _when(one.done_at), _when(one.next_at(now)),
                f"{one.queue.waiting:,}", f"{one.failures:,}",
            )  # fmt: skip
        console.out.print(table)
    if any(one.broken(now) for one in found):
        raise typer.Exit(1)


@group.command()
def show(job: OfJob, most: Most = 20, format_: console.AsFormat = console.Format.TEXT) -> None:
    """Một công việc và các lần chạy gần đây / One job and its latest runs."""
    db, now = console.db(), datetime.now(UTC)
    one = jobs.show(db, job)
    runs = jobs.page(db, Wanted(job=job), after=None, most=most).runs
    if format_ is console.Format.JSON:
        console.as_json({**_told(one, now), "runs": runs})
        return
    promise = one.promise
    console.out.print(f"{promise.job}: {promise.vi}\n{promise.en}", highlight=False)
    console.out.print(
        f"{_kept(one, now)}; hạn / within {_span(promise.seconds)}; {promise.cron or 'khi cần / when asked for'}"
    )
    table = Table(
        "Số / no", "Bắt đầu / began", "Giây / s", "Lần / try", "Kết quả / outcome", "Lý do / reason", "Cho / for"
    )
    for run in runs:
        table.add_row(
            str(run.run_no),
            _when(run.started_at),
            _seconds(run, now),
            str(run.attempt),
            _OUTCOMES[run.outcome],
            run.failure or "",
            _for(run),
        )
    console.out.print(table)


@group.command()
def run(job: OfJob) -> None:
    """Yêu cầu chạy ngay một công việc định kỳ / Ask the worker for a periodic job now."""
    if jobs.ask(console.db(), job):
        console.out.print(f"{job}: đã xếp hàng / is in the queue")
    else:
        console.out.print(f"{job}: đã có trong hàng đợi / waits there already")


@group.command()
def retry(run_no: Annotated[int, typer.Argument(metavar="NO", help="Số lần chạy / number of the run", min=1)]) -> None:
    """Thử lại một việc đã thôi thử, theo số trong `jobs show` / Try again a job given up, by its number in `jobs show`."""
    jobs.retry(console.db(), run_no)
    console.out.print(f"{run_no}: đã xếp hàng lại / is in the queue again")


def _told(one: Standing, now: datetime) -> dict[str, object]:
    broken = one.broken(now)
    return {
        "job": one.promise.job, "cron": one.promise.cron, "vi": one.promise.vi, "en": one.promise.en,
        "promise_seconds": one.promise.seconds, "kept": broken is None, "broken_since": broken.due_at if broken else None,
        "done_at": one.done_at, "next_at": one.next_at(now), "waiting": one.queue.waiting, "running": one.queue.running,
        "waiting_since": one.queue.waiting_since, "failures": one.failures, "kills": one.kills,
    }  # fmt: skip


def _kept(one: Standing, now: datetime) -> str:
    broken = one.broken(now)
    return "giữ / kept" if broken is None else f"KHÔNG GIỮ từ / BROKEN since {_when(broken.due_at)}"


def _when(at: datetime | None) -> str:
    """In the time of the operator's machine."""
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _span(seconds: int) -> str:
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds // 60} min"


def _seconds(run: JobRun, now: datetime) -> str:
    return f"{((run.ended_at or now) - run.started_at).total_seconds():,.1f}"


def _for(run: JobRun) -> str:
    if run.subject is not None:
        far = run.progress
        if far is None:
            return str(run.subject)
        left = "" if far.seconds_left is None else f", {screen.remaining(far.seconds_left)}"
        return f"{run.subject} {far.stage} {far.done:,}/{far.total:,}{left}"
    slot = _when(run.slot)
    return f"{slot} (chạy bù / caught up)" if run.caught_up else slot
