"""Pages of the ministry's second approver: what waits in any land office, and the word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.schemas.deliveries import Sentences
from api.web import words
from api.web.deliveries import second, take_word, told, totals_of
from api.web.house import house, language_of
from api.web.officers import is_fresh
from api.web.places import PLACES
from api.web.routing import see_other
from landdata.errors import LandDataError
from landdata.flows import agreements, outcome
from landdata.model.agreements import AgreementState
from landdata.model.deliveries import CommuneState

if TYPE_CHECKING:
    from api.web.routing import Pages
    from landdata.model.people import SignedIn


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.approvals)(waiting)
    pages.get(PLACES.approval)(approval)
    pages.post(PLACES.approval_decide)(decide_about)


def waiting(request: Request) -> Response:
    """The deliveries of all offices that wait, the oldest first; beside them the agreements that wait for the same person."""
    services = request.app.state.services
    drafts = [one for one in agreements.every(services.pools.admin) if one.state is AgreementState.DRAFT]
    return house().page(request, "approvals.html", lines=outcome.waiting(services.pools.dashboard), drafts=drafts)


def approval(request: Request, office: str, uid: UUID) -> Response:
    return _show(request, office, uid)


def decide_about(request: Request, office: str, uid: UUID) -> Response:
    """The ministry's word in the place of the office's own second person."""
    second(request)
    try:
        take_word(request, office, uid)
    except (LandDataError, problems.HttpError) as error:
        return _show(request, office, uid, error)
    return see_other(PLACES.approvals.path(language_of(request)))


def _show(
    request: Request, office: str, uid: UUID, error: LandDataError | problems.HttpError | None = None
) -> Response:
    who: SignedIn = request.state.who
    db = request.app.state.services.pools.uploader
    found = outcome.show(db, office_code=office, delivery_uid=uid)
    return house().page(
        request,
        "approval.html",
        status=200 if error is None else 422,
        refused=told(request, error),
        view=found.view,
        office=office,
        office_name=outcome.name_of(db, office_code=office),
        delivered_by=found.delivered_by,
        codes=[(one, Sentences.of(one.code, one.first.details)) for one in found.codes],
        totals=totals_of(found),
        waiting=[one for one in found.view.communes if one.state is CommuneState.WAITING],
        own=found.delivered_by == who.login,
        may_decide=True,
        fresh=is_fresh(request, who),
        sentences=Sentences.of,
        typed=getattr(request.state, "form", {}),
        words=words,
    )
