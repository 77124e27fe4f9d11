"""Who works on cases, as a type: a signed-in person of the land office or the ministry, or the office's own client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from api import problems
from api.callers import matching_office
from api.people import Person, holder, person_who_may, signed_in
from api.schemas.cases import OfficeCode
from api.services import Served
from landdata.errors import FreshProofNeeded, OfficeUnknown
from landdata.flows.entrance import proved_lately
from landdata.model.clients import ProvinceOffice
from landdata.model.people import Act, SignedIn

OfficeAsked = Annotated[
    OfficeCode | None,
    Query(description="Land office that is acted for; people of the ministry name it, others are of their own."),
]
# Whose work needs the whole number, once they have proved lately who they are.
_NEED_NUMBERS = frozenset({Act.CLEAR_CASES, Act.DECIDE})


@dataclass(frozen=True, slots=True)
class CaseReader:
    """May read the cases of this office; `sees_numbers`: those of one case whole."""

    office_code: str
    sees_numbers: bool


@dataclass(frozen=True, slots=True)
class Clerk:
    """Decides for this office, by this sign-in name."""

    office_code: str
    login: str


def case_reader(
    request: Request,
    services: Served,
    machine: Annotated[ProvinceOffice | None, Depends(matching_office)],
    office: OfficeAsked = None,
) -> CaseReader:
    """Raises HttpError 401 or 403, StepNeeded, OfficeUnknown."""
    if machine is not None:
        return CaseReader(_acting(machine.office_code, "LAND_OFFICE", office), sees_numbers=False)
    who = signed_in(holder(request, services))
    if Act.SEE_CASES not in who.acts:
        raise problems.HttpError(problems.ROLE_MISSING)
    try:
        proved_lately(services.entrance, who)
        fresh = True
    except FreshProofNeeded:
        fresh = False
    return CaseReader(_of(who, office), sees_numbers=fresh and bool(_NEED_NUMBERS & who.acts))


def clerk(who: Annotated[SignedIn, Depends(person_who_may(Act.CLEAR_CASES))], office: OfficeAsked = None) -> Clerk:
    """Who decides first. Raises HttpError 403, OfficeUnknown."""
    return Clerk(_of(who, office), who.login)


def second(
    who: Annotated[SignedIn, Depends(person_who_may(Act.DECIDE, fresh=True))], office: OfficeAsked = None
) -> Clerk:
    """Who approves or turns down what somebody else asked for. Raises HttpError 403, FreshProofNeeded, OfficeUnknown."""
    return Clerk(_of(who, office), who.login)


def either(who: Person, office: OfficeAsked = None) -> Clerk:
    """Who takes a decision back: either of the two. Raises HttpError 403, OfficeUnknown."""
    if not _NEED_NUMBERS & who.acts:
        raise problems.HttpError(problems.ROLE_MISSING)
    return Clerk(_of(who, office), who.login)


ReadingCaller = Annotated[CaseReader, Depends(case_reader)]
ClerkCaller = Annotated[Clerk, Depends(clerk)]
SecondCaller = Annotated[Clerk, Depends(second)]
EitherCaller = Annotated[Clerk, Depends(either)]


def _of(who: SignedIn, office: str | None) -> str:
    return _acting(who.office_code, who.office_kind, office)


def _acting(own: str, kind: str, asked: str | None) -> str:
    """Another office's cases are as unknown to an office as those of one that is not there."""
    if kind == "MINISTRY" and asked is not None:
        return asked
    if kind == "MINISTRY" or asked not in {None, own}:
        raise OfficeUnknown(office_code="-")
    return own
