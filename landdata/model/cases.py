"""Cases of the clerks' work list and what is decided about them; no input or output."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from landdata.model.agreements import UnitScope
from landdata.model.persons import ClaimStatus

# What is put to a clerk: what waits to be asked is nobody's work, and what is linked neither.
OPEN_STATUSES = (ClaimStatus.MISMATCH, ClaimStatus.NOT_FOUND, ClaimStatus.INCOMPLETE, ClaimStatus.AMBIGUOUS)


class Kind(StrEnum):
    """What a clerk can say about a case."""

    CONFIRM = "CONFIRM"  # the bearer of the number is this holder, although name or birth differ
    CORRECT = "CORRECT"  # number, name or birth have to be read otherwise
    REJECT = "REJECT"  # the number is not this holder's


class State(StrEnum):
    """How a decision stands."""

    WAITING = "WAITING"  # for a second person
    IN_FORCE = "IN_FORCE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    REPLACED = "REPLACED"


class Step(StrEnum):
    """What happened to a decision; the last three are matching's doing."""

    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    REPLACED = "REPLACED"
    ANSWERED = "ANSWERED"
    CONTRADICTED = "CONTRADICTED"
    HELD = "HELD"


class Mark(StrEnum):
    """Why a case deserves a look before others."""

    WAITING = "WAITING"  # for a second person
    ASKING = "ASKING"  # decided, and not yet put to the platform
    CONTRADICTED = "CONTRADICTED"  # the platform speaks against what was decided


@dataclass(frozen=True, slots=True)
class Words:
    """Number, name and birth; of a correction only what has to be read otherwise. The number is plain here alone."""

    name: str | None = None
    id_number: str | None = None
    birth_date: date | None = None
    birth_year: int | None = None

    def __bool__(self) -> bool:
        return any(one is not None for one in (self.name, self.id_number, self.birth_date, self.birth_year))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ended: the last case and what it was sorted by."""

    certificates: int
    parcels: int
    first_seen_at: datetime
    case: UUID


@dataclass(frozen=True, slots=True)
class Sought:
    """Which cases are wanted; `reason` is a code. None: all."""

    unit: UnitScope | None = None
    statuses: tuple[ClaimStatus, ...] | None = None
    reason: str | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One holder that was not linked, as certificates name them; `sealed` is the number, None where there is none.

    `certificates` and `parcels` are those of the office that looks, in the communes asked about. `name_share`: letters in a
    hundred that the name has in common with the bearer's; `years_apart` between the births; None where nobody was compared.
    """

    case: UUID
    status: ClaimStatus
    reasons: tuple[str, ...]
    name: str
    sealed: bytes | None
    birth_date: date | None
    birth_year: int | None
    first_seen_at: datetime
    checked_at: datetime | None
    certificates: int
    parcels: int
    communes: tuple[str, ...]
    mark: Mark | None
    name_share: int | None
    years_apart: int | None

    @property
    def codes(self) -> frozenset[str]:
        return codes(self.reasons)

    @property
    def place(self) -> Place:
        return Place(self.certificates, self.parcels, self.first_seen_at, self.case)


@dataclass(frozen=True, slots=True)
class Record:
    """A certificate on record that names the holder of a case; `parcels` as sheet/number."""

    commune_code: str
    commune_name: str
    record_id: int
    serial: str | None
    registry_number: str | None
    issued_on: date | None
    holder_role: str | None
    parcels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """One step of a decision; `login` None: matching."""

    step: Step
    login: str | None
    reason: str
    evidence: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with its steps, oldest first; `sealed` is the number of a correction."""

    number: int
    kind: Kind
    state: State
    office_code: str
    due: bool
    contradicted: bool
    name: str | None
    sealed: bytes | None
    birth_date: date | None
    birth_year: int | None
    steps: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How much of the list has a status, reason or mark (`what`); a case has several reasons."""

    what: str
    code: str
    cases: int
    certificates: int
    parcels: int


@dataclass(frozen=True, slots=True)
class Saying:
    """Who says what about a case: reason and document are kept for good."""

    login: str
    reason: str
    evidence: str | None = None


def codes(reasons: tuple[str, ...]) -> frozenset[str]:
    """Codes without the evidence that may stand behind `=`."""
    return frozenset(one.partition("=")[0] for one in reasons)


def masked(number: str) -> str:
    """A number as those see it who need not know it: the first three digits and the last two."""
    return number[:3] + "•" * (len(number) - 5) + number[-2:] if len(number) > 6 else "•" * len(number)


_NUMBER = re.compile(r"(?<!\d)(\d[ .-]?){8}(\d[ .-]?){0,3}\d(?!\d)")


def names_a_number(words: str) -> bool:
    """Whether words hold what may be somebody's number, which a log that is kept for good must not."""
    return any(sum(letter.isdigit() for letter in found.group()) in {9, 12} for found in _NUMBER.finditer(words))
