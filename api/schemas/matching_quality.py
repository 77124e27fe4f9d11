"""Figures of matching, as sent: counts of claims, never anything about one person."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.text import Day, DivisionCode, UnitCode
from landdata.model.matching_quality import SIGNS, Drift, Quality, QualityList, UnitQuality
from landdata.model.units import Level


class QualityQuery(BaseModel):
    """What is asked; an unknown parameter is refused, for a misspelt one would change the figure."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = Field(None, description="Day in Vietnam; today when left out.", examples=["2026-11-22"])
    since: Day | None = Field(None, description="An earlier day to compare with; none when left out.")
    level: Level = Field(Level.PROVINCE, description="Units to be listed.")
    division: DivisionCode | None = Field(None, description="Division of the country; the one in force when left out.")
    parent: UnitCode | None = Field(None, description="Code of the province or district they lie in.")


class SignOut(BaseModel):
    """A sign of invented data: a reason to look, never a proof."""

    code: str
    vi: str
    en: str
    found: int
    of: int
    share: float | None


class QualityCounts(BaseModel):
    """Claims of holders on record by what became of them, each once a commune."""

    claims: int
    verified: int
    mismatch: int
    not_found: int
    incomplete: int
    ambiguous: int
    pending: int
    left_out: int = Field(description="Claims of split communes that may lie here or not; in no other figure.")
    match_rate: float | None = Field(description="Verified of those that are not pending; null where there are none.")
    reasons: dict[str, int] = Field(description="Claims that are not verified by reason code, the most frequent first.")
    signs: list[SignOut]

    @classmethod
    def of(cls, quality: Quality) -> "QualityCounts":
        return cls(
            claims=quality.claims,
            verified=quality.verified,
            mismatch=quality.mismatch,
            not_found=quality.not_found,
            incomplete=quality.incomplete,
            ambiguous=quality.ambiguous,
            pending=quality.pending,
            left_out=quality.left_out,
            match_rate=quality.rate,
            reasons=dict(quality.reasons),
            signs=[
                SignOut(code=code, vi=sign.vi, en=sign.en, found=seen.found, of=seen.of, share=seen.share)
                for code, sign in SIGNS.items()
                if (seen := quality.signs.get(code)) is not None
            ],
        )


class ChangeOut(BaseModel):
    """How the match rate moved since the other day."""

    match_rate: float = Field(description="The rate less the earlier one.")
    deviations: float = Field(description="The same in standard deviations of two shares (two-proportion z).")
    drift: Drift = Field(description="UP or DOWN from 3 deviations and 0.02 on; otherwise STEADY.")


class UnitQualityOut(BaseModel):
    """One unit's row."""

    level: Level
    code: str
    name: str
    full_name: str
    now: QualityCounts
    before: QualityCounts | None
    change: ChangeOut | None

    @classmethod
    def of(cls, row: UnitQuality) -> "UnitQualityOut":
        change = row.change
        return cls(
            level=row.level,
            code=row.code,
            name=row.name_vi,
            full_name=row.full_name_vi,
            now=QualityCounts.of(row.now),
            before=None if row.before is None else QualityCounts.of(row.before),
            change=None
            if change is None
            else ChangeOut(match_rate=change.rate, deviations=change.deviations, drift=change.drift),
        )


class QualityOut(BaseModel):
    """Every unit of a level with figures."""

    on: date
    since: date | None
    division: str
    register_on: date = Field(description="Day whose register of units is meant.")
    level: Level
    simulated: bool = Field(description="Made-up demonstration data.")
    units: list[UnitQualityOut]

    @classmethod
    def of(cls, found: QualityList, *, simulated: bool) -> "QualityOut":
        return cls(
            on=found.on,
            since=found.since,
            division=found.division,
            register_on=found.register_on,
            level=found.level,
            simulated=simulated,
            units=[UnitQualityOut.of(one) for one in found.units],
        )
