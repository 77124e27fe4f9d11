"""The page of lawful delays of what citizens see of the log: asked for by one person, approved by another, ended by either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.web.administration import page
from api.web.forms import MENDABLE, Unfit, day_of, needed, proven, whole_of, words_of
from api.web.house import language_of
from api.web.i18n import Words
from api.web.places import PLACES
from api.web.routing import field, see_other
from api.web.words import Mark
from landdata.flows import clients, inspections, offices
from landdata.model.inspections import SecrecyStep, SecrecyTerms
from landdata.model.people import Act

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.people import SignedIn

STATES = {
    SecrecyStep.ASKED: Mark("wait", Words("Chờ người thứ hai", "Waits for a second person")),
    SecrecyStep.APPROVED: Mark("ok", Words("Đã duyệt", "Approved")),
    SecrecyStep.REJECTED: Mark("off", Words("Không duyệt", "Turned down")),
    SecrecyStep.ENDED: Mark("off", Words("Đã chấm dứt", "Ended")),
}
STEPS = {
    SecrecyStep.ASKED: Words("Đề nghị", "Asked for"),
    SecrecyStep.APPROVED: Words("Duyệt", "Approved"),
    SecrecyStep.REJECTED: Words("Không duyệt", "Turned down"),
    SecrecyStep.ENDED: Words("Chấm dứt", "Ended"),
}
_DECISIONS = frozenset({SecrecyStep.APPROVED, SecrecyStep.REJECTED})


def add(pages: Pages) -> None:
    """Put this page into the house."""
    pages.get(PLACES.delays)(every)
    pages.post(PLACES.delay_ask)(ask)
    pages.post(PLACES.delay_decide)(decide)
    pages.post(PLACES.delay_end)(end)


def every(request: Request) -> Response:
    """All delays that were ever asked for, what waits first."""
    return _every(request)


def ask(request: Request) -> Response:
    """One more; it delays nothing before a second person has approved it."""
    who = proven(request)
    try:
        terms = SecrecyTerms(
            needed(request, "he_thong", "hệ thống", "The client"),
            needed(request, "can_cu", "căn cứ pháp lý", "The legal ground"),
            words_of(request, "thu_tuc"),
            words_of(request, "ho_so"),
            whole_of(request, "so_ngay"),
            day_of(request, "den_ngay"),
        )
        if (terms.days is None) == (terms.until is None):
            raise Unfit(
                "Nêu đúng một giới hạn: số ngày, hoặc đến ngày.", "Say exactly one limit: days, or until a day."
            )
        inspections.ask_delay(_admin(request), terms=terms, by=who.login, reason=_reason(request))
    except MENDABLE as error:
        return _every(request, error)
    return see_other(PLACES.delays.path(language_of(request)))


def decide(request: Request) -> Response:
    """Approve or turn down; nobody does with what they asked for themselves."""
    return _move(request, _DECISIONS)


def end(request: Request) -> Response:
    """Citizens see it again from now on."""
    return _move(request, frozenset({SecrecyStep.ENDED}))


def _move(request: Request, steps: frozenset[SecrecyStep]) -> Response:
    who = proven(request)
    try:
        step, number = field(request, "buoc"), whole_of(request, "so")
        if step not in steps or number is None or not 0 < number < 2**63:
            raise problems.HttpError(problems.REQUEST_INVALID)
        inspections.move_delay(
            _admin(request), secrecy_id=number, step=SecrecyStep(step), by=who.login, reason=_reason(request)
        )
    except MENDABLE as error:
        return _every(request, error)
    return see_other(PLACES.delays.path(language_of(request)))


def _every(request: Request, error: Exception | None = None) -> Response:
    services: Services = request.app.state.services
    who: SignedIn = request.state.who
    manages = Act.MANAGE_AGREEMENTS in who.acts
    db = services.pools.admin if manages else services.pools.auditor
    found = inspections.delays(db)
    found.sort(
        key=lambda one: (one.state is not SecrecyStep.ASKED, one.state is not SecrecyStep.APPROVED, -one.secrecy_id)
    )
    asking: list[tuple[str, str]] = []
    if manages:
        consumers = {one.code for one in offices.every(db) if one.kind == "CONSUMER"}
        asking = [(one.client_id, one.client_id) for one in clients.list_clients(db) if one.office_code in consumers]
    return page(
        request, "delays.html", error, delays=found, states=STATES, steps=STEPS, clients=asking, manages=manages,
        may_decide=Act.DECIDE in who.acts, me=who.login,
    )  # fmt: skip


def _reason(request: Request) -> str:
    return needed(request, "ly_do", "lý do", "A reason")


def _admin(request: Request) -> Any:
    return request.app.state.services.pools.admin
