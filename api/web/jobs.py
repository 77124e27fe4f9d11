"""The page of the queue: what waits, what failed, and a periodic job asked for by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.web import words
from api.web.administration import page
from api.web.forms import MENDABLE, proven
from api.web.house import language_of
from api.web.places import PLACES
from api.web.routing import field, see_other
from landdata.flows import jobs
from landdata.model.jobs import Outcome, Wanted

if TYPE_CHECKING:
    from api.web.routing import Pages

MOST = 25


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.queue)(every)
    pages.post(PLACES.queue)(ask)


def every(request: Request) -> Response:
    return _every(request)


def ask(request: Request) -> Response:
    """Ask the worker for a periodic job now; one that waits already is not asked for twice."""
    proven(request)
    try:
        jobs.ask(_db(request), field(request, "viec")[:40])
    except MENDABLE as error:
        return _every(request, error)
    return see_other(PLACES.queue.path(language_of(request)))


def _every(request: Request, error: Exception | None = None) -> Response:
    db, now = _db(request), datetime.now(UTC)
    standing = jobs.standings(db)
    bad = [
        run
        for outcome in (Outcome.FAILED, Outcome.KILLED, Outcome.RETRY)
        for run in jobs.page(db, Wanted(outcome=outcome), after=None, most=MOST).runs
    ]
    return page(
        request, "queue.html", error, jobs=standing, broken={one.promise.job for one in standing if one.broken(now)},
        bad=sorted(bad, key=lambda run: run.run_no, reverse=True)[:MOST], now=now, words=words,
    )  # fmt: skip


def _db(request: Request) -> Any:
    return request.app.state.services.pools.admin
