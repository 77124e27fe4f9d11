"""Who uploads, as a type: a land office's client by its token, or a person of one by session and proof against other sites."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api import problems
from api.address import address_of
from api.callers import province_office
from api.people import holder, signed_in
from api.services import Served
from landdata.model.clients import ProvinceOffice
from landdata.model.outcomes import through_person
from landdata.model.people import Act


async def _machine(request: Request, services: Served) -> ProvinceOffice | None:
    """A land office's client; None where the request comes without a token, as people's do."""
    return await province_office(request, services) if "authorization" in request.headers else None


def depositor(
    request: Request, services: Served, machine: Annotated[ProvinceOffice | None, Depends(_machine)]
) -> ProvinceOffice:
    """Whose upload it is. Raises HttpError 401 or 403, StepNeeded."""
    if machine is not None:
        return machine
    who = signed_in(holder(request, services))
    if Act.DELIVER not in who.acts or who.office_kind != "LAND_OFFICE":
        raise problems.HttpError(problems.ROLE_MISSING)
    return ProvinceOffice(through_person(who.login), who.office_code, "", address_of(request))


Depositor = Annotated[ProvinceOffice, Depends(depositor)]
