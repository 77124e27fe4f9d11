"""The page of a land office's own units: which of its communes are connected, and with how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from api.web.house import house
from api.web.places import PLACES
from landdata.flows import outcome
from landdata.flows.territory import territory

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.people import SignedIn


def add(pages: Pages) -> None:
    """Put this page into the house."""
    pages.get(PLACES.territory)(territory_page)


def territory_page(request: Request) -> Response:
    who: SignedIn = request.state.who
    services: Services = request.app.state.services
    found = territory(services.pools.uploader, services.pools.dashboard, office_code=who.office_code)
    return house().page(
        request, "territory.html", found=found,
        office=outcome.name_of(services.pools.uploader, office_code=who.office_code),
        simulated=services.settings.simulated,
    )  # fmt: skip
