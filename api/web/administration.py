"""The first page of administration: what there is to look after, and what waits for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.web.forms import Unfit, told, typed
from api.web.house import house
from api.web.officers import is_fresh
from api.web.places import PLACES
from landdata.flows import agreements, clients, inspections, jobs, offices, people
from landdata.model.agreements import AgreementState
from landdata.model.inspections import SecrecyStep
from landdata.model.people import Act

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.people import SignedIn
    from landdata.model.terms import Version


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.admin)(overview)


def overview(request: Request) -> Response:
    """What may be looked after by whoever looks, in figures."""
    services: Services = request.app.state.services
    who: SignedIn = request.state.who
    db = services.pools.admin
    versions = agreements.every(db)
    found: dict[str, Any] = {
        "drafts": [one for one in versions if one.state is AgreementState.DRAFT],
        "delays": [one for one in inspections.delays(db) if one.state is SecrecyStep.ASKED],
        "turned_down": turned_down(versions),
        "in_force": sum(one.state is AgreementState.ACTIVE for one in versions),
        "simulated": services.settings.simulated,
    }
    if Act.ADMINISTER in who.acts:
        standing = jobs.standings(db)
        found |= {
            "clients": clients.list_clients(db),
            "offices": offices.every(db),
            "people": people.every(db),
            "waiting": sum(one.queue.waiting for one in standing),
        }
    return house().page(request, "administration.html", **found)


def turned_down(versions: Sequence[Version]) -> list[Version]:
    """Agreements that were turned down and never in force, by their newest version: whoever drafted them is to mend them."""
    newest = {one.code: one for one in versions}
    approved = {one.code for one in versions if one.approved_by}
    return [one for code, one in newest.items() if one.state is AgreementState.ENDED and code not in approved]


def page(request: Request, template: str, error: Exception | None = None, **given: Any) -> Response:
    """A page of administration with its forms, and above them why the last one was refused."""
    return house().page(
        request,
        template,
        status=200 if error is None else 422,
        refused=told(request, error),
        typed=typed(request),
        unfit=error.name if isinstance(error, Unfit) else "",
        fresh=is_fresh(request, request.state.who),
        **given,
    )
