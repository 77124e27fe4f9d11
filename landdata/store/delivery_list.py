"""Deliveries side by side, newest first, for whoever runs the service and for the office itself."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from landdata.model.deliveries import DeliveryLine, Kind, State, WaitingLine
from landdata.store.delivery_communes import STANDS
from landdata.store.engine import Reader


def listed(
    tx: Reader, *, office_code: str | None, state: State | None, most: int, before: UUID | None = None
) -> tuple[DeliveryLine, ...]:
    """Deliveries of one office or all, in one state or any; those that came before a delivery."""
    # What is superseded is stored as published.
    stored = State.PUBLISHED if state is State.SUPERSEDED else state
    rows = tx.connection.execute(
        text(
            "SELECT one.*, coalesce(sum(l.rows_read), 0)::int AS rows_read, "
            "  coalesce(sum(l.rows_refused), 0)::int AS rows_refused, coalesce(sum(l.rows_waiting), 0)::int AS rows_waiting "
            "FROM (SELECT * FROM (SELECT it.delivery_id, it.delivery_uid, o.code, it.file_name, it.kind, it.effective_on, "
            f"    it.recorded_at, CASE WHEN it.state = 'PUBLISHED' AND NOT {STANDS} THEN 'SUPERSEDED' "
            "    ELSE it.state END AS state "
            "  FROM intake.delivery it JOIN org.office o USING (office_id) "
            "  WHERE (CAST(:office AS text) IS NULL OR o.code = :office) "
            "    AND (CAST(:before AS uuid) IS NULL "
            "      OR it.delivery_id < (SELECT b.delivery_id FROM intake.delivery b WHERE b.delivery_uid = :before)) "
            "    AND (CAST(:stored AS text) IS NULL OR it.state = :stored)) shown "
            "  WHERE CAST(:state AS text) IS NULL OR state = :state ORDER BY delivery_id DESC LIMIT :most) one "
            "LEFT JOIN intake.delivery_layer l USING (delivery_id) "
            "GROUP BY delivery_id, delivery_uid, code, file_name, kind, effective_on, recorded_at, state "
            "ORDER BY delivery_id DESC"
        ),
        {"office": office_code, "state": state, "stored": stored, "most": most, "before": before},
    )
    return tuple(
        DeliveryLine(
            row.delivery_uid, row.code, row.file_name, Kind(row.kind), row.effective_on, row.recorded_at, State(row.state),
            row.rows_read, row.rows_refused, row.rows_waiting,
        )
        for row in rows
    )  # fmt: skip


def waiting(tx: Reader) -> tuple[WaitingLine, ...]:
    """Deliveries of all offices that wait for a second person, the oldest first."""
    rows = tx.connection.execute(
        text(
            "SELECT d.delivery_uid, o.code, o.name_vi, o.name_en, d.effective_on, d.recorded_at, "
            "  (SELECT count(*) FROM intake.delivery_commune c WHERE c.delivery_id = d.delivery_id AND c.state = 'WAITING') "
            "FROM intake.delivery d JOIN org.office o USING (office_id) WHERE d.state = 'WAITING' ORDER BY d.delivery_id"
        )
    )
    return tuple(WaitingLine(*row) for row in rows)
