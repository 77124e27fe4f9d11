"""Who watches coverage, as a type: anyone, a system with the scope of statistics, people of the ministry, or a land office."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api import problems
from api.callers import statistics_or_office
from api.people import cookie_name, holder, signed_in
from api.services import Served
from landdata.model.clients import STATISTICS_SCOPE, ProvinceOffice
from landdata.model.people import Act

# A token or a session is welcome, and needed for the rungs that show how good the data of a unit are.
SECURITY = {"security": [{}, {"oauth2": [STATISTICS_SCOPE]}, {"session": []}]}


@dataclass(frozen=True, slots=True)
class Watcher:
    """Sees what is public; `sees_quality`: everything of every unit; `office_code`: everything of the office's provinces."""

    known: bool
    sees_quality: bool
    office_code: str | None


def watcher(
    request: Request, services: Served, machine: Annotated[ProvinceOffice | None, Depends(statistics_or_office)]
) -> Watcher:
    """Raises HttpError 401 or 403 for a proof that does not hold, StepNeeded."""
    if machine is not None:
        return Watcher(known=True, sees_quality=False, office_code=machine.office_code)
    if "authorization" in request.headers:
        return Watcher(known=True, sees_quality=True, office_code=None)
    if cookie_name(services) not in request.cookies:
        return Watcher(known=False, sees_quality=False, office_code=None)
    who = signed_in(holder(request, services))
    if Act.SEE_COVERAGE not in who.acts:
        raise problems.HttpError(problems.ROLE_MISSING)
    ministry = who.office_kind == "MINISTRY"
    return Watcher(known=True, sees_quality=ministry, office_code=None if ministry else who.office_code)


WatcherCaller = Annotated[Watcher, Depends(watcher)]
