"""Parcels looked up by number, and their lives, as the map's role sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from landdata.model.parcel_lives import Box, Commune, Kin, Listed, ParcelKey, ParcelLife, Purpose, Sheet, Version
from landdata.model.tiles import ParcelReader
from landdata.store.mapping import Windows

# Codes go round: 24 was one province and is another, so a commune's name stands with the province it lay in last.
_PROVINCE = """(SELECT v.full_name_vi FROM ref.register r JOIN ref.unit v ON v.unit_id = r.province_id
  WHERE r.unit_id = {unit} ORDER BY r.epoch_id DESC LIMIT 1)"""
_COMMUNES = f"""
SELECT g.unit_id, u.code, u.full_name_vi, coalesce({_PROVINCE.format(unit="g.unit_id")}, ''), g.parcels,
  ST_XMin(g.hull), ST_YMin(g.hull), ST_XMax(g.hull), ST_YMax(g.hull)
FROM stats.shown_ground g JOIN ref.unit u ON u.unit_id = g.unit_id
WHERE {{which}} ORDER BY u.code, g.unit_id
"""
_COMMUNE_NAMES = f"""
SELECT u.unit_id, u.full_name_vi || ' ' || coalesce({_PROVINCE.format(unit="u.unit_id")}, '') FROM ref.unit u
WHERE u.level = 'commune' ORDER BY u.code, u.unit_id
"""
_GROUND = """
SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (SELECT ST_Extent(hull) AS b FROM stats.shown_ground) one
WHERE b IS NOT NULL
"""
_SHEETS = """
SELECT map_sheet_number, count(*) FROM land.shown_version
WHERE commune_id = %(commune)s AND is_current GROUP BY 1 ORDER BY 1
"""
_LISTED = """
SELECT p.commune_id, p.map_sheet_number, p.parcel_number, p.commune_code, p.commune_name,
  coalesce(p.legal_area_m2, p.map_area_m2)::float8, coalesce(p.purpose, '')
FROM land.shown_parcel p WHERE p.is_current AND {where}
ORDER BY p.commune_id, p.map_sheet_number, p.parcel_number LIMIT %(limit)s
"""
_VERSIONS = """
SELECT v.since_on, v.since_at, v.until_on, v.until_at, v.restores_record_id IS NOT NULL,
  coalesce(v.until_kind = 'WITHDRAW', false), v.is_current, v.parcel_uid,
  v.legal_area_m2::float8, v.map_area_m2::float8, v.zone_epsg, v.office_vi, v.office_en,
  coalesce((SELECT json_agg(json_build_array(w.code, w.area_m2::float8, coalesce(w.term_text, ''), coalesce(c.name_vi, ''),
      coalesce(c.name_en, '')) ORDER BY w.purpose_no)
    FROM land.shown_purpose w LEFT JOIN LATERAL (SELECT e.name_vi, e.name_en FROM ref.code_entry e
      WHERE e.list = 'land_use_purpose' AND e.code = w.code ORDER BY e.scheme DESC LIMIT 1) c ON true
    WHERE w.commune_id = v.commune_id AND w.record_id = v.record_id AND w.parcel_no = v.parcel_no), '[]'),
  v.record_id, v.parcel_no, ST_XMin(v.geom), ST_YMin(v.geom), ST_XMax(v.geom), ST_YMax(v.geom)
FROM land.shown_version v
WHERE v.commune_id = %(commune)s AND v.map_sheet_number = %(sheet)s AND v.parcel_number = %(number)s
ORDER BY v.is_current DESC, v.since_at DESC, v.record_id DESC LIMIT %(limit)s
"""
_NAME = f"""
SELECT u.code, u.full_name_vi, coalesce({_PROVINCE.format(unit="u.unit_id")}, '') FROM ref.unit u WHERE u.unit_id = %(commune)s
"""
_PARENTS = """
SELECT parent_commune_id, parent_commune, parent_sheet, parent_parcel FROM land.shown_lineage
WHERE commune_id = %(commune)s AND record_id = %(record)s AND parcel_no = %(parcel_no)s ORDER BY parent_no
"""
# A parcel's children lie in its commune, or in one that this became.
_CHILDREN = """
SELECT DISTINCT p.commune_id, p.commune_code, p.map_sheet_number, p.parcel_number
FROM land.shown_lineage l JOIN land.shown_parcel p
  ON p.commune_id = l.commune_id AND p.record_id = l.record_id AND p.parcel_no = l.parcel_no AND p.is_current
WHERE l.commune_id IN (SELECT %(commune)s UNION SELECT s.new_unit_id FROM ref.unit_succession s
    WHERE s.old_unit_id = %(commune)s AND s.new_unit_id IS NOT NULL)
  AND l.parent_commune_id = %(commune)s AND l.parent_sheet = %(sheet)s AND l.parent_parcel = %(number)s
ORDER BY 1, 3, 4 LIMIT %(limit)s
"""
# What a list or a life shows at most.
MOST = 500


def communes(windows: Windows, reader: ParcelReader, *, code: str) -> list[Commune]:
    """Commune versions of this code with parcels on record. Raises DatabaseUnavailable."""
    return _communes(windows, reader, "u.code = %(code)s", {"code": code})


def communes_among(windows: Windows, reader: ParcelReader, *, commune_ids: Sequence[int]) -> list[Commune]:
    """Those of these commune versions that have parcels on record, by code. Raises DatabaseUnavailable."""
    return _communes(windows, reader, "g.unit_id = ANY(%(communes)s)", {"communes": list(commune_ids)})


def commune_names(windows: Windows, reader: ParcelReader) -> Sequence[tuple[int, str]]:
    """Every commune version with its name and that of the province it lay in last. Raises DatabaseUnavailable."""
    return [(unit, name) for unit, name in windows.ask(reader, _COMMUNE_NAMES, {})]


def ground(windows: Windows, reader: ParcelReader) -> Box | None:
    """Where everything lies that the reader may see; None where there is nothing. Raises DatabaseUnavailable."""
    found = windows.ask(reader, _GROUND, {})
    return found[0] if found else None


def sheets(windows: Windows, reader: ParcelReader, *, commune_id: int) -> list[Sheet]:
    """Map sheets with parcels that stand. Raises DatabaseUnavailable."""
    return [Sheet(*row) for row in windows.ask(reader, _SHEETS, {"commune": commune_id})]


def on_sheet(
    windows: Windows, reader: ParcelReader, *, commune_ids: Sequence[int], sheet: int, number: int | None = None
) -> list[Listed]:
    """Parcels that stand on a sheet of these communes, or the one with the number. Raises DatabaseUnavailable."""
    where = "p.commune_id = ANY(%(communes)s) AND p.map_sheet_number = %(sheet)s"
    if number is not None:
        where += " AND p.parcel_number = %(number)s"
    given = {"communes": list(commune_ids), "sheet": sheet, "number": number, "limit": MOST}
    return [_listed(row) for row in windows.ask(reader, _LISTED.format(where=where), given)]


def with_uid(windows: Windows, reader: ParcelReader, *, spelt: Sequence[str]) -> list[Listed]:
    """Parcels that stand under a national id, which may be `spelt` in one of these ways. Raises DatabaseUnavailable."""
    given = {"uids": list(spelt), "limit": MOST}
    return [_listed(row) for row in windows.ask(reader, _LISTED.format(where="p.parcel_uid = ANY(%(uids)s)"), given)]


def life(windows: Windows, reader: ParcelReader, key: ParcelKey) -> ParcelLife | None:
    """The life of a parcel, or None where nobody delivered one or the reader may not see it. Raises DatabaseUnavailable."""
    named = {"commune": key.commune_id, "sheet": key.sheet, "number": key.number, "limit": MOST}
    rows = windows.ask(reader, _VERSIONS, named)
    if not rows:
        return None
    ((code, name, province),) = windows.ask(reader, _NAME, named)
    *_, record, parcel_no, west, south, east, north = rows[0]
    parents = windows.ask(reader, _PARENTS, {**named, "record": record, "parcel_no": parcel_no})
    return ParcelLife(
        key, code, name, province,
        versions=tuple(_version(row) for row in rows),
        parents=tuple(
            Kin(ParcelKey(unit, sheet, number) if unit is not None else None, told, sheet, number)
            for unit, told, sheet, number in parents
        ),
        children=tuple(
            Kin(ParcelKey(unit, sheet, number), told, sheet, number)
            for unit, told, sheet, number in windows.ask(reader, _CHILDREN, named)
        ),
        box=(west, south, east, north),
    )  # fmt: skip


def _communes(windows: Windows, reader: ParcelReader, which: str, given: dict[str, Any]) -> list[Commune]:
    return [
        Commune(unit, code, name, province, parcels, box=None if box[0] is None else tuple(box))
        for unit, code, name, province, parcels, *box in windows.ask(reader, _COMMUNES.format(which=which), given)
    ]


def _listed(row: tuple[object, ...]) -> Listed:
    unit, sheet, number, *rest = row
    return Listed(ParcelKey(unit, sheet, number), *rest)  # type: ignore[arg-type]


def _version(row: tuple[Any, ...]) -> Version:
    told = [*row[:13], tuple(Purpose(*one) for one in row[13])]
    return Version(*told)
