"""Small enclosed areas between parcels of one commune that no parcel claims."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from landdata.checking.edges import Edges
from landdata.checking.tolerance import TOLERANCE, Tolerance
from landdata.model.parcels import Booleans, Integers, Objects

_TOUCHES_M = 0.001  # cut lines may leave a vertex a rounding error away from its parcel


@dataclass(frozen=True, slots=True)
class Gaps:
    """Areas nobody claims, and pairs of a gap and a polygon on its edge, in order of the gaps."""

    shapes: Objects
    gap: Integers
    polygon: Integers


def gaps(group: Integers, edges: Edges, tree: shapely.STRtree, *, tolerance: Tolerance = TOLERANCE) -> Gaps:
    """Gaps between polygons of the same group (commune); `edges` are theirs and `tree` is over them.

    A group of -1 is passed over.

    Where two polygons of a group share an edge there is no gap, so only the other edges are cut into faces: their
    number, and with it the work, is small wherever neighbours are drawn with the same corners.
    """
    inner = ~edges.loose & (group[edges.owner] == group[edges.owner[edges.mate]])
    border = np.flatnonzero(~inner & (group[edges.owner] >= 0))
    border = border[np.argsort(group[edges.owner[border]], kind="stable")]
    lines = shapely.linestrings(edges.ends[border].reshape(-1, 2, 2))
    groups, start = np.unique(group[edges.owner[border]], return_index=True)
    stop = np.append(start[1:], len(lines)) if len(start) else start
    faces = [_faces(lines[begin:end], tree, tolerance) for begin, end in zip(start, stop, strict=True)]
    of_group = np.repeat(groups, [len(one) for one in faces])
    found = np.concatenate([*faces, np.zeros(0, dtype=object)])
    return _between(found, of_group, group, tree)


def _faces(lines: Objects, tree: shapely.STRtree, tolerance: Tolerance) -> Objects:
    """The unclaimed faces these lines enclose that are small or thin, and neither too small nor too thin to matter."""
    faces: Objects = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(lines))))
    area = shapely.area(faces)
    # No area is larger than its inner radius times its outline: most faces need not be shrunk to know they are wide.
    slim = area <= tolerance.sliver_m / 2 * shapely.length(faces)
    faces = faces[(area > tolerance.least_m2) & ((area < tolerance.gap_m2) | slim)]
    free = np.ones(len(faces), dtype=np.bool_)
    free[tree.query(shapely.point_on_surface(faces), predicate="intersects")[0]] = False
    faces = faces[free]
    faces = faces[~thin(faces, tolerance.least_m)]
    kept: Objects = faces[(shapely.area(faces) < tolerance.gap_m2) | thin(faces, tolerance.sliver_m)]
    return kept


def thin(shapes: Objects, width: float) -> Booleans:
    """True where a shape is nowhere as wide as that, in metres."""
    return np.asarray(shapely.is_empty(shapely.buffer(shapes, -width / 2, quad_segs=2, join_style="mitre")))


def _between(found: Objects, of_group: Integers, group: Integers, tree: shapely.STRtree) -> Gaps:
    gap, polygon = tree.query(found, predicate="dwithin", distance=_TOUCHES_M)
    own = group[polygon] == of_group[gap]
    gap, polygon = gap[own].astype(np.int64), polygon[own].astype(np.int64)
    # A hole in one parcel is that parcel's own business.
    shared = np.bincount(gap, minlength=len(found)) >= 2
    kept = shared[gap]
    gap, polygon = np.cumsum(shared)[gap[kept]] - 1, polygon[kept]
    order = np.lexsort((polygon, gap))
    return Gaps(found[shared], gap[order], polygon[order])
