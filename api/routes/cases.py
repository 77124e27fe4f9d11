"""Holders that are not linked with a citizen: the land office's work list, its cases, and what is decided about them."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from api.clerks import ClerkCaller, EitherCaller, ReadingCaller, SecondCaller
from api.requests import refuse_repeats, strict_json
from api.routes.returns import made
from api.routes.sessions import CHANGES
from api.schemas import cursors
from api.schemas.cases import CaseCounts, CaseDecided, CaseDecisionIn, CasesOut, CaseStepIn, CaseWhole, ReasonCode
from api.schemas.problems import documented
from api.schemas.returns import file_of
from api.schemas.text import DivisionCode, UnitCode
from api.services import Served
from landdata.flows import caselist, cases, decisions
from landdata.flows.caselist import ListFormat
from landdata.flows.returns import MEDIA_OF
from landdata.model.agreements import UnitScope
from landdata.model.cases import Kind, Mark, Saying, Sought, State
from landdata.model.clients import MATCHING_SCOPE
from landdata.model.persons import ClaimStatus
from landdata.model.units import Level

router = APIRouter(prefix="/v1/matching/cases", tags=["matching"], dependencies=[Depends(refuse_repeats)])
READS = {"security": [{"session": []}, {"oauth2": [MATCHING_SCOPE]}]}
Body = Depends(strict_json)
_READING = documented(400, 401, 403, 404, 422, 503)
_CHANGING = documented(400, 401, 403, 404, 409, 413, 415, 422, 503)
_FORMATS = (".gpkg", ".zip", ".geojson", ".fgb", ".gml", ".xml", ".csv", ".xlsx")


def sought(
    unit: Annotated[UnitCode | None, Query(description="Code of a unit; with `level`.")] = None,
    level: Annotated[Level | None, Query(description="Level of `unit`.")] = None,
    division: Annotated[DivisionCode, Query(description="Division whose codes are meant.")] = "2025",
    status: Annotated[ClaimStatus | None, Query(description="Status; all when left out.")] = None,
    reason: Annotated[ReasonCode | None, Query(description="Code of a reason.")] = None,
    mark: Annotated[Mark | None, Query(description="WAITING for a second person, or CONTRADICTED.")] = None,
) -> Sought:
    """Which cases are asked for."""
    where = UnitScope(unit, (level or Level.COMMUNE).value, division) if unit else None
    return Sought(where, (status,) if status else None, reason, mark)


Asked = Annotated[Sought, Depends(sought)]


@router.get("", openapi_extra=READS, responses=_READING)
def list_cases(
    caller: ReadingCaller,
    services: Served,
    response: Response,
    asked: Asked,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> CasesOut:
    """The office's work list: what would clear most certificates first, then the oldest. Numbers are masked."""
    response.headers["Cache-Control"] = "no-store"
    after = cursors.place_of(cursor) if cursor is not None else None
    page = cases.page(services.pools.uploader, office_code=caller.office_code, sought=asked, after=after, limit=limit)
    return CasesOut.of(page, services.number_keys, cursors.cursor_of(page.after) if page.after else None)


@router.get("/counts", openapi_extra=READS, responses=_READING)
def count_cases(caller: ReadingCaller, services: Served, response: Response, asked: Asked) -> CaseCounts:
    """How much is on the list, in the unit named, by status, reason and mark."""
    response.headers["Cache-Control"] = "no-store"
    return CaseCounts.of(cases.counts(services.pools.uploader, office_code=caller.office_code, sought=asked))


@router.get(
    "/file",
    openapi_extra=READS,
    responses={
        **file_of("The list.", *(MEDIA_OF[one] for one in _FORMATS)), **documented(400, 401, 403, 404, 422, 503),
    },
    response_class=StreamingResponse,
)  # fmt: skip
async def list_as_file(
    caller: ReadingCaller,
    services: Served,
    asked: Asked,
    format_: Annotated[
        ListFormat, Query(alias="format", description="`own`: the rows of the office's last delivery, as it sent them.")
    ] = ListFormat.OWN,
) -> StreamingResponse:
    """The list as a file: the office's own rows of its last delivery with reason columns, or one case a row."""
    make = partial(
        caselist.as_file,
        services.pools.uploader,
        settings=services.settings,
        keys=services.number_keys,
        office_code=caller.office_code,
        sought=asked,
        format_=format_,
    )
    return await made(services, make)


@router.get("/{case}", openapi_extra=READS, responses=_READING)
def show_case(caller: ReadingCaller, services: Served, response: Response, case: UUID) -> CaseWhole:
    """One case: what the certificates say, which they are, why it is not linked, and what was decided about it.

    The number is whole for who may clear or approve cases and proved it within ten minutes.
    """
    response.headers["Cache-Control"] = "no-store"
    found = cases.show(services.pools.uploader, office_code=caller.office_code, case=case)
    return CaseWhole.whole(found, services.number_keys, numbers=caller.sees_numbers)


@router.post("/{case}/decisions", status_code=201, dependencies=[Body], openapi_extra=CHANGES, responses=_CHANGING)
def decide_case(
    caller: ClerkCaller, services: Served, response: Response, case: UUID, said: CaseDecisionIn
) -> CaseDecided:
    """Decide about a case: CONFIRM waits for a second person; CORRECT and REJECT hold at once."""
    response.headers["Cache-Control"] = "no-store"
    number = decisions.decide(
        services.pools.uploader,
        office_code=caller.office_code,
        case=case,
        kind=said.kind,
        saying=Saying(caller.login, said.reason, said.evidence),
        words=said.words,
        keys=services.number_keys,
    )
    return CaseDecided(number=number, state=State.WAITING if said.kind is Kind.CONFIRM else State.IN_FORCE)


@router.post(
    "/{case}/decisions/{number}/approval",
    status_code=204,
    dependencies=[Body],
    openapi_extra=CHANGES,
    responses=_CHANGING,
)
def approve_decision(caller: SecondCaller, services: Served, case: UUID, number: int, said: CaseStepIn) -> None:
    """Let a confirmation hold, as a second person; the platform is asked again, and its answer decides what comes of it."""
    decisions.approve(
        services.pools.uploader, office_code=caller.office_code, case=case, number=number,
        saying=Saying(caller.login, said.reason, said.evidence),
    )  # fmt: skip


@router.post(
    "/{case}/decisions/{number}/refusal",
    status_code=204,
    dependencies=[Body],
    openapi_extra=CHANGES,
    responses=_CHANGING,
)
def refuse_decision(caller: SecondCaller, services: Served, case: UUID, number: int, said: CaseStepIn) -> None:
    """Turn a confirmation down; the case stays on the list."""
    decisions.refuse(
        services.pools.uploader, office_code=caller.office_code, case=case, number=number,
        saying=Saying(caller.login, said.reason, said.evidence),
    )  # fmt: skip


@router.post(
    "/{case}/decisions/{number}/withdrawal",
    status_code=204,
    dependencies=[Body],
    openapi_extra=CHANGES,
    responses=_CHANGING,
)
def withdraw_decision(caller: EitherCaller, services: Served, case: UUID, number: int, said: CaseStepIn) -> None:
    """Take a decision back: the claim is judged by the rules again, and nobody is answered by it until then."""
    decisions.withdraw(
        services.pools.uploader, office_code=caller.office_code, case=case, number=number,
        saying=Saying(caller.login, said.reason, said.evidence),
    )  # fmt: skip
