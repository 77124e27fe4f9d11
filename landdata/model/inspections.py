"""Looks into the access log: who looks and why, what is sought, what an inspector and a citizen see, lawful delays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What kind of look it is."""

    SEARCH = "SEARCH"
    CITIZEN = "CITIZEN"
    EVIDENCE = "EVIDENCE"


@dataclass(frozen=True, slots=True)
class Inspector:
    """Who looks, why, and under which file of the inspection itself; `address` is where from, None at the terminal."""

    login: str
    reason: str
    case_file_no: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; None: any. Times are half-open. `before` is the number that the page before ended with.

    `former` are blind indexes of the same number under earlier keys, by which the sealed log still names the citizen.
    """

    since: datetime | None = None
    until: datetime | None = None
    client_id: str | None = None
    agency_code: str | None = None
    officer_code: str | None = None
    service_code: str | None = None
    case_file_no: str | None = None
    status: str | None = None
    subject: UUID | None = None
    before: int | None = None
    limit: int = 100
    former: tuple[UUID, ...] = ()
    refusal: str | None = None  # code of a refusal, or of what could not be answered
    access_id: int | None = None  # one entry by its number

    @property
    def anything(self) -> bool:
        """Whether it narrows at all."""
        return any(
            getattr(self, name) is not None
            for name in self.__dataclass_fields__
            if name not in {"before", "limit", "former"}
        )

    def words(self) -> str:
        """As it is recorded: JSON of what was named."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "former"}
        return json.dumps({name: value for name, value in said.items() if value is not None}, default=str)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as an inspector sees it; the citizen only as a blind index."""

    access_id: int
    at: datetime
    client_id: str
    agreement: str | None
    agency_code: str
    officer_code: str
    service_code: str
    case_file_no: str
    subject: UUID | None
    status: str
    reason: str | None
    fields: tuple[str, ...]
    record_versions: tuple[str, ...]
    replayed: int
    request_id: UUID
    address: str | None
    refused_at: datetime | None = None  # when it was refused, where it could only be logged later, `at`


@dataclass(frozen=True, slots=True)
class Under:
    """The version of the agreement that an entry was asked under."""

    code: str
    version: int
    consumer_vi: str
    consumer_en: str
    purpose: str
    legal_ground: str
    valid_from: date
    valid_to: date | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something stands in a range of the log: `name` a client, an agency or an officer with its agency."""

    name: str
    many: int
    refused: int
    citizens: int
    out_of_hours: int

    @property
    def refused_share(self) -> float:
        """0..1."""
        return self.refused / self.many if self.many else 0.0


@dataclass(frozen=True, slots=True)
class Patterns:
    """What stands out in a range of the log: by client, by agency, by officer (the busiest), and refusals by code."""

    clients: tuple[Tally, ...]
    agencies: tuple[Tally, ...]
    officers: tuple[Tally, ...]
    refusals: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One entry as the citizen sees it: who looked, when, why, and what was given; never which officer.

    `at` is when it was asked, also where that could only be logged later.
    """

    access_id: int
    at: datetime
    consumer_vi: str
    consumer_en: str
    agency_code: str
    purpose: str | None
    legal_ground: str | None
    service_code: str
    case_file_no: str
    status: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecrecyTerms:
    """Whose requests a citizen sees later, by which law: so many `days` after each, or all from the day `until` on."""

    client_id: str
    legal_ground: str
    service_code: str | None = None
    case_file_no: str | None = None
    days: int | None = None
    until: date | None = None


class SecrecyStep(StrEnum):
    """The life of a delay; two persons ask and approve."""

    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class SecrecyMove:
    """One step in the life of a delay: who took it, when and why."""

    step: SecrecyStep
    login: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Secrecy:
    """A delay, how it stands, and how it came to that, oldest step first."""

    secrecy_id: int
    terms: SecrecyTerms
    state: SecrecyStep
    asked_by: str
    approved_by: str | None
    moves: tuple[SecrecyMove, ...]
