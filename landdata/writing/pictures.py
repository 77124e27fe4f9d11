"""Faulty parcels with their neighbours as plain outlines, a picture a place: for pages that draw in their own colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from landdata.model.faults import Fault, FaultMap, Faulty
from landdata.writing import ink
from landdata.writing.places import Place, places

WIDTH, HEIGHT = 400.0, 280.0
MOST_DRAWN, MOST_PLACES = 120, 18
_MOST_NEIGHBOURS = 250


@dataclass(frozen=True, slots=True)
class Drawn:
    """One faulty parcel: its outline as an SVG path, and where its number may stand."""

    faulty: Faulty
    path: str
    at: tuple[float, float]

    @property
    def refused(self) -> bool:
        return self.faulty.worst is Fault.REFUSED


@dataclass(frozen=True, slots=True)
class Picture:
    """A place in pixels of WIDTH x HEIGHT: neighbours as one path, faulty parcels, gaps, and a bar of `metres`."""

    number: int
    commune: str
    neighbours: str
    drawn: tuple[Drawn, ...]
    gaps: tuple[tuple[float, float], ...]
    metres: int
    bar: float
    east: int
    north: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """All pictures of a delivery; `faulty` parcels there are, of which so many are `drawn` or have no shape to draw."""

    pictures: tuple[Picture, ...]
    faulty: int
    drawn: int
    shapeless: int


def pictures(parcels: FaultMap) -> Pictures:
    """Pictures of the gravest parcels, at most MOST_DRAWN of them in MOST_PLACES."""
    found = places(parcels, most=MOST_DRAWN, most_places=MOST_PLACES, aspect=WIDTH / HEIGHT)
    tree = shapely.STRtree(parcels.shapes)
    return Pictures(
        tuple(_picture(parcels, tree, place) for place in found),
        faulty=len(parcels.faulty),
        drawn=sum(len(place.faulty) for place in found),
        shapeless=sum(parcels.shapes[one.at] is None for one in parcels.faulty),
    )


def _picture(parcels: FaultMap, tree: shapely.STRtree, place: Place) -> Picture:
    west, south, east, north = place.view
    scale = WIDTH / (east - west)
    seen = tree.query(shapely.box(west, south, east, north))
    own = {one.at for one in place.faulty}
    beside = [at for at in seen[:_MOST_NEIGHBOURS] if at not in own]
    metres, bar = _bar(scale)
    return Picture(
        number=place.number,
        commune=place.commune,
        neighbours="".join(ink.path(parcels.shapes[at], scale, west, north) for at in beside),
        drawn=tuple(
            Drawn(one, ink.path(parcels.shapes[one.at], scale, west, north), _middle(parcels, one, scale, west, north))
            # The gravest last, on top.
            for one in sorted(place.faulty, key=lambda one: one.worst)
        ),
        gaps=tuple(
            (round((x - west) * scale, 1), round((north - y) * scale, 1))
            for x, y in parcels.gaps
            if west < x < east and south < y < north
        ),
        metres=metres,
        bar=bar,
        east=round((west + east) / 2),
        north=round((south + north) / 2),
    )


def _middle(parcels: FaultMap, one: Faulty, scale: float, west: float, north: float) -> tuple[float, float]:
    west_, south_, east_, north_ = shapely.bounds(parcels.shapes[one.at])
    return round(((west_ + east_) / 2 - west) * scale, 1), round((north - (south_ + north_) / 2) * scale, 1)


def _bar(scale: float) -> tuple[int, float]:
    """A round number of metres that is about a quarter of a picture long."""
    most = 100 / scale
    power = 10.0 ** np.floor(np.log10(most))
    metres = max(1.0, *(step * power for step in (1, 2, 5) if step * power <= most))
    return int(metres), round(metres * scale, 1)
