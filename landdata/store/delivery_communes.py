"""Deliveries in their communes: the state and the ledger of each, and what people decided about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.deliveries import CommuneState
from landdata.store.engine import Reader, Writer
from landdata.store.tables import deliveries as t
from landdata.store.tables import registers as r

_ROWS = ("rows_new", "rows_changed", "rows_unchanged", "rows_held", "records_held", "rows_waiting")


# Whether `later`, a line of the full delivery `d`, speaks for all of the commune of the line `own`: that very commune, or the
# one it went into as a whole. Lines of split communes only tell which claimed parcels went from there.
SPEAKS_FOR_ALL = (
    "d.kind = 'full' AND EXISTS (SELECT FROM ref.epoch e JOIN ref.projection p USING (epoch_id) "
    "  JOIN ref.unit u ON u.unit_id = p.from_unit_id "
    "  WHERE p.from_unit_id = own.unit_id AND p.to_unit_id = later.unit_id AND p.extent = 'full' "
    "    AND (p.from_unit_id = p.to_unit_id OR u.valid_to <= d.effective_on) "
    "    AND (e.valid_from IS NULL OR e.valid_from <= d.effective_on) "
    "    AND (e.valid_to IS NULL OR e.valid_to > d.effective_on))"
)


# Whether the published delivery `it` still speaks for one of its communes, those in force on its day; others only lost
# parcels to them.
STANDS = (
    "EXISTS (SELECT FROM intake.delivery_commune own JOIN ref.unit USING (unit_id) "
    "  WHERE own.delivery_id = it.delivery_id AND own.state = 'PUBLISHED' AND validity @> it.effective_on "
    "  AND NOT EXISTS (SELECT FROM intake.delivery_commune later JOIN intake.delivery d USING (delivery_id) "
    f"    WHERE later.delivery_id > own.delivery_id AND later.state = 'PUBLISHED' AND {SPEAKS_FOR_ALL}))"
)


def placeholders() -> dict[str, str]:
    """What SQL functions say in these words."""
    return {"/*stands*/": STANDS, "/*speaks_for_all*/": SPEAKS_FOR_ALL}


def stands(tx: Reader, delivery_id: int) -> bool:
    """Whether a published delivery still speaks for one of its communes, whoever delivered later."""
    return bool(tx.connection.scalar(text("SELECT intake.stands(:delivery)"), {"delivery": delivery_id}))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a delivery stands in one commune; `planned` are (parcels_new, parcels_retired)."""

    state: CommuneState
    planned: tuple[int, int]


def states(tx: Reader, delivery_id: int) -> dict[int, Standing]:
    """Unit id -> how the delivery stands there."""
    c = t.delivery_commune
    query = select(c.c.unit_id, c.c.state, c.c.parcels_new, c.c.parcels_retired).where(c.c.delivery_id == delivery_id)
    return {
        row.unit_id: Standing(CommuneState(row.state), (row.parcels_new, row.parcels_retired))
        for row in tx.connection.execute(query)
    }


def save(tx: Writer, delivery_id: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Note what a delivery did, or waits to do, in communes it speaks for; what stood there before is replaced."""
    for row in rows:
        values = dict(row)
        statement = upsert(t.delivery_commune).values(delivery_id=delivery_id, **values)
        del values["unit_id"]
        tx.connection.execute(statement.on_conflict_do_update(index_elements=["delivery_id", "unit_id"], set_=values))


def add_retired(tx: Writer, delivery_id: int, publication_id: int, retired: Mapping[int, tuple[int, int]]) -> None:
    """Note parcels that went from communes which have ended: unit id -> (parcels before, parcels retired)."""
    c = t.delivery_commune
    for unit_id, (before, gone) in retired.items():
        statement = upsert(c).values(
            delivery_id=delivery_id,
            unit_id=unit_id,
            state=CommuneState.PUBLISHED,
            publication_id=publication_id,
            parcels_before=before,
            parcels_new=0,
            parcels_retired=gone,
            parcels_after=before - gone,
        )
        tx.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["delivery_id", "unit_id"],
                set_={
                    "parcels_retired": c.c.parcels_retired + gone,
                    "parcels_after": c.c.parcels_after - gone,
                    "publication_id": publication_id,
                    "state": CommuneState.PUBLISHED,
                },
            )
        )


def totals(tx: Reader, delivery_id: int) -> dict[str, int]:
    """The ledger of all communes added up."""
    c = t.delivery_commune
    row = (
        tx.connection.execute(
            select(*(func.coalesce(func.sum(c.c[name]), 0).label(name) for name in _ROWS)).where(
                c.c.delivery_id == delivery_id
            )
        )
        .mappings()
        .one()
    )
    return {name: int(row[name]) for name in _ROWS}


def count(tx: Reader, delivery_id: int) -> dict[CommuneState, int]:
    """How many communes are in which state."""
    c = t.delivery_commune
    rows = tx.connection.execute(
        select(c.c.state, func.count()).where(c.c.delivery_id == delivery_id).group_by(c.c.state)
    )
    return {CommuneState(state): number for state, number in rows}


def waiting(tx: Reader, delivery_id: int) -> dict[str, int]:
    """Code -> unit id of the communes that wait for a second person."""
    c = t.delivery_commune
    query = (
        select(r.unit.c.code, c.c.unit_id)
        .join(r.unit, r.unit.c.unit_id == c.c.unit_id)
        .where(c.c.delivery_id == delivery_id, c.c.state == CommuneState.WAITING)
    )
    return {row.code: row.unit_id for row in tx.connection.execute(query)}


def overtaken(tx: Reader, delivery_id: int, unit_ids: Sequence[int]) -> list[str]:
    """Codes of those communes in which a later delivery was published while this one waited; for its office.

    An office sees no lines of others, which may have published it: a function looks, and only for whom the delivery is.
    """
    rows = tx.connection.scalars(
        text(
            "SELECT code FROM intake.overtaken(CAST(:delivery AS bigint), CAST(:units AS integer[])) AS code ORDER BY code"
        ),
        {"units": list(unit_ids), "delivery": delivery_id},
    )
    return list(rows)


def overtaken_in(tx: Reader, delivery_id: int, unit_ids: Sequence[int]) -> set[int]:
    """Those communes in which a later delivery was published; for the worker, who sees every line and is no office."""
    c = t.delivery_commune
    query = select(c.c.unit_id).where(
        c.c.unit_id.in_(unit_ids), c.c.delivery_id > delivery_id, c.c.state == CommuneState.PUBLISHED
    )
    return set(tx.connection.scalars(query))


def decide(tx: Writer, delivery_id: int, unit_ids: Sequence[int], state: CommuneState) -> None:
    """Move waiting communes on; the worker does the rest."""
    c = t.delivery_commune
    tx.connection.execute(
        update(c)
        .where(c.c.delivery_id == delivery_id, c.c.unit_id.in_(unit_ids), c.c.state == CommuneState.WAITING)
        .values(state=state)
    )


def rejected(tx: Reader, delivery_id: int) -> bool:
    """Whether a second person sent some commune of the delivery back."""
    d = t.decision
    query = select(d.c.decision_id).where(d.c.delivery_id == delivery_id, d.c.verdict == "REJECT").limit(1)
    return tx.connection.scalar(query) is not None


def note_decision(
    tx: Writer,
    delivery_id: int,
    unit_ids: Sequence[int],
    *,
    verdict: str,
    decided_by: int,
    client_id: str | None,
    reason: str,
) -> None:
    """Keep who decided what and why, for good."""
    tx.connection.execute(
        insert(t.decision).values(
            delivery_id=delivery_id,
            verdict=verdict,
            unit_ids=sorted(unit_ids),
            decided_by=decided_by,
            client_id=client_id,
            reason=reason,
        )
    )
