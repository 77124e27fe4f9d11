"""Who sees parcels, as a type: people by their session, GIS programs by a person's key, systems by a token bound to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request

from api import problems
from api.address import address_of
from api.callers import holder_of
from api.fairness import Account
from api.gis_keys import key_in
from api.people import cookie_name, holder, signed_in
from api.schemas.problems import documented
from api.services import Served, Services
from landdata.model.clients import PARCELS_SCOPE
from landdata.model.people import Act, SignedIn
from landdata.model.tiles import ParcelReader

SECURITY: dict[str, Any] = {"security": [{"session": []}, {"gis_key": []}, {"oauth2": [PARCELS_SCOPE]}]}
ANSWERS = documented(400, 401, 403, 404, 422, 429, 503)


async def proven_reader(request: Request, services: Served) -> ParcelReader:
    """Whoever may see parcels, for a route that takes a place by itself. Raises HttpError 401 or 403, StepNeeded."""
    sent = request.headers.getlist("authorization")
    if sent:
        said = key_in(sent[0]) if len(sent) == 1 else None
        if said is None:
            token = await holder_of(request, services, PARCELS_SCOPE)
            return ParcelReader(token.office_code, f"client {token.client_id}")
        held = await services.gis_keys.holder(*said)
        if held is None:
            services.security_log.refused("gis key", "not believed", address_of(request))
            raise problems.HttpError(problems.GIS_KEY_INVALID, headers=_challenge(request))
        return held.reader
    if cookie_name(services) not in request.cookies:
        services.security_log.refused("token", "missing", address_of(request))
        raise problems.HttpError(problems.SIGN_IN_NEEDED, headers=_challenge(request))
    return of_person(await to_thread.run_sync(_person, request, services))


async def parcel_reader(
    request: Request, services: Served, reader: Annotated[ParcelReader, Depends(proven_reader)]
) -> AsyncIterator[ParcelReader]:
    """The same, with a place for as long as the answer takes. Raises HttpError 429 as well."""
    account = await enter(request, services, reader)
    try:
        yield reader
    finally:
        services.map_fairness.leave(account)


async def enter(request: Request, services: Services, reader: ParcelReader) -> Account:
    """A place for the reader, to be left again. Raises HttpError 429."""
    # The envelope adds these to whatever answer there is.
    headers = request.state.answer_headers = dict(getattr(request.state, "answer_headers", {}))
    return await services.map_fairness.enter(reader.subject, headers)


def _person(request: Request, services: Services) -> SignedIn:
    return signed_in(holder(request, services))


def of_person(who: SignedIn) -> ParcelReader:
    """What a signed-in person sees. Raises HttpError 403."""
    if Act.SEE_PARCELS not in who.acts:
        raise problems.HttpError(problems.ROLE_MISSING)
    return ParcelReader(who.office_code, who.login)


def _challenge(request: Request) -> dict[str, str]:
    """A challenge that programs answer with what they were told; a browser would ask its user for a password instead."""
    by_browser = "sec-fetch-mode" in request.headers
    return {"WWW-Authenticate": "Bearer" if by_browser else 'Basic realm="landdata gis", charset="UTF-8"'}


ProvenReader = Annotated[ParcelReader, Depends(proven_reader)]
ParcelCaller = Annotated[ParcelReader, Depends(parcel_reader)]
