"""Features as GeoJSON text made by the database, page by page behind a key: nothing is counted, nothing skipped over."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

from landdata.model.conditions import Always, Between, Compare, Condition, Joined, Missing, Not, OneOf, Value
from landdata.model.feature_pages import Asked, Page
from landdata.model.features import COLLECTIONS, LEVELS, PARCELS, Kind, Property, Span, System, Window, system
from landdata.model.tiles import ParcelReader
from landdata.store.mapping import Windows

# Up to about 11 km by 11 km a page is sorted from all that lies in the box; beyond, communes are gone through in order.
_SMALL_SQUARE_DEGREES = 0.01
# A millimetre.
_DEGREES, _METRES = 8, 3

_UNITS = """(
  SELECT u.unit_id, u.level, u.code, u.full_name_vi AS name, u.parent_code, u.valid_from, u.valid_to,
    (SELECT v.code FROM ref.register g JOIN ref.unit v ON v.unit_id = g.province_id WHERE g.unit_id = u.unit_id
       ORDER BY g.epoch_id DESC LIMIT 1) AS province_code,
    -- A version that was never drawn itself has the shape drawn for its code.
    CASE WHEN u.level = 'province' THEN (
      SELECT o.geom FROM ref.unit v JOIN ref.unit_boundary o ON o.unit_id = v.unit_id
      WHERE v.level = u.level AND v.code = u.code ORDER BY v.unit_id = u.unit_id DESC, o.division LIMIT 1) END AS geom
  FROM ref.unit u)"""
# All but the first purpose, which is written from all of them, and the province, which is remembered from one parcel of a
# commune to the next: each would be looked up apart.
_APART = {
    "purpose": "nullif(split_part(p.purposes, '+', 1), '')",
    "province_code": "province.code",
}
_TAKEN = ", ".join(
    f"p.{name}"
    for name in (
        "commune_id", "record_id", "id", "geom",
        *(one.name for one in PARCELS.properties if one.name not in _APART),
    )
)  # fmt: skip
_PROVINCE = """
LEFT JOIN LATERAL (SELECT v.code FROM ref.register g JOIN ref.unit v ON v.unit_id = g.province_id
  WHERE g.unit_id = p.commune_id ORDER BY g.epoch_id DESC LIMIT 1) province ON true"""
_PARCEL_KEY = ("commune_id", "map_sheet_number", "parcel_number")


class _Statement:
    """A statement in the making: every value goes in by a name of its own."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._names = count()

    def put(self, value: Any, kind: str = "") -> str:
        name = f"v{next(self._names)}"
        self.values[name] = value
        return f"%({name})s{kind}"


async def page(windows: Windows, reader: ParcelReader, asked: Asked) -> Page:
    """One page, in the order of its key. Raises DatabaseUnavailable."""
    made = _Statement()
    key = _PARCEL_KEY if asked.collection is PARCELS else ("unit_id",)
    rows = _parcels(made, asked) if asked.collection is PARCELS else _units(made, asked)
    order = ", ".join(f"p.{name}" for name in key)
    feature = _feature(asked.collection.name, asked.system.uri)
    statement = f"SELECT {order}, {feature} FROM {_with_province(asked, rows)} ORDER BY {order}"
    # Planned each time: without the box at hand the planner would go through all parcels in order.
    found = await windows.asked(reader, statement, made.values)
    given = found[: asked.limit]
    after = tuple(given[-1][:-1]) if len(found) > len(given) else None
    return Page(b",".join(row[-1] for row in given), len(given), after)


async def one(windows: Windows, reader: ParcelReader, asked: Asked, key: tuple[int, ...]) -> bytes | None:
    """One feature by its key."""
    made = _Statement()
    if asked.collection is PARCELS:
        where = " AND ".join(f"p.{name} = {made.put(part)}" for name, part in zip(_PARCEL_KEY, key, strict=True))
        if asked.span is None:
            # There is one at most; the limit keeps its purposes from being looked up wherever they are written.
            rows = f"SELECT {_TAKEN} FROM land.shown_parcel p WHERE p.is_current AND {where} LIMIT 1"
        else:
            when = _when(made, asked.span, "effective_from", "effective_to")
            rows = (
                f"SELECT {_TAKEN} FROM land.shown_parcel p WHERE {where} AND {when} "
                "ORDER BY effective_from DESC, record_id DESC LIMIT 1"
            )
    else:
        level = made.put(LEVELS[asked.collection.name])
        rows = f"SELECT p.* FROM {_UNITS} p WHERE p.level = {level} AND p.unit_id = {made.put(key[0])}"
    feature = _feature(asked.collection.name, asked.system.uri)
    statement = f"SELECT {feature} FROM {_with_province(asked, rows)}"
    found = await windows.asked(reader, statement, made.values, planned=True)
    return bytes(found[0][0]) if found else None


def _parcels(made: _Statement, asked: Asked) -> str:
    """The page's parcels and one more."""
    order = ", ".join(_PARCEL_KEY)
    where = _conditions(made, asked)
    if asked.after is not None:
        where.append(f"(p.commune_id, p.map_sheet_number, p.parcel_number) > ({', '.join(map(made.put, asked.after))})")
    limit = f"LIMIT {asked.limit + 1}"
    if asked.span is not None:
        when = [_when(made, asked.span, "effective_from", "effective_to"), *where]
        # What stands and what has ended have an index each. Of several versions in a span the last one counts.
        parts = " UNION ALL ".join(
            f"SELECT {_TAKEN} FROM land.shown_parcel p WHERE {' AND '.join([stands, *when])}"
            for stands in ("p.is_current", "NOT p.is_current")
        )
        return f"SELECT DISTINCT ON ({order}) * FROM ({parts}) v ORDER BY {order}, effective_from DESC, record_id DESC {limit}"
    if _is_small(asked.window):
        every = " AND ".join(["p.is_current", *where])
        return f"SELECT {_TAKEN} FROM land.shown_parcel p WHERE {every} ORDER BY {order} {limit}"
    ground = ["true"]
    if asked.after is not None:
        ground.append(f"g.unit_id >= {made.put(asked.after[0])}")
    if asked.window is not None:
        ground.append(f"(g.hull IS NULL OR g.hull && ST_GeomFromText({made.put(asked.window.wkt)}, 4326))")
    codes = _codes(asked.condition)
    if codes is not None:
        ground.append(f"g.code = ANY ({made.put(list(codes))})")
    inner = " AND ".join(["p.commune_id = g.unit_id", "p.is_current", *where])
    # Commune by commune until the page is full: no plan has to go through others to find it.
    around = f"SELECT g.unit_id FROM stats.shown_ground g WHERE {' AND '.join(ground)} ORDER BY g.unit_id OFFSET 0"
    return (
        f"SELECT p.* FROM ({around}) g CROSS JOIN LATERAL (SELECT {_TAKEN} FROM land.shown_parcel p WHERE {inner} "
        f"ORDER BY p.map_sheet_number, p.parcel_number {limit}) p {limit}"
    )


def _is_small(window: Window | None) -> bool:
    return window is not None and window.square_degrees <= _SMALL_SQUARE_DEGREES


def _units(made: _Statement, asked: Asked) -> str:
    where = [f"p.level = {made.put(LEVELS[asked.collection.name])}", *_conditions(made, asked)]
    if asked.span is not None:
        where.append(_when(made, asked.span, "valid_from", "valid_to"))
    if asked.after is not None:
        where.append(f"p.unit_id > {made.put(asked.after[0])}")
    return f"SELECT p.* FROM {_UNITS} p WHERE {' AND '.join(where)} ORDER BY p.unit_id LIMIT {asked.limit + 1}"


def _conditions(made: _Statement, asked: Asked) -> list[str]:
    found = [] if asked.condition is None else [_told(made, asked.condition)]
    return found if asked.window is None else [*found, *_within(made, asked.window)]


def _within(made: _Statement, window: Window) -> list[str]:
    place = f"ST_GeomFromText({made.put(window.wkt)}, 4326)"
    # A shape whose own box lies within a rectangle needs no closer look.
    exact = f"ST_Intersects(p.geom, {place})"
    return [f"p.geom && {place}", f"CASE WHEN p.geom @ {place} THEN true ELSE {exact} END" if window.plain else exact]


def _when(made: _Statement, span: Span, since: str, until: str) -> str:
    parts = ["true"]
    if span.last is not None:
        parts.append(f"(p.{since} IS NULL OR p.{since} <= {made.put(span.last, '::date')})")
    if span.first is not None:
        parts.append(f"(p.{until} IS NULL OR p.{until} > {made.put(span.first, '::date')})")
    return " AND ".join(parts)


def _told(made: _Statement, condition: Condition) -> str:  # noqa: PLR0911 - one case for each kind
    """SQL of a condition; names were checked against the collection, and values go in apart."""
    match condition:
        case Always(holds):
            return "true" if holds else "false"
        case Not(part):
            return f"NOT ({_told(made, part)})"
        case Joined(every, parts):
            return "(" + (" AND " if every else " OR ").join(_told(made, part) for part in parts) + ")"
        case Missing(name):
            return f"p.{name} IS NULL"
        case Between(name, least, most):
            return f"p.{name} BETWEEN {_put(made, least)} AND {_put(made, most)}"
        case OneOf(name, values):
            return f"p.{name} IN ({', '.join(_put(made, value) for value in values)})"
        case Compare(name, operator, value):
            return f"p.{name} {'LIKE' if operator == 'like' else operator} {_put(made, value)}"


def _put(made: _Statement, value: Value) -> str:
    if isinstance(value, float):
        # A whole number compared as one can be looked up in an index of whole numbers.
        return made.put(int(value)) if value.is_integer() else made.put(value, "::numeric")
    return made.put(value) if isinstance(value, str) else made.put(value, "::date")


def _codes(condition: Condition | None) -> tuple[str, ...] | None:
    """The communes that a condition confines itself to; None where it does not."""
    match condition:
        case Compare("commune_code", "=", str(value)):
            return (value,)
        case OneOf("commune_code", values):
            return tuple(str(value) for value in values)
        case Joined(True, parts):
            return next((found for found in map(_codes, parts) if found is not None), None)
    return None


def _with_province(asked: Asked, rows: str) -> str:
    return f"({rows}) p{_PROVINCE if asked.collection is PARCELS else ''}"


@cache
def _feature(name: str, crs: str) -> str:
    """SQL of one feature's text; there are a handful of collections and of systems."""
    collection = COLLECTIONS[name]
    parcels = collection is PARCELS
    key = "p.id" if parcels else "p.unit_id"
    # Written piece by piece: row_to_json works out anew for each row what its columns are.
    properties = " || ',".join(
        f'"{one.name}":\' || {_json(one, _APART.get(one.name) if parcels else None)}' for one in collection.properties
    )
    return (
        f'\'{{"type":"Feature","id":"\' || {key} || \'","geometry":\' || {_shape(system(crs, "crs"))} '
        f"|| ',\"properties\":{{{properties} || '}}}}'"
    )


def _json(one: Property, apart: str | None) -> str:
    value = apart or f"p.{one.name}"
    match one.kind:
        case Kind.TEXT:
            written = f"to_json({value})::text"
        case Kind.DATE:
            written = f"'\"' || {value} || '\"'"
        case _:
            written = f"{value}::text"
    return f"coalesce({written}, 'null')"


def _shape(system: System) -> str:
    if system.zone is not None:
        shape, digits = f"ST_Transform(p.geom, {system.zone.srid})", _METRES
    else:
        shape, digits = "ST_FlipCoordinates(p.geom)" if system.latitude_first else "p.geom", _DEGREES
    return f"coalesce(ST_AsGeoJSON({shape}, {digits}, 0), 'null')"
