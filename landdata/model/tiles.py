"""Tiles of the map (Web Mercator, XYZ) and who sees what on it; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, degrees, pi, sinh

# From here on parcels are drawn; below, what whole communes and provinces hold.
PARCELS_FROM = 15
# And from here on their numbers, each at one place: higher up they would only hide each other.
NUMBERS_FROM = 17
COMMUNES_FROM = 7
PROVINCES_TO = 8
# Nothing new is to be seen in deeper tiles: the viewer enlarges these.
DEEPEST = 20
EXTENT = 4096
# Units around a tile that are drawn with it, so that no line is seen where two tiles meet.
BUFFER = 64


@dataclass(frozen=True, slots=True)
class ParcelReader:
    """Whoever may see parcels: for the ministry the whole country's, for a land office those of its provinces.

    `subject` names who it is in the log of the map: a sign-in name, or an OAuth client's id after 'client '.
    """

    office_code: str
    subject: str


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in degrees (WGS 84): west, south, east, north."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of the pyramid whose one tile at zoom 0 is the world; `y` counts from the north."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        return 0 <= self.z <= DEEPEST and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z

    @property
    def _side(self) -> float:
        return float(2**self.z)

    @property
    def box(self) -> Box:
        """Its rectangle in degrees."""
        return self._degrees(0)

    @property
    def around(self) -> Box:
        """The same with the buffer."""
        return self._degrees(BUFFER / EXTENT)

    def _degrees(self, more: float) -> Box:
        return Box(
            self._longitude(self.x - more),
            self._latitude(self.y + 1 + more),
            self._longitude(self.x + 1 + more),
            self._latitude(self.y - more),
        )

    def _longitude(self, x: float) -> float:
        return x / self._side * 360 - 180

    def _latitude(self, y: float) -> float:
        return degrees(atan(sinh(pi * (1 - 2 * y / self._side))))
