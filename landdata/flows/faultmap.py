"""Makes the map of a delivery's faulty parcels: which they are, where, what was found; the file is read again for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from landdata.checking.geometry import all_finite
from landdata.checking.values import codes
from landdata.errors import ColumnsMissing, NothingToDraw
from landdata.flows.verdict import words
from landdata.model.deliveries import Finding, Severity
from landdata.model.faults import Fault, FaultMap, Faulty
from landdata.model.parcels import FlatRows, Integers, Objects
from landdata.reading.columns import KEY_COLUMNS
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import Limits, open_layer

_WORST = {Severity.REFUSES_RECORD: Fault.REFUSED, Severity.WARNING: Fault.WARNED, Severity.REPAIRED: Fault.WARNED}
_POLYGON, _MULTIPOLYGON = 3, 6


def fault_map(
    path: Path, findings: Iterable[Finding], *, epsg: int, limits: Limits, max_vertices: int, scratch: Path
) -> FaultMap:
    """The parcels of the file with what was found of each. Raises NothingToDraw, or what the reader raises."""
    by_row: dict[int, list[Finding]] = {}
    for one in findings:
        if one.row_no is not None:
            by_row.setdefault(one.row_no - 1, []).append(one)
    if not by_row:
        raise NothingToDraw
    try:
        with open_layer(path, limits=limits, scratch=scratch) as layer:
            rows = FlatLayer(layer)
            return _of_rows(rows.take(np.arange(len(rows))), by_row, epsg, max_vertices)
    except ColumnsMissing as error:
        raise NothingToDraw from error


def _of_rows(rows: FlatRows, by_row: dict[int, list[Finding]], epsg: int, max_vertices: int) -> FaultMap:
    parcel, first = _parcels(rows)
    shapes = _drawable(rows.geometry[first], max_vertices)
    of_parcel: dict[int, list[int]] = {}
    for row in sorted(by_row):
        of_parcel.setdefault(int(parcel[row]), []).append(row)
    name = {key: rows.columns[key] for key in KEY_COLUMNS}
    worst = np.zeros(len(first), dtype=np.int64)
    faulty = []
    for at, its_rows in of_parcel.items():
        found = sorted(
            (one for row in its_rows for one in by_row[row]), key=lambda one: -_WORST.get(one.severity, Fault.NONE)
        )
        worst[at] = _WORST.get(found[0].severity, Fault.NONE)
        said = words(found[0])
        commune, sheet, number = (name[key][int(first[at])].as_py() or "?" for key in KEY_COLUMNS)
        faulty.append(
            Faulty(
                at=at,
                worst=Fault(worst[at]),
                commune=commune,
                sheet=sheet,
                number=number,
                rows=tuple(row + 1 for row in its_rows),
                codes=tuple(dict.fromkeys(one.code for one in found)),
                why=(said["vi"], said["en"]),
            )
        )
    gaps = [
        (float(one.details["east"]), float(one.details["north"]))
        for found in by_row.values()
        for one in found
        if one.code == "GAP"
    ]
    commune = codes(rows.columns["commune_code"])[first]
    return FaultMap(epsg, shapes, worst, commune, tuple(sorted(faulty, key=lambda one: one.rows)), tuple(gaps))


def _parcels(rows: FlatRows) -> tuple[Integers, Integers]:
    """For each row its parcel, and for each parcel its first row: rows of one name and one shape are one parcel."""
    unnamed = np.zeros(len(rows), dtype=np.bool_)
    for key in KEY_COLUMNS:
        unnamed |= rows.columns[key].is_null().to_numpy(zero_copy_only=False)
    alone = pa.array(np.where(unnamed, np.arange(len(rows)), -1))
    content = codes(*(rows.columns[key] for key in KEY_COLUMNS), pa.array(rows.geometry, pa.binary()), alone)
    _, first, parcel = np.unique(content, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place[parcel], first[order]


def _drawable(wkb: Objects, max_vertices: int) -> Objects:
    """Polygons of a bounded size with finite corners, valid or not: what crosses itself has to be seen."""
    plane = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))
    kind = shapely.get_type_id(plane)
    good = (kind == _POLYGON) | (kind == _MULTIPOLYGON)
    good &= (
        all_finite(plane)
        & np.isfinite(shapely.bounds(plane)).all(axis=1)
        & (shapely.get_num_coordinates(plane) <= max_vertices)
    )
    drawn: Objects = plane.copy()
    drawn[~good] = None
    return drawn
