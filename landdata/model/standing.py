"""What stands on record around a delivery, as the rules see it: plain arrays, asked for once they know the places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from landdata.model.parcels import Integers, Objects

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StandingPoints:
    """Centroids of parcels on record in degrees of WGS 84; `at` is the place of each one's key among those asked for."""

    at: Integers
    lon: Floats
    lat: Floats


@dataclass(frozen=True, slots=True)
class StandingShapes:
    """Parcels on record near a delivery: key in three columns (commune id, sheet, number), its name, shape in WGS 84."""

    key: Integers
    name: tuple[str, ...]
    shapes: Objects


class OnRecord(Protocol):
    """The parcels that stand while a delivery is checked; at an office's own desk there are none."""

    def points(self, keys: Integers) -> StandingPoints:
        """Of the keys (rows of commune id, sheet, number, each once), those that stand."""
        ...

    def near(self, boxes: Floats, communes: Integers, *, whole: bool, most: int) -> StandingShapes:
        """At most so many parcels, each once, whose box meets one of the boxes (west, south, east, north in degrees).

        `communes` are those a delivery speaks of. What they were formed from is left out, and when it speaks for the
        `whole` of them, they too.
        """
        ...
