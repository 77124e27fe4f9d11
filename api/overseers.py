"""Who looks after sources, as a type: staff of the ministry for all of them, a land office's people or client for its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api import problems
from api.callers import province_office
from api.people import holder, person_who_may, signed_in
from api.services import Served, Services
from landdata.model.clients import ProvinceOffice
from landdata.model.people import Act, SignedIn
from landdata.store.engine import Database


@dataclass(frozen=True, slots=True)
class SourceReader:
    """May read how this office stands as a source, or, without one, how all of them do."""

    office_code: str | None

    def database(self, services: Services) -> Database:
        """Connections that show no more than this caller may see."""
        return services.pools.dashboard if self.office_code is None else services.pools.uploader


async def _machine(request: Request, services: Served) -> ProvinceOffice | None:
    """A land office's client; None where the request comes without a token, as people's do."""
    return await province_office(request, services) if "authorization" in request.headers else None


def source_reader(
    request: Request, services: Served, machine: Annotated[ProvinceOffice | None, Depends(_machine)]
) -> SourceReader:
    """Raises HttpError 401 or 403, StepNeeded."""
    if machine is not None:
        return SourceReader(machine.office_code)
    who = signed_in(holder(request, services))
    if Act.SEE_COVERAGE not in who.acts or who.office_kind not in {"MINISTRY", "LAND_OFFICE"}:
        raise problems.HttpError(problems.ROLE_MISSING)
    return SourceReader(None if who.office_kind == "MINISTRY" else who.office_code)


SourceCaller = Annotated[SourceReader, Depends(source_reader)]
SourceManager = Annotated[SignedIn, Depends(person_who_may(Act.MANAGE_SOURCES))]
