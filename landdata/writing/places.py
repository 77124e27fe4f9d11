"""Which faulty parcels are drawn together: by commune, then by squares of the ground a few parcels wide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from landdata.model.faults import FaultMap, Faulty

# Of a picture; above the larger, a number does not fit into a parcel any more.
_PARCELS_WIDE, _MOST_WIDE = 5, 14
_IN_TURN = 6  # parcels of a commune before the next commune's turn
_LEAST_METRES = 30.0


Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """One picture: its number, its commune, the parcels it is about; boxes are (west, south, east, north) in metres.

    `box` is around its parcels, `view` is all that the picture shows.
    """

    number: int
    commune: str
    faulty: tuple[Faulty, ...]
    box: Box
    view: Box


def places(parcels: FaultMap, *, most: int, most_places: int, aspect: float) -> list[Place]:
    """Pictures for the gravest parcels first, commune by commune; `aspect` is width by height of a picture."""
    seen = [one for one in parcels.faulty if parcels.shapes[one.at] is not None]
    chosen = _in_turn(seen)[:most]
    if not chosen:
        return []
    bounds = shapely.bounds(parcels.shapes[[one.at for one in chosen]])
    wide = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    middle, usual = (bounds[:, :2] + bounds[:, 2:]) / 2, float(np.median(wide))
    # Faults that lie far apart share a picture as long as their numbers can be read in it.
    for many in range(_PARCELS_WIDE, _MOST_WIDE + 1, 3):
        groups: dict[tuple[str, int, int], list[int]] = {}
        square = np.floor(middle / max(_LEAST_METRES, many * usual)).astype(np.int64)
        for at, one in enumerate(chosen):
            groups.setdefault((one.commune, int(square[at, 0]), int(square[at, 1])), []).append(at)
        if len(groups) <= most_places:
            break
    order = sorted(list(groups.items())[:most_places], key=lambda one: (one[0][0], one[1][0]))
    made = []
    for number, (key, members) in enumerate(order, 1):
        west, south = bounds[members, :2].min(axis=0)
        east, north = bounds[members, 2:].max(axis=0)
        box = (float(west), float(south), float(east), float(north))
        made.append(Place(number, key[0], tuple(chosen[at] for at in members), box, _view(box, aspect)))
    return made


def _in_turn(faulty: list[Faulty]) -> list[Faulty]:
    """The gravest first, and of these a few of each commune in turn, so that none takes all the room."""
    before: dict[tuple[int, str], int] = {}
    turn = []
    for one in faulty:
        rank = before[one.worst, one.commune] = before.get((one.worst, one.commune), -1) + 1
        turn.append((-one.worst, rank // _IN_TURN, one.rows))
    return [faulty[at] for at in sorted(range(len(faulty)), key=turn.__getitem__)]


def _view(box: Box, aspect: float) -> Box:
    west, south, east, north = box
    high = 1.35 * max(north - south, (east - west) / aspect, _LEAST_METRES / aspect)
    x, y = (west + east) / 2, (south + north) / 2
    return x - high * aspect / 2, y - high / 2, x + high * aspect / 2, y + high / 2
