"""The maps of one division: the country, and each province among its neighbours; drawn once, then kept."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import shapely

from landdata.writing.outlines import Inset, Outline, ProvinceMap, insets, near_shapes, outlines, province_map

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.web.observatory import Boundary

SIDE = 300.0  # canvas units of a neighbourhood's longer side
ROOM = 0.16  # of the province's own extent, left around it
TOLERANCE = 0.6
EDGE = 8.0  # what is further outside the canvas is cut off
FAR = 2.0  # islets further away than this many extents of the main part do not widen the frame
LANDSCAPE = 1.7  # width by height, whatever the shape of the province


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A province and what is around it, on a canvas of `width` x `height`; `insets` holds its archipelago, if it has one."""

    code: str
    width: float
    height: float
    own: Outline
    others: tuple[Outline, ...]
    insets: tuple[Inset, ...]


class Atlas:
    """All maps of a division. Safe for threads."""

    def __init__(self, boundaries: Iterable[Boundary]) -> None:
        self._shapes = near_shapes(boundaries)
        self._lock = Lock()
        self._around: dict[str, Neighbourhood] = {}
        self.country: ProvinceMap = province_map(self._shapes)

    def around(self, code: str) -> Neighbourhood | None:
        """The province among its neighbours; None where there is no outline of it."""
        if code not in self._shapes:
            return None
        with self._lock:
            if code not in self._around:
                self._around[code] = self._draw(code)
            return self._around[code]

    def _draw(self, code: str) -> Neighbourhood:
        left, top, right, bottom = _body(self._shapes[code]).bounds
        room = ROOM * max(right - left, bottom - top)
        width, height = right - left + 2 * room, bottom - top + 2 * room
        width, height = max(width, height * LANDSCAPE), max(height, width / LANDSCAPE)
        across, down = (left + right) / 2, (top + bottom) / 2
        frame = (across - width / 2, down - height / 2, across + width / 2, down + height / 2)
        scale = SIDE / max(width, height)
        box = shapely.box(*frame)

        def fit(xy: Any) -> Any:
            return (xy - frame[:2]) * scale

        near = {
            key: shapely.clip_by_rect(shapely.transform(one, fit), -EDGE, -EDGE, SIDE + EDGE, SIDE + EDGE)
            for key, one in self._shapes.items()
            if one.intersects(box)
        }
        drawn = outlines(near, TOLERANCE)
        return Neighbourhood(
            code=code,
            width=round(width * scale, 1),
            height=round(height * scale, 1),
            own=next(one for one in drawn if one.code == code),
            others=tuple(one for one in drawn if one.code != code),
            insets=tuple(one for one in insets() if one.archipelago.province_code == code),
        )


def _body(shape: Any) -> Any:
    """The main part of a province with the islands that are near it."""
    parts = shapely.get_parts(shape)
    main = parts[shapely.area(parts).argmax()]
    left, top, right, bottom = main.bounds
    return shapely.multipolygons(parts[shapely.distance(parts, main) <= FAR * max(right - left, bottom - top)])
