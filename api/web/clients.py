"""Pages of machines' clients: all of them, sought by what they are; one with its keys, secrets told once, its webhook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.address import address_of
from api.web import webhooks as hooks
from api.web import words
from api.web.administration import page
from api.web.forms import MENDABLE, Unfit, list_of, needed, proven
from api.web.house import language_of
from api.web.i18n import Words, fold
from api.web.listing import read_listing
from api.web.offices import KINDS
from api.web.places import PLACES
from api.web.routing import field, secret_field, see_other
from landdata.errors import ClientUnknown
from landdata.flows import clients, offices, webhooks
from landdata.model.clients import ALL_SCOPES, STATISTICS_SCOPE, AuthMethod
from landdata.model.webhooks import WebhookState

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.web.listing import Listing
    from api.web.routing import Pages
    from landdata.model.clients import Client
    from landdata.store.offices import Office

_LONGEST_JWKS = 8000
_STATES = {"ON": Words("Bật", "On"), "OFF": Words("Tắt", "Off")}
_NO_WEBHOOK = "NONE"
_KNOWN = {
    "loc": None, "tt": _STATES, "loai": KINDS, "bang": frozenset(AuthMethod), "bao": {*WebhookState, _NO_WEBHOOK},
}  # fmt: skip


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.clients)(every)
    pages.post(PLACES.clients)(register)
    pages.get(PLACES.client)(one)
    pages.post(PLACES.client)(change)


def every(request: Request) -> Response:
    return _every(request)


def register(request: Request) -> Response:
    """A new client by its public keys, by the name that the external issuer gives it, or by a secret told here, once."""
    who = proven(request)
    client_id, method, secret = field(request, "ma"), field(request, "cach"), None
    try:
        office, scopes = needed(request, "co_quan", "cơ quan", "The office"), list_of(request, "pham_vi")
        if method == AuthMethod.CLIENT_SECRET_BASIC:
            if scopes and scopes != [STATISTICS_SCOPE]:
                raise Unfit(
                    "Hệ thống dùng mật khẩu chỉ đọc được thống kê.",
                    "A client with a secret reads statistics, nothing else.",
                )
            secret = clients.register_with_secret(_db(request), client_id=client_id, office_code=office)
        elif method == AuthMethod.EXTERNAL:
            clients.register_external(_db(request), client_id=client_id, office_code=office, scopes=scopes)
        else:
            clients.register(_db(request), client_id=client_id, office_code=office, jwks=_jwks(request), scopes=scopes)
    except MENDABLE as error:
        return _every(request, error)
    _note(request, f"register:{client_id}", who.login)
    if secret:
        return _one(request, client_id, secret=secret)
    return see_other(PLACES.client.path(language_of(request), client=client_id))


def one(request: Request, client: str) -> Response:
    return _one(request, client)


def change(request: Request, client: str) -> Response:
    """A key more or less, other scopes, another secret told here, once; its webhook; or stopped, or let in again."""
    who = proven(request)
    found, act = _known(request, client), field(request, "viec")
    try:
        secret = _done(request, found.client_id, act)
    except MENDABLE as error:
        return _one(request, client, error)
    _note(request, f"{act}:{found.client_id}", who.login)
    if secret:
        return _one(request, client, secret=secret, of_webhook=act in hooks.TELLING)
    return see_other(PLACES.client.path(language_of(request), client=client))


def _done(request: Request, client_id: str, act: str) -> str | None:
    db = _db(request)
    acts: dict[str, Callable[[], str | None]] = {
        "add-key": lambda: clients.add_keys(db, client_id=client_id, jwks=_jwks(request)),
        "end-key": lambda: clients.end_key(db, client_id=client_id, kid=field(request, "kid")),
        "set-scopes": lambda: clients.set_scopes(db, client_id=client_id, scopes=list_of(request, "pham_vi")),
        "renew-secret": lambda: clients.renew_secret(db, client_id=client_id),
        "forget-secret": lambda: clients.forget_secret(db, client_id=client_id),
        "disable": lambda: clients.disable(db, client_id=client_id),
        "enable": lambda: clients.enable(db, client_id=client_id),
        **hooks.acts(request, client_id),
    }
    if act not in acts:
        raise problems.HttpError(problems.REQUEST_INVALID)
    return acts[act]()


def _every(request: Request, error: Exception | None = None) -> Response:
    db = _db(request)
    found, every = clients.list_clients(db), offices.every(db)
    by_code, listing = {one.code: one for one in every}, read_listing(request, "clients", _KNOWN)
    told = {one.client_id: one.state for one in webhooks.every(db)}
    shown = [
        one for one in found if _fits(listing, one, by_code[one.office_code], told.get(one.client_id, _NO_WEBHOOK))
    ]
    return page(
        request, "clients.html", error, clients=shown, total=len(found), listing=listing, offices=every, by_code=by_code,
        told=told, scopes=sorted(ALL_SCOPES), methods=AuthMethod, kinds=KINDS, states=_STATES, hook_states=words.WEBHOOKS,
    )  # fmt: skip


def _fits(listing: Listing, one: Client, office: Office, told: str) -> bool:
    """Whether a client is among what the address asks for; words are sought in ids and names, without accents."""
    wanted = fold(listing["loc"])
    named = (one.client_id, office.code, office.name_vi, office.name_en)
    asked = (
        ("tt", "ON" if one.enabled else "OFF"), ("loai", office.kind), ("bang", one.auth_method), ("bao", told),
    )  # fmt: skip
    return any(wanted in fold(name) for name in named) and all(listing[key] in {"", value} for key, value in asked)


def _one(
    request: Request, client: str, error: Exception | None = None, *, secret: str = "", of_webhook: bool = False
) -> Response:
    """One client; a `secret` that was just made stands on this answer alone."""
    one, settings = _known(request, client), request.app.state.services.settings
    kind = next(office.kind for office in offices.every(_db(request)) if office.code == one.office_code)
    return page(
        request, "client.html", error, one=one, methods=AuthMethod, secret=secret, of_webhook=of_webhook,
        most_keys=clients.MOST_KEYS, scopes=sorted(clients.scopes_of_kind(kind)), believed=settings.revocation_seconds,
        token_minutes=settings.token_seconds // 60, **hooks.shown(request, one),
    )  # fmt: skip


def _known(request: Request, client: str) -> Client:
    found = next((one for one in clients.list_clients(_db(request)) if one.client_id == client), None)
    if found is None:
        raise ClientUnknown(client_id=client[:64])
    return found


def _jwks(request: Request) -> dict[str, Any]:
    """Public keys as they were pasted. Raises Unfit; what is in them is for the flow to judge."""
    text = secret_field(request, "khoa")
    try:
        found = json.loads(text) if len(text) <= _LONGEST_JWKS else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unfit("Khóa công khai không phải là JSON (JWKS).", "The public keys are no JSON (JWKS).")
    return found if "keys" in found else {"keys": [found]}


def _note(request: Request, what: str, login: str) -> None:
    """Clients have no life on record of their own, so who changed one stands in the security log."""
    request.app.state.services.security_log.administered(what, login, address_of(request))


def _db(request: Request) -> Any:
    return request.app.state.services.pools.admin
