"""Faulty parcels as GeoJSON in WGS 84 (RFC 7946): longitude before latitude, outlines counter-clockwise; values only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import shapely

from landdata.model.crs import to_wgs84_arrays
from landdata.model.faults import FaultMap
from landdata.model.parcels import Objects

_DIGITS = 9  # of a degree: a tenth of a millimetre


def write(parcels: FaultMap, target: Path) -> None:
    """A feature for each faulty parcel, all of them; `geometry` is null where there is nothing to draw."""
    placed = _placed(parcels.shapes[[one.at for one in parcels.faulty]], parcels.epsg)
    shapes = shapely.to_geojson(placed)
    with target.open("w", encoding="utf-8") as out:
        out.write('{"type": "FeatureCollection", "features": [')
        for at, (one, shape) in enumerate(zip(parcels.faulty, shapes, strict=True)):
            properties = {
                "row": one.rows[0],
                "rows": list(one.rows),
                "parcel": one.name,
                "severity": "REFUSES_RECORD" if one.worst == 2 else "WARNING",
                "codes": list(one.codes),
                "detail": one.why[0],
                "detail_en": one.why[1],
            }
            said = json.dumps(properties, ensure_ascii=False)
            out.write(
                f'{"," if at else ""}\n{{"type": "Feature", "properties": {said}, "geometry": {shape or "null"}}}'
            )
        out.write("\n]}\n")


def _placed(plane: Objects, epsg: int) -> Objects:
    corners = shapely.get_coordinates(plane)
    lon, lat = to_wgs84_arrays(epsg, corners[:, 0], corners[:, 1])
    moved = shapely.set_coordinates(plane.copy(), np.round(np.column_stack([lon, lat]), _DIGITS))
    # A corner the zone cannot reach has no degrees, and JSON no word for it.
    reached = np.isfinite(shapely.bounds(moved)).all(axis=1)
    placed: Objects = moved.copy()
    placed[~reached] = None
    valid = shapely.is_valid(placed)
    placed[valid] = shapely.orient_polygons(placed[valid])
    return placed
