"""Deliveries: what a land office declares, the states a delivery lives through, findings and the ledger; no input or output."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Profile(StrEnum):
    """Shape of the rows."""

    FLAT = "flat"


class Format(StrEnum):
    """Carriers that can be read, found by looking at the content, never by the name."""

    GEOPACKAGE = "gpkg"
    SHAPEFILE = "shp.zip"
    GEOJSON = "geojson"
    FLATGEOBUF = "fgb"
    GML = "gml"
    CSV = "csv"
    XLSX = "xlsx"

    @property
    def is_table(self) -> bool:
        """A table has its geometry as text, or none of its own and a map layer beside it."""
        return self in {Format.CSV, Format.XLSX}


class Kind(StrEnum):
    """What the rows stand for."""

    FULL = "full"


class State(StrEnum):
    """Life of a delivery."""

    RECEIVED = "RECEIVED"  # bytes kept, nothing read yet
    READ = "READ"  # rows read and checked one by one
    CHECKED = "CHECKED"  # compared with what is on record
    WAITING = "WAITING"  # a second person must agree before some communes are published
    PUBLISHED = "PUBLISHED"
    REFUSED = "REFUSED"  # nothing of it was taken
    WITHDRAWN = "WITHDRAWN"

    @property
    def final(self) -> bool:
        return self in {State.PUBLISHED, State.REFUSED, State.WITHDRAWN, State.WAITING}


class Severity(StrEnum):
    """What a finding does."""

    REFUSES_DELIVERY = "REFUSES_DELIVERY"
    WAITS = "WAITS"  # a doubt about the delivery as a whole: a second person has to look
    REFUSES_RECORD = "REFUSES_RECORD"
    WARNING = "WARNING"
    REPAIRED = "REPAIRED"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the office says about a file. `effective_on` None: the day of publication; `epsg` None: as the file says."""

    idempotency_key: str
    file_name: str
    kind: Kind = Kind.FULL
    profile: Profile = Profile.FLAT
    effective_on: date | None = None
    epsg: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a check. `row_no` counts from 1 as in the file; `details` fill the sentences, nothing personal."""

    code: str
    severity: Severity
    layer: str
    row_no: int | None
    details: dict[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """Where the rows of one layer went: `rows_read` is the sum of the other four."""

    layer: str
    rows_read: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_refused: int
    records_refused: int
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommuneLine:
    """What a delivery did in one commune: after = before + new - retired."""

    unit_id: int
    code: str
    name_vi: str
    parcels_before: int
    parcels_new: int
    parcels_retired: int
    parcels_after: int
    published: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a delivery; `repeated` says that the same key, bytes and declarations had come before."""

    delivery_uid: UUID
    state: State
    sha256: str
    size_bytes: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery as its office sees it. `findings` holds the first 1,000; `findings_total` counts all."""

    delivery_uid: UUID
    office_code: str
    file_name: str
    format: str | None
    kind: Kind
    effective_on: date
    recorded_at: datetime
    finished_at: datetime | None
    state: State
    backfilled: bool
    refusal: dict[str, str | int | float] | None
    ledger: tuple[LedgerLine, ...]
    communes: tuple[CommuneLine, ...]
    findings: tuple[Finding, ...]
    findings_total: int
    progress_done: int
    progress_total: int
