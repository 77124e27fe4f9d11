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
from landdata.model.people import Act, SignedIn, Stage

# A token or a session is welcome, and needed for the rungs that show how good the data of a unit are.
SECURITY = {"security": [{}, {"oauth2": [STATISTICS_SCOPE]}, {"session": []}]}


@dataclass(frozen=True, slots=True)
class Watcher:
    """Sees what is public; `sees_quality`: figures of every rung of every unit; `office_code`: of the office's provinces.

    `ministry`: a person of the ministry, who is told whose a delivery was; an office is told of its own.
    """

    known: bool
    sees_quality: bool
    office_code: str | None
    ministry: bool = False


ANYBODY = Watcher(known=False, sees_quality=False, office_code=None)


def watcher(
    request: Request, services: Served, machine: Annotated[ProvinceOffice | None, Depends(statistics_or_office)]
) -> Watcher:
    """Raises HttpError 401 or 403 for a proof that does not hold, StepNeeded."""
    if machine is not None:
        return Watcher(known=True, sees_quality=False, office_code=machine.office_code)
    if "authorization" in request.headers:
        return Watcher(known=True, sees_quality=True, office_code=None)
    if cookie_name(services) not in request.cookies:
        return ANYBODY
    who = signed_in(holder(request, services))
    if Act.SEE_COVERAGE not in who.acts:
        raise problems.HttpError(problems.ROLE_MISSING)
    return of_person(who)


def of_person(who: SignedIn | None) -> Watcher:
    """As whom a visitor of the pages looks: like anybody, who is not signed in to the end or may not see coverage."""
    if who is None or who.session.stage is not Stage.OPEN or Act.SEE_COVERAGE not in who.acts:
        return ANYBODY
    ministry = who.office_kind == "MINISTRY"
    return Watcher(
        known=True, sees_quality=ministry, office_code=None if ministry else who.office_code, ministry=ministry
    )


WatcherCaller = Annotated[Watcher, Depends(watcher)]
