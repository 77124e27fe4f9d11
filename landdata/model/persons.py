"""Identity claims, what the population platform answers, and the outcomes of matching; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class ClaimStatus(StrEnum):
    """What is known of a holder's identity; only VERIFIED holders are answered to the residency desk."""

    PENDING = "PENDING"  # not asked yet
    VERIFIED = "VERIFIED"
    MISMATCH = "MISMATCH"  # the number exists, name or birth differ
    NOT_FOUND = "NOT_FOUND"
    INCOMPLETE = "INCOMPLETE"  # no number or no birth: cannot be asked
    AMBIGUOUS = "AMBIGUOUS"


@dataclass(frozen=True, slots=True)
class Claim:
    """What certificates say of one holder; the number is plain here and sealed at rest."""

    identity_key: UUID
    name: str
    id_number: str
    birth_date: date | None
    birth_year: int


@dataclass(frozen=True, slots=True)
class Citizen:
    """A citizen as the population platform confirms them. `date_of_birth` is ISO, or a bare year."""

    person_ref: str
    id_number: str
    old_id_number: str | None
    full_name: str
    date_of_birth: str
    alive: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """The platform's answer to one claim: `citizen` only when everything agrees."""

    identity_key: UUID
    status: ClaimStatus
    reasons: tuple[str, ...]
    citizen: Citizen | None


def missing(id_number: str | None, birth_year: int | None) -> tuple[str, ...]:
    """Why a claim cannot be asked: the platform needs a number of 9 or 12 digits and a plausible year of birth."""
    reasons = []
    if not id_number:
        reasons.append("NUMBER_MISSING")
    elif not (id_number.isascii() and id_number.isdigit() and len(id_number) in {9, 12}):
        reasons.append("NUMBER_SHAPE")
    if birth_year is None:
        reasons.append("BIRTH_MISSING")
    elif not 1850 <= birth_year <= 2100:
        reasons.append("BIRTH_IMPLAUSIBLE")
    return tuple(reasons)
