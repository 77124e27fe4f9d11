"""Why a figure of coverage moved, as sent: both states, their difference, and causes whose parts add up to it."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas.coverage import Count
from api.schemas.text import Day, DivisionCode, Moment, UnitCode
from landdata.model.movements import CAUSES, NAMES, Cause, CauseKind, Figures, Movement, State, UnitMoved
from landdata.model.units import Level


class MovementQuery(BaseModel):
    """What is asked; an unknown parameter is refused, for a misspelt one would change the figure."""

    model_config = ConfigDict(extra="forbid")

    from_: Day = Field(alias="from", description="First day, in Vietnam.", examples=["2023-03-01"])
    to: Day | None = Field(None, description="Second day; today when left out.", examples=["2023-03-28"])
    from_known_at: Moment | None = Field(None, description="First day as it was known then; now when left out.")
    to_known_at: Moment | None = Field(None, description="Second day as it was known then; now when left out.")
    division: DivisionCode | None = Field(
        None, description="Division both are read in; each in the one in force on its day when left out."
    )
    from_division: DivisionCode | None = Field(None, description="Division of the first day, where it is another.")
    unit: UnitCode | None = Field(
        None, description="Code of a province, district or commune; the country when left out."
    )
    level: Level | None = Field(None, description="Only causes that connected or cut off a unit of this level.")
    first: int = Field(1, ge=1, le=100_000_000, description="Place of the first cause to be told.")
    limit: int = Field(200, ge=1, le=1000, description="How many causes at most.")


class FiguresOut(BaseModel):
    """Connected units by level and what they hold; of a movement, by how much, and then a number may be negative."""

    provinces: Count
    districts: Count
    communes: Count
    parcels: Count
    certificates: Count
    holders: Count

    @classmethod
    def of(cls, figures: Figures) -> "FiguresOut":
        return cls(**{name: Count.of(one) for name, one in zip(NAMES, figures.all(), strict=True)})


class StateOut(BaseModel):
    """A figure as it was asked for and understood."""

    on: date
    known_at: AwareDatetime | None
    division: str
    register_on: date = Field(description="Day whose register of units is meant.")
    unit_name: str | None = Field(
        description="What the code means there; null for the country, or where it means nothing."
    )
    figures: FiguresOut

    @classmethod
    def of(cls, state: State) -> "StateOut":
        return cls(
            on=state.on,
            known_at=state.known_at,
            division=state.division,
            register_on=state.register_on,
            unit_name=state.unit_name,
            figures=FiguresOut.of(state.figures),
        )


class UnitMovedOut(BaseModel):
    """A unit that came to be connected (1) or ceased to be (-1), for certain and possibly."""

    level: Level
    code: str
    name: str
    moved: Count

    @classmethod
    def of(cls, unit: UnitMoved) -> "UnitMovedOut":
        return cls(level=unit.level, code=unit.code, name=unit.name_vi, moved=Count.of(unit.moved))


class CauseOut(BaseModel):
    """One cause with its part of the difference. What does not apply to its kind is null."""

    place: int
    kind: CauseKind
    vi: str
    en: str
    effective_on: date
    recorded_at: AwareDatetime | None
    delivery: UUID | None = Field(
        description="For people of the ministry, and for the office whose it is; so the next two."
    )
    office: str | None
    office_name: str | None
    resolution: str | None = Field(
        description="The resolution that rearranged units, the reason for a rule; that for a mending only the ministry is told."
    )
    backfilled: bool
    simulated: bool
    undone: bool = Field(description="It counts in the first state and not in the second.")
    moved: FiguresOut
    units: list[UnitMovedOut]

    @classmethod
    def of(cls, cause: Cause) -> "CauseOut":
        vi, en = CAUSES[cause.kind]
        return cls(
            place=cause.place,
            kind=cause.kind,
            vi=vi,
            en=en,
            effective_on=cause.effective_on,
            recorded_at=cause.recorded_at,
            delivery=cause.delivery_uid,
            office=cause.office_code,
            office_name=cause.office_name_vi,
            resolution=cause.resolution,
            backfilled=cause.backfilled,
            simulated=cause.simulated,
            undone=cause.undone,
            moved=FiguresOut.of(cause.moved),
            units=[UnitMovedOut.of(one) for one in cause.units],
        )


class MovementOut(BaseModel):
    """Both states, their difference, and causes; the parts of all causes add up to the difference exactly."""

    unit: str | None
    level: Level | None
    simulated: bool = Field(description="Made-up demonstration data.")
    before: StateOut
    after: StateOut
    difference: FiguresOut
    causes_total: int
    next: int | None = Field(description="`first` of the next page; null when these are the last.")
    causes: list[CauseOut]

    @classmethod
    def of(cls, found: Movement, *, simulated: bool) -> "MovementOut":
        return cls(
            unit=found.unit,
            level=found.level,
            simulated=simulated,
            before=StateOut.of(found.before),
            after=StateOut.of(found.after),
            difference=FiguresOut.of(found.difference),
            causes_total=found.causes_total,
            next=found.next_place,
            causes=[CauseOut.of(one) for one in found.causes],
        )
