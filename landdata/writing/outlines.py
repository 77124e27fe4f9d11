"""Draws province outlines as SVG paths, with the insets of Hoàng Sa and Trường Sa; it knows no figures."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import TYPE_CHECKING, Any, Protocol

import shapely

from landdata.model.islands import ARCHIPELAGOS, Archipelago

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Canvas units per degree of latitude; with the origin below the mainland fills 375 x 800 units.
SCALE = 53.2
WEST, NORTH = 102.10, 23.42
SQUEEZE = cos(radians(16))
# East of this meridian lie only the two archipelagos; they are drawn enlarged, in insets.
OPEN_SEA = 110.2
# Roughly the side, in canvas units, of a detail that may go; coverage-preserving, so neighbours never part.
TOLERANCE = 0.9
SMALLEST_ISLAND = 0.35  # square canvas units
INSET_LEFT, INSET_TOPS = 392.0, (322.0, 612.0)
INSET_WIDTH, INSET_POINTS_HEIGHT, INSET_MARGIN = 132.0, 86.0, 10.0


class Boundary(Protocol):
    """A province's code and its polygon as GeoJSON in WGS 84."""

    @property
    def code(self) -> str: ...
    @property
    def geojson(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Outline:
    """One province: its code and the path data of its mainland and near islands."""

    code: str
    path: str


@dataclass(frozen=True, slots=True)
class Inset:
    """A framed archipelago: where the frame stands and its islands inside the frame."""

    archipelago: Archipelago
    left: float
    top: float
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class ProvinceMap:
    """All outlines of one division and the insets that every map of the country carries."""

    outlines: tuple[Outline, ...]
    insets: tuple[Inset, ...]


def near_shapes(boundaries: Iterable[Boundary]) -> dict[str, Any]:
    """Province polygons by code, in canvas units, without their parts in the insets."""
    rows = sorted(boundaries, key=lambda one: one.code)
    return {row.code: _near(shapely.from_geojson(row.geojson)) for row in rows}


def province_map(shapes: Mapping[str, Any]) -> ProvinceMap:
    """Simplifies and writes the outlines of the country; costs about a second, so callers keep the result."""
    return ProvinceMap(outlines(shapes, TOLERANCE), insets())


def outlines(shapes: Mapping[str, Any], tolerance: float) -> tuple[Outline, ...]:
    """Path data of shapes in canvas units, simplified together so that neighbours never part."""
    drawn: Any = shapely.coverage_simplify(list(shapes.values()), tolerance) if shapes else []
    return tuple(Outline(code, _path(shape)) for code, shape in zip(shapes, drawn, strict=True))


def insets() -> tuple[Inset, ...]:
    """The two frames east of the coast."""
    return tuple(
        Inset(one, INSET_LEFT, top, _fit(one.points)) for one, top in zip(ARCHIPELAGOS, INSET_TOPS, strict=True)
    )


def _near(shape: Any) -> Any:
    """A province in canvas units, without its part in the insets."""
    parts = [part for part in shapely.get_parts(shape) if part.bounds[0] < OPEN_SEA]
    return shapely.transform(shapely.multipolygons(parts), _project)


def _project(lonlat: Any) -> Any:
    lonlat[:, 0] = (lonlat[:, 0] - WEST) * SQUEEZE * SCALE
    lonlat[:, 1] = (NORTH - lonlat[:, 1]) * SCALE
    return lonlat


def _path(shape: Any) -> str:
    areas = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    parts = sorted(areas, key=lambda part: -part.area)
    kept = [part for index, part in enumerate(parts) if index == 0 or part.area >= SMALLEST_ISLAND]
    return "".join(_ring(ring.coords) for part in kept for ring in (part.exterior, *part.interiors))


def _ring(coords: Any) -> str:
    """Relative steps in tenths of a unit: half the bytes of absolute coordinates."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in coords]
    x0, y0 = tenths[0]
    steps: list[str] = []
    for x, y in tenths[1:-1]:
        if (x, y) != (x0, y0):
            steps.append(_number(x - x0) + _number(y - y0, after=True))
            x0, y0 = x, y
    start = _number(tenths[0][0]) + _number(tenths[0][1], after=True)
    return f"M{start}l{' '.join(steps)}z".replace(" -", "-")


def _number(tenths: int, *, after: bool = False) -> str:
    text = f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"
    return f" {text}" if after else text


def _fit(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Scales an archipelago into its frame, true to shape and centred."""
    flat = [(lon * SQUEEZE, -lat) for lon, lat in points]
    xs, ys = [x for x, _ in flat], [y for _, y in flat]
    room = INSET_WIDTH - 2 * INSET_MARGIN
    scale = min(room / (max(xs) - min(xs)), (INSET_POINTS_HEIGHT - INSET_MARGIN) / (max(ys) - min(ys)))
    left = (INSET_WIDTH - scale * (max(xs) - min(xs))) / 2
    return tuple(
        (round(left + (x - min(xs)) * scale, 1), round(INSET_MARGIN + (y - min(ys)) * scale, 1)) for x, y in flat
    )
