"""Indicators as sent: what is measured, figures by subject with bounds and flags, sums, versions, and tables that come in."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.text import Code, Day, DivisionCode, FileName, Moment, Plain
from landdata.flows.indicator_uploads import Change, Draft, Recorded, Row, sentence
from landdata.model.indicators import (
    Basis,
    Count,
    CountedLevel,
    Figure,
    Figures,
    Flag,
    Indicator,
    Kind,
    SubjectKind,
    Summary,
    Timing,
    Totals,
    Value,
)

Source = Annotated[str, StringConstraints(min_length=3, max_length=300), Plain]
Why = Annotated[str, StringConstraints(max_length=500), Plain]


class SummaryQuery(BaseModel):
    """What is asked; an unknown parameter is refused, for a misspelt one would change the figure."""

    model_config = ConfigDict(extra="forbid")

    effective_on: Day | None = Field(None, description="Day in Vietnam; today when left out.", examples=["2021-06-16"])
    known_at: Moment | None = Field(None, description="As it was known then, with a time zone; now when left out.")
    division: DivisionCode | None = Field(
        None, description="Division that provinces are told in; units as published when left out."
    )


class ValuesQuery(SummaryQuery):
    """The same, for figures of subjects."""

    level: CountedLevel | None = Field(None, description="Level counted; all of them when left out.")
    subject_kind: SubjectKind | None = Field(None, description="Units, agencies or services.")
    subject: Code | None = Field(None, description="Code of a province, or part of a name.")
    timing: Timing | None = Field(None, description="Only subjects that stand so.")


class VersionsQuery(BaseModel):
    """As of when versions are asked about."""

    model_config = ConfigDict(extra="forbid")

    known_at: Moment | None = Field(None, description="As it was known then, with a time zone; now when left out.")


class UploadQuery(BaseModel):
    """What is said about a table; its bytes are the body."""

    model_config = ConfigDict(extra="forbid")

    file_name: FileName
    source: Source = Field(description="Letter or report that the table stands in.")
    on: Day | None = Field(None, description="Day of its figures, where a row says none; today when left out.")


class RecordIn(BaseModel):
    """Why values that stand are changed; may be empty where none is."""

    model_config = ConfigDict(extra="forbid")

    reason: Why = ""


class StateOut(BaseModel):
    """A state that an indicator knows."""

    state: str
    vi: str
    en: str
    reaches: bool = Field(description="Whether the target is reached in it.")


class IndicatorOut(BaseModel):
    """What is measured."""

    code: str
    vi: str
    en: str
    kind: Kind
    subject_kinds: list[SubjectKind]
    levels: list[CountedLevel]
    noun_vi: str
    noun_en: str
    target_share: float | None
    target_vi: str
    target_en: str
    letter: str
    letter_vi: str
    letter_en: str
    issued_on: date
    states: list[StateOut]

    @classmethod
    def of(cls, one: Indicator) -> "IndicatorOut":
        return cls(
            code=one.code,
            vi=one.name_vi,
            en=one.name_en,
            kind=one.kind,
            subject_kinds=list(one.subject_kinds),
            levels=list(one.levels),
            noun_vi=one.noun_vi,
            noun_en=one.noun_en,
            target_share=None if one.target_share is None else float(one.target_share),
            target_vi=one.target_vi,
            target_en=one.target_en,
            letter=one.letter.code,
            letter_vi=one.letter.name_vi,
            letter_en=one.letter.name_en,
            issued_on=one.letter.issued_on,
            states=[StateOut(state=s.code, vi=s.name_vi, en=s.name_en, reaches=s.reaches) for s in one.states],
        )


class IndicatorsOut(BaseModel):
    """All indicators."""

    indicators: list[IndicatorOut]


class CountOut(BaseModel):
    """A count between the two; `at_most` null: a part is missing, so nothing bounds it above."""

    at_least: int
    at_most: int | None

    @classmethod
    def of(cls, count: Count | None) -> "CountOut | None":
        return None if count is None else cls(at_least=count.at_least, at_most=count.at_most)


class FlagOut(BaseModel):
    """What does not add up, as published."""

    code: str
    vi: str
    en: str

    @classmethod
    def of(cls, flag: Flag) -> "FlagOut":
        return cls(code=flag.code, vi=sentence(flag, "vi"), en=sentence(flag, "en"))


class FigureOut(BaseModel):
    """How one subject stands. `parts_known` of `parts`: units as published that make it up."""

    subject_kind: SubjectKind
    subject: str
    unit_code: str | None
    level: CountedLevel
    basis: Basis
    on_date: date | None = Field(description="Day of the figure itself.")
    exact: bool = Field(description="False: the source says only the year, of which `on_date` is the last day.")
    done: CountOut | None
    total: CountOut | None
    share: float | None
    state: str | None
    states: dict[str, int] = Field(description="States of its parts.")
    reached: bool | None
    reached_on: date | None
    due: str = Field(description="Due date as published: a day, a quarter or a year.")
    due_from: date | None
    due_on: date | None
    timing: Timing
    days_late: int
    parts: int
    parts_known: int
    listed: bool = Field(description="False: the source means it by every other province.")
    lead: str
    note: str
    flags: list[FlagOut]
    version: int
    source: str

    @classmethod
    def of(cls, one: Figure) -> "FigureOut":
        plain = {
            name: getattr(one, name)
            for name in cls.model_fields
            if name not in {"done", "total", "flags", "due", "states"}
        }
        return cls(
            **plain,
            done=CountOut.of(one.done),
            total=CountOut.of(one.total),
            flags=[FlagOut.of(flag) for flag in one.flags],
            due=one.due_text,
            states=dict(one.states),
        )


class IndicatorAsked(BaseModel):
    """What every answer says of itself."""

    indicator: IndicatorOut
    effective_on: date
    known_at: AwareDatetime | None
    division: str | None = Field(description="Null: units as published.")


class FiguresOut(IndicatorAsked):
    """An indicator subject by subject."""

    values: list[FigureOut]

    @classmethod
    def of(cls, found: Figures) -> "FiguresOut":
        return cls(**_asked(found), values=[FigureOut.of(one) for one in found.figures])


class TotalsOut(BaseModel):
    """Subjects of one kind at one level together."""

    subject_kind: SubjectKind
    level: CountedLevel
    subjects: int
    done: CountOut | None
    total: CountOut | None
    share: float | None
    reached: int
    states: dict[str, int]
    timings: dict[Timing, int]
    flagged: int
    unlisted: int
    without_basis: int

    @classmethod
    def of(cls, one: Totals) -> "TotalsOut":
        plain = {name: getattr(one, name) for name in cls.model_fields if name not in {"done", "total"}}
        return cls(**plain, done=CountOut.of(one.done), total=CountOut.of(one.total))


class SummaryOut(IndicatorAsked):
    """An indicator, all subjects together."""

    on_date: date | None
    exact: bool
    totals: list[TotalsOut]

    @classmethod
    def of(cls, found: Summary) -> "SummaryOut":
        totals = [TotalsOut.of(one) for one in found.totals]
        return cls(**_asked(found), on_date=found.on_date, exact=found.exact, totals=totals)


class VersionOut(BaseModel):
    """One version of a value; `by` is told to people of the ministry."""

    subject: str
    level: CountedLevel
    on_date: date
    version: int
    recorded_at: AwareDatetime
    done: int | None
    total: int | None
    remaining: int | None
    state: str | None
    due: str
    reached_on: date | None
    source: str
    reason: str
    by: str | None

    @classmethod
    def of(cls, one: Value, *, named: bool) -> "VersionOut":
        plain = {name: getattr(one, name) for name in cls.model_fields if name not in {"due", "by"}}
        return cls(**plain, due=one.due_text, by=one.by if named else None)


class VersionsOut(BaseModel):
    """Every version of the values that were corrected, the newest first."""

    versions: list[VersionOut]


class FindingOut(BaseModel):
    """What is wrong with a row, or to be known of it."""

    code: str
    refuses: bool
    vi: str
    en: str


class DraftRow(BaseModel):
    """What recording a row would do."""

    row: int
    change: Change
    subject: str
    level: CountedLevel | None
    on_date: date | None
    findings: list[FindingOut]

    @classmethod
    def of(cls, one: Row) -> "DraftRow":
        entry = one.entry
        return cls(
            row=one.row_no,
            change=one.change,
            subject=entry.subject if entry else one.sent.get("subject", ""),
            level=entry.level if entry else None,
            on_date=entry.on_date if entry else None,
            findings=[
                FindingOut(code=f.code, refuses=f.refuses, vi=sentence(f, "vi"), en=sentence(f, "en"))
                for f in one.findings
            ],
        )


class DraftOut(BaseModel):
    """A table that was looked at and counts for nothing yet."""

    upload: UUID | None
    indicator: str
    on_date: date
    source: str
    file_name: str
    recordable: bool
    counts: dict[Change, int]
    rows: list[DraftRow]

    @classmethod
    def of(cls, draft: Draft) -> "DraftOut":
        return cls(
            upload=draft.upload_uid,
            indicator=draft.indicator.code,
            on_date=draft.on_date,
            source=draft.source,
            file_name=draft.file_name,
            recordable=draft.recordable,
            counts={one: draft.count(one) for one in Change},
            rows=[DraftRow.of(one) for one in draft.rows],
        )


class RecordedOut(BaseModel):
    """What was recorded; `upload` null: the table said what stands already."""

    upload: UUID | None
    new: int
    changed: int
    unchanged: int

    @classmethod
    def of(cls, one: Recorded) -> "RecordedOut":
        return cls(upload=one.upload_uid, new=one.new, changed=one.changed, unchanged=one.unchanged)


def _asked(found: Figures | Summary) -> dict[str, object]:
    return {
        "indicator": IndicatorOut.of(found.indicator),
        "effective_on": found.effective_on,
        "known_at": found.known_at,
        "division": found.division,
    }
