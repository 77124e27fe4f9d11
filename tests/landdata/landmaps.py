"""Made-up maps to try topology on: sheets of neighbours with everything a real map gets wrong; metres of a zone."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

EAST, NORTH = 500_000.0, 2_300_000.0


def sheet(rng: np.random.Generator, rows: int, columns: int, at: tuple[float, float] = (0.0, 0.0)) -> list[Any]:
    """A sheet of quadrilaterals of about 12 by 20 m that share their corners, to the centimetre."""
    x, y = np.meshgrid(np.arange(columns + 1) * 12.0, np.arange(rows + 1) * 20.0)
    corners = np.stack([x, y], axis=-1) + rng.uniform(-1.5, 1.5, (rows + 1, columns + 1, 2))
    corners = np.round(corners + np.array([EAST + at[0], NORTH + at[1]]), 2)
    four = [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1], corners[:-1, :-1]]
    return list(shapely.polygons(np.stack(four, axis=2).reshape(-1, 5, 2)))


def spoiled(rng: np.random.Generator, size: int) -> np.ndarray[Any, Any]:
    """About `size` parcels: most in order, and of each kind of fault some; every shape is valid."""
    columns = int(np.sqrt(size / 1.6)) + 1
    shapes = sheet(rng, size // columns, columns)
    for spoil in (_moved, _rounded, _holed, _joined, _t_junction, _twice, _inside, _thin, _road):
        for at in rng.choice(len(shapes), max(1, len(shapes) // 150), replace=False):
            shapes += spoil(rng, shapes, int(at))
    # A second survey laid over a corner of the first: inside it every edge has its mate.
    shapes += sheet(rng, max(2, columns // 10), max(2, columns // 10), at=(35.0, 41.0))
    return np.array(
        [one for one in shapes if one.geom_type in {"Polygon", "MultiPolygon"} and one.is_valid and not one.is_empty],
        dtype=object,
    )


def _moved(rng: np.random.Generator, shapes: list[Any], at: int) -> list[Any]:
    shapes[at] = shapely.affinity.translate(shapes[at], *np.round(rng.uniform(-0.5, 0.5, 2), 2))
    return []


def _rounded(rng: np.random.Generator, shapes: list[Any], at: int) -> list[Any]:
    shapes[at] = shapely.set_precision(shapes[at], 0.1)
    return []


def _holed(rng: np.random.Generator, shapes: list[Any], at: int) -> list[Any]:
    """A pond inside, which is a parcel of its own half of the time, and a little too large some of the time."""
    pond = shapely.set_precision(shapely.affinity.scale(shapes[at], 0.3, 0.3), 0.01)
    shapes[at] = shapes[at].difference(pond)
    return [pond, shapely.affinity.scale(pond, 1.1, 1.1)][: int(rng.integers(0, 3))]


def _joined(rng: np.random.Generator, shapes: list[Any], at: int) -> list[Any]:
    """One parcel with its neighbour, or of two parts; the neighbour stays too half of the time."""
    other = (at + int(rng.integers(1, 3))) % len(shapes)
    shapes[at] = shapely.union(shapes[at], shapes[other])
    if rng.random() < 0.5:
        shapes[other] = shapely.affinity.translate(shapes[other], 0.0, -50_000.0)
    return []


def _t_junction(rng: np.random.Generator, shapes: list[Any], at: int) -> list[Any]:
    """A point in the middle of every side, to the centimetre; the neighbours do not know of it."""
    ring = shapely.get_coordinates(shapely.get_exterior_ring(shapely.get_geometry(shapes[at], 0)))
    both = np.stack([ring[:-1], np.round((ring[:-1] + ring[1:]) / 2, 2)], axis=1).reshape(-1, 2)
    shapes[at] = shapely.Polygon(both)
    return []


def _twice(rng: np.random.Generator, shapes: list[Any], at: int) -> list[Any]:
    return [shapely.reverse(shapes[at])]


def _inside(rng: np.random.Generator, shapes: list[Any], at: int) -> list[Any]:
    return [shapely.set_precision(shapely.affinity.scale(shapes[at], 0.5, 0.5), 0.01)]


def _thin(rng: np.random.Generator, shapes: list[Any], at: int) -> list[Any]:
    """A strip of 6 cm by 30 m over several parcels."""
    west, south, _, _ = shapes[at].bounds
    return [shapely.box(round(west, 2), round(south + 3, 2), round(west + 30, 2), round(south + 3.06, 2))]


def _road(rng: np.random.Generator, shapes: list[Any], at: int) -> list[Any]:
    """A winding road over many parcels, with far more corners than a parcel has."""
    west, south, _, _ = shapes[at].bounds
    x = np.arange(0.0, 60.0, 2.0)
    line = shapely.linestrings(np.column_stack([west + x, south + 3 * np.sin(x / 4)]))
    return [shapely.set_precision(shapely.buffer(line, 1.5, cap_style="flat"), 0.01)]
