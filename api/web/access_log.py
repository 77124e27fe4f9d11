"""The page of the access log's integrity: seals, anchors, verifications with their progress, alarms, and who signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.web.forms import MENDABLE, needed, told, typed
from api.web.house import house, language_of
from api.web.i18n import Words
from api.web.places import PLACES
from api.web.routing import see_other
from api.web.words import Mark
from landdata.errors import LandDataError
from landdata.flows import agreements, people, seal, verifications
from landdata.model.people import Act
from landdata.model.verifications import Outcome, Verification

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.people import SignedIn

OUTCOMES = {
    Outcome.INTACT: Mark("ok", Words("Nguyên vẹn", "Intact")),
    Outcome.DOUBTFUL: Mark("wait", Words("Cần người xem", "Has to be looked at")),
    Outcome.TAMPERED: Mark("bad", Words("Đã bị sửa", "Tampered with")),
    Outcome.FAILED: Mark("bad", Words("Không kiểm tra được", "Could not be verified")),
}
UNDER_WAY = Mark("wait", Words("Đang kiểm tra", "Under way"))
WAITS = Mark("off", Words("Chờ tới lượt", "Waits for its turn"))
PART = "kiem-tra"  # the verifications alone, asked for by the page itself
MOST_EVENTS, MOST_ALARMS = 25, 10
POLL_SECONDS, MOST_POLLS = 3, 200  # an unattended page must not keep a session alive


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.log)(integrity)
    pages.post(PLACES.log_verify)(verify)


def integrity(request: Request) -> Response:
    """How the log stands, or, for the page itself, how far its verification is."""
    return _show(request)


def verify(request: Request) -> Response:
    """Ask the worker to verify the whole log."""
    services: Services = request.app.state.services
    who: SignedIn = request.state.who
    try:
        reason = needed(request, "ly_do", "lý do", "A reason")
        verifications.ask(services.pools.auditor, by=who.login, reason=reason)
    except MENDABLE as error:
        return _show(request, error)
    return see_other(f"{PLACES.log.path(language_of(request))}#kiem-tra")


def _show(request: Request, error: Exception | None = None) -> Response:
    services: Services = request.app.state.services
    who: SignedIn = request.state.who
    db = services.pools.auditor
    every = verifications.latest(db)
    polls = request.query_params.get("lan", "")
    given: dict[str, Any] = {
        "verifications": every,
        "last": next((one for one in every if one.outcome), None),
        "going": next((one for one in every if one.outcome is None), None),
        "mark": _mark,
        "polls": min(int(polls), MOST_POLLS) if polls.isdecimal() and len(polls) < 5 else 0,
        "poll_seconds": POLL_SECONDS,
        "most_polls": MOST_POLLS,
    }
    if request.query_params.get("_") == PART:
        return house().page(request, "_verifications.html", **given)
    sees_events = Act.SEE_SECURITY in who.acts
    return house().page(
        request,
        "access_log.html",
        status=200 if error is None else 422,
        refused=told(request, error),
        typed=typed(request),
        state=seal.state(db),
        anchors=seal.newest_anchors(db),
        keys=_keys(services),
        demanded=services.settings.anchors_required,
        alarms=agreements.alarms(db)[:MOST_ALARMS],
        # Names of who signed in are for the officer of security alone.
        events=people.events(services.pools.people, most=MOST_EVENTS) if sees_events else None,
        may_search=Act.SEARCH_ACCESS_LOG in who.acts,
        kinds=EVENTS,
        **given,
    )


def _keys(services: Services) -> list[Any]:
    """The public sealing keys; none where this server has no way to the folder of heads."""
    try:
        return list(seal.public_keys(services.settings))
    except (LandDataError, OSError):
        return []


def _mark(one: Verification) -> Mark:
    if one.outcome is not None:
        return OUTCOMES[one.outcome]
    return UNDER_WAY if one.started_at else WAITS


EVENTS = {
    "ADDED": Mark("off", Words("Mở tài khoản", "Account opened")),
    "GRANTED": Mark("wait", Words("Cấp vai trò", "Role given")),
    "REVOKED": Mark("off", Words("Thu vai trò", "Role taken")),
    "DISABLED": Mark("off", Words("Khóa tài khoản", "Account closed")),
    "ENABLED": Mark("off", Words("Mở khóa tài khoản", "Account reopened")),
    "LINKED": Mark("off", Words("Liên kết danh tính", "Identity linked")),
    "PASSWORD_RESET": Mark("wait", Words("Đặt lại mật khẩu", "Password reset")),
    "FACTOR_RESET": Mark("wait", Words("Đặt lại yếu tố thứ hai", "Second factor reset")),
    "SIGNED_IN": Mark("ok", Words("Đăng nhập", "Signed in")),
    "SIGN_IN_FAILED": Mark("bad", Words("Đăng nhập sai", "Sign-in refused")),
    "FACTOR_FAILED": Mark("bad", Words("Mã thứ hai sai", "Second factor refused")),
    "FACTOR_ENROLLED": Mark("ok", Words("Đặt yếu tố thứ hai", "Second factor set up")),
    "RECOVERY_USED": Mark("wait", Words("Dùng mã dự phòng", "Recovery code used")),
    "PASSWORD_CHANGED": Mark("ok", Words("Đổi mật khẩu", "Password changed")),
    "SIGNED_OUT": Mark("off", Words("Đăng xuất", "Signed out")),
    "SESSION_ENDED": Mark("off", Words("Chấm dứt phiên", "Session ended")),
}
