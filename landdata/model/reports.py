"""Reports for the ministry: what was asked for, what one holds, and how its files are named; no input or output."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

from landdata.model.coverage import Bounded
from landdata.model.coverage_rules import Rung
from landdata.model.movements import CauseKind, Figures
from landdata.model.sources import State
from landdata.model.units import Level

# Days of reports are Vietnam's.
VIETNAM = timezone(timedelta(hours=7))


class Kind(StrEnum):
    """Why a report was made."""

    QUARTERLY = "QUARTERLY"
    ON_DEMAND = "ON_DEMAND"


class Language(StrEnum):
    """Each report is a whole document in each of them."""

    VI = "vi"
    EN = "en"


class Form(StrEnum):
    """A form that a report is had in; the value is the ending of its file's name."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv.zip"
    LETTERS = "letters.zip"
    FIGURES = "json"


class Step(StrEnum):
    """What making a report goes through, in this order; each is done once in effect."""

    FIGURES = "FIGURES"  # everything is read and kept
    VI = "VI"  # the Vietnamese files are written, signed and kept
    EN = "EN"  # and the English ones


def file_name(language: Language | None, form: Form) -> str:
    """`vi.pdf`; figures have no language."""
    return f"{language.value}.{form.value}" if language else f"figures.{form.value}"


# Letters go to departments, which write and read Vietnamese.
NAMES = (
    *(
        file_name(language, form)
        for language in Language
        for form in Form
        if form is not Form.FIGURES and (form is not Form.LETTERS or language is Language.VI)
    ),
    file_name(None, Form.FIGURES),
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two states a report compares: all that decides its figures."""

    on: date
    known_at: datetime
    division: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report as it was asked for. `first`: first day of the period; `against`: number of the report compared with."""

    kind: Kind
    first: date
    now: Side
    before: Side
    against: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a report; the hash is of its bytes, and its name on disk."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it stands in the books; `made_at` None: it is not made yet, and `steps` says how far it is.

    `content_sha256`: of the figures alone, so two reports with equal ones are equal in everything they tell.
    """

    number: int
    wanted: Wanted
    login: str | None
    asked_at: datetime
    made_at: datetime | None
    rule: int | None
    content_sha256: str | None
    signer: str | None
    files: tuple[Kept, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def title_day(self) -> date:
        return self.wanted.now.on

    def file(self, name: str) -> Kept | None:
        return next((one for one in self.files if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure that leads the report. `total` None: a count of no total."""

    name: str  # provinces, districts, communes, parcels, certificates, holders
    now: Bounded
    before: Bounded
    total: int | None
    total_before: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """What all causes of one kind add up to."""

    kind: CauseKind
    causes: int
    offices: int
    moved: Figures


@dataclass(frozen=True, slots=True)
class Told:
    """One cause. `units`: districts and provinces that came to be connected by it, or ceased to."""

    kind: CauseKind
    effective_on: date
    office_code: str | None
    office_name: str | None
    office_name_en: str | None
    delivery: str
    reason: str
    undone: bool
    backfilled: bool
    moved: Figures


@dataclass(frozen=True, slots=True)
class RungCount:
    """Communes that stand on a rung; None: no basis. `share`: of what the rung counts, 0..1, where it is a share."""

    rung: Rung
    communes: Bounded | None
    based: int
    share: float | None
    before: Bounded | None = None
    rule: int = 0


@dataclass(frozen=True, slots=True)
class RungSaid:
    """A rung in words."""

    rung: Rung
    name_vi: str
    name_en: str
    formula_vi: str
    formula_en: str


@dataclass(frozen=True, slots=True)
class ProvinceRow:
    """A province in the league table; equal shares have equal ranks."""

    rank: int
    code: str
    name: str
    full_name: str
    heirs: tuple[str, ...]  # what it is now, where the division is not today's
    connected: Bounded
    connected_before: Bounded
    districts: Bounded
    districts_total: int
    communes: Bounded
    communes_before: Bounded
    communes_total: int
    parcels: Bounded
    parcels_before: Bounded
    certificates: Bounded
    refused_share: float | None
    last_on: date | None
    rungs: tuple[RungCount, ...]

    @property
    def share(self) -> float:
        """Communes that are connected for certain, 0..1."""
        return self.communes.at_least / self.communes_total if self.communes_total else 0.0

    def rung(self, rung: Rung) -> RungCount:
        return next(one for one in self.rungs if one.rung is rung)


@dataclass(frozen=True, slots=True)
class Missing:
    """A unit that is not connected for certain; `possible`: it may be, a split commune leaves that open.

    `communes`: how many lie in it; a district without any cannot connect. `due_on`: when its province's source is due.
    """

    level: Level
    code: str
    name: str
    district: str
    province_code: str
    province: str
    possible: bool
    communes: int
    due_on: date | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A land office as a source, as it was known; `province_codes` in the division of the report."""

    office_code: str
    name_vi: str
    name_en: str
    province_codes: tuple[str, ...]
    state: State
    last_on: date | None
    cadence_days: int | None
    due_on: date | None
    days_late: int
    contact: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert that was open."""

    rule: str
    vi: str
    en: str
    unit: str
    subject: str
    name_vi: str
    name_en: str
    opened_at: datetime
    value: float
    threshold: float


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator, subjects of one kind at one level together.

    `done`, `total`: the least and, where it is known, the most; `share` 0.., None without a basis. `reached` of `subjects`
    reach the target. `on`: the day of what was published last.
    """

    code: str
    name_vi: str
    name_en: str
    level: str
    on: date | None
    done: tuple[int, int | None] | None
    total: tuple[int, int | None] | None
    share: float | None
    share_before: float | None
    reached: int
    subjects: int
    target_vi: str
    target_en: str
    letter_vi: str
    letter_en: str


@dataclass(frozen=True, slots=True)
class Newly:
    """A province or district that came to be connected (`gained`) or ceased to be."""

    level: Level
    code: str
    name: str
    province: str
    gained: bool


@dataclass(frozen=True, slots=True)
class Content:
    """Every figure of a report, and nothing that depends on when or by whom it was made.

    `has_districts`: whether the division has them. `parts` add up to `difference` exactly, and so do all `causes`.
    """

    wanted: Wanted
    register_on: date
    rule: int
    backfilled: bool
    simulated: bool
    has_districts: bool
    headlines: tuple[Headline, ...]
    difference: Figures
    parts: tuple[Part, ...]
    causes: tuple[Told, ...]
    newly: tuple[Newly, ...]
    rungs: tuple[RungCount, ...]
    rungs_said: tuple[RungSaid, ...]
    provinces: tuple[ProvinceRow, ...]
    missing: tuple[Missing, ...]
    sources: tuple[SourceRow, ...]
    alerts: tuple[AlertRow, ...]
    indicators: tuple[IndicatorRow, ...]

    def headline(self, name: str) -> Headline | None:
        return next((one for one in self.headlines if one.name == name), None)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What signs reports: a private key (PKCS#8), its certificate and those above it, all DER; its subject in words."""

    subject: str
    key: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a signed file says of itself. `known`: its signer is one of those that were expected; `report`: its number here."""

    signer: str
    fingerprint: str
    signed_at: datetime | None
    stamped_at: datetime | None
    known: bool
    report: int | None = None


def quarter_before(day: date) -> tuple[date, date]:
    """First and last day of the last whole quarter before a day."""
    begins = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    last = begins - timedelta(days=1)
    return date(last.year, last.month - 2, 1), last
