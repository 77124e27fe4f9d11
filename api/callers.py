"""Who calls, as a type: each dependency proves one kind of caller by its token, or ends the request."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api import problems
from api.address import address_of
from api.oauth.presenting import challenge, presented
from api.oauth.tokens import Verified
from api.services import Served
from landdata.model.agreements import PopulationReader
from landdata.model.clients import DECIDE_SCOPE, DELIVER_SCOPE, MATCHING_SCOPE, STATISTICS_SCOPE, ProvinceOffice
from landdata.model.fields import BASE_SCOPE


@dataclass(frozen=True, slots=True)
class Public:
    """Anyone: sees figures about units, never about people, and needs no token."""

    address: str


async def public(request: Request) -> Public:
    return Public(address_of(request))


async def statistics_reader(request: Request, services: Served) -> Public:
    """Anyone; but whoever sends a token must hold statistics, and learns at once when it has gone bad."""
    if "authorization" in request.headers:
        await holder_of(request, services, STATISTICS_SCOPE)
    return Public(address_of(request))


async def statistics_or_office(request: Request, services: Served) -> ProvinceOffice | None:
    """A land office's client, by its scope to deliver; None for a reader of statistics, and where there is no token."""
    if "authorization" not in request.headers:
        return None
    token = await presented(request, services)
    if DELIVER_SCOPE in token.scopes and STATISTICS_SCOPE not in token.scopes:
        return ProvinceOffice(token.client_id, token.office_code, token.token_id, address_of(request))
    await holder_of(request, services, STATISTICS_SCOPE)
    return None


async def population_reader(request: Request, services: Served) -> PopulationReader:
    token = await holder_of(request, services, BASE_SCOPE)
    reader = PopulationReader(token.client_id, token.token_id, token.scopes, address_of(request), bool(token.binding))
    request.state.reader = reader  # whose refusal it is, for `api/refusals.py`
    return reader


async def province_office(request: Request, services: Served) -> ProvinceOffice:
    token = await holder_of(request, services, DELIVER_SCOPE)
    return ProvinceOffice(token.client_id, token.office_code, token.token_id, address_of(request))


async def deciding_office(request: Request, services: Served) -> ProvinceOffice:
    token = await holder_of(request, services, DECIDE_SCOPE)
    return ProvinceOffice(token.client_id, token.office_code, token.token_id, address_of(request))


async def matching_office(request: Request, services: Served) -> ProvinceOffice | None:
    """A land office's client that reads its own cases; None where the request comes without a token, as people's do."""
    if "authorization" not in request.headers:
        return None
    token = await holder_of(request, services, MATCHING_SCOPE)
    return ProvinceOffice(token.client_id, token.office_code, token.token_id, address_of(request))


AnyCaller = Annotated[Public, Depends(public)]
StatisticsCaller = Annotated[Public, Depends(statistics_reader)]
ReaderCaller = Annotated[PopulationReader, Depends(population_reader)]
OfficeCaller = Annotated[ProvinceOffice, Depends(province_office)]
DecidingCaller = Annotated[ProvinceOffice, Depends(deciding_office)]


async def holder_of(request: Request, services: Served, scope: str) -> Verified:
    """The believed token of the request, holding `scope`. Raises HttpError 401 or 403 (RFC 6750, 3)."""
    token = await presented(request, services)
    if scope not in token.scopes:
        services.security_log.turned_away(problems.SCOPE_INSUFFICIENT.code, token.client_id, address_of(request))
        scheme = "DPoP" if token.binding.jkt else "Bearer"
        shown = challenge(services, scheme, error="insufficient_scope", scope=scope)
        raise problems.HttpError(problems.SCOPE_INSUFFICIENT, headers={"WWW-Authenticate": shown})
    return token
