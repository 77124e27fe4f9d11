"""Deliveries: what a land office declares, the states a delivery lives through, findings and the ledger; no input or output."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from landdata.model.parcels import Doubt
from landdata.model.progress import Stage


class Profile(StrEnum):
    """Shape of the rows."""

    FLAT = "flat"  # one row for each certificate, parcel, holder and asset
    VBDLIS = "vbdlis"  # the entities of the provincial systems, joined into such rows


class Format(StrEnum):
    """Carriers that can be read, found by looking at the content, never by the name."""

    GEOPACKAGE = "gpkg"
    SHAPEFILE = "shp.zip"
    GEOJSON = "geojson"
    FLATGEOBUF = "fgb"
    GML = "gml"
    CSV = "csv"
    XLSX = "xlsx"
    XML = "xml"  # exchange XML of profile `vbdlis`

    @property
    def is_table(self) -> bool:
        """A table has its geometry as text, or none of its own and a map layer beside it."""
        return self in {Format.CSV, Format.XLSX}


class Kind(StrEnum):
    """What the rows stand for."""

    FULL = "full"  # these communes as they are now: what is not in the file is no more
    CHANGES = "changes"  # these rows, each with an operation; everything else stays


class State(StrEnum):
    """Life of a delivery."""

    RECEIVED = "RECEIVED"  # bytes kept, nothing read yet
    READ = "READ"  # rows read and checked one by one
    CHECKED = "CHECKED"  # judged as a whole; compared with what is on record as it is published
    WAITING = "WAITING"  # a second person must agree before some communes are published
    PUBLISHED = "PUBLISHED"
    SUPERSEDED = "SUPERSEDED"  # shown, never stored: later full deliveries published every commune of it again
    REFUSED = "REFUSED"  # nothing of it was taken
    WITHDRAWN = "WITHDRAWN"

    @property
    def final(self) -> bool:
        return self in {State.PUBLISHED, State.SUPERSEDED, State.REFUSED, State.WITHDRAWN}

    @property
    def at_rest(self) -> bool:
        """Nothing happens any more unless a person does something."""
        return self.final or self is State.WAITING


class CommuneState(StrEnum):
    """Where a delivery stands in one commune."""

    WAITING = "WAITING"  # a second person must look
    APPROVED = "APPROVED"  # looked at; the worker publishes it
    REJECTED = "REJECTED"  # looked at; the worker sends its rows back
    PUBLISHED = "PUBLISHED"
    LEFT = "LEFT"  # left as it was
    WITHDRAWN = "WITHDRAWN"


class Decision(StrEnum):
    """What a second person says about waiting communes."""

    APPROVE = "approve"
    REJECT = "reject"


class Severity(StrEnum):
    """What a finding does."""

    REFUSES_DELIVERY = "REFUSES_DELIVERY"
    WAITS = "WAITS"  # for a second person
    REFUSES_RECORD = "REFUSES_RECORD"
    WARNING = "WARNING"
    REPAIRED = "REPAIRED"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the office says about a file.

    `profile` None: found by looking; `effective_on` None: the day of publication; `epsg` None: as the file says;
    `communes` None: those of its rows.
    """

    idempotency_key: str
    file_name: str
    kind: Kind = Kind.FULL
    profile: Profile | None = None
    effective_on: date | None = None
    epsg: int | None = None
    communes: tuple[str, ...] | None = None


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
    """Where the rows of one layer went: `rows_read` is the sum of new, changed, unchanged, refused and waiting."""

    layer: str
    rows_read: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_refused: int
    records_refused: int
    unknown_columns: tuple[str, ...] = ()
    rows_waiting: int = 0


@dataclass(frozen=True, slots=True)
class CommuneLine:
    """What a delivery did in one commune, or would do while it waits: after = before + new - retired.

    `unclaimed` counts parcels of communes it was formed from that stay there, since no row names them.
    """

    unit_id: int
    code: str
    name_vi: str
    parcels_before: int
    parcels_new: int
    parcels_retired: int
    parcels_after: int
    state: CommuneState
    reasons: tuple[Doubt, ...] = ()
    rows_new: int = 0
    rows_changed: int = 0
    rows_unchanged: int = 0
    rows_held: int = 0
    rows_waiting: int = 0
    unclaimed: int = 0

    @property
    def published(self) -> bool:
        return self.state is CommuneState.PUBLISHED


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a delivery; `repeated` says that the same key, bytes and declarations had come before."""

    delivery_uid: UUID
    state: State
    sha256: str
    size_bytes: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What a person decided about a delivery: APPROVE, REJECT or WITHDRAW, for communes by code."""

    verdict: str
    communes: tuple[str, ...]
    decided_by: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Glance:
    """How far a delivery is: rows `done` of `total` in its stage; `total` 0: nobody knows yet.

    `seconds_left`: until its end, by its pace; `ahead`: how many wait before it. None: not known, or not so.
    """

    state: State
    stage: Stage
    done: int
    total: int
    seconds_left: int | None = None
    ahead: int | None = None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery in a list of them; rows count all layers and are 0 where nothing was compared."""

    delivery_uid: UUID
    office_code: str
    file_name: str
    kind: Kind
    effective_on: date
    recorded_at: datetime
    state: State
    rows_read: int
    rows_refused: int
    rows_waiting: int


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A delivery with communes that wait for a second person."""

    delivery_uid: UUID
    office_code: str
    name_vi: str
    name_en: str
    effective_on: date
    recorded_at: datetime
    communes: int


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
    refusal: dict[str, Any] | None  # `code` and `details`
    ledger: tuple[LedgerLine, ...]
    communes: tuple[CommuneLine, ...]
    findings: tuple[Finding, ...]
    findings_total: int
    progress_done: int
    progress_total: int
    stage: Stage = Stage.RECEIVED
    stage_done: int = 0
    stage_total: int = 0
    seconds_left: int | None = None
    ahead: int | None = None
    profile: Profile | None = None
    named: tuple[str, ...] | None = None
    doubts: tuple[Doubt, ...] = ()
    decisions: tuple[DecisionView, ...] = ()
