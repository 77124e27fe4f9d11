"""Pages of the holders that are not linked with a citizen: the work list, one case with its evidence, and decisions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from pydantic import ValidationError
from starlette.responses import Response

from api import problems
from api.routes.returns import made
from api.schemas import cursors
from api.schemas.cases import CaseCounts, CaseDecisionIn, CaseOut, CaseStepIn, CaseWhole
from api.web import words
from api.web.house import house, language_of
from api.web.officers import is_fresh
from api.web.places import PLACES
from api.web.routing import field, see_other
from api.web.state import typed_day
from landdata.errors import DecisionUnfit, LandDataError
from landdata.flows import caselist, cases, decisions, outcome
from landdata.flows.caselist import ListFormat
from landdata.flows.entrance import proved_lately
from landdata.model.cases import Kind, Mark, Saying, Sought
from landdata.model.people import Act
from landdata.model.persons import ClaimStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.people import SignedIn

_T = TypeVar("_T")
PAGE = 30
_DECIDING = frozenset({Act.CLEAR_CASES, Act.DECIDE})
_STEPS: dict[str, tuple[Act | None, Callable[..., None]]] = {
    "duyet": (Act.DECIDE, decisions.approve),
    "khong-duyet": (Act.DECIDE, decisions.refuse),
    "rut": (None, decisions.withdraw),
}


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.cases)(work_list)
    pages.get(PLACES.cases_file)(as_file)
    pages.get(PLACES.case)(case_page)
    pages.post(PLACES.case_decide)(decide)
    pages.post(PLACES.case_step)(step)


def work_list(
    request: Request,
    tt: ClaimStatus | None = None,
    ly_do: str = "",
    dau: Mark | None = None,
    tiep_theo: str = "",
) -> Response:
    """What would clear most certificates first; by status, reason or mark, page by page. Numbers are masked."""
    who: SignedIn = request.state.who
    services: Services = request.app.state.services
    db, sought = services.pools.uploader, Sought(None, (tt,) if tt else None, ly_do[:64] or None, dau)
    after = cursors.place_of(tiep_theo) if tiep_theo else None
    page = cases.page(db, office_code=who.office_code, sought=sought, after=after, limit=PAGE)
    counts = CaseCounts.of(cases.counts(db, office_code=who.office_code, sought=Sought()))
    asked = {"tt": tt.value if tt else "", "ly_do": ly_do, "dau": dau.value if dau else ""}
    kept = {name: value for name, value in asked.items() if value}

    def address(**changed: str) -> str:
        found = {name: value for name, value in {**kept, **changed}.items() if value}
        path = PLACES.cases.path(language_of(request))
        return f"{path}?{urlencode(found)}" if found else path

    return house().page(
        request, "cases.html", shown=[CaseOut.of(one, services.number_keys) for one in page.cases], counts=counts,
        asked=asked, address=address, next_cursor=cursors.cursor_of(page.after) if page.after else "",
        beginning=not tiep_theo, office=outcome.name_of(db, office_code=who.office_code), words=words,
    )  # fmt: skip


async def as_file(request: Request, form: ListFormat) -> Response:
    """The whole list as a file."""
    services: Services = request.app.state.services
    make = partial(
        caselist.as_file, services.pools.uploader, settings=services.settings, keys=services.number_keys,
        office_code=request.state.who.office_code, sought=Sought(), format_=form,
    )  # fmt: skip
    return await made(services, make)


def case_page(request: Request, case: UUID) -> Response:
    return _show(request, case)


def decide(request: Request, case: UUID) -> Response:
    """CONFIRM waits for a second person; CORRECT and REJECT hold at once."""
    who: SignedIn = request.state.who
    services: Services = request.app.state.services
    try:
        said = _said(request)
        decisions.decide(
            services.pools.uploader, office_code=who.office_code, case=case, kind=said.kind,
            saying=Saying(who.login, said.reason, said.evidence), words=said.words, keys=services.number_keys,
        )  # fmt: skip
    except LandDataError as error:
        return _show(request, case, error)
    return see_other(PLACES.case.path(language_of(request), case=case))


def step(request: Request, case: UUID, number: int) -> Response:
    """Approve, turn down or take back: the first two as a second person with a fresh proof."""
    who: SignedIn = request.state.who
    services: Services = request.app.state.services
    needed, act = _STEPS.get(field(request, "buoc"), (None, None))
    if act is None:
        raise problems.HttpError(problems.REQUEST_INVALID)
    if needed is not None:
        if needed not in who.acts:
            raise problems.HttpError(problems.ROLE_MISSING)
        proved_lately(services.entrance, who)
    try:
        said = _checked(lambda: CaseStepIn(reason=field(request, "ly_do"), evidence=field(request, "van_ban") or None))
        act(
            services.pools.uploader, office_code=who.office_code, case=case, number=number,
            saying=Saying(who.login, said.reason, said.evidence),
        )  # fmt: skip
    except LandDataError as error:
        return _show(request, case, error)
    return see_other(PLACES.case.path(language_of(request), case=case))


def _said(request: Request) -> CaseDecisionIn:
    """What the form says, by the rules of the API. Raises DecisionUnfit."""

    def read() -> CaseDecisionIn:
        given: dict[str, Any] = {
            "kind": field(request, "loai"), "reason": field(request, "ly_do"), "evidence": field(request, "van_ban"),
        }  # fmt: skip
        if given["kind"] == Kind.CORRECT:
            birth = field(request, "ngay_sinh")
            given |= {
                "name": field(request, "ho_ten") or None,
                "id_number": field(request, "so").replace(" ", "") or None,
                "birth_year": int(birth) if birth.isdigit() else None,
                "birth_date": typed_day(birth) if birth and not birth.isdigit() else None,
            }
        return CaseDecisionIn(**given)

    return _checked(read)


def _checked(read: Callable[[], _T]) -> _T:
    try:
        return read()
    except ValidationError as error:
        fields = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
    except ValueError:
        fields = {"birth_date"}
    told = [_FIELDS[one] for one in sorted(fields) if one in _FIELDS] or [("biểu mẫu", "the form")]
    raise DecisionUnfit(
        reason_vi="cần xem lại " + ", ".join(vi for vi, _ in told),
        reason_en="look again at " + ", ".join(en for _, en in told),
    )


_FIELDS = {
    "kind": ("loại quyết định", "the kind of decision"),
    "reason": ("lý do", "the reason"),
    "evidence": ("số hiệu văn bản", "the document"),
    "name": ("họ tên", "the name"),
    "id_number": ("số định danh", "the identity number"),
    "birth_year": ("năm sinh", "the year of birth"),
    "birth_date": ("ngày sinh", "the day of birth"),
}


def _show(request: Request, case: UUID, error: LandDataError | None = None) -> Response:
    who: SignedIn = request.state.who
    services: Services = request.app.state.services
    language = language_of(request)
    fresh = is_fresh(request, who)
    found = cases.show(services.pools.uploader, office_code=who.office_code, case=case)
    whole = CaseWhole.whole(found, services.number_keys, numbers=fresh and bool(_DECIDING & who.acts))
    return house().page(
        request, "case.html", status=200 if error is None else 422,
        refused=error and (error.sentence(language), error.mend(language)),
        one=whole, fresh=fresh, login=who.login, may_clear=Act.CLEAR_CASES in who.acts, may_decide=Act.DECIDE in who.acts,
        typed={name: values[0] for name, values in getattr(request.state, "form", {}).items()}, kinds=Kind, words=words,
    )  # fmt: skip
