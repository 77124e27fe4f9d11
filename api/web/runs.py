"""The page of the worker's jobs: what runs now, what each job promises and whether it keeps it, and the journal of runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.web import words
from api.web.house import language_of
from api.web.i18n import SIMULATION, Language, Words
from api.web.listing import MAIN, TABLE, Listing, answer, read_listing, table_file
from api.web.places import PLACES
from landdata.errors import all_errors
from landdata.flows import jobs
from landdata.model.jobs import JobRun, Outcome, RunPage, Standing, Wanted
from landdata.model.progress import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.web.routing import Pages
    from landdata.store.engine import Database

TITLE = Words("Tiến trình", "Runs")
PARTS = {MAIN: "_runs.html", TABLE: "_run_list.html", "nay": "_runs_now.html"}
JOURNAL = "nhat-ky"  # the view of past runs; the other one is the schedule
BROKEN, KEPT = "hong", "giu"
PAGE, MOST_NOW = 50, 20
POLL_SECONDS = 15
# Asking again by itself keeps a session alive: it ends well before an unattended one would have.
MOST_POLLS = 40
STAGES = tuple(stage for stage in Stage if stage is not Stage.DONE)
_NUMBER = re.compile(r"[0-9]{1,18}")
_HOURS_AHEAD = 7
_EVERY = re.compile(r"\*(?:/(\d+))?")
_EVERY_MINUTE = Words("mỗi phút", "every minute")


@dataclass(frozen=True)
class Work:
    """Everything the page shows, read once."""

    listing: Listing
    now: datetime
    jobs: tuple[Standing, ...]
    running: tuple[JobRun, ...]
    journal: RunPage

    @cached_property
    def broken(self) -> dict[str, datetime]:
        """Since when a promise is broken, by job."""
        found = [one.broken(self.now) for one in self.jobs]
        return {one.job: one.due_at for one in found if one}

    @property
    def waiting(self) -> int:
        return sum(one.queue.waiting for one in self.jobs)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.promise.job for one in self.jobs)

    @cached_property
    def shown(self) -> tuple[Standing, ...]:
        """The jobs that pass the filter; those that break their promise first, the longest of them."""
        state, job = self.listing["tt"], self.listing["viec"]
        kept = [
            one
            for one in self.jobs
            if (not job or one.promise.job == job)
            and (not state or (one.promise.job in self.broken) == (state == BROKEN))
        ]
        return tuple(sorted(kept, key=lambda one: (self.broken.get(one.promise.job, self.now), one.promise.job)))


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.runs)(every)
    pages.get(PLACES.runs_csv)(_file("csv"))
    pages.get(PLACES.runs_xlsx)(_file("xlsx"))


def every(request: Request) -> Response:
    """What runs now, and the schedule or the journal."""
    found = _gathered(request)
    asked = request.query_params.get("lan", "")
    polls = min(int(asked), MOST_POLLS) if _NUMBER.fullmatch(asked) else 0
    return answer(
        request, found.listing, PARTS, title=TITLE[language_of(request)], d=found, words=words, stages=STAGES, when=when,
        failure=failure_words, polls=polls, most_polls=MOST_POLLS, poll_seconds=POLL_SECONDS, outcomes=tuple(Outcome),
    )  # fmt: skip


def _gathered(request: Request) -> Work:
    db: Database = request.app.state.services.pools.dashboard
    standing = jobs.standings(db)
    asked = request.query_params.get("truoc", "")
    known = {
        "xem": (JOURNAL,), "viec": {one.promise.job for one in standing}, "tt": (BROKEN, KEPT), "kq": frozenset(Outcome),
        "truoc": {asked} if _NUMBER.fullmatch(asked) else (), "dung": ("1",),
    }  # fmt: skip
    listing = read_listing(request, "runs", known)
    journal = RunPage((), None)
    if listing["xem"] == JOURNAL:
        wanted = Wanted(job=listing["viec"] or None, outcome=Outcome(listing["kq"]) if listing["kq"] else None)
        journal = jobs.page(db, wanted, after=int(listing["truoc"]) if listing["truoc"] else None, most=PAGE)
    running = jobs.page(db, Wanted(outcome=Outcome.RUNNING), after=None, most=MOST_NOW)
    return Work(listing, datetime.now(UTC), standing, running.runs, journal)


def when(cron: str | None, language: Language) -> str:
    """A cron line (UTC) as people say it, in Vietnam's time; one of another shape as it stands."""
    return (Words("khi được yêu cầu", "when asked for") if cron is None else _slots(cron))[language]


def _slots(cron: str) -> Words:
    minute, hour, *rest = cron.split()
    seconds, minutes = _EVERY.fullmatch(rest[3] if len(rest) > 3 else ""), _EVERY.fullmatch(minute)
    if seconds and seconds[1]:
        return Words(f"mỗi {seconds[1]} giây", f"every {seconds[1]} seconds")
    if hour == "*" and minutes:
        return Words(f"mỗi {minutes[1]} phút", f"every {minutes[1]} minutes") if minutes[1] else _EVERY_MINUTE
    if minute.isdigit() and hour == "*":
        return Words(f"mỗi giờ, phút thứ {minute}", f"every hour at minute {minute}")
    if minute.isdigit() and hour.isdigit() and rest[:3] == ["*", "*", "*"]:
        time = f"{(int(hour) + _HOURS_AHEAD) % 24:02}:{int(minute):02}"
        return Words(f"mỗi ngày lúc {time}", f"every day at {time}")
    return Words(f"{cron} (UTC)", f"{cron} (UTC)")


_ERRORS = {one.code: one for one in all_errors()}


def failure_words(code: str, language: Language) -> str:
    """What to do about the failure with this code; nothing for a foreign error, whose kind is all that is known."""
    error = _ERRORS.get(code)
    if error is None:
        return ""
    mend = error.mend_vi if language == "vi" else error.mend_en
    return "" if "{" in mend else mend


def _file(kind: str) -> Callable[[Request], Response]:
    def file(request: Request) -> Response:
        """The schedule, or the page of the journal, as it stands on the screen."""
        found = _gathered(request)
        language = found.listing.language
        vi = language == "vi"
        note = SIMULATION[language] if request.app.state.settings.simulated else ""
        if found.listing["xem"] == JOURNAL:
            name, head = "nhat-ky-tien-trinh" if vi else "runs", _RUN_HEAD
            rows = [_run_cells(one, language) for one in found.journal.runs]
        else:
            name, head = "lich-tien-trinh" if vi else "schedule", _JOB_HEAD
            rows = [_job_cells(one, found, language) for one in found.shown]
        return table_file(
            kind, name=f"{name}-{found.now:%Y-%m-%d}", head=[one[language] for one in (*head, _NOTE)],
            rows=[[*row, note] for row in rows],
        )  # fmt: skip

    return file


_NOTE = Words("Ghi chú", "Note")
_JOB_HEAD: tuple[Words, ...] = (
    Words("Công việc", "Job"),
    Words("Lời hứa", "Promise"),
    Words("Trong vòng (giây)", "Within (seconds)"),
    Words("Khi nào", "When"),
    Words("Giữ lời", "Kept"),
    Words("Không giữ từ", "Broken since"),
    Words("Xong lần cuối", "Last done"),
    Words("Lần tới", "Next"),
    Words("Đang chờ", "Waiting"),
    Words("Đang chạy", "Running"),
    Words("Lần thử hỏng", "Failed tries"),
)
_RUN_HEAD: tuple[Words, ...] = (
    Words("Số", "Number"),
    Words("Công việc", "Job"),
    Words("Lần giao nộp", "Delivery"),
    Words("Lịch", "Slot"),
    Words("Chạy bù", "Caught up"),
    Words("Lần thử", "Try"),
    Words("Bắt đầu", "Began"),
    Words("Kết thúc", "Ended"),
    Words("Kết quả", "Outcome"),
    Words("Lý do hỏng", "Failure"),
)


def _job_cells(one: Standing, found: Work, language: Language) -> list[Any]:
    promise, vi = one.promise, language == "vi"
    since, next_at = found.broken.get(promise.job), one.next_at(found.now)
    kept = (Words("không", "no") if since else Words("có", "yes"))[language]
    return [
        promise.job, promise.vi if vi else promise.en, promise.seconds, when(promise.cron, language), kept,
        *(at.isoformat(timespec="seconds") if at else "" for at in (since, one.done_at, next_at)),
        one.queue.waiting, one.queue.running, one.failures,
    ]  # fmt: skip


def _run_cells(one: JobRun, language: Language) -> list[Any]:
    times = (one.started_at, one.ended_at)
    return [
        one.run_no, one.job, str(one.subject or ""), one.slot.isoformat(timespec="seconds") if one.slot else "",
        (Words("có", "yes") if one.caught_up else Words("không", "no"))[language], one.attempt,
        *(at.isoformat(timespec="seconds") if at else "" for at in times),
        words.OUTCOMES[one.outcome].words[language], one.failure or "",
    ]  # fmt: skip
