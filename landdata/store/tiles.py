"""Vector tiles, made by the database: parcels, or what communes and provinces hold; nobody's name is in them."""

from __future__ import annotations

from landdata.model.tiles import (
    BUFFER,
    COMMUNES_FROM,
    EXTENT,
    NUMBERS_FROM,
    PARCELS_FROM,
    PROVINCES_TO,
    ParcelReader,
    Tile,
)
from landdata.store.mapping import Windows

# From zoom 15 on a tile is so low that Web Mercator is straight within it (0.04 of a unit, a centimetre or two): shapes
# are laid into the tile from degrees, and neither is anything projected here nor is a second geometry kept.
_SHOWN = "p.record_id * 32768 + p.parcel_no AS fid, p.id, p.commune_code, p.map_sheet_number, p.parcel_number"
_MORE = "coalesce(p.legal_area_m2, p.map_area_m2)::float8 AS area_m2, p.purpose"
_WITHIN = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)::box2d"
_AROUND = "p.is_current AND p.geom && ST_MakeEnvelope(%(far_west)s, %(far_south)s, %(far_east)s, %(far_north)s, 4326)"
_PARCELS = f"""
SELECT ST_AsMVT(t.*, 'parcels', {EXTENT}, 'geom', 'fid') FROM (
  SELECT ST_AsMVTGeom(p.geom, {_WITHIN}, {EXTENT}, {BUFFER}, true) AS geom, {_SHOWN}, {_MORE}
  FROM land.shown_parcel p WHERE {_AROUND}
) t
"""
# A parcel lies in several tiles, its number stands in one of them: where a point within it is. The far edges belong to
# the next tile, to the unit, as the point is rounded.
_NUMBERED_PARCELS = f"""
WITH found AS MATERIALIZED (SELECT p.geom, {_SHOWN}, {_MORE} FROM land.shown_parcel p WHERE {_AROUND})
SELECT (
  SELECT ST_AsMVT(t.*, 'parcels', {EXTENT}, 'geom', 'fid') FROM (
    SELECT ST_AsMVTGeom(p.geom, {_WITHIN}, {EXTENT}, {BUFFER}, true) AS geom, fid, id, commune_code, map_sheet_number,
      parcel_number, area_m2, purpose
    FROM found p) t
), (
  SELECT ST_AsMVT(t.*, 'parcel_places', {EXTENT}, 'geom') FROM (
    SELECT * FROM (
      SELECT ST_AsMVTGeom(ST_PointOnSurface(p.geom), {_WITHIN}, {EXTENT}, 1, true) AS geom, map_sheet_number, parcel_number
      FROM found p OFFSET 0) place
    WHERE ST_X(geom) >= 0 AND ST_X(geom) < {EXTENT} AND ST_Y(geom) >= 0 AND ST_Y(geom) < {EXTENT}) t
)
"""
_COMMUNES = f"""
SELECT coalesce(string_agg(layer, ''), '') FROM (
  SELECT ST_AsMVT(t.*, 'communes', {EXTENT}, 'geom', 'fid') AS layer FROM (
    SELECT ST_AsMVTGeom(ST_Transform(c.hull, 3857), b.box, {EXTENT}, {BUFFER}, true) AS geom, c.unit_id AS fid, c.code,
      c.name, c.province_code, c.parcels, c.in_force
    FROM stats.shown_commune c, box b WHERE c.hull && b.around) t WHERE t.geom IS NOT NULL
  UNION ALL
  -- In one tile each, so that a name is written once.
  SELECT ST_AsMVT(t.*, 'commune_places', {EXTENT}, 'geom', 'fid') FROM (
    SELECT ST_AsMVTGeom(ST_Transform(c.place, 3857), b.box, {EXTENT}, 0, true) AS geom, c.unit_id AS fid, c.code,
      c.name, c.province_code, c.parcels, c.in_force
    FROM stats.shown_commune c, box b WHERE c.hull && b.around AND ST_Intersects(c.place, b.within)) t WHERE t.geom IS NOT NULL
) communes
"""
_PROVINCES = f"""
SELECT ST_AsMVT(t.*, 'provinces', {EXTENT}, 'geom', 'fid') FROM (
  SELECT ST_AsMVTGeom(ST_Transform(d.geom, 3857), b.box, {EXTENT}, {BUFFER}, true) AS geom, u.unit_id AS fid, u.code,
    u.full_name_vi AS name, n.communes, n.connected
  FROM ref.epoch e JOIN stats.connected n ON n.epoch_id = e.epoch_id AND n.level = 'province'
  JOIN ref.unit u ON u.unit_id = n.unit_id
  CROSS JOIN box b
  -- A version that was never drawn itself has the shape drawn for its code.
  CROSS JOIN LATERAL (
    SELECT o.geom FROM ref.unit v JOIN ref.unit_boundary o ON o.unit_id = v.unit_id
    WHERE v.level = 'province' AND v.code = u.code ORDER BY v.unit_id = u.unit_id DESC, o.division LIMIT 1) d
  WHERE e.valid_to IS NULL AND d.geom && b.around) t WHERE t.geom IS NOT NULL
"""
_BOX = """
WITH box AS (
  SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box,
    ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AS within,
    ST_MakeEnvelope(%(far_west)s, %(far_south)s, %(far_east)s, %(far_north)s, 4326) AS around
)
"""


async def tile(windows: Windows, reader: ParcelReader, wanted: Tile) -> bytes:
    """A tile as Mapbox vector tile 2.1, empty where there is nothing. Raises DatabaseUnavailable."""
    box, around = wanted.box, wanted.around
    values: dict[str, float] = {} if wanted.z >= PARCELS_FROM else {"z": wanted.z, "x": wanted.x, "y": wanted.y}
    values |= {
        "west": box.west, "south": box.south, "east": box.east, "north": box.north,
        "far_west": around.west, "far_south": around.south, "far_east": around.east, "far_north": around.north,
    }  # fmt: skip
    (row,) = await windows.asked(reader, _statement(wanted.z), values, planned=True)
    return b"".join(bytes(layer) for layer in row if layer is not None)


def _statement(z: int) -> str:
    if z >= PARCELS_FROM:
        return _NUMBERED_PARCELS if z >= NUMBERS_FROM else _PARCELS
    layers = [*([_PROVINCES] if z <= PROVINCES_TO else []), *([_COMMUNES] if z >= COMMUNES_FROM else [])]
    return f"{_BOX} SELECT {', '.join(f'({layer})' for layer in layers)}"
