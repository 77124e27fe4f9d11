"""Who acts for a land office on its pages, as the flows know callers, and whether the proof of who it is is fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.address import address_of
from landdata.errors import FreshProofNeeded
from landdata.flows.entrance import proved_lately
from landdata.model.clients import ProvinceOffice
from landdata.model.outcomes import through_person

if TYPE_CHECKING:
    from fastapi import Request

    from landdata.model.people import SignedIn


def caller_of(request: Request, who: SignedIn) -> ProvinceOffice:
    """The person as a caller of the office's flows: what is handed in bears the name, and nobody approves the own."""
    return ProvinceOffice(through_person(who.login), who.office_code, "", address_of(request))


def is_fresh(request: Request, who: SignedIn) -> bool:
    """Whether the person proved to be it within ten minutes."""
    try:
        proved_lately(request.app.state.services.entrance, who)
    except FreshProofNeeded:
        return False
    return True
