"""Pages of what a land office handed in: the list, one delivery with its checks and findings, what is given back, decisions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.routes.deliveries import progress_of
from api.routes.returns import bound, made
from api.schemas.deliveries import Sentences
from api.web import words
from api.web.house import house, language_of
from api.web.officers import caller_of, is_fresh
from api.web.places import PLACES
from api.web.routing import field, see_other
from landdata.errors import LandDataError, NothingToDraw
from landdata.flows import decide, outcome, returns, withdraw
from landdata.flows.entrance import proved_lately
from landdata.flows.report import ReportFormat
from landdata.flows.returns import MapFormat
from landdata.model.deliveries import CommuneState, Decision, Severity, State
from landdata.model.outcomes import through_person
from landdata.model.people import Act
from landdata.model.progress import Stage
from landdata.writing.pictures import HEIGHT, WIDTH

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.outcomes import Outcome
    from landdata.model.people import SignedIn

PAGE = 25
_SHORTEST, _LONGEST = 3, 1000  # letters of a reason, as the API takes them


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.deliveries)(history)
    pages.get(PLACES.delivery)(delivery)
    pages.get(PLACES.delivery_events)(events)
    pages.get(PLACES.delivery_map)(map_)
    pages.get(PLACES.delivery_map_file)(map_file)
    pages.get(PLACES.delivery_refused)(refused)
    pages.get(PLACES.delivery_report)(report)
    pages.post(PLACES.delivery_decide)(decide_about)
    pages.post(PLACES.delivery_withdraw)(withdraw_it)


def history(request: Request, tt: State | None = None, truoc: UUID | None = None) -> Response:
    """The office's deliveries, newest first; `tt` a state, `truoc` the delivery before which the page begins."""
    who: SignedIn = request.state.who
    db = request.app.state.services.pools.uploader
    found = outcome.history(db, office_code=who.office_code, state=tt, before=truoc, most=PAGE + 1)
    return house().page(
        request, "deliveries.html", lines=found[:PAGE], more=found[PAGE - 1].delivery_uid if len(found) > PAGE else None,
        state=tt, office=outcome.name_of(db, office_code=who.office_code), words=words, may_deliver=Act.DELIVER in who.acts,
    )  # fmt: skip


def delivery(request: Request, uid: UUID) -> Response:
    return _show(request, uid)


async def events(request: Request, uid: UUID) -> Response:
    """Its progress, as it goes on."""
    last = request.headers.get("last-event-id", "")[:100]
    return await progress_of(request.app.state.services, caller_of(request, request.state.who), uid, last)


def map_(request: Request, uid: UUID) -> Response:
    """The faulty parcels among their neighbours; as a part of the delivery's page for its script."""
    services: Services = request.app.state.services
    try:
        drawn, names = returns.pictures_of(
            services.pools.uploader, settings=services.settings, keys=services.number_keys,
            caller=caller_of(request, request.state.who), delivery_uid=uid,
        )  # fmt: skip
    except NothingToDraw:
        drawn, names = None, {}
    part = request.query_params.get("_") == "phan"
    return house().page(
        request, "_faults.html" if part else "faults.html", uid=uid, drawn=drawn, names=names, wide=WIDTH, high=HEIGHT
    )


async def map_file(request: Request, uid: UUID, dang: MapFormat = MapFormat.GEOJSON) -> Response:
    make = bound(returns.map_of, request.app.state.services, caller_of(request, request.state.who), uid)
    return await made(request.app.state.services, partial(make, format_=dang))


async def refused(request: Request, uid: UUID) -> Response:
    services: Services = request.app.state.services
    return await made(services, bound(returns.refused_rows, services, caller_of(request, request.state.who), uid))


async def report(request: Request, uid: UUID, dang: ReportFormat = ReportFormat.XLSX) -> Response:
    make = bound(returns.report_of, request.app.state.services, caller_of(request, request.state.who), uid)
    return await made(request.app.state.services, partial(make, format_=dang))


def decide_about(request: Request, uid: UUID) -> Response:
    """A second person's word. Whoever handed the file in cannot give it."""
    who, _ = second(request)
    try:
        take_word(request, who.office_code, uid)
    except (LandDataError, problems.HttpError) as error:
        return _show(request, uid, error)
    return see_other(PLACES.delivery.path(language_of(request), uid=uid))


def take_word(request: Request, office_code: str, uid: UUID) -> None:
    """Decide as the form says. Raises as `landdata.flows.decide`, and HttpError where no commune or no reason is named."""
    who, services = request.state.who, request.app.state.services
    try:
        said = Decision(field(request, "loi"))
    except ValueError:
        raise problems.HttpError(problems.REQUEST_INVALID) from None
    communes = request.state.form.get("xa")
    if not communes:
        raise problems.HttpError(problems.REQUEST_INVALID)
    decide.decide(
        services.pools.uploader, delivery_uid=uid, office_code=office_code, decision=said, login=who.login,
        reason=_reason(request), communes=communes, client_id=through_person(who.login),
    )  # fmt: skip


def withdraw_it(request: Request, uid: UUID) -> Response:
    """Take a published delivery back."""
    who, services = second(request)
    try:
        withdraw.ask(
            services.pools.uploader, delivery_uid=uid, office_code=who.office_code, login=who.login,
            reason=_reason(request), client_id=through_person(who.login),
        )  # fmt: skip
    except (LandDataError, problems.HttpError) as error:
        return _show(request, uid, error)
    return see_other(PLACES.delivery.path(language_of(request), uid=uid))


def second(request: Request) -> tuple[SignedIn, Services]:
    """Whoever decides, proved lately to be it. Raises FreshProofNeeded."""
    services: Services = request.app.state.services
    proved_lately(services.entrance, request.state.who)
    return request.state.who, services


def _reason(request: Request) -> str:
    said = field(request, "ly_do")
    if not _SHORTEST <= len(said) <= _LONGEST:
        raise problems.HttpError(problems.REQUEST_INVALID)
    return said


def _show(request: Request, uid: UUID, error: LandDataError | problems.HttpError | None = None) -> Response:
    who: SignedIn = request.state.who
    found = outcome.show(request.app.state.services.pools.uploader, office_code=who.office_code, delivery_uid=uid)
    view = found.view
    whole = _whole(found)
    asked = view.decisions[-1] if view.decisions else None
    published = [one for one in view.communes if one.state is CommuneState.PUBLISHED]
    return house().page(
        request,
        "delivery.html",
        status=200 if error is None else 422,
        refused=told(request, error),
        found=found,
        view=view,
        # What refuses the file as a whole stands above them.
        codes=[
            (one, Sentences.of(one.code, one.first.details))
            for one in found.codes
            if not (whole and one.severity is Severity.REFUSES_DELIVERY)
        ],
        whole=whole,
        totals=totals_of(found),
        waiting=[one for one in view.communes if one.state is CommuneState.WAITING],
        published=published,
        parcels_now=sum(one.parcels_after for one in published),
        parcels_then=sum(one.parcels_before for one in published),
        under_way=asked if asked and asked.verdict == "WITHDRAW" and view.state is State.PUBLISHED else None,
        own=found.delivered_by == who.login,
        may_decide=Act.DECIDE in who.acts,
        fresh=is_fresh(request, who),
        sentences=Sentences.of,
        faulty=any(one.rows and one.severity in _DRAWN for one in found.codes),
        any_refused=any(one.severity is Severity.REFUSES_RECORD for one in found.codes),
        stages=[stage for stage in Stage if stage is not Stage.DONE],
        typed=getattr(request.state, "form", {}),
        words=words,
    )


_COLUMNS = (
    "rows_read",
    "rows_new",
    "rows_changed",
    "rows_unchanged",
    "rows_refused",
    "rows_waiting",
    "records_refused",
)
_DRAWN = {Severity.REFUSES_RECORD, Severity.WARNING, Severity.REPAIRED}


def totals_of(found: Outcome) -> dict[str, int]:
    """Rows by what became of them, of all layers."""
    return {name: sum(getattr(line, name) for line in found.view.ledger) for name in _COLUMNS}


def _whole(found: Outcome) -> Sentences | None:
    """Why nothing of it was taken."""
    refusal = found.view.refusal
    return None if refusal is None else Sentences.of(str(refusal["code"]), refusal["details"])


def told(request: Request, error: LandDataError | problems.HttpError | None) -> tuple[str, str] | None:
    """Why a form was refused: a sentence, and what to do."""
    language = language_of(request)
    if error is None:
        return None
    if isinstance(error, LandDataError):
        return error.sentence(language), error.mend(language)
    if language == "vi":
        return "Chưa đủ.", "Chọn ít nhất một xã và nêu lý do từ 3 đến 1.000 chữ."
    return "Something is missing.", "Choose at least one commune and give a reason of 3 to 1,000 letters."
