"""Administrative units and their succession, as sent."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.text import Day, UnitCode
from landdata.model.units import Extent, Level, Succession, SuccessionKind, Unit


class DayQuery(BaseModel):
    """The day asked about; an unknown parameter is refused, for a misspelt one would change the answer."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = Field(None, description="Day in Vietnam; today when left out.", examples=["2023-03-28"])


class UnitOut(BaseModel):
    """One version of a unit, valid on valid_from <= day < valid_to."""

    level: Level
    code: UnitCode
    name: str = Field(examples=["Bắc Giang"])
    name_ascii: str
    type: str = Field(examples=["Tỉnh"])
    full_name: str = Field(examples=["Tỉnh Bắc Giang"])
    parent_code: str | None
    valid_from: date | None = Field(description="Null: in force before the first known change.")
    valid_to: date | None = Field(description="First day no longer valid; null: still in force.")

    @classmethod
    def of(cls, unit: Unit) -> "UnitOut":
        return cls(
            level=unit.level,
            code=unit.code,
            name=unit.name_vi,
            name_ascii=unit.name_ascii,
            type=unit.type_vi,
            full_name=unit.full_name_vi,
            parent_code=unit.parent_code,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
        )


class UnitOnDay(BaseModel):
    """What a code meant on a day."""

    on: date
    unit: UnitOut


class UnitVersions(BaseModel):
    """Every version that ever had a code, oldest first."""

    level: Level
    code: UnitCode
    versions: list[UnitOut]


class SuccessionOut(BaseModel):
    """One step from an old version to a new one."""

    kind: SuccessionKind
    effective_on: date
    extent: Extent = Field(description="How much of the old unit went into the new one.")
    old: UnitOut | None = Field(description="Null: newly created.")
    new: UnitOut | None = Field(description="Null: abolished, or not determined.")
    legal_ref: str
    confidence: str
    note: str

    @classmethod
    def of(cls, step: Succession) -> "SuccessionOut":
        return cls(
            kind=step.kind,
            effective_on=step.effective_on,
            extent=step.extent,
            old=None if step.old is None else UnitOut.of(step.old),
            new=None if step.new is None else UnitOut.of(step.new),
            legal_ref=step.legal_ref,
            confidence=step.confidence,
            note=step.note,
        )


class Steps(BaseModel):
    """The steps that lead away from a unit of a day, or to it."""

    on: date
    level: Level
    code: UnitCode
    steps: list[SuccessionOut]
