"""The ladder of coverage and its course over time, as sent: counts of units and records, never anything about one person."""

from datetime import date
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas.coverage import Count, CoverageQuery, LevelOut
from api.schemas.text import Day, DivisionCode, Moment, UnitCode
from landdata.model.coverage import Bounded, LevelCoverage
from landdata.model.coverage_rules import Rule, Rung
from landdata.model.ladder import Ladder, RungFigure, RungTerms, UnitLadder
from landdata.model.series import Point, Published, Series, Step
from landdata.model.units import Level


class LadderQuery(CoverageQuery):
    """What is asked; without a unit and a level it is the country."""

    unit: UnitCode | None = Field(
        None, description="Code of the one unit asked about; with `level` where it is not clear."
    )
    level: Level | None = Field(None, description="Level of the units to be listed.")
    parent: UnitCode | None = Field(None, description="Code of the province or district they lie in.")
    rung: Rung | None = Field(None, description="One rung; all that the caller may see when left out.")


class RungOut(BaseModel):
    """One rung in one unit. `basis` false: nothing is known that could say, and no count means zero."""

    rung: Rung
    rule: int = Field(description="Version of the rule it was counted by.")
    basis: bool
    stands: Count | None = Field(description="0 to 1: the unit itself; null for the country.")
    levels: list[LevelOut] = Field(description="Units in it that stand on the rung.")
    communes_based: int = Field(description="Communes of which something is known.")
    numerator: int | None
    denominator: int | None
    share: float | None
    parcels: Count | None = Field(description="On record in the communes that stand on the rung; so the next two.")
    certificates: Count | None
    holders: Count | None

    @classmethod
    def of(cls, figure: RungFigure) -> Self:
        basis = bool(figure.levels) or figure.stands is not None

        def amount(count: Bounded) -> Count | None:
            return Count.of(count) if basis else None

        return cls(
            rung=figure.rung,
            rule=figure.rule,
            basis=basis,
            stands=None if figure.stands is None else Count.of(figure.stands),
            levels=_levels(figure.levels),
            communes_based=figure.based,
            numerator=figure.numerator,
            denominator=figure.denominator,
            share=figure.share,
            parcels=amount(figure.parcels),
            certificates=amount(figure.certificates),
            holders=amount(figure.holders),
        )


class UnitLadderOut(BaseModel):
    """A unit with its rungs, the lowest first. The country has no code."""

    level: str
    code: str
    name: str
    full_name: str
    rungs: list[RungOut]

    @classmethod
    def of(cls, unit: UnitLadder) -> Self:
        return cls(
            level=unit.level,
            code=unit.code,
            name=unit.name_vi,
            full_name=unit.full_name_vi,
            rungs=[RungOut.of(one) for one in unit.rungs],
        )


class LadderOut(BaseModel):
    """The units asked about."""

    on: date
    division: str
    register_on: date = Field(description="Day whose register of units is meant.")
    known_at: AwareDatetime | None
    simulated: bool = Field(description="Made-up demonstration data.")
    level: str
    units: list[UnitLadderOut]

    @classmethod
    def of(cls, found: Ladder, *, simulated: bool) -> Self:
        return cls(
            on=found.on,
            division=found.division,
            register_on=found.register_on,
            known_at=found.known_at,
            simulated=simulated,
            level=found.level,
            units=[UnitLadderOut.of(one) for one in found.units],
        )


class RuleOut(BaseModel):
    """A version of what a rung takes; a later one with the same first day stands in its place."""

    rule: int
    effective_from: date | None = Field(description="First day counted by it; null: from the start.")
    recorded_at: AwareDatetime
    within_days: int | None
    commune_share: float | None
    district_communes: int
    district_share: float | None
    province_communes: int
    province_share: float | None
    reason: str

    @classmethod
    def of(cls, rule: Rule) -> Self:
        return cls(
            rule=rule.rule_id,
            effective_from=None if rule.effective_from == date.min else rule.effective_from,
            recorded_at=rule.recorded_at,
            reason=rule.reason,
            **{name: getattr(rule.terms, name) for name in rule.terms.__dataclass_fields__},
        )


class RungTermsOut(BaseModel):
    """What a rung means, and every version of its rule, in the order in which they were recorded."""

    rung: Rung
    vi: str
    en: str
    formula_vi: str
    formula_en: str
    numerator: str
    denominator: str
    public: bool
    rules: list[RuleOut]

    @classmethod
    def of(cls, terms: RungTerms, rules: tuple[Rule, ...]) -> Self:
        return cls(
            rung=terms.rung,
            vi=terms.name_vi,
            en=terms.name_en,
            formula_vi=terms.formula_vi,
            formula_en=terms.formula_en,
            numerator=terms.numerator,
            denominator=terms.denominator,
            public=terms.public,
            rules=[RuleOut.of(one) for one in rules if one.rung is terms.rung],
        )


class RungsOut(BaseModel):
    """The ladder, the lowest rung first."""

    rungs: list[RungTermsOut]


class SeriesQuery(BaseModel):
    """What is asked; an unknown parameter is refused, for a misspelt one would change the figures."""

    model_config = ConfigDict(extra="forbid")

    first: Day | None = Field(None, alias="from", description="First day; two years before the last when left out.")
    last: Day | None = Field(None, alias="to", description="Last day; today when left out.", examples=["2023-03-28"])
    step: Step = Field(Step.MONTH, description="From point to point; months end with their last day.")
    unit: UnitCode | None = Field(None, description="Code of a unit; the country when left out.")
    division: DivisionCode | None = Field(None, description="Division for all days; each day's own when left out.")
    known_at: Moment | None = Field(None, description="As it was known then, with a time zone; now when left out.")


class PointOut(BaseModel):
    """One day, counted."""

    on: date
    register_from: date | None = Field(description="First day of the register it is told in.")
    rule: int
    levels: list[LevelOut]
    parcels: Count
    certificates: Count
    holders: Count

    @classmethod
    def of(cls, point: Point) -> Self:
        return cls(
            on=point.on,
            register_from=point.register_from,
            rule=point.rule,
            levels=_levels(point.levels),
            parcels=Count.of(point.parcels),
            certificates=Count.of(point.certificates),
            holders=Count.of(point.holders),
        )


class BreakOut(BaseModel):
    """From this day on the country is divided otherwise; no line leads across."""

    on: date
    division: str
    vi: str
    en: str


class ToldOut(BaseModel):
    """Connected and total as published; null where the source tells nothing."""

    connected: int | None
    total: int | None


class PublishedOut(BaseModel):
    """A figure as others published it, in their own way to count."""

    on: date
    exact: bool = Field(description="Whether the day is known; otherwise it is the first of the month.")
    dated: str
    scope: str
    vi: str
    en: str
    source: str
    provinces: ToldOut
    districts: ToldOut
    communes: ToldOut
    parcels_million: str
    note: str
    confidence: str

    @classmethod
    def of(cls, told: Published) -> Self:
        same = ("on", "exact", "dated", "scope", "source", "parcels_million", "note", "confidence")
        levels = ("provinces", "districts", "communes")
        pairs = {name: getattr(told, name) for name in levels}
        return cls(
            vi=told.name_vi,
            en=told.name_en,
            **{name: getattr(told, name) for name in same},
            **{name: ToldOut(connected=pair[0], total=pair[1]) for name, pair in pairs.items()},
        )


class SeriesOut(BaseModel):
    """Counted points and, in a list of their own, published figures."""

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    step: Step
    division: str | None = Field(description="Division of all points; null: each day's own.")
    unit: str = Field(description="Code of the unit; empty for the country.")
    known_at: AwareDatetime | None
    simulated: bool = Field(description="Made-up demonstration data.")
    points: list[PointOut]
    breaks: list[BreakOut]
    published: list[PublishedOut]

    @classmethod
    def of(cls, found: Series, *, simulated: bool) -> Self:
        return cls(
            first=found.first,
            last=found.last,
            step=found.step,
            division=found.division,
            unit=found.unit,
            known_at=found.known_at,
            simulated=simulated,
            points=[PointOut.of(one) for one in found.points],
            breaks=[BreakOut(on=one.on, division=one.division, vi=one.name_vi, en=one.name_en) for one in found.breaks],
            published=[PublishedOut.of(one) for one in found.published],
        )


def _levels(levels: tuple[LevelCoverage, ...]) -> list[LevelOut]:
    return [LevelOut(level=one.level, connected=Count.of(one.connected), total=one.total) for one in levels]
