"""Figures of coverage, as sent: with day, division and register, and bounds where a split is unresolved."""

from datetime import date
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.text import Day, DivisionCode, Moment, UnitCode
from landdata.model.coverage import Bounded, Coverage, UnitCoverage
from landdata.model.units import Level


class CoverageQuery(BaseModel):
    """What is asked; an unknown parameter is refused, for a misspelt one would change the figure."""

    model_config = ConfigDict(extra="forbid")

    effective_on: Day | None = Field(None, description="Day in Vietnam; today when left out.", examples=["2023-03-28"])
    on: Day | None = Field(None, description="Earlier name of `effective_on`.", deprecated=True)
    division: DivisionCode | None = Field(None, description="Division of the country; the one in force when left out.")
    known_at: Moment | None = Field(None, description="As it was known then, with a time zone; now when left out.")

    @model_validator(mode="after")
    def _one_day(self) -> Self:
        if self.effective_on is not None and self.named_on is not None and self.effective_on != self.named_on:
            raise PydanticCustomError("one_day", "effective_on and on name different days")
        return self

    @property
    def named_on(self) -> date | None:
        """The day under its earlier name."""
        found: date | None = self.__dict__["on"]  # not by its name: that warns whoever reads it
        return found

    @property
    def day(self) -> date | None:
        """The day asked about; None for today."""
        return self.effective_on or self.named_on


class UnitCoverageQuery(CoverageQuery):
    """The same, for the units of a level."""

    level: Level
    parent: UnitCode | None = Field(None, description="Code of the province or district they lie in.")


class Count(BaseModel):
    """A count that certainly lies between the two; they differ where a split commune is unresolved."""

    at_least: int
    at_most: int

    @classmethod
    def of(cls, count: Bounded) -> "Count":
        return cls(at_least=count.at_least, at_most=count.at_most)


class LevelOut(BaseModel):
    """Connected units of a level, of all units of that level in the register."""

    level: Level
    connected: Count
    total: int


class Asked(BaseModel):
    """What every figure says of itself."""

    on: date
    division: str
    register_on: date = Field(description="Day whose register of units is meant.")
    known_at: AwareDatetime | None
    rule: int = Field(description="Version of the rule of CONNECTED that it was counted by; see `/v1/coverage/rungs`.")
    backfilled: bool = Field(description="Whether a figure rests on a back-dated delivery.")
    simulated: bool = Field(description="Made-up demonstration data.")


class CoverageOut(Asked):
    """The national summary."""

    levels: list[LevelOut]
    parcels: int
    certificates: int
    holders: int

    @classmethod
    def of(cls, found: Coverage, *, simulated: bool) -> "CoverageOut":
        return cls(
            **asked(found, simulated=simulated).model_dump(),
            levels=[
                LevelOut(level=one.level, connected=Count.of(one.connected), total=one.total) for one in found.levels
            ],
            parcels=found.parcels,
            certificates=found.certificates,
            holders=found.holders,
        )


class UnitCoverageOut(BaseModel):
    """One unit's row."""

    level: Level
    code: str
    name: str
    full_name: str
    connected: Count = Field(description="0 to 1: the unit itself.")
    districts_connected: Count
    districts_total: int
    communes_connected: Count
    communes_total: int
    parcels: Count
    certificates: Count
    holders: Count
    refused_share: float | None = Field(description="Refused rows of read rows; null before the first delivery.")
    last_effective_on: date | None
    last_recorded_at: AwareDatetime | None

    @classmethod
    def of(cls, row: UnitCoverage) -> "UnitCoverageOut":
        return cls(
            level=row.level,
            code=row.code,
            name=row.name_vi,
            full_name=row.full_name_vi,
            connected=Count.of(row.connected),
            districts_connected=Count.of(row.districts_connected),
            districts_total=row.districts_total,
            communes_connected=Count.of(row.communes_connected),
            communes_total=row.communes_total,
            parcels=Count.of(row.parcels),
            certificates=Count.of(row.certificates),
            holders=Count.of(row.holders),
            refused_share=row.refused_share,
            last_effective_on=row.last_effective_on,
            last_recorded_at=row.last_recorded_at,
        )


class UnitsCoverageOut(Asked):
    """Every unit of a level."""

    level: Level
    parent: str | None
    units: list[UnitCoverageOut]


def asked(found: Coverage, *, simulated: bool) -> Asked:
    """What a figure was asked for, as it was understood."""
    return Asked(
        on=found.on,
        division=found.division,
        register_on=found.register_on,
        known_at=found.known_at,
        rule=found.rule,
        backfilled=found.backfilled,
        simulated=simulated,
    )
