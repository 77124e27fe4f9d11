"""Deliveries, as declared and as reported: receipt, ledger, communes, and findings in two languages."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas.decisions import DecisionOut
from api.schemas.text import CommuneCodes, Day, FileName
from landdata.checking.catalogue import CATALOGUE
from landdata.checking.reasons import REASONS
from landdata.errors import all_errors
from landdata.model.deliveries import CommuneState, DeliveryView, Finding, Kind, Profile, Receipt, Severity, State
from landdata.model.progress import Stage

Detail = str | int | float
# A check speaks of a row or a layer, a domain error of the file as a whole.
REFUSALS = {kind.code: kind for kind in all_errors()}


class DeliveryQuery(BaseModel):
    """What the office says about the file."""

    model_config = ConfigDict(extra="forbid")

    file_name: FileName = Field(description="Name of the file, without a folder.", examples=["bac_giang_2023_03.gpkg"])
    kind: Kind = Field(
        Kind.FULL,
        description="full: these communes as they are now; changes: these rows, each with its operation upsert or retire.",
    )
    profile: Profile | None = Field(
        None,
        description="Shape of the rows: flat or vbdlis; found by looking when left out. A file of another one is refused.",
    )
    effective_on: Day | None = Field(
        None, description="Day from which it counts; the day of publication when left out."
    )
    epsg: int | None = Field(None, ge=1024, le=32767, description="VN-2000 zone; as the file says when left out.")
    communes: CommuneCodes | None = Field(
        None,
        description="Codes of the communes it speaks for, by comma; those of its rows when left out. Rows elsewhere are "
        "refused; a named one without an accepted row waits for a second person.",
        examples=["07201,07204"],
    )


class ReceiptOut(BaseModel):
    """The file is kept; what comes of it stands at the address in Location."""

    delivery_uid: UUID
    state: State
    sha256: str = Field(description="SHA-256 of the bytes received.")
    size_bytes: int
    repeated: bool = Field(description="The same key, bytes and declarations had come before; nothing was done again.")

    @classmethod
    def of(cls, receipt: Receipt) -> "ReceiptOut":
        return cls(
            delivery_uid=receipt.delivery_uid,
            state=receipt.state,
            sha256=receipt.sha256,
            size_bytes=receipt.size_bytes,
            repeated=receipt.repeated,
        )


class Sentences(BaseModel):
    """A finding's code with what it means and what to do."""

    code: str
    details: dict[str, Detail]
    detail: str
    detail_en: str
    mend: str
    mend_en: str

    @classmethod
    def of(cls, code: str, details: dict[str, Detail]) -> "Sentences":
        said = CATALOGUE.get(code) or REASONS.get(code) or REFUSALS[code]
        return cls(
            code=code,
            details=details,
            detail=said.vi.format(**details),
            detail_en=said.en.format(**details),
            mend=said.mend_vi.format(**details),
            mend_en=said.mend_en.format(**details),
        )


class FindingOut(Sentences):
    """What a check found, in a row or in the file as a whole."""

    severity: Severity
    layer: str
    row_no: int | None = Field(description="Row as numbered in the file, from 1; null: the file as a whole.")

    @classmethod
    def of_finding(cls, finding: Finding) -> "FindingOut":
        sentences = Sentences.of(finding.code, finding.details)
        return cls(**sentences.model_dump(), severity=finding.severity, layer=finding.layer, row_no=finding.row_no)


class LedgerOut(BaseModel):
    """Where the rows of a layer went: rows_read is the sum of new, changed, unchanged, refused and waiting."""

    layer: str
    rows_read: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_refused: int
    records_refused: int = Field(description="Records those rows belong to.")
    rows_waiting: int = Field(description="Rows of communes that wait for a second person.")
    unknown_columns: list[str]


class CommuneOut(BaseModel):
    """What it did in a commune, or would do while it waits: parcels_after = parcels_before + parcels_new - parcels_retired."""

    code: str
    name: str
    parcels_before: int
    parcels_new: int
    parcels_retired: int
    parcels_after: int
    state: CommuneState
    reasons: list[Sentences] = Field(description="Why a second person has to look; kept after the decision.")
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_held: int = Field(description="Rows sent back when they were compared with what stands.")
    rows_waiting: int
    unclaimed: int = Field(description="Parcels of communes it was formed from that no row names; they stay there.")


class DeliveryOut(BaseModel):
    """A delivery as its office sees it."""

    delivery_uid: UUID
    office_code: str
    file_name: str
    format: str | None
    kind: Kind
    profile: Profile | None = Field(
        description="As found in the file, or as declared until it was looked at; null: neither yet."
    )
    named: list[str] | None = Field(description="Codes of the communes it speaks for, where the sender named them.")
    effective_on: date
    recorded_at: AwareDatetime
    finished_at: AwareDatetime | None
    state: State
    backfilled: bool
    progress_done: int
    progress_total: int
    stage: Stage = Field(description="Where it is on its way.")
    stage_done: int = Field(description="Rows that are through this stage.")
    stage_total: int = Field(description="Rows there are in this stage; 0: not known yet.")
    seconds_left: int | None = Field(
        description="Until its end, by the pace of the last minutes; null: not known, as before anything is published."
    )
    ahead: int | None = Field(
        description="Deliveries and withdrawals that wait before it; those under way do not count. Null: it does not wait."
    )
    refusal: Sentences | None = Field(description="Why nothing of it was taken.")
    doubts: list[Sentences] = Field(description="What rules could not settle about it as a whole.")
    decisions: list[DecisionOut] = Field(description="What people decided about it.")
    ledger: list[LedgerOut]
    communes: list[CommuneOut]
    findings: list[FindingOut] = Field(description="The first 1,000.")
    findings_total: int
    simulated: bool = Field(description="Made-up demonstration data.")

    @classmethod
    def of(cls, view: DeliveryView, *, simulated: bool) -> "DeliveryOut":
        return cls(
            delivery_uid=view.delivery_uid,
            office_code=view.office_code,
            file_name=view.file_name,
            format=view.format,
            kind=view.kind,
            profile=view.profile,
            named=None if view.named is None else list(view.named),
            effective_on=view.effective_on,
            recorded_at=view.recorded_at,
            finished_at=view.finished_at,
            state=view.state,
            backfilled=view.backfilled,
            progress_done=view.progress_done,
            progress_total=view.progress_total,
            stage=view.stage,
            stage_done=view.stage_done,
            stage_total=view.stage_total,
            seconds_left=view.seconds_left,
            ahead=view.ahead,
            refusal=None if view.refusal is None else _refusal(view.refusal),
            doubts=[Sentences.of(one.code, one.details) for one in view.doubts],
            decisions=[DecisionOut.of(one) for one in view.decisions],
            ledger=[
                LedgerOut(
                    layer=line.layer,
                    rows_read=line.rows_read,
                    rows_new=line.rows_new,
                    rows_changed=line.rows_changed,
                    rows_unchanged=line.rows_unchanged,
                    rows_refused=line.rows_refused,
                    records_refused=line.records_refused,
                    rows_waiting=line.rows_waiting,
                    unknown_columns=list(line.unknown_columns),
                )
                for line in view.ledger
            ],
            communes=[
                CommuneOut(
                    code=line.code,
                    name=line.name_vi,
                    parcels_before=line.parcels_before,
                    parcels_new=line.parcels_new,
                    parcels_retired=line.parcels_retired,
                    parcels_after=line.parcels_after,
                    state=line.state,
                    reasons=[Sentences.of(one.code, one.details) for one in line.reasons],
                    rows_new=line.rows_new,
                    rows_changed=line.rows_changed,
                    rows_unchanged=line.rows_unchanged,
                    rows_held=line.rows_held,
                    rows_waiting=line.rows_waiting,
                    unclaimed=line.unclaimed,
                )
                for line in view.communes
            ],
            findings=[FindingOut.of_finding(finding) for finding in view.findings],
            findings_total=view.findings_total,
            simulated=simulated,
        )


def _refusal(refusal: dict[str, Any]) -> Sentences:
    return Sentences.of(str(refusal["code"]), refusal["details"])
