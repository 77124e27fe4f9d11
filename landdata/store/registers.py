"""Units, their succession, registers, divisions, zones and code lists: reading them, and loading them as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Insert, Row, and_, delete, func, insert, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.crs import ZONES
from landdata.model.succession import Epoch, Image, Predecessor
from landdata.model.units import Division, Extent, Level, Succession, SuccessionKind, Unit
from landdata.store.engine import Reader, Writer
from landdata.store.tables import registers as t


@dataclass(frozen=True, slots=True)
class Boundary:
    """The polygon of a province in a division, as GeoJSON in WGS 84."""

    code: str
    name_vi: str
    geojson: str


def unit_on(tx: Reader, *, code: str, level: Level | None, on: date) -> Unit | None:
    """The version with this code in force on that day; the highest level that has one, when none is named."""
    query = select(t.unit).where(t.unit.c.code == code, t.unit.c.validity.op("@>")(on))
    if level is not None:
        query = query.where(t.unit.c.level == level.value)
    rows = [unit_of_row(row) for row in tx.connection.execute(query)]
    order = list(Level)
    return min(rows, key=lambda unit: order.index(unit.level)) if rows else None


def province_of(tx: Reader, unit_id: int, *, on: date) -> int | None:
    """The province that a unit lies in, in the register of a day; a province lies in itself."""
    query = (
        select(t.register.c.province_id)
        .join(t.epoch, t.epoch.c.epoch_id == t.register.c.epoch_id)
        .where(t.register.c.unit_id == unit_id, _epoch_on(on))
    )
    found: int | None = tx.connection.scalar(query)
    return found


def has_districts(tx: Reader, *, epoch_id: int) -> bool:
    """Whether the register has districts between provinces and communes."""
    return bool(tx.connection.scalar(select(t.epoch.c.districts).where(t.epoch.c.epoch_id == epoch_id)))


def versions(tx: Reader, *, code: str, level: Level) -> tuple[Unit, ...]:
    """All versions that ever had this code, oldest first."""
    query = (
        select(t.unit)
        .where(t.unit.c.code == code, t.unit.c.level == level.value)
        .order_by(t.unit.c.valid_from.asc().nulls_first())
    )
    return tuple(unit_of_row(row) for row in tx.connection.execute(query))


def successions(tx: Reader, *, unit_id: int, forward: bool) -> tuple[Succession, ...]:
    """Steps out of a version (`forward`) or into it, in order of time."""
    old, new = t.unit.alias("old"), t.unit.alias("new")
    step = t.unit_succession
    query = (
        select(step.c.kind, step.c.effective_on, step.c.extent, step.c.legal_ref, step.c.confidence, step.c.note)
        .add_columns(*_columns(old, "old_"), *_columns(new, "new_"))
        .select_from(
            step.outerjoin(old, old.c.unit_id == step.c.old_unit_id).outerjoin(new, new.c.unit_id == step.c.new_unit_id)
        )
        .where((step.c.old_unit_id if forward else step.c.new_unit_id) == unit_id)
        .order_by(step.c.effective_on, old.c.code, new.c.code)
    )
    return tuple(
        Succession(
            old=_unit_of(row._mapping, "old_"),
            new=_unit_of(row._mapping, "new_"),
            kind=SuccessionKind(row.kind),
            effective_on=row.effective_on,
            extent=Extent(row.extent),
            legal_ref=row.legal_ref,
            confidence=row.confidence,
            note=row.note,
        )
        for row in tx.connection.execute(query)
    )


def divisions(tx: Reader) -> tuple[Division, ...]:
    """The named divisions, oldest first."""
    query = select(t.division).order_by(t.division.c.on_date)
    return tuple(Division(row.code, row.name_vi, row.name_en, row.on_date) for row in tx.connection.execute(query))


def boundaries(tx: Reader, *, division: str) -> tuple[Boundary, ...]:
    """Province polygons of a division, by code."""
    query = (
        select(t.unit.c.code, t.unit.c.name_vi, func.ST_AsGeoJSON(t.unit_boundary.c.geom, 6).label("geojson"))
        .join(t.unit, t.unit.c.unit_id == t.unit_boundary.c.unit_id)
        .where(t.unit_boundary.c.division == division)
        .order_by(t.unit.c.code)
    )
    return tuple(Boundary(row.code, row.name_vi, row.geojson) for row in tx.connection.execute(query))


def shapes_of(tx: Reader, province_ids: frozenset[int]) -> dict[int, str]:
    """Polygons of province versions as GeoJSON; a version never drawn itself gets the shape drawn for its code."""
    drawn = t.unit.alias("drawn")
    query = (
        select(t.unit.c.unit_id, func.ST_AsGeoJSON(t.unit_boundary.c.geom, 6).label("geojson"))
        .join(drawn, and_(drawn.c.level == t.unit.c.level, drawn.c.code == t.unit.c.code))
        .join(t.unit_boundary, t.unit_boundary.c.unit_id == drawn.c.unit_id)
        .where(t.unit.c.unit_id.in_(province_ids))
        .order_by((drawn.c.unit_id == t.unit.c.unit_id).desc(), t.unit_boundary.c.division)
    )
    found: dict[int, str] = {}
    for row in tx.connection.execute(query):
        found.setdefault(row.unit_id, row.geojson)
    return found


def communes_on(tx: Reader, *, on: date) -> dict[str, tuple[int, int, str]]:
    """Communes in force on a day: code -> (unit_id, unit_id of the province, code of the province)."""
    province = t.unit.alias("province")
    query = (
        select(t.unit.c.code, t.unit.c.unit_id, t.register.c.province_id, province.c.code.label("province_code"))
        .select_from(t.register)
        .join(t.epoch, t.epoch.c.epoch_id == t.register.c.epoch_id)
        .join(t.unit, t.unit.c.unit_id == t.register.c.unit_id)
        .join(province, province.c.unit_id == t.register.c.province_id)
        .where(t.register.c.level == Level.COMMUNE.value, _epoch_on(on))
    )
    return {row.code: (row.unit_id, row.province_id, row.province_code) for row in tx.connection.execute(query)}


def predecessors(tx: Reader, unit_ids: Sequence[int], *, on: date) -> tuple[Predecessor, ...]:
    """Communes that have ended and whose land lies in these, wholly or in part, in the register of that day."""
    old, new, p = t.unit.alias("old"), t.unit.alias("new"), t.projection
    query = (
        select(new.c.unit_id, new.c.code, old.c.unit_id.label("old_unit_id"), old.c.code.label("old_code"), p.c.extent)
        .select_from(p)
        .join(t.epoch, t.epoch.c.epoch_id == p.c.epoch_id)
        .join(old, old.c.unit_id == p.c.from_unit_id)
        .join(new, new.c.unit_id == p.c.to_unit_id)
        .where(p.c.to_unit_id.in_(unit_ids), p.c.from_unit_id != p.c.to_unit_id, old.c.valid_to <= on, _epoch_on(on))
        .order_by(new.c.unit_id, old.c.unit_id)
    )
    rows = list(tx.connection.execute(query))
    mixed = {row.unit_id for row in rows if row.old_code != row.code or row.extent != Extent.FULL}
    return tuple(
        Predecessor(row.unit_id, row.old_unit_id, row.old_code, row.extent == Extent.FULL, row.unit_id not in mixed)
        for row in rows
    )


def code_lists(tx: Reader) -> dict[str, frozenset[str]]:
    """Codes of every list, all schemes together."""
    query = select(t.code_entry.c.list, func.array_agg(t.code_entry.c.code)).group_by(t.code_entry.c.list)
    return {name: frozenset(codes) for name, codes in tx.connection.execute(query)}


def _epoch_on(on: date) -> Any:
    return and_(
        or_(t.epoch.c.valid_from.is_(None), t.epoch.c.valid_from <= on),
        or_(t.epoch.c.valid_to.is_(None), t.epoch.c.valid_to > on),
    )


def _columns(table: Any, prefix: str) -> list[Any]:
    return [column.label(prefix + column.name) for column in table.c if column.name != "validity"]


def unit_of_row(row: Row[Any]) -> Unit:
    """The unit in a row of `ref.unit`."""
    found = _unit_of(row._mapping, "")
    assert found is not None  # noqa: S101 - the row is a unit's own
    return found


def _unit_of(row: Mapping[Any, Any], prefix: str) -> Unit | None:
    if row[f"{prefix}unit_id"] is None:
        return None
    return Unit(
        unit_id=row[f"{prefix}unit_id"],
        level=Level(row[f"{prefix}level"]),
        code=row[f"{prefix}code"],
        name_vi=row[f"{prefix}name_vi"],
        name_ascii=row[f"{prefix}name_ascii"],
        type_vi=row[f"{prefix}type_vi"],
        full_name_vi=row[f"{prefix}full_name_vi"],
        parent_code=row[f"{prefix}parent_code"],
        valid_from=row[f"{prefix}valid_from"],
        valid_to=row[f"{prefix}valid_to"],
    )


# Loading: the reference files replace what is there, and unit ids stay what they were.


def loaded(tx: Reader) -> dict[str, str]:
    """File -> SHA-256 of what was loaded."""
    rows = tx.connection.execute(select(t.reference_load.c.file, t.reference_load.c.sha256))
    return {row.file: row.sha256 for row in rows}


def mark_loaded(tx: Writer, *, file: str, sha256: str, rows: int) -> None:
    values = {"sha256": sha256, "rows": rows, "loaded_at": func.clock_timestamp()}
    tx.connection.execute(
        upsert(t.reference_load).values(file=file, **values).on_conflict_do_update(index_elements=["file"], set_=values)
    )


def save_units(tx: Writer, rows: Sequence[Mapping[str, Any]]) -> tuple[Unit, ...]:
    """Insert or correct unit versions, and return all of them with their ids."""
    key = ["level", "code", "valid_from"]
    changing = [column.name for column in t.unit.c if column.name not in {*key, "unit_id", "validity"}]
    statement = upsert(t.unit)
    statement = statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in changing}
    )
    _write_many(tx, statement, rows)
    return tuple(unit_of_row(row) for row in tx.connection.execute(select(t.unit).order_by(t.unit.c.unit_id)))


def replace_successions(tx: Writer, rows: Sequence[Mapping[str, Any]]) -> None:
    tx.connection.execute(delete(t.unit_succession))
    _insert_many(tx, t.unit_succession, rows)


def replace_registers(
    tx: Writer,
    *,
    epochs: Iterable[Epoch],
    members: Mapping[int, Sequence[tuple[Unit, int | None, int]]],
    images: Mapping[tuple[int, int], Image],
) -> None:
    """Write the registers worked out: `members[epoch_id]` are (unit, district_id, province_id)."""
    for table in (t.projection, t.register, t.epoch):
        tx.connection.execute(delete(table))
    for epoch in epochs:
        counts = dict.fromkeys(Level, 0)
        for unit, _, _ in members[epoch.epoch_id]:
            counts[unit.level] += 1
        tx.connection.execute(
            insert(t.epoch).values(
                epoch_id=epoch.epoch_id,
                valid_from=epoch.valid_from,
                valid_to=epoch.valid_to,
                provinces=counts[Level.PROVINCE],
                districts=counts[Level.DISTRICT],
                communes=counts[Level.COMMUNE],
            )
        )
    _copy_rows(
        tx,
        "ref.register (epoch_id, unit_id, level, district_id, province_id)",
        (
            (epoch_id, unit.unit_id, unit.level.value, district_id if district_id is not None else "", province_id)
            for epoch_id, rows in members.items()
            for unit, district_id, province_id in rows
        ),
    )
    _copy_rows(
        tx,
        "ref.projection (epoch_id, from_unit_id, to_unit_id, extent)",
        (
            (epoch_id, unit_id, target, extent.value)
            for (epoch_id, unit_id), image in images.items()
            for target, extent in image.items()
        ),
    )
    tx.connection.execute(text("ANALYZE ref.unit, ref.register, ref.projection"))


def replace_divisions(tx: Writer, rows: Sequence[Division]) -> None:
    for row in rows:
        values = {"name_vi": row.name_vi, "name_en": row.name_en, "on_date": row.on_date}
        tx.connection.execute(
            upsert(t.division)
            .values(code=row.code, **values)
            .on_conflict_do_update(index_elements=["code"], set_=values)
        )


def replace_boundaries(tx: Writer, *, division: str, shapes: Mapping[int, str], source: str, licence: str) -> None:
    """Write province polygons, given as GeoJSON by unit id."""
    tx.connection.execute(delete(t.unit_boundary).where(t.unit_boundary.c.division == division))
    for unit_id, geojson in shapes.items():
        tx.connection.execute(
            insert(t.unit_boundary).values(
                division=division,
                unit_id=unit_id,
                geom=func.ST_Multi(func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), 4326)),
                source=source,
                licence=licence,
            )
        )


def replace_zones(tx: Writer, province_zones: Sequence[Mapping[str, Any]]) -> None:
    """Write the 18 zones, and which province works in which."""
    for one in ZONES:
        values = {"srid": one.srid, "name": one.name, "central_meridian": one.central_meridian, "scale": one.scale}
        tx.connection.execute(
            upsert(t.zone).values(epsg=one.epsg, **values).on_conflict_do_update(index_elements=["epsg"], set_=values)
        )
    tx.connection.execute(delete(t.province_zone))
    _insert_many(tx, t.province_zone, province_zones)


def replace_code_list(tx: Writer, *, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    tx.connection.execute(delete(t.code_entry).where(t.code_entry.c.list == name))
    _insert_many(tx, t.code_entry, rows)


def unit_ids(tx: Reader, keys: Iterable[tuple[str, str]], *, on: date) -> dict[tuple[str, str], int]:
    """(level, code) -> unit id, for those in force on the day."""
    wanted = list(keys)
    query = select(t.unit.c.level, t.unit.c.code, t.unit.c.unit_id).where(
        tuple_(t.unit.c.level, t.unit.c.code).in_(wanted), t.unit.c.validity.op("@>")(on)
    )
    return {(row.level, row.code): row.unit_id for row in tx.connection.execute(query)}


def _insert_many(tx: Writer, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    _write_many(tx, insert(table), rows)


def _write_many(tx: Writer, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """A thousand rows or so a statement; the rows are no part of it, since one of thousands takes seconds to compose."""
    if rows:
        tx.connection.execute(statement, rows)


def _copy_rows(tx: Writer, target: str, rows: Iterable[tuple[object, ...]]) -> None:
    """COPY of plain values: numbers and words of our own, nothing that needs quoting; empty is NULL."""
    from io import StringIO

    buffer = StringIO()
    for row in rows:
        buffer.write(",".join(map(str, row)) + "\n")
    buffer.seek(0)
    with tx.raw.cursor() as cursor:
        cursor.copy_expert(f"COPY {target} FROM STDIN (FORMAT csv)", buffer)
