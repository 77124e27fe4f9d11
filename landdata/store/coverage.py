"""Coverage figures: read from the events of publications, written together with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, or_, select, text

from landdata.model.coverage import Bounded, LevelCoverage, UnitCoverage
from landdata.model.series import Point
from landdata.model.units import Level
from landdata.store.engine import Reader, Writer
from landdata.store.queries import query
from landdata.store.tables import coverage as t
from landdata.store.tables import registers as r


@dataclass(frozen=True, slots=True)
class NationalRow:
    """The country on one day in one register, counted by one version of the rule."""

    day: date
    rule_id: int
    register_from: date | None
    totals: dict[Level, int]
    connected: dict[Level, Bounded]
    parcels: int
    certificates: int
    holders: int
    backfilled: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """How the data stand in one snapshot, as far as it shows without counting them."""

    snapshot: str
    changed_from: date | None  # first day of what was published that the snapshot asked about did not see
    delivery_id: int
    open_deliveries: str
    loaded_at: datetime | None
    rule_id: int
    mend_id: int  # figures set right after a recount: no publication

    def same_grounds(self, other: Moment) -> bool:
        """Whether registers, rules and what was set right are the same."""
        return (self.loaded_at, self.rule_id, self.mend_id) == (other.loaded_at, other.rule_id, other.mend_id)

    def same_deliveries(self, other: Moment) -> bool:
        return (self.delivery_id, self.open_deliveries) == (other.delivery_id, other.open_deliveries)


def moment(tx: Reader, *, since: str | None) -> Moment:
    """The snapshot of this transaction, compared with an earlier one; a look-up of an index for each part."""
    row = tx.connection.execute(query("coverage_mark"), {"since": since}).one()
    return Moment(
        row.snapshot, row.changed_from, row.delivery_id, row.open_deliveries, row.loaded_at, row.rule_id, row.mend_id
    )


def epoch_on(tx: Reader, day: date) -> int:
    """The register in force on a day."""
    e = r.epoch
    found = tx.connection.scalar(
        select(e.c.epoch_id).where(
            and_(or_(e.c.valid_from.is_(None), e.c.valid_from <= day), or_(e.c.valid_to.is_(None), e.c.valid_to > day))
        )
    )
    return int(found or 0)


def count_connected(tx: Writer) -> None:
    """Count `stats.connected` anew: the registers or divisions have changed."""
    tx.connection.execute(text("SELECT stats.count_connected()"))


def latest_day(tx: Reader) -> date | None:
    """The last effective day of anything published."""
    found: date | None = tx.connection.scalar(select(func.max(t.coverage_event.c.effective_on)))
    return found


def uncompiled(tx: Reader) -> None:
    """Let the long queries of this transaction be run as they are: compiling one takes seconds, running it a fraction."""
    tx.connection.exec_driver_sql("SET LOCAL jit = off")


def national(
    tx: Reader, *, days: Sequence[date], epochs: Sequence[int], rules: Sequence[int], known_at: datetime | None
) -> tuple[NationalRow, ...]:
    """The country on each of the days, in the register and by the rule (its version) of the same place in the others."""
    uncompiled(tx)
    rows = tx.connection.execute(
        query("coverage_national"),
        {"days": list(days), "epochs": list(epochs), "rules": list(rules), "known_at": known_at},
    )
    return tuple(_national(row) for row in rows)


def units(
    tx: Reader, *, on: date, epoch_id: int, rule_id: int, level: Level, parent_id: int | None, known_at: datetime | None
) -> tuple[UnitCoverage, ...]:
    """Every unit of a level, by code; below one parent when it is given."""
    uncompiled(tx)
    asked = {"on": on, "epoch": epoch_id, "rule": rule_id, "level": level.value, "parent_id": parent_id}
    rows = tx.connection.execute(query("coverage_units"), {**asked, "known_at": known_at})
    return tuple(_unit(row) for row in rows)


def of_unit(
    tx: Reader,
    *,
    days: Sequence[date],
    rules: Sequence[int],
    epochs: Sequence[int],
    unit_ids: Sequence[int],
    known_at: datetime | None = None,
) -> tuple[Point, ...]:
    """What is connected in a unit on each day, itself included; all sequences are of equal length."""
    uncompiled(tx)
    given = {"days": list(days), "rules": list(rules), "epochs": list(epochs), "units": list(unit_ids)}
    return tuple(
        Point(
            row.day,
            row.register_from,
            row.rule_id,
            tuple(
                LevelCoverage(level, _bounded(row, f"{level.value}s"), total)
                for level in Level
                if (total := getattr(row, f"{level.value}s"))
            ),
            *(_bounded(row, name) for name in ("parcels", "certificates", "holders")),
        )
        for row in tx.connection.execute(query("coverage_series"), {**given, "known_at": known_at})
    )


def _bounded(row: Row[Any], name: str) -> Bounded:
    return Bounded(row._mapping[f"{name}_least"], row._mapping[f"{name}_most"])


def _national(row: Row[Any]) -> NationalRow:
    return NationalRow(
        day=row.day,
        rule_id=row.rule_id,
        register_from=row.register_from,
        totals={Level.PROVINCE: row.provinces, Level.DISTRICT: row.districts, Level.COMMUNE: row.communes},
        connected={
            Level.PROVINCE: _bounded(row, "provinces"),
            Level.DISTRICT: _bounded(row, "districts"),
            Level.COMMUNE: _bounded(row, "communes"),
        },
        parcels=row.parcels,
        certificates=row.certificates,
        holders=row.holders,
        backfilled=row.backfilled,
        simulated=row.simulated,
    )


def _unit(row: Row[Any]) -> UnitCoverage:
    return UnitCoverage(
        unit_id=row.unit_id,
        level=Level(row.level),
        code=row.code,
        name_vi=row.name_vi,
        name_ascii=row.name_ascii,
        full_name_vi=row.full_name_vi,
        connected=_bounded(row, "connected"),
        districts_connected=_bounded(row, "districts"),
        districts_total=row.districts_total,
        communes_connected=_bounded(row, "communes"),
        communes_total=row.communes_total,
        parcels=_bounded(row, "parcels"),
        certificates=_bounded(row, "certificates"),
        holders=_bounded(row, "holders"),
        refused_share=row.refused_share,
        last_effective_on=row.last_effective_on,
        last_recorded_at=row.last_recorded_at,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What a publication changed in one commune."""

    unit_id: int
    parcels: int
    certificates: int
    holders: int


def add(
    tx: Writer,
    changes: Sequence[Change],
    *,
    publication_id: int,
    delivery_id: int,
    effective_on: date,
    backfilled: bool,
    simulated: bool,
) -> None:
    """Note what a publication changed, and move the counters, in the transaction that changes the records."""
    if not changes:
        return
    event = {
        "publication_id": publication_id,
        "delivery_id": delivery_id,
        "effective_on": effective_on,
        "backfilled": backfilled,
        "simulated": simulated,
    }
    rows = [
        {"unit_id": one.unit_id, "parcels": one.parcels, "certificates": one.certificates, "holders": one.holders}
        for one in changes
    ]
    tx.connection.execute(insert(t.coverage_event).values([{**event, **row} for row in rows]))
    tx.connection.execute(
        text(
            "UPDATE stats.coverage_counter c SET parcels = c.parcels + d.parcels, "
            "certificates = c.certificates + d.certificates, holders = c.holders + d.holders "
            "FROM unnest(CAST(:units AS integer[]), CAST(:parcels AS integer[]), CAST(:certificates AS integer[]), "
            "CAST(:holders AS integer[])) AS d (unit_id, parcels, certificates, holders) WHERE c.unit_id = d.unit_id"
        ),
        {
            "units": [one.unit_id for one in changes],
            "parcels": [one.parcels for one in changes],
            "certificates": [one.certificates for one in changes],
            "holders": [one.holders for one in changes],
        },
    )
