"""People of the ministry, as a type: whoever may see how the whole country and the service itself stand."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api import problems
from api.people import Person
from landdata.model.people import Act, SignedIn


def ministry_staff(who: Person) -> SignedIn:
    """A signed-in person of the ministry, whatever their role. Raises HttpError 401 or 403, StepNeeded."""
    if who.office_kind != "MINISTRY" or Act.SEE_COVERAGE not in who.acts:
        raise problems.HttpError(problems.ROLE_MISSING)
    return who


MinistryCaller = Annotated[SignedIn, Depends(ministry_staff)]
