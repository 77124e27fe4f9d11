"""Reads a delivery's bytes and judges every row; nothing is written here, so it may be done again at any time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from landdata.checking import flat
from landdata.checking.catalogue import CATALOGUE
from landdata.checking.geometry import FENCE_DEGREES
from landdata.checking.records import Outline, outline
from landdata.errors import CrsContradiction, CrsUndeclared
from landdata.model.declared import declared as of_file
from landdata.model.deliveries import Finding, Format
from landdata.model.parcels import CheckedRows, Found, Integers
from landdata.reading.flat import flat_rows
from landdata.reading.isolated import Layer, Limits, open_layer
from landdata.settings import Settings
from landdata.store import offices, raw, registers
from landdata.store.deliveries import Work
from landdata.store.engine import Database, Reader
from landdata.store.keys import Keys
from landdata.store.standing import Standing


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of some communes, to be compared and published together.

    Besides their own rows it has the refused ones whose commune is unknown, since those may still name a certificate.
    `row_no` counts from 1 as in the file.
    """

    checked: CheckedRows
    plan: Outline
    row_no: Integers


class Judged:
    """A delivery read and checked as a whole; what its communes hold is handed out part by part."""

    def __init__(self, source: Format, checked: CheckedRows) -> None:
        self._checked = checked
        self.format = source
        self.epsg = checked.epsg
        self.layer = checked.rows.layer
        self.unknown_columns = checked.rows.unknown_columns
        self.rows_read = len(checked.refused)
        self.rows_refused = int(checked.refused.sum())
        self.records_refused = len(np.unique(checked.component[checked.refused]))
        self.doubts = checked.doubts

    def findings(self) -> list[Finding]:
        """What was found in the rows, numbered as in the file."""
        return findings(self._checked.findings, self.layer, np.arange(1, self.rows_read + 1))

    def accepted(self) -> dict[int, int]:
        """Communes with accepted rows, in order, and how many each has."""
        units, counts = np.unique(self._checked.commune_id[~self._checked.refused], return_counts=True)
        return {int(unit): int(count) for unit, count in zip(units, counts, strict=True)}

    def part(self, communes: Sequence[int]) -> Part:
        """The rows of these communes."""
        checked = self._checked
        unplaced = checked.refused & (checked.commune_id == 0)
        rows = np.flatnonzero(np.isin(checked.commune_id, list(communes)) | unplaced)
        taken = checked.take(rows)
        return Part(taken, outline(taken), rows + 1)


def judge(db: Database, work: Work, *, settings: Settings, keys: Keys) -> Judged:
    """Read and check the delivery. Raises a DeliveryRefused when nothing of it can be taken."""
    limits = Limits(settings.reader_memory_bytes, settings.reader_cpu_seconds, settings.delivery_max_bytes * 4)
    path = raw.place(settings.data_dir, work.sha256)
    with open_layer(path, limits=limits, scratch=settings.data_dir / "scratch") as layer:
        rows = flat_rows(layer)
        with db.read() as tx:
            context = _context(tx, work, layer, settings, keys, Standing(db))
        return Judged(layer.format, flat.check(rows, context))


def findings(found: Iterable[Found], layer: str, row_no: Integers) -> list[Finding]:
    """Findings row by row; `row_no` gives each row its number in the file."""
    return [
        Finding(one.code, CATALOGUE[one.code].severity, layer, int(row_no[row]), one.details[at] if one.details else {})
        for one in found
        for at, row in enumerate(one.rows)
    ]


def _context(tx: Reader, work: Work, layer: Layer, settings: Settings, keys: Keys, standing: Standing) -> flat.Context:
    own = offices.provinces_of(tx, office_id=work.office_id, on=work.effective_on)
    communes = registers.communes_on(tx, on=work.effective_on)
    fences = {}
    for province_id, geojson in registers.shapes_of(tx, own).items():
        fence = shapely.buffer(shapely.from_geojson(geojson), FENCE_DEGREES)
        shapely.prepare(fence)
        fences[province_id] = fence
    usual = offices.zones_of(tx, own)
    return flat.Context(
        epsg=zone_of(layer.crs, work.declared_epsg, usual),
        communes={code: (unit_id, province_id) for code, (unit_id, province_id, _) in communes.items()},
        own_provinces=own,
        fences=fences,
        code_lists=registers.code_lists(tx),
        effective_on=work.effective_on,
        max_vertices=settings.delivery_max_vertices,
        hash_key=keys.row_hash,
        declared=of_file(layer.crs),
        usual=usual,
        on_record=standing,
    )


def zone_of(crs: str | None, declared: int | None, usual: tuple[int, ...]) -> int:
    """The zone to read in: as the file says, else as declared, else the office's only zone; never a guess."""
    said = of_file(crs).epsg
    if said is not None and declared is not None and said != declared:
        raise CrsContradiction(declared=declared, found=said)
    if said is not None:
        return said
    if declared is not None:
        return declared
    if len(usual) == 1:
        return usual[0]
    raise CrsUndeclared(zones=len(usual))


def scratch_of(settings: Settings) -> Path:
    """Where readers work; emptied when the worker starts, since a killed one cannot tidy up."""
    return settings.data_dir / "scratch"
