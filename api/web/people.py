"""Pages of accounts: who there is, invitations, roles given and taken, accounts closed, second factors reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.web.access_log import EVENTS
from api.web.administration import page
from api.web.forms import MENDABLE, needed, proven
from api.web.house import language_of
from api.web.places import PLACES
from api.web.routing import field, see_other
from landdata.errors import AccountUnknown
from landdata.flows import offices, people
from landdata.model.people import ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.web.routing import Pages
    from landdata.model.people import AccountView, SignedIn

MOST_EVENTS = 30


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.people)(every)
    pages.post(PLACES.people)(invite)
    pages.get(PLACES.person)(one)
    pages.post(PLACES.person)(change)


def every(request: Request) -> Response:
    return _every(request)


def invite(request: Request) -> Response:
    """A new account; its one-time code is told here, once."""
    who = proven(request)
    login = field(request, "ten_dang_nhap").lower()
    try:
        code = people.add(
            _db(request), login=login, full_name=needed(request, "ho_ten", "họ tên", "The name"),
            office_code=needed(request, "co_quan", "cơ quan", "The office"), by=who.login,
        )  # fmt: skip
    except MENDABLE as error:
        return _every(request, error)
    return _one(request, login, code=code)


def one(request: Request, login: str) -> Response:
    return _one(request, login)


def change(request: Request, login: str) -> Response:
    """What an administrator does about somebody else's account. A new one-time code is told here, once."""
    who = proven(request)
    _known(request, login)
    act = field(request, "viec")
    try:
        code = _done(request, login, act, who.login)
    except MENDABLE as error:
        return _one(request, login, error)
    if code:
        return _one(request, login, code=code)
    return see_other(PLACES.person.path(language_of(request), login=login))


def _done(request: Request, login: str, act: str, by: str) -> str | None:
    db = _db(request)

    def why() -> str:
        return needed(request, "ly_do", "lý do", "A reason")

    def role() -> Role:
        try:
            return Role(field(request, "vai_tro"))
        except ValueError:
            raise problems.HttpError(problems.REQUEST_INVALID) from None

    acts: dict[str, Callable[[], object]] = {
        "grant": lambda: people.grant(db, login=login, role=role(), by=by, reason=why()),
        "revoke": lambda: people.revoke(db, login=login, role=role(), by=by, reason=why()),
        "disable": lambda: people.disable(db, login=login, by=by, reason=why()),
        "enable": lambda: people.enable(db, login=login, by=by, reason=why()),
        "password": lambda: people.reset_password(db, login=login, by=by),
        "factor": lambda: people.reset_second_factor(db, login=login, by=by),
        "sessions": lambda: people.end_sessions(db, login=login, by=by),
    }
    if act not in acts:
        raise problems.HttpError(problems.REQUEST_INVALID)
    found = acts[act]()
    return found if isinstance(found, str) else None


def _every(request: Request, error: Exception | None = None) -> Response:
    db = _db(request)
    return page(
        request, "people.html", error, people=people.every(db), roles=ROLES,
        offices=[one for one in offices.every(db) if one.kind != "CONSUMER"],
    )  # fmt: skip


def _one(request: Request, login: str, error: Exception | None = None, code: str = "") -> Response:
    db, who = _db(request), request.state.who
    found = _known(request, login)
    kind = next(one.kind for one in offices.every(db) if one.code == found.office_code)
    return page(
        request, "person.html", error, one=found, roles=ROLES, code=code, own=_own(who, found),
        grantable=[role for role, terms in ROLES.items() if kind in terms.kinds and role not in found.roles],
        sessions=people.sessions_of(db, login=login), events=people.events(db, login=login, most=MOST_EVENTS), kinds=EVENTS,
    )  # fmt: skip


def _own(who: SignedIn, found: AccountView) -> bool:
    return who.login == found.login


def _known(request: Request, login: str) -> AccountView:
    found = next((one for one in people.every(_db(request)) if one.login == login), None)
    if found is None:
        raise AccountUnknown(login=login[:64])
    return found


def _db(request: Request) -> Any:
    return request.app.state.services.pools.admin
