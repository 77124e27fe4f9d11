"""Pages of sharing agreements: all of them, one with its life, a draft by form, and the second person's word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.web.administration import page, turned_down
from api.web.forms import MENDABLE, Unfit, day_of, list_of, needed, number_of, proven, whole_of, words_of
from api.web.house import language_of
from api.web.i18n import Words
from api.web.places import PLACES
from api.web.routing import field, see_other
from api.web.words import Mark
from landdata.errors import AgreementUnknown
from landdata.flows import agreements, clients, offices
from landdata.model import terms
from landdata.model.agreements import AgreementState
from landdata.model.fields import FIELDS, names_of
from landdata.model.people import Act
from landdata.model.terms import Step, TokenBinding, terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from api.web.routing import Pages
    from landdata.model.people import SignedIn
    from landdata.model.terms import Event, Said, Terms, Version
    from landdata.store.engine import Database

STATES = {
    AgreementState.DRAFT: Mark("wait", Words("Chờ người thứ hai", "Waits for a second person")),
    AgreementState.ACTIVE: Mark("ok", Words("Đang có hiệu lực", "In force")),
    AgreementState.SUSPENDED: Mark("bad", Words("Tạm dừng", "Suspended")),
    AgreementState.ENDED: Mark("off", Words("Đã kết thúc", "Ended")),
}
TURNED_DOWN = Mark("bad", Words("Bị trả lại", "Turned down"))
DIVISIONS = Words("phân chia {}", "division of {}")
STEPS = {
    Step.DRAFTED: Words("Soạn", "Drafted"),
    Step.AMENDED: Words("Soạn nội dung khác", "Amended"),
    Step.APPROVED: Words("Duyệt", "Approved"),
    Step.REJECTED: Words("Trả lại", "Turned down"),
    Step.SUSPENDED: Words("Tạm dừng", "Suspended"),
    Step.RESUMED: Words("Mở lại", "Resumed"),
    Step.ENDED: Words("Kết thúc", "Ended"),
    Step.REPLACED: Words("Thay bằng phiên bản sau", "Replaced by the next version"),
}
_STEPS = {"suspend": agreements.suspend, "resume": agreements.resume, "end": agreements.end}
LIVE = frozenset({AgreementState.ACTIVE, AgreementState.SUSPENDED})
_LONGEST_CODE = 100


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.agreements)(every)
    pages.get(PLACES.agreement)(one)
    pages.get(PLACES.agreement_draft)(form)
    pages.post(PLACES.agreement_draft)(draft)
    pages.post(PLACES.agreement_step)(take_step)
    pages.post(PLACES.agreement_decide)(decide)


def every(request: Request) -> Response:
    """All agreements: what is in force, or the last version of each; drafts that wait beside it."""
    by_code: dict[str, list[Version]] = {}
    for version in agreements.every(_db(request)):
        by_code.setdefault(version.code, []).append(version)
    return page(request, "agreements.html", lines=[_line(of_one) for of_one in by_code.values()], states=STATES)


def one(request: Request) -> Response:
    return _show(request, request.query_params.get("so", "")[:_LONGEST_CODE])


def form(request: Request) -> Response:
    return _form(request, request.query_params.get("so", "")[:_LONGEST_CODE])


def draft(request: Request) -> Response:
    """A new agreement, another version of one, or one that was turned down anew; a second person puts it in force."""
    code, amended = field(request, "so")[:_LONGEST_CODE], field(request, "sua")
    who = proven(request)
    try:
        said, reason = _said(request), needed(request, "ly_do", "lý do", "A reason")
        if amended and _stands(_db(request), code):
            agreements.amend(_db(request), code=code, said=said, by=who.login, reason=reason)
        else:
            agreements.draft(_db(request), code=code, terms=terms_of(said), by=who.login, reason=reason)
    except MENDABLE as error:
        return _form(request, code if amended else "", error)
    return see_other(_address(request, code))


def take_step(request: Request) -> Response:
    """Suspend, resume or end."""
    return _move(request, _STEPS)


def decide(request: Request) -> Response:
    """Approve the version that was seen, or turn it down; nobody does with the own draft."""

    def approve(db: Database, *, code: str, by: str, reason: str) -> None:
        agreements.approve(db, code=code, by=by, reason=reason, version=whole_of(request, "phien_ban"))

    return _move(request, {"approve": approve, "reject": agreements.reject})


def _move(request: Request, steps: dict[str, Any]) -> Response:
    code = field(request, "so")[:_LONGEST_CODE]
    who = proven(request)
    try:
        step = steps.get(field(request, "buoc"))
        if step is None:
            raise problems.HttpError(problems.REQUEST_INVALID)
        step(_db(request), code=code, by=who.login, reason=needed(request, "ly_do", "lý do", "A reason"))
    except AgreementUnknown:
        raise
    except MENDABLE as error:
        return _show(request, code, error)
    return see_other(_address(request, code))


def _show(request: Request, code: str, error: Exception | None = None) -> Response:
    who: SignedIn = request.state.who
    story = agreements.show(_db(request), code=code)
    waiting = next((one for one in story.versions if one.state is AgreementState.DRAFT), None)
    live = next((one for one in story.versions if one.state in LIVE), None)
    newest, refusal = story.versions[-1], _turning_down(story)
    turned_down = newest if refusal else None
    # What has ended is still shown: what it said is asked for long after.
    ended = newest if not (waiting or live or turned_down) else None
    return page(
        request, "agreement.html", error, code=code, story=story, waiting=waiting, live=live, states=STATES, steps=STEPS,
        turned_down=turned_down, turned_down_mark=TURNED_DOWN, last=refusal, ended=ended,
        units_said=_units_said(request, story.versions),
        own=waiting is not None and who.login in {waiting.drafted_by, waiting.edited_by},
        may_decide=Act.DECIDE in who.acts, fields=FIELDS, names_of=names_of, differing=_differing(live, waiting),
        quoted=quote(code, safe=""),
    )  # fmt: skip


def _form(request: Request, code: str, error: Exception | None = None) -> Response:
    db = _db(request)
    before: Version | None = None
    if code:
        story = agreements.show(db, code=code)
        known = story.versions
        waiting_or_live = next((one for one in reversed(known) if one.state is not AgreementState.ENDED), known[-1])
        before = known[-1] if _turning_down(story) else waiting_or_live
    consumers = {one.code for one in offices.every(db) if one.kind == "CONSUMER"}
    return page(
        request, "agreement_form.html", error, code=code, before=before, fields=FIELDS,
        clients=[one for one in clients.list_clients(db) if one.office_code in consumers],
        chosen=names_of(before.terms.fields_mask) if before else (), quoted=quote(code, safe=""),
    )  # fmt: skip


def _said(request: Request) -> Said:
    """The terms as the form says them: all of them, so that what is left out is taken back. Raises Unfit, AgreementUnfit."""
    rate, unbound = number_of(request, "toc_do"), words_of(request, "khong_gan")
    quota, first = whole_of(request, "han_muc"), day_of(request, "tu")
    if quota is None or first is None:
        raise Unfit("Thiếu hạn mức ngày hoặc ngày đầu.", "The daily quota or the first day is missing.")
    return terms.said(
        {
            "client_id": needed(request, "he_thong", "hệ thống", "The client"),
            "purpose": needed(request, "muc_dich", "mục đích", "The purpose"),
            "legal_ground": needed(request, "can_cu", "căn cứ pháp lý", "The legal ground"),
            "service_codes": tuple(list_of(request, "thu_tuc")),
            "agency_codes": tuple(list_of(request, "co_quan")),
            "fields": tuple(list_of(request, "truong")),
            "units": [_unit(text) for text in list_of(request, "don_vi")],
            "daily_quota": quota,
            "rate_per_second": rate,
            "burst": whole_of(request, "don_dap") if rate is not None else None,
            "valid_from": first,
            "valid_to": day_of(request, "den"),
            "token_binding": TokenBinding.UNBOUND if unbound else TokenBinding.REQUIRED,
            "unbound_reason": unbound,
        }
    )


def _unit(text: str) -> dict[str, str]:
    parts = text.split(":")
    if len(parts) != 3:
        raise Unfit(
            f"“{text}” không phải là đơn vị; viết 2025:province:24.",
            f"“{text}” is no unit; write 2025:province:24.",
            "don_vi",
        )
    return {"division": parts[0], "level": parts[1], "code": parts[2]}


def _stands(db: Database, code: str) -> bool:
    """Whether anything of it waits or is in force; else a draft begins anew, as after one that was turned down."""
    return any(one.state is not AgreementState.ENDED for one in agreements.show(db, code=code).versions)


def _turning_down(story: agreements.Story) -> Event | None:
    """The word on the newest version, where it was turned down and may be handed in anew; its terms are to be mended."""
    newest = story.versions[-1]
    last = [one for one in story.events if one.version == newest.version][-1]
    over = any(one.approved_by for one in story.versions) and not any(one.state in LIVE for one in story.versions)
    return last if last.step is Step.REJECTED and not over else None


def _units_said(request: Request, versions: Iterable[Version]) -> Callable[[Terms], str]:
    """How units are told: 24 was Bắc Giang, and is Bắc Ninh."""
    found = agreements.names_of_units(_db(request), {scope for one in versions for scope in one.terms.units})
    division = DIVISIONS[language_of(request)]

    def said(of: Terms) -> str:
        return "; ".join(f"{found[one]} ({one.code}, {division.format(one.division)})" for one in of.units)

    return said


def _line(versions: list[Version]) -> dict[str, Any]:
    live = next((one for one in versions if one.state in LIVE), None)
    waiting = next((one for one in versions if one.state is AgreementState.DRAFT), None)
    newest = versions[-1]
    mark = TURNED_DOWN if turned_down(versions) else STATES[(live or waiting or newest).state]
    return {"shown": live or waiting or newest, "mark": mark, "waiting": waiting if live else None}


def _differing(live: Version | None, waiting: Version | None) -> frozenset[str]:
    """Names of the terms in which a draft differs from what is in force."""
    if live is None or waiting is None:
        return frozenset()
    names = terms.Terms.__dataclass_fields__
    return frozenset(name for name in names if getattr(live.terms, name) != getattr(waiting.terms, name))


def _address(request: Request, code: str) -> str:
    return f"{PLACES.agreement.path(language_of(request))}?so={quote(code, safe='')}"


def _db(request: Request) -> Any:
    return request.app.state.services.pools.admin
