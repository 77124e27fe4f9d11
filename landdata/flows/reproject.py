"""Rows in degrees of WGS 84 back into a zone of VN-2000 by the national transformation, to the millimetre."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from landdata.model.connections import Feature
from landdata.model.crs import from_wgs84_arrays


def into_zone(feature: Feature, epsg: int) -> Feature:
    """The same row with its geometry in the zone; geometry that is no list of numbers is left for the reader to refuse."""
    if feature.geometry is None:
        return feature
    return replace(
        feature, geometry={**feature.geometry, "coordinates": _moved(feature.geometry.get("coordinates"), epsg)}
    )


def _moved(part: Any, epsg: int) -> Any:
    if not isinstance(part, list) or not part:
        return part
    if isinstance(part[0], list) and part[0] and not isinstance(part[0][0], list):
        try:
            points = np.array([point[:2] for point in part], dtype=np.float64).reshape(-1, 2)
        except (ValueError, TypeError):
            return part
        east, north = from_wgs84_arrays(epsg, points[:, 0], points[:, 1])
        return [[round(float(x), 3), round(float(y), 3)] for x, y in zip(east, north, strict=True)]
    return [_moved(one, epsg) for one in part]
