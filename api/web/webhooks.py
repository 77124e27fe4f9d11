"""A client's webhook on its page: how it goes, and what an administrator does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.web import words
from api.web.forms import needed
from landdata.flows import webhooks
from landdata.model.clients import RESIDENCY_SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request

    from landdata.model.clients import Client

# Acts whose answer tells a secret that verifies messages; it is another one than a client's own.
TELLING = frozenset({"set-webhook", "renew-webhook"})


def acts(request: Request, client_id: str) -> dict[str, Callable[[], str | None]]:
    """What may be done about a webhook, each by the flow that the command has; returns a secret that is new."""
    db, keys = _db(request), request.app.state.services.number_keys
    return {
        "set-webhook": lambda: _set(request, client_id),
        "renew-webhook": lambda: webhooks.renew_secret(db, keys=keys, client_id=client_id),
        "remove-webhook": lambda: webhooks.remove(db, client_id=client_id),
    }


def shown(request: Request, one: Client) -> dict[str, Any]:
    """What the page of a client tells of it; only who may read the change feed has something to be told of."""
    hook = webhooks.find(_db(request), client_id=one.client_id)
    return {
        "hook": hook,
        "may_be_told": hook is not None or not one.scopes.isdisjoint(RESIDENCY_SCOPES),
        "hook_states": words.WEBHOOKS,
        "no_answers": words.NO_ANSWERS,
        "give_up_hours": request.app.state.services.settings.webhook_give_up_seconds // 3600,
    }


def _set(request: Request, client_id: str) -> str | None:
    """A new webhook's secret. One that gets another address, or is tried anew, keeps the secret that the consumer has."""
    db, services = _db(request), request.app.state.services
    url = needed(request, "dia_chi", "địa chỉ", "The address")
    known = webhooks.find(db, client_id=client_id)
    secret = webhooks.set_url(
        db, keys=services.number_keys, client_id=client_id, url=url, networks=services.settings.webhook_networks,
        resolver_elsewhere=True,  # this service's network has no way out; the worker's has
    )  # fmt: skip
    return secret if known is None else None


def _db(request: Request) -> Any:
    return request.app.state.services.pools.admin
