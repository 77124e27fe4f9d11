"""Checks a file at an office's own desk: the very same rules from the reference files; no database, nothing kept."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from landdata.checking import flat
from landdata.checking.geometry import FENCE_DEGREES, Fences
from landdata.errors import DeliveryEmpty, DeliveryRefused, DeliveryTooLarge, NothingAccepted
from landdata.flows.check import findings, zone_of
from landdata.flows.verdict import Verdict
from landdata.model.crs import zone
from landdata.model.declared import Declared, declared
from landdata.model.deliveries import Finding, Format, Kind, Severity
from landdata.model.units import Unit
from landdata.reading.flat import flat_rows
from landdata.reading.isolated import Limits, open_layer
from landdata.reading.register import Register
from landdata.settings import Settings

# Row hashes are for comparing with what stands on record; here nothing is compared, so the key protects nothing.
_HASH_KEY = bytes(32)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the office says about the file; `province` None: those of the communes in the file are taken for its own."""

    effective_on: date
    kind: Kind = Kind.FULL
    epsg: int | None = None
    communes: frozenset[str] | None = None
    province: str | None = None


@dataclass(slots=True)
class _Seen:
    """What is known of the file by the time something may refuse it as a whole."""

    format: Format | None = None
    epsg: int | None = None
    rows: int = 0
    own: tuple[Unit, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)


def check(path: Path, asked: Asked, *, settings: Settings) -> Verdict:
    """Judge a file. Raises UnknownUnit or UnknownZone for what was asked wrongly, or ReferenceDataDamaged."""
    if asked.epsg is not None:
        zone(asked.epsg)
    register = Register(settings.reference_dir, asked.effective_on)
    register.require_communes(asked.communes or ())
    seen = _Seen(own=(register.province(asked.province),) if asked.province else ())
    whole: list[Finding] = []
    try:
        refused = _judge(path, asked, register, settings, seen)
    except (DeliveryRefused, DeliveryEmpty, DeliveryTooLarge) as error:
        whole, refused = [Finding(error.code, Severity.REFUSES_DELIVERY, "", None, dict(error.details))], seen.rows
    return Verdict(
        accepted=not whole,
        rows_read=seen.rows,
        rows_refused=refused,
        findings=(*whole, *seen.findings),
        format=seen.format,
        epsg=seen.epsg,
        own=seen.own,
        assumed=asked.province is None,
        unknown_columns=seen.unknown_columns,
    )


def _judge(path: Path, asked: Asked, register: Register, settings: Settings, seen: _Seen) -> int:
    """Read and check; how many rows are refused. What is learnt on the way is noted in `seen`."""
    size = path.stat().st_size
    if size == 0:
        raise DeliveryEmpty
    if size > settings.delivery_max_bytes:
        raise DeliveryTooLarge(limit=settings.delivery_max_bytes)
    limits = Limits(settings.reader_memory_bytes, settings.reader_cpu_seconds, settings.delivery_max_bytes * 4)
    with (
        tempfile.TemporaryDirectory(prefix="landdata-check-") as scratch,
        open_layer(path, limits=limits, scratch=Path(scratch)) as layer,
    ):
        seen.format = layer.format
        rows = flat_rows(layer)
        seen.rows, seen.unknown_columns = len(rows), rows.unknown_columns
        seen.own = seen.own or register.provinces_of(rows.columns["commune_code"].unique().to_pylist())
        seen.epsg = zone_of(layer.crs, asked.epsg, register.zones(seen.own))
        checked = flat.check(rows, _context(register, seen.own, seen.epsg, declared(layer.crs), asked, settings))
        found = findings(checked.findings, rows.layer, np.arange(1, len(rows) + 1))
        refused = int(checked.refused.sum())
    doubts = (Finding(one.code, Severity.WAITS, "", None, one.details) for one in checked.doubts)
    found = [*doubts, *found]
    seen.findings = sorted(found, key=lambda one: (one.row_no or 0, one.code))
    if refused == seen.rows:
        raise NothingAccepted(rows=refused)
    return refused


def _context(
    register: Register, own: tuple[Unit, ...], epsg: int, said: Declared, asked: Asked, settings: Settings
) -> flat.Context:
    return flat.Context(
        epsg=epsg,
        communes=register.communes,
        own_provinces=frozenset(unit.unit_id for unit in own),
        fences=_fences(register, own),
        code_lists=register.code_lists(),
        effective_on=asked.effective_on,
        max_vertices=settings.delivery_max_vertices,
        hash_key=_HASH_KEY,
        named=asked.communes,
        declared=said,
        usual=register.zones(own),
    )


def _fences(register: Register, own: tuple[Unit, ...]) -> Fences:
    fences = {}
    for unit_id, geojson in register.shapes(own).items():
        fence = shapely.buffer(shapely.from_geojson(geojson), FENCE_DEGREES)
        shapely.prepare(fence)
        fences[unit_id] = fence
    return fences
