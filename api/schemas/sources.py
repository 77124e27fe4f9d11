"""Sources as they are sent: how each land office stands, what it promised, its life, and what people say about it."""

from dataclasses import asdict
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.cases import OfficeCode
from api.schemas.decisions import Words
from api.schemas.text import Day, DivisionCode, Plain
from landdata.model.connections import Line, Outcome, Standing, Way
from landdata.model.sources import Cause, Event, Promise, Province, Source, SourceList, SourceView, State

Contact = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True), Plain]


class SourceQuery(BaseModel):
    """What is asked; an unknown parameter is refused."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = Field(None, description="Day in Vietnam whose provinces are meant; today when left out.")
    division: DivisionCode | None = Field(None, description="Division of the country; the one in force when left out.")


class ProvinceOut(BaseModel):
    """A province of the division asked for."""

    code: str
    full_name: str

    @classmethod
    def of(cls, one: Province) -> "ProvinceOut":
        return cls(code=one.code, full_name=one.full_name_vi)


class PromiseOut(BaseModel):
    """What it promised; null: nothing about that."""

    cadence_days: int | None = Field(description="At least one delivery in so many days.")
    first_due_on: date | None = Field(description="Last day for the first delivery.")
    communes: int | None = Field(description="Communes it is to cover.")
    contact: str = Field(description="The unit to turn to.")


class ConnectionOut(BaseModel):
    """How the office's own service is pulled; where it is and how we prove ourselves there is not told."""

    connection_uid: UUID
    way: Way
    standing: Standing
    next_at: AwareDatetime | None = Field(description="When it is pulled next; null: not by the clock.")
    failures: int = Field(description="Pulls that failed since one went well.")
    pulled_at: AwareDatetime | None = Field(description="When it was pulled last.")
    outcome: Outcome | None = Field(description="What came of that; null: it is under way, or was never pulled.")
    code: str | None = Field(description="Stable code of what went wrong.")

    @classmethod
    def of(cls, one: Line) -> "ConnectionOut":
        return cls(**asdict(one))


class SourceOut(BaseModel):
    """How a land office delivers and how it stands. Several may deliver for one province since provinces were merged."""

    office: str
    name: str
    name_en: str
    provinces: list[ProvinceOut]
    method: str
    method_vi: str
    method_en: str
    state: State
    since: AwareDatetime
    promise: PromiseOut
    last_on: date | None = Field(
        description="Day of its newest delivery that was neither refused nor withdrawn, or of a pull that found nothing new."
    )
    due_on: date | None = Field(description="Last day on which the next delivery keeps the promise.")
    days_late: int
    communes: int = Field(description="Communes with published deliveries of its own.")
    connections: list[ConnectionOut] = Field(description="Its own services that the ministry pulls.")

    @classmethod
    def of(cls, one: Source) -> "SourceOut":
        promise = one.promise
        return cls(
            office=one.office_code,
            name=one.name_vi,
            name_en=one.name_en,
            provinces=[ProvinceOut.of(where) for where in one.provinces],
            method=one.method,
            method_vi=one.method_vi,
            method_en=one.method_en,
            state=one.state,
            since=one.since,
            promise=PromiseOut(
                cadence_days=promise.cadence_days,
                first_due_on=promise.first_due_on,
                communes=promise.communes,
                contact=promise.contact,
            ),
            last_on=one.facts.last_on,
            due_on=one.facts.due_on,
            days_late=one.facts.days_late,
            communes=one.communes,
            connections=[ConnectionOut.of(each) for each in one.connections],
        )


class SourcesOut(BaseModel):
    """All sources the caller may see, and provinces that have none: those were never connected either."""

    on: date
    division: str
    simulated: bool = Field(description="Made-up demonstration data.")
    sources: list[SourceOut]
    without: list[ProvinceOut]

    @classmethod
    def of(cls, found: SourceList, *, simulated: bool) -> "SourcesOut":
        return cls(
            on=found.on,
            division=found.division,
            simulated=simulated,
            sources=[SourceOut.of(one) for one in found.sources],
            without=[ProvinceOut.of(one) for one in found.without],
        )


class EventOut(BaseModel):
    """One change: a delivery, a promised day that was missed, or a person with a reason is what it came from."""

    step: int
    at: AwareDatetime
    cause: Cause
    before: State | None
    after: State
    delivery_uid: UUID | None
    due_on: date | None
    person: str | None = Field(description="Sign-in name of the official.")
    reason: str

    @classmethod
    def of(cls, one: Event) -> "EventOut":
        return cls(
            step=one.step,
            at=one.at,
            cause=one.cause,
            before=one.before,
            after=one.after,
            delivery_uid=one.delivery_uid,
            due_on=one.due_on,
            person=one.login,
            reason=one.reason,
        )


class SourceLife(SourceOut):
    """A source with its life, oldest event first."""

    events: list[EventOut]

    @classmethod
    def whole(cls, view: SourceView) -> "SourceLife":
        plain = SourceOut.of(view.source)
        return cls(**dict(plain), events=[EventOut.of(one) for one in view.events])


class ProvinceSources(BaseModel):
    """The sources of a province."""

    province: str
    sources: list[SourceLife]


class SourceStep(StrEnum):
    """What a person may say of a source."""

    PAUSE = "PAUSE"
    RESUME = "RESUME"
    END = "END"


class SourceStepIn(BaseModel):
    """A step and why."""

    model_config = ConfigDict(extra="forbid")

    office: OfficeCode
    step: SourceStep
    reason: Words


class PromiseIn(BaseModel):
    """What an office promises from now on, all of it: what is left out is not promised any more."""

    model_config = ConfigDict(extra="forbid")

    office: OfficeCode
    cadence_days: Annotated[int, Field(ge=1, le=3660)] | None = None
    first_due_on: Day | None = None
    communes: Annotated[int, Field(ge=1, le=100_000)] | None = None
    contact: Contact = ""
    reason: Words

    @property
    def promised(self) -> Promise:
        return Promise(self.cadence_days, self.first_due_on, self.communes, self.contact)
