"""The state of an agreement, the caller's words about one citizen, and the statuses an answer can have; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class AgreementState(StrEnum):
    """Life of an agreement; only ACTIVE answers."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ENDED = "ENDED"


class AnswerStatus(StrEnum):
    """What one look-up came to; the residency officer asks the citizen for papers only when the database cannot answer."""

    FOUND = "FOUND"
    IDENTITY_MISMATCH = "IDENTITY_MISMATCH"
    UNAVAILABLE = "UNAVAILABLE"
    NO_RECORD = "NO_RECORD"
    NOT_COVERED = "NOT_COVERED"
    REFUSED = "REFUSED"


# Said among what was withheld: the agreement is limited to units, and no unit was asked for.
OUTSIDE_UNITS = {"units": "OUTSIDE", "why": "AGREEMENT"}


class NullReason(StrEnum):
    """Why a field is empty."""

    NOT_ON_CERTIFICATE = "NOT_ON_CERTIFICATE"
    NOT_DIGITISED = "NOT_DIGITISED"
    NOT_APPLICABLE = "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class UnitScope:
    """A unit as the caller names it: a code, its level, and the division whose codes are meant."""

    code: str
    level: str
    division: str


@dataclass(frozen=True, slots=True)
class LookupRequest:
    """One citizen asked for. `id_number` has 12 or 9 digits; exactly one of birth date and year is given."""

    request_id: UUID
    agency_code: str
    officer_code: str
    service_code: str
    case_file_no: str
    id_number: str
    full_name: str
    date_of_birth: date | None
    birth_year: int | None
    unit: UnitScope | None
    fields: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class PopulationReader:
    """The caller of a look-up, proven by its token: its client, the token's id, and the scopes granted.

    `bound`: the token is bound to its holder's key (RFC 9449, 8705), and the holder has shown it.
    """

    client_id: str
    token_id: str
    scopes: frozenset[str]
    address: str
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was not looked at: a stable code with sentences in `landdata.errors`."""

    code: str
    http_hint: str  # forbidden, conflict, too_many, unavailable or unprocessable; the API maps it


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; its access-log row is on disk before it exists. `body` is the JSON text sent to the consumer."""

    access_id: int
    status: AnswerStatus
    refusal: Refusal | None
    body: str
