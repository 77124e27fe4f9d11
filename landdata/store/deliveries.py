"""Deliveries: received once, followed through their states, with findings and the ledger that must balance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.deliveries import (
    CommuneLine,
    CommuneState,
    DecisionView,
    DeliveryView,
    Finding,
    Glance,
    Kind,
    LedgerLine,
    Profile,
    Severity,
    State,
)
from landdata.model.parcels import Doubt
from landdata.model.progress import Stage
from landdata.store import delivery_communes
from landdata.store.engine import Reader, Writer
from landdata.store.raw import RawFile
from landdata.store.tables import deliveries as t
from landdata.store.tables import offices as o
from landdata.store.tables import registers as r
from landdata.store.tables import sources as s

_SHOWN_FINDINGS = 1000
_FINDINGS_AT_ONCE = 20_000
# In one statement and not by COPY: PostgreSQL copies into no table that has row-level security.
_ADD_FINDINGS = text(
    "INSERT INTO intake.finding (delivery_id, layer, row_no, code, severity, details) "
    "SELECT CAST(:delivery AS bigint), layer, row_no, code, severity, details "
    "FROM unnest(CAST(:layers AS text[]), CAST(:rows AS integer[]), CAST(:codes AS text[]), CAST(:severities AS text[]), "
    "  CAST(:details AS jsonb[])) WITH ORDINALITY AS one (layer, row_no, code, severity, details, place) ORDER BY place"
)


@dataclass(frozen=True, slots=True)
class Work:
    """A delivery as the worker needs it."""

    delivery_id: int
    delivery_uid: UUID
    office_id: int
    office_code: str
    client_id: str | None
    sha256: bytes
    file_name: str
    effective_on: date
    backfilled: bool
    simulated: bool
    declared_epsg: int | None
    kind: Kind
    profile: Profile | None
    named: tuple[str, ...] | None
    state: State


def today(tx: Reader) -> date:
    """The calendar day in Vietnam, by the database's clock."""
    found: date = tx.connection.scalar(text("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"))
    return found


def by_key(tx: Reader, *, office_id: int, idempotency_key: str) -> Row[Any, Any, Any] | None:
    """The delivery an office made under this key."""
    d = t.delivery
    query = select(d.c.delivery_uid, d.c.declaration_hash, d.c.state).where(
        d.c.office_id == office_id, d.c.idempotency_key == idempotency_key
    )
    found: Row[Any, Any, Any] | None = tx.connection.execute(query).one_or_none()
    return found


def add(tx: Writer, raw: RawFile, **values: Any) -> Row[Any] | None:
    """Note a delivery and its bytes; None when another request with the same key came first."""
    tx.connection.execute(
        upsert(t.raw_file).values(sha256=raw.sha256, size_bytes=raw.size_bytes).on_conflict_do_nothing()
    )
    statement = upsert(t.delivery).values(sha256=raw.sha256, **values)
    statement = statement.on_conflict_do_nothing(index_elements=["office_id", "idempotency_key"])
    return tx.connection.execute(statement.returning(t.delivery.c.delivery_id, t.delivery.c.delivery_uid)).one_or_none()


def work(tx: Reader, delivery_uid: UUID) -> Work | None:
    """What the worker needs to know of a delivery."""
    d = t.delivery
    row = tx.connection.execute(
        select(d, o.office.c.code.label("office_code"))
        .join(o.office, o.office.c.office_id == d.c.office_id)
        .where(d.c.delivery_uid == delivery_uid)
    ).one_or_none()
    if row is None:
        return None
    return Work(
        delivery_id=row.delivery_id,
        delivery_uid=row.delivery_uid,
        office_id=row.office_id,
        office_code=row.office_code,
        client_id=row.client_id,
        sha256=bytes(row.sha256),
        file_name=row.file_name,
        effective_on=row.effective_on,
        backfilled=row.backfill_grant_id is not None,
        simulated=row.simulated,
        declared_epsg=row.declared_epsg,
        kind=Kind(row.kind),
        profile=Profile(row.profile) if row.profile else None,
        named=None if row.communes is None else tuple(row.communes),
        state=State(row.state),
    )


def doubts(tx: Reader, delivery_id: int) -> tuple[Doubt, ...]:
    """What rules could not settle about a delivery as a whole when it was judged first."""
    return _reasons(
        tx.connection.scalar(select(t.delivery.c.doubts).where(t.delivery.c.delivery_id == delivery_id)) or ()
    )


def lock(tx: Writer, delivery_id: int) -> None:
    """Let nobody else decide about a delivery until this transaction ends."""
    tx.connection.execute(
        select(t.delivery.c.delivery_id).where(t.delivery.c.delivery_id == delivery_id).with_for_update()
    )


def stranded(tx: Reader) -> list[tuple[UUID, str]]:
    """Deliveries that are not at their end and that no job works on or waits for: (uid, office code).

    A job that failed too often, or a restore of the database without its queue, leaves such.
    """
    rows = tx.connection.execute(
        text(
            "SELECT d.delivery_uid, o.code FROM intake.delivery d JOIN org.office o USING (office_id) "
            "WHERE d.state IN ('RECEIVED', 'READ', 'CHECKED') AND d.recorded_at < clock_timestamp() - interval '5 minutes' "
            "AND NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.status IN ('todo', 'doing') "
            "                AND j.args ->> 'delivery_uid' = d.delivery_uid::text) ORDER BY d.delivery_id"
        )
    )
    return [(row.delivery_uid, row.code) for row in rows]


def change(tx: Writer, delivery_id: int, **values: Any) -> None:
    """Set the state, format, zone or refusal of a delivery."""
    if State(values.get("state", State.RECEIVED)).final:
        values["finished_at"] = func.clock_timestamp()
    tx.connection.execute(update(t.delivery).where(t.delivery.c.delivery_id == delivery_id).values(**values))


def mark_read(tx: Writer, delivery_id: int) -> None:
    """Note that every row is read; one that is further than that stays there."""
    d = t.delivery
    tx.connection.execute(
        update(d).where(d.c.delivery_id == delivery_id, d.c.state == State.RECEIVED).values(state=State.READ)
    )


def add_findings(tx: Writer, delivery_id: int, findings: Iterable[Finding]) -> None:
    """Write findings, however many there are."""
    import json

    left = iter(findings)
    while some := list(islice(left, _FINDINGS_AT_ONCE)):
        columns = {
            "layers": [one.layer for one in some],
            "rows": [one.row_no for one in some],
            "codes": [one.code for one in some],
            "severities": [one.severity.value for one in some],
            "details": [json.dumps(one.details, ensure_ascii=False) for one in some],
        }
        tx.connection.execute(_ADD_FINDINGS, {"delivery": delivery_id, **columns})


def clear_findings(tx: Writer, delivery_id: int) -> None:
    """Forget findings of a check that was cut off and is made again."""
    tx.connection.execute(delete(t.finding).where(t.finding.c.delivery_id == delivery_id))


def save_ledger(tx: Writer, delivery_id: int, lines: Sequence[LedgerLine]) -> None:
    """Write the ledger, in place of an earlier one: the database refuses one that does not balance."""
    tx.connection.execute(delete(t.delivery_layer).where(t.delivery_layer.c.delivery_id == delivery_id))
    for line in lines:
        tx.connection.execute(
            insert(t.delivery_layer).values(
                delivery_id=delivery_id,
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
        )


def view(tx: Reader, *, office_id: int, delivery_uid: UUID) -> DeliveryView | None:
    """A delivery as its own office sees it; None for any other."""
    d = t.delivery
    row = tx.connection.execute(
        select(d, o.office.c.code.label("office_code"))
        .join(o.office, o.office.c.office_id == d.c.office_id)
        .where(d.c.delivery_uid == delivery_uid, d.c.office_id == office_id)
    ).one_or_none()
    if row is None:
        return None
    total = tx.connection.scalar(
        select(func.count()).select_from(t.finding).where(t.finding.c.delivery_id == row.delivery_id)
    )
    done, planned = _progress(tx, delivery_uid)
    now = _glance(tx, delivery_uid, State(row.state))
    return DeliveryView(
        delivery_uid=row.delivery_uid,
        office_code=row.office_code,
        file_name=row.file_name,
        format=row.format,
        kind=Kind(row.kind),
        profile=Profile(row.profile) if row.profile else None,
        named=None if row.communes is None else tuple(row.communes),
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
        finished_at=row.finished_at,
        state=_shown(tx, row),
        backfilled=row.backfill_grant_id is not None,
        doubts=_reasons(row.doubts),
        refusal=row.refusal,
        ledger=_ledger(tx, row.delivery_id),
        communes=_communes(tx, row.delivery_id),
        findings=_findings(tx, row.delivery_id),
        findings_total=int(total or 0),
        decisions=_decisions(tx, row.delivery_id),
        progress_done=done,
        progress_total=planned,
        stage=now.stage,
        stage_done=now.done,
        stage_total=now.total,
        seconds_left=now.seconds_left,
        ahead=now.ahead,
    )


def _shown(tx: Reader, row: Row[Any]) -> State:
    """The state, or that later full deliveries took the place of this one in every commune it published."""
    if row.state != State.PUBLISHED:
        return State(row.state)
    return State.PUBLISHED if delivery_communes.stands(tx, row.delivery_id) else State.SUPERSEDED


def _reasons(stored: Sequence[Mapping[str, Any]]) -> tuple[Doubt, ...]:
    return tuple(Doubt(one["code"], one["details"]) for one in stored)


def glance(tx: Reader, *, office_id: int, delivery_uid: UUID) -> Glance | None:
    """How far a delivery is, for its own office; None for any other. Cheap enough to be asked every second."""
    d = t.delivery
    state = tx.connection.scalar(select(d.c.state).where(d.c.delivery_uid == delivery_uid, d.c.office_id == office_id))
    return None if state is None else _glance(tx, delivery_uid, State(state))


def _glance(tx: Reader, delivery_uid: UUID, state: State) -> Glance:
    """Where its run is; before it runs it waits, and at its end it is through whatever was noted last."""
    run = s.run
    left = func.ceil(func.extract("epoch", run.c.expected_at - func.clock_timestamp()))
    query = select(run.c.stage, run.c.stage_done, run.c.stage_total, left.label("left")).where(
        run.c.job == "deliver", run.c.subject == str(delivery_uid)
    )
    row = tx.connection.execute(query).one_or_none()
    if state.at_rest:
        total = row.stage_total if row else 0
        return Glance(state, Stage.DONE, total, total)
    if row is None or row.stage is None:
        ahead = tx.connection.scalar(text("SELECT intake.ahead_of(CAST(:uid AS uuid))"), {"uid": str(delivery_uid)})
        return Glance(state, Stage.RECEIVED, 0, 0, ahead=ahead)
    return Glance(state, Stage(row.stage), row.stage_done, row.stage_total, seconds_left(row.left))


def seconds_left(until: Any) -> int | None:
    """Seconds until an end that is expected; None without one, and where it passed and the work goes on all the same."""
    return int(until) if until is not None and until > 0 else None


def _progress(tx: Reader, delivery_uid: UUID) -> tuple[int, int]:
    """Rows that are through, of rows read; (0, 0) before the file is read."""
    row = tx.connection.execute(
        text(
            "SELECT coalesce((e.result ->> 'rows_read')::int, 0) AS read, coalesce((e.result ->> 'rows_done')::int, 0) + "
            "  coalesce((SELECT sum(c.rows_new + c.rows_changed + c.rows_unchanged + c.rows_held) "
            "            FROM intake.delivery_commune c WHERE c.delivery_id = d.delivery_id), 0) AS done "
            "FROM intake.delivery d JOIN sync.run r ON r.job = 'deliver' AND r.subject = d.delivery_uid::text "
            "JOIN sync.step e ON e.run_id = r.run_id AND e.name = 'check' WHERE d.delivery_uid = :uid"
        ),
        {"uid": delivery_uid},
    ).one_or_none()
    return (row.done, row.read) if row else (0, 0)


def _ledger(tx: Reader, delivery_id: int) -> tuple[LedgerLine, ...]:
    layer = t.delivery_layer
    return tuple(
        LedgerLine(
            row.layer, row.rows_read, row.rows_new, row.rows_changed, row.rows_unchanged, row.rows_refused,
            row.records_refused, tuple(row.unknown_columns), row.rows_waiting,
        )
        for row in tx.connection.execute(select(layer).where(layer.c.delivery_id == delivery_id).order_by(layer.c.layer))
    )  # fmt: skip


def _communes(tx: Reader, delivery_id: int) -> tuple[CommuneLine, ...]:
    c = t.delivery_commune
    query = (
        select(c, r.unit.c.code, r.unit.c.name_vi)
        .join(r.unit, r.unit.c.unit_id == c.c.unit_id)
        .where(c.c.delivery_id == delivery_id)
        .order_by(r.unit.c.code)
    )
    return tuple(
        CommuneLine(
            row.unit_id, row.code, row.name_vi, row.parcels_before, row.parcels_new, row.parcels_retired,
            row.parcels_after, CommuneState(row.state), _reasons(row.reasons), row.rows_new, row.rows_changed,
            row.rows_unchanged, row.rows_held, row.rows_waiting, row.unclaimed,
        )
        for row in tx.connection.execute(query)
    )  # fmt: skip


def _decisions(tx: Reader, delivery_id: int) -> tuple[DecisionView, ...]:
    d = t.decision
    codes = select(func.array_agg(r.unit.c.code)).where(r.unit.c.unit_id == func.any(d.c.unit_ids)).scalar_subquery()
    query = (
        select(d, o.person.c.full_name, codes.label("codes"))
        .join(o.person, o.person.c.person_id == d.c.decided_by)
        .where(d.c.delivery_id == delivery_id)
        .order_by(d.c.decision_id)
    )
    return tuple(
        DecisionView(row.verdict, tuple(sorted(row.codes or ())), row.full_name, row.reason, row.decided_at)
        for row in tx.connection.execute(query)
    )


def _findings(tx: Reader, delivery_id: int) -> tuple[Finding, ...]:
    f = t.finding
    query = (
        select(f)
        .where(f.c.delivery_id == delivery_id)
        .order_by(f.c.row_no.asc().nulls_first(), f.c.finding_no)
        .limit(_SHOWN_FINDINGS)
    )
    return tuple(
        Finding(row.code, Severity(row.severity), row.layer, row.row_no, row.details)
        for row in tx.connection.execute(query)
    )
