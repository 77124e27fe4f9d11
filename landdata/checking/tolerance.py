"""What of an overlap or a gap is worth a surveyor's time: the one place of these figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Square metres and metres in the plane of the zone.

    An overlap or a gap is reported only when it is larger than `least_m2` and somewhere wider than `least_m`: points
    are surveyed and rounded to the centimetre. One nowhere as wide as `sliver_m` is thin. A gap is an enclosed area
    nobody claims that is thin or smaller than `gap_m2`; larger ones are ponds, graves and lanes.
    """

    least_m2: float = 0.01
    least_m: float = 0.02
    sliver_m: float = 0.10
    gap_m2: float = 1.0


TOLERANCE = Tolerance()
