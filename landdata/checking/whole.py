"""Rules that look at a delivery as a whole, over what is kept of its rows; ties rows into records.

A pass over the batches judges rows one by one; then come things that stand twice, records and neighbours. Nothing of
the file is held: what a rule needs of its rows is read again by their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from landdata.checking import ahead, doctor, flat, geometry, neighbours, operations, parcels, persons, signs
from landdata.checking.components import any_in_group, components, first_in_group
from landdata.checking.flat import Context
from landdata.checking.kept import Kept, joined
from landdata.checking.values import codes
from landdata.model.parcels import (
    Booleans,
    CheckedRows,
    Details,
    Doubt,
    Found,
    Integers,
    LentRows,
    RowSource,
)
from landdata.model.progress import Report, Stage, silent


@dataclass(frozen=True, slots=True)
class Checked:
    """A delivery as it was judged. `component` numbers the records of the file, `refused` counts whole records.

    `order` are all rows by commune, in the order of the file within each.
    """

    source: RowSource
    epsg: int
    hash_versions: tuple[int, ...]
    kept: Kept
    component: Integers
    refused: Booleans
    order: Integers
    findings: tuple[Found, ...]
    doubts: tuple[Doubt, ...] = ()

    def __len__(self) -> int:
        return len(self.refused)

    def take(self, rows: Integers) -> CheckedRows:
        """Some of the rows as they were judged, by their numbers from 0, which ascend."""
        kept = self.kept
        return CheckedRows(
            rows=LentRows(self.source, rows),
            epsg=self.epsg,
            commune_id=kept.commune[rows].astype(np.int64),
            sheet=kept.sheet[rows].astype(np.int64),
            number=kept.number[rows].astype(np.int64),
            component=self.component[rows],
            refused=self.refused[rows],
            row_hash=kept.row_hash[rows],
            hash_versions=self.hash_versions,
            retires=kept.retires[rows],
        )

    def rows_of(self, communes: Integers) -> Integers:
        """Rows of some communes, and the refused ones of unknown communes: those may still name a certificate."""
        ids = np.append(communes, 0)
        of = self.kept.commune[self.order]
        begin, end = np.searchsorted(of, ids, side="left"), np.searchsorted(of, ids, side="right")
        found = [self.order[start:stop] for start, stop in zip(begin, end, strict=True)]
        found[-1] = found[-1][self.refused[found[-1]]]
        return np.sort(np.concatenate(found))


def check(source: RowSource, context: Context, report: Report = silent) -> Checked:
    """Judge every row.

    Raises CrsWrong or CrsShifted when the coordinates are proven not to be what they are said to be, ColumnsMissing for
    changes that say no operation.
    """
    kept, found, origins = _passed(source, context, report)
    found += source.found
    operations.require(found, len(kept))
    parcel = _parcel_keys(kept)
    with np.errstate(over="ignore", invalid="ignore"):  # a coordinate of 1e308 has its middle nowhere
        doubts = _examined(source, kept, parcel, context)
    names = _names(context)
    found += [
        *_twice(kept, parcel, context),
        *persons.check_groups(kept),
        persons.check_names(kept),
        parcels.check_ids(kept, parcel),
        *signs.check(kept, parcel, origins, names),
        *operations.contradictions(kept.retires, parcel),
    ]
    found += neighbours.check(source, kept, parcel, names, context)
    certificate = np.where(kept.certificate == 0, -1, codes(pa.array(kept.certificate)))
    component = components(len(kept), [parcel, certificate])
    refused = kept.refused | flat.refused_of(len(kept), found)
    with_record = np.flatnonzero(any_in_group(refused, component) & ~refused)
    first = first_in_group(refused, component)
    found.append(Found("REFUSED_WITH_RECORD", with_record, Details(value=first[component[with_record]] + 1)))
    refused[with_record] = True
    order = np.argsort(kept.commune, kind="stable")
    told = tuple(one for one in found if len(one.rows))
    versions = tuple(version for version, _ in context.hash_keys)
    return Checked(source, context.epsg, versions, kept, component, refused, order, told, doubts)


def _passed(source: RowSource, context: Context, report: Report) -> tuple[Kept, list[Found], dict[int, str]]:
    """One pass over all rows, a few batches in memory at a time; the texts are those of cells of origins."""
    kept: list[Kept] = []
    found: list[Found] = []
    origins: dict[int, str] = {}
    start = 0
    report(Stage.CHECKING)
    for looked in ahead.each(lambda rows: flat.look(rows, context), source.batches()):
        kept.append(looked.kept)
        found += [one.later(start) for one in looked.findings]
        if len(origins) < signs.MOST_TEXTS:
            origins |= looked.origins
        start += len(looked.kept)
        report(Stage.CHECKING, start)
    report(Stage.CHECKING, start, start)
    return joined(kept), found, origins


def _examined(source: RowSource, kept: Kept, parcel: Integers, context: Context) -> tuple[Doubt, ...]:
    """What the doctor makes of the parcels of known provinces, each by its first row."""
    province = _provinces(context)[kept.commune]
    known = np.flatnonzero(~np.isnan(kept.box[:, 0]) & (parcel >= 0) & np.isin(province, list(context.fences)))
    row = np.sort(known[np.unique(parcel[known], return_index=True)[1]])
    key = np.column_stack([kept.commune[row], kept.sheet[row], kept.number[row]]).astype(np.int64)
    at, lon, lat = doctor.matches(key, context.on_record)
    # Where a parcel stands to the centimetre is read again: it is asked of few.
    shapes = geometry.accepted(source.shapes(row[at]))
    return doctor.examine(
        doctor.Evidence(
            epsg=context.epsg,
            centre=(kept.box[row, :2].astype(np.float64) + kept.box[row, 2:]) / 2,
            province=province[row],
            outside=kept.outside[row],
            fences=context.fences,
            matched=shapely.get_coordinates(shapely.centroid(shapes)),
            lon=lon,
            lat=lat,
            declared=context.declared,
            usual=context.usual,
        )
    )


def _provinces(context: Context) -> Integers:
    """The unit id of the province for the unit id of each commune; 0 for what is none."""
    table = np.zeros(max((unit_id for unit_id, _ in context.communes.values()), default=0) + 1, dtype=np.int64)
    for unit_id, province_id in context.communes.values():
        table[unit_id] = province_id
    return table


def _names(context: Context) -> Mapping[int, str]:
    return {unit_id: code for code, (unit_id, _) in context.communes.items()}


def _parcel_keys(kept: Kept) -> Integers:
    """Integers that are equal where two rows speak of the same parcel; -1 where they say of none."""
    known = (kept.commune > 0) & (kept.sheet > 0) & (kept.number > 0)
    return np.where(known, codes(pa.array(kept.commune), pa.array(kept.sheet), pa.array(kept.number)), -1)


def _twice(kept: Kept, parcel: Integers, context: Context) -> list[Found]:
    # Rows that retire a parcel say nothing of it.
    keyed, printed = np.flatnonzero((parcel >= 0) & ~kept.retires), np.flatnonzero((kept.serial != 0) & ~kept.retires)
    twice = keyed[_differs(parcel[keyed], kept.content[keyed])]
    again = printed[_differs(kept.serial[printed], kept.certificate[printed])]
    code = _names(context)
    names = [f"{code[int(kept.commune[at])]}.{kept.sheet[at]}.{kept.number[at]}" for at in twice]
    return [Found("PARCEL_TWICE", twice, Details(value=names)), Found("SERIAL_TWICE", again)]


def _differs(key: Integers, content: Integers) -> Booleans:
    """True where things with the same key do not all have the same content."""
    group = codes(pa.array(key))
    last = np.zeros(int(group.max(initial=-1)) + 1, dtype=np.int64)
    last[group] = content
    differs = np.zeros(len(last), dtype=np.bool_)
    differs[group[last[group] != content]] = True
    return differs[group]
