"""The page of the queue: what waits, what failed, a periodic job asked for by hand, and one that was given up tried again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.address import address_of
from api.web import words
from api.web.administration import page
from api.web.forms import MENDABLE, proven
from api.web.house import language_of
from api.web.places import PLACES
from api.web.routing import field, see_other
from landdata.flows import jobs
from landdata.model.jobs import Outcome, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.web.routing import Pages
    from landdata.model.jobs import Standing

MOST = 25
_DIGITS = 19  # of a number that a database holds


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.queue)(every)
    pages.post(PLACES.queue)(ask)


def every(request: Request) -> Response:
    return _every(request)


def ask(request: Request) -> Response:
    """Ask the worker for a periodic job now, or for one that was given up again; what waits already is not asked for twice."""
    who = proven(request)
    job, run_no = field(request, "viec")[:40], field(request, "lan")
    try:
        if run_no:
            jobs.retry(
                _db(request), int(run_no) if run_no.isascii() and run_no.isdigit() and len(run_no) < _DIGITS else 0
            )
        else:
            jobs.ask(_db(request), job)
    except MENDABLE as error:
        return _every(request, error)
    what = f"retry:{run_no}" if run_no else f"run:{job}"
    request.app.state.services.security_log.administered(what, who.login, address_of(request))
    return see_other(PLACES.queue.path(language_of(request)))


def _every(request: Request, error: Exception | None = None) -> Response:
    db, now = _db(request), datetime.now(UTC)
    standing = jobs.standings(db)
    bad = [
        run
        for outcome in (Outcome.FAILED, Outcome.KILLED, Outcome.RETRY)
        for run in jobs.page(db, Wanted(outcome=outcome), after=None, most=MOST).runs
    ]
    bad = sorted(bad, key=lambda run: run.run_no, reverse=True)[:MOST]
    return page(
        request, "queue.html", error, jobs=standing, broken={one.promise.job for one in standing if one.broken(now)},
        bad=bad, again=jobs.given_up(db, [run.run_no for run in bad]), now=now, words=words,
        idle=_idle(standing),
        newest={run.job: run.run_no for run in reversed(bad)},
    )  # fmt: skip


def _idle(standings: Sequence[Standing]) -> set[str]:
    """Periodic jobs of which none waits: those that can be asked for."""
    return {one.promise.job for one in standings if one.promise.cron and not one.queue.waiting}


def _db(request: Request) -> Any:
    return request.app.state.services.pools.admin
