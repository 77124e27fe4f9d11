"""Who calls, as a type: each dependency proves one kind of caller by its token, or ends the request."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api import problems
from api.oauth.tokens import Verified
from api.services import Served, address_of
from landdata.model.agreements import PopulationReader
from landdata.model.clients import DECIDE_SCOPE, DELIVER_SCOPE, ProvinceOffice
from landdata.model.fields import BASE_SCOPE


@dataclass(frozen=True, slots=True)
class Public:
    """Anyone: sees figures about units, never about people, and needs no token."""

    address: str


async def public(request: Request) -> Public:
    return Public(address_of(request))


async def population_reader(request: Request, services: Served) -> PopulationReader:
    token = await _bearer(request, services, BASE_SCOPE)
    return PopulationReader(token.client_id, token.token_id, token.scopes, address_of(request))


async def province_office(request: Request, services: Served) -> ProvinceOffice:
    token = await _bearer(request, services, DELIVER_SCOPE)
    return ProvinceOffice(token.client_id, token.office_code, token.token_id, address_of(request))


async def deciding_office(request: Request, services: Served) -> ProvinceOffice:
    token = await _bearer(request, services, DECIDE_SCOPE)
    return ProvinceOffice(token.client_id, token.office_code, token.token_id, address_of(request))


AnyCaller = Annotated[Public, Depends(public)]
ReaderCaller = Annotated[PopulationReader, Depends(population_reader)]
OfficeCaller = Annotated[ProvinceOffice, Depends(province_office)]
DecidingCaller = Annotated[ProvinceOffice, Depends(deciding_office)]


async def _bearer(request: Request, services: Served, scope: str) -> Verified:
    """The believed token of the request, holding `scope`. Raises HttpError 401 or 403 (RFC 6750, 3)."""
    sent = request.headers.getlist("authorization")
    if not sent:
        # A token in the query or the body is no token: addresses end up in logs (RFC 9700, 2.6).
        raise problems.HttpError(problems.TOKEN_MISSING, headers=_challenge(services.issuer))
    scheme, _, text = sent[0].partition(" ")
    token = None
    if len(sent) == 1 and scheme.lower() == "bearer":
        token = await services.book.verify(text.strip(" "))
    if token is None:
        services.security_log.refused("token", "not believed", address_of(request))
        raise problems.HttpError(problems.TOKEN_INVALID, headers=_challenge(services.issuer, error="invalid_token"))
    if scope not in token.scopes:
        headers = _challenge(services.issuer, error="insufficient_scope", scope=scope)
        raise problems.HttpError(problems.SCOPE_INSUFFICIENT, headers=headers)
    return token


def _challenge(issuer: str, **members: str) -> dict[str, str]:
    said = ", ".join(f'{name}="{value}"' for name, value in {"realm": issuer, **members}.items())
    return {"WWW-Authenticate": f"Bearer {said}"}
