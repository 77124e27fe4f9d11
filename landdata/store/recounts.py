"""Counts everything anew from the parcels, keeps what was found, and sets figures right when a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select, text

from landdata.model.recounts import Counted, Difference, Recount, Told
from landdata.store.engine import Reader, Writer
from landdata.store.queries import query
from landdata.store.tables import offices as o
from landdata.store.tables import recounts as t
from landdata.store.tables import registers as r

_FIGURES = ("parcels", "certificates", "holders")


def count(tx: Reader, units: Sequence[int] | None = None) -> Counted:
    """Everything, or some commune versions and then without the registers. Reads every parcel: some seconds for 24 million."""
    found, communes, parcels = [], 0, 0
    for row in tx.connection.execute(query("recount"), {"units": None if units is None else list(units)}):
        if row.source == "TOTAL":
            communes, parcels = row.held, row.counted
        else:
            found.append(Difference(row.source, row.epoch_id, row.unit_id, row.figure, row.held, row.counted))
    return Counted(communes, parcels, tuple(found))


def note(tx: Writer, counted: Counted, *, seconds: float) -> int:
    """Keep what a recount found; returns its number."""
    recount_id = int(
        tx.connection.scalar(
            insert(t.recount)
            .values(
                seconds=seconds,
                communes=counted.communes,
                parcels=counted.parcels,
                differences=len(counted.differences),
            )
            .returning(t.recount.c.recount_id)
        )
        or 0
    )
    rows = [
        {
            "recount_id": recount_id, "source": one.source, "epoch_id": one.epoch_id, "unit_id": one.unit_id,
            "figure": one.figure, "held": one.held, "counted": one.counted,
        }
        for one in counted.differences
    ]  # fmt: skip
    if rows:
        # Who notes them may not read them: nothing is asked to be returned, not even for a single one.
        tx.connection.execute(insert(t.recount_difference).inline(), rows)
    return recount_id


def latest(tx: Reader, limit: int) -> tuple[Recount, ...]:
    """The last recounts, newest first."""
    own = t.mend.alias("own")
    newest = select(func.max(own.c.mend_id)).where(own.c.recount_id == t.recount.c.recount_id)
    last = newest.correlate(t.recount).scalar_subquery()
    rows = tx.connection.execute(
        select(t.recount, o.person.c.login, t.mend.c.reason)
        .select_from(t.recount)
        .join(t.mend, t.mend.c.mend_id == last, isouter=True)
        .join(o.person, o.person.c.person_id == t.mend.c.person_id, isouter=True)
        .order_by(t.recount.c.recount_id.desc())
        .limit(limit)
    )
    return tuple(
        Recount(
            row.recount_id,
            row.counted_at,
            row.seconds,
            row.communes,
            row.parcels,
            row.differences,
            row.login,
            row.reason,
        )
        for row in rows
    )


def told(tx: Reader, recount_id: int) -> tuple[Told, ...]:
    """The differences that a recount found, with the units' names."""
    d = t.recount_difference
    rows = tx.connection.execute(
        select(d, r.unit.c.code, r.unit.c.full_name_vi)
        .join(r.unit, r.unit.c.unit_id == d.c.unit_id)
        .where(d.c.recount_id == recount_id)
        .order_by(d.c.difference_id)
    )
    return tuple(Told(row.source, row.code, row.full_name_vi, row.figure, row.held, row.counted) for row in rows)


def differing(tx: Reader, recount_id: int) -> tuple[Difference, ...] | None:
    """What a recount found, or None when there is no such recount."""
    if not tx.connection.scalar(select(func.count()).where(t.recount.c.recount_id == recount_id)):
        return None
    d = t.recount_difference
    rows = tx.connection.execute(select(d).where(d.c.recount_id == recount_id))
    return tuple(Difference(row.source, row.epoch_id, row.unit_id, row.figure, row.held, row.counted) for row in rows)


def note_mending(tx: Writer, *, recount_id: int, person_id: int, reason: str) -> int:
    """Note who has figures set right and why; returns the number of the mending."""
    statement = insert(t.mend).values(recount_id=recount_id, person_id=person_id, reason=reason)
    return int(tx.connection.scalar(statement.returning(t.mend.c.mend_id)) or 0)


def mend_counters(tx: Writer, differences: Sequence[Difference]) -> None:
    """Set counters to what was counted; `stats.connected` moves with them."""
    for figure in _FIGURES:
        own = [one for one in differences if one.source == "COUNTER" and one.figure == figure]
        if own:
            tx.connection.execute(
                text(
                    f"UPDATE stats.coverage_counter c SET {figure} = d.counted "
                    "FROM unnest(CAST(:units AS integer[]), CAST(:counted AS integer[])) AS d (unit_id, counted) "
                    "WHERE c.unit_id = d.unit_id"
                ),
                {"units": [one.unit_id for one in own], "counted": [one.counted for one in own]},
            )


def mend_events(tx: Writer, differences: Sequence[Difference], *, mend_id: int) -> None:
    """Add an event of today for what the events lack or have too much, under the commune's last publication.

    A commune version that no publication ever touched has nothing to stand under, and nothing is written for it.
    """
    own = [one for one in differences if one.source == "EVENTS"]
    lacking: dict[int, dict[str, int]] = {}
    for one in own:
        lacking.setdefault(one.unit_id, dict.fromkeys(_FIGURES, 0))[one.figure] = one.counted - one.held
    if not lacking:
        return
    values: dict[str, Any] = {name: [row[name] for row in lacking.values()] for name in _FIGURES}
    tx.connection.execute(
        text(
            "INSERT INTO stats.coverage_event (publication_id, delivery_id, unit_id, effective_on, parcels, certificates, "
            "  holders, backfilled, simulated, mend_id) "
            "SELECT p.publication_id, p.delivery_id, d.unit_id, (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, "
            "  d.parcels, d.certificates, d.holders, false, p.simulated, :mend "
            "FROM unnest(CAST(:units AS integer[]), CAST(:parcels AS integer[]), CAST(:certificates AS integer[]), "
            "  CAST(:holders AS integer[])) AS d (unit_id, parcels, certificates, holders) "
            "CROSS JOIN LATERAL (SELECT b.publication_id, b.delivery_id, v.simulated FROM land.record r "
            "  JOIN land.publication b ON b.publication_id = greatest(r.since_pub, r.until_pub) "
            "  JOIN intake.delivery v USING (delivery_id) "
            "  WHERE r.commune_id = d.unit_id ORDER BY b.publication_id DESC LIMIT 1) p"
        ),
        {"units": list(lacking), "mend": mend_id, **values},
    )
