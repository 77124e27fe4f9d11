"""Reports for the ministry, as asked for and as sent; figures about units, nothing about any person but who asked."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.text import Day, DivisionCode, Moment
from landdata.model.reports import Kind, Report, Side, Step

ReportNumber = Annotated[int, Field(ge=1, le=2**53)]
ReportFileName = Annotated[str, StringConstraints(pattern=r"^[a-z.]{1,40}$")]


class ReportIn(BaseModel):
    """A report to be made."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = Field(None, description="The day it tells of; today in Vietnam when left out.")
    division: DivisionCode | None = Field(None, description="That in force on the day when left out.")
    known_at: Moment | None = Field(None, description="As known at this time; now when left out.")
    against: ReportNumber | None = Field(None, description="Number of the report it is compared with.")
    before_on: Day | None = Field(None, description="Or the day it is compared with.")


class SideOut(BaseModel):
    """A state that a report tells or compares with."""

    on: date
    known_at: AwareDatetime
    division: str

    @classmethod
    def of(cls, one: Side) -> "SideOut":
        return cls(on=one.on, known_at=one.known_at, division=one.division)


class ReportFileOut(BaseModel):
    """A file of a report."""

    name: str = Field(description="Language and form, such as `vi.pdf`.")
    sha256: str
    size_bytes: int


class ReportOut(BaseModel):
    """A report: what it tells, how far it is, and its files once it is made."""

    number: int
    kind: Kind
    period_from: date
    now: SideOut
    before: SideOut
    against: int | None = Field(description="Number of the report that it is compared with.")
    asked_by: str | None = Field(description="Sign-in name; none: the clock asked.")
    asked_at: AwareDatetime
    made_at: AwareDatetime | None = Field(description="None while it is being made.")
    steps: list[Step] = Field(description="Steps that are done, of FIGURES, VI and EN.")
    rule: int | None
    content_sha256: str | None = Field(description="Hash of its figures; equal for reports that tell the same.")
    signer: str | None = Field(description="Subject of the certificate that signed its PDF; none: it is not signed.")
    files: list[ReportFileOut]

    @classmethod
    def of(cls, one: Report) -> "ReportOut":
        wanted = one.wanted
        return cls(
            number=one.number, kind=wanted.kind, period_from=wanted.first, now=SideOut.of(wanted.now),
            before=SideOut.of(wanted.before), against=wanted.against, asked_by=one.login, asked_at=one.asked_at,
            made_at=one.made_at, steps=list(one.steps), rule=one.rule, content_sha256=one.content_sha256,
            signer=one.signer,
            files=[ReportFileOut(name=each.name, sha256=each.sha256, size_bytes=each.size_bytes) for each in one.files],
        )  # fmt: skip


class ReportsOut(BaseModel):
    """A page of reports, newest first."""

    reports: list[ReportOut]
    next_cursor: str | None = Field(description="Sent as `cursor` for the next page; none: this was the last.")
