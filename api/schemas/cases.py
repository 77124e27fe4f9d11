"""Cases of the clerks' work list and what is decided about them, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.decisions import Words as Reason
from api.schemas.text import Day, PersonName, Plain
from landdata.flows.cases import Page, Whole
from landdata.matching.told import told
from landdata.model import cases
from landdata.model.cases import Case, Count, Decided, Kind, Mark, Record, State, Step, Taken
from landdata.model.persons import ClaimStatus
from landdata.store.keys import Keys

Document = Annotated[str, StringConstraints(min_length=2, max_length=300, strip_whitespace=True), Plain]
Number = Annotated[str, StringConstraints(pattern=r"^([0-9]{9}|[0-9]{12})$")]
Year = Annotated[int, Field(ge=1850, le=2100)]


class ReasonOut(BaseModel):
    """Why the holder is not linked."""

    code: str
    detail: str
    detail_en: str
    evidence: str | None = Field(None, description="What stands behind it, such as how far the names differ.")
    evidence_is: str | None = None


class CaseOut(BaseModel):
    """One holder that is not linked, as the certificates name them."""

    case: UUID
    status: ClaimStatus
    reasons: list[ReasonOut]
    mark: Mark | None = Field(
        None, description="WAITING for a second person, ASKING the platform, or CONTRADICTED by its later answer."
    )
    name: str
    id_number: str | None = Field(None, description="With all but five digits hidden, unless id_number_whole.")
    id_number_whole: bool
    birth: str | None = Field(None, description="A day (ISO 8601) or a bare year.")
    name_share: int | None = Field(
        None, description="Letters in a hundred that the name has in common with the name of who bears the number."
    )
    years_apart: int | None = Field(None, description="Years between the birth and that of who bears the number.")
    certificates: int = Field(description="How many of the office's certificates, here, it would clear.")
    parcels: int
    communes: list[str]
    first_seen_at: AwareDatetime
    checked_at: AwareDatetime | None = None

    @classmethod
    def of(cls, one: Case, keys: Keys, *, whole: bool = False) -> "CaseOut":
        return cls(
            case=one.case,
            status=one.status,
            reasons=[reason(each) for each in one.reasons],
            mark=one.mark,
            name=one.name,
            id_number=_number(one.sealed, keys, whole=whole),
            id_number_whole=whole and one.sealed is not None,
            birth=_birth(one.birth_date, one.birth_year),
            name_share=one.name_share,
            years_apart=one.years_apart,
            certificates=one.certificates,
            parcels=one.parcels,
            communes=list(one.communes),
            first_seen_at=one.first_seen_at,
            checked_at=one.checked_at,
        )


class CasesOut(BaseModel):
    """A page of the list, what would clear most first."""

    cases: list[CaseOut]
    next_cursor: str | None = Field(None, description="Sent as `cursor` for the next page; none: this was the last.")

    @classmethod
    def of(cls, page: Page, keys: Keys, cursor: str | None) -> "CasesOut":
        return cls(cases=[CaseOut.of(one, keys) for one in page.cases], next_cursor=cursor)


class CaseCount(BaseModel):
    """How much of the list has one status, reason or mark; a case may have several reasons."""

    code: str
    cases: int
    certificates: int
    parcels: int

    @classmethod
    def of(cls, one: Count) -> "CaseCount":
        return cls(code=one.code, cases=one.cases, certificates=one.certificates, parcels=one.parcels)


class CaseCounts(BaseModel):
    """How much is on the list, most first."""

    statuses: list[CaseCount]
    reasons: list[CaseCount]
    marks: list[CaseCount]

    @classmethod
    def of(cls, found: list[Count]) -> "CaseCounts":
        by = {what: [CaseCount.of(one) for one in found if one.what == what] for what in ("status", "reason", "mark")}
        return cls(statuses=by["status"], reasons=by["reason"], marks=by["mark"])


class CaseRecord(BaseModel):
    """A certificate on record that names the holder."""

    commune_code: str
    commune_name: str
    record_id: int
    serial: str | None = None
    registry_number: str | None = None
    issued_on: date | None = None
    holder_role: str | None = None
    parcels: list[str] = Field(description="Map sheet / number.")

    @classmethod
    def of(cls, one: Record) -> "CaseRecord":
        return cls(
            commune_code=one.commune_code, commune_name=one.commune_name, record_id=one.record_id, serial=one.serial,
            registry_number=one.registry_number, issued_on=one.issued_on, holder_role=one.holder_role,
            parcels=list(one.parcels),
        )  # fmt: skip


class StepOut(BaseModel):
    """One step of a decision; without `person` it is matching's own."""

    step: Step
    person: str | None = None
    reason: str
    evidence: str | None = None
    at: AwareDatetime

    @classmethod
    def of(cls, one: Taken) -> "StepOut":
        return cls(step=one.step, person=one.login, reason=one.reason, evidence=one.evidence, at=one.at)


class CaseDecision(BaseModel):
    """What was decided, with every step."""

    number: int
    kind: Kind
    state: State
    office_code: str
    asking: bool = Field(description="True until the platform has been asked.")
    contradicted: bool = Field(description="True when a later answer of the platform speaks against it.")
    name: str | None = None
    id_number: str | None = None
    birth: str | None = None
    steps: list[StepOut]

    @classmethod
    def of(cls, one: Decided, keys: Keys, *, whole: bool) -> "CaseDecision":
        return cls(
            number=one.number,
            kind=one.kind,
            state=one.state,
            office_code=one.office_code,
            asking=one.due,
            contradicted=one.contradicted,
            name=one.name,
            id_number=_number(one.sealed, keys, whole=whole),
            birth=_birth(one.birth_date, one.birth_year),
            steps=[StepOut.of(each) for each in one.steps],
        )


class CaseWhole(CaseOut):
    """One case with its certificates (at most 500) and everything that was decided about it, oldest first."""

    records: list[CaseRecord]
    decisions: list[CaseDecision]

    @classmethod
    def whole(cls, one: Whole, keys: Keys, *, numbers: bool) -> "CaseWhole":
        return cls(
            **CaseOut.of(one.case, keys, whole=numbers).model_dump(),
            records=[CaseRecord.of(each) for each in one.records],
            decisions=[CaseDecision.of(each, keys, whole=numbers) for each in one.decisions],
        )


class CaseDecisionIn(BaseModel):
    """What a clerk decides. Only CORRECT says number, name or birth, and only what has to be read otherwise."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    reason: Reason
    evidence: Document = Field(description="Reference of the document that shows it; no identity number in it.")
    name: PersonName | None = None
    id_number: Number | None = None
    birth_date: Day | None = None
    birth_year: Year | None = None

    @property
    def words(self) -> cases.Words:
        return cases.Words(self.name, self.id_number, self.birth_date, self.birth_year)


class CaseStepIn(BaseModel):
    """Why a decision is approved, turned down or taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
    evidence: Document | None = None


class CaseDecided(BaseModel):
    """The decision's number; a CONFIRM waits for a second person."""

    number: int
    state: State


ReasonCode = Annotated[str, StringConstraints(pattern=r"^[A-Z_]{2,64}$")]
# Begins with a letter: whatever is unknown may be repeated in an answer, and a citizen number must not.
OfficeCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]


def reason(stored: str) -> ReasonOut:
    """A reason as claims keep it, told in both languages."""
    one = told(stored)
    return ReasonOut(
        code=one.code, detail=one.vi, detail_en=one.en, evidence=one.evidence or None,
        evidence_is=one.evidence_is if one.evidence else None,
    )  # fmt: skip


def _number(sealed: bytes | None, keys: Keys, *, whole: bool) -> str | None:
    if sealed is None:
        return None
    number = keys.unseal(sealed)
    return number if whole else cases.masked(number)


def _birth(day: date | datetime | None, year: int | None) -> str | None:
    if day is not None:
        return day.isoformat()
    return None if year is None else f"{year:04}"
