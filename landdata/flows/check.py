"""Reads a delivery's bytes and judges every row; nothing is written here, so it may be done again at any time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyproj
import shapely

from landdata.checking import flat
from landdata.checking.catalogue import CATALOGUE
from landdata.checking.geometry import FENCE_DEGREES
from landdata.checking.records import Outline, outline
from landdata.errors import CrsContradiction, CrsNotAZone, CrsUndeclared, ProfileContradiction
from landdata.model.crs import ZONES
from landdata.model.deliveries import Finding, Format, Profile
from landdata.model.parcels import CheckedRows, FlatRows, Found
from landdata.reading.flat import flat_rows
from landdata.reading.isolated import Layer, Limits, open_layer
from landdata.settings import Settings
from landdata.store import offices, raw, registers
from landdata.store.deliveries import Work
from landdata.store.engine import Database, Reader
from landdata.store.keys import Keys

_ZONES = frozenset(zone.epsg for zone in ZONES)


@dataclass(frozen=True, slots=True)
class Judged:
    """A delivery read and checked: its rows, its records, and where it came from."""

    format: Format
    profile: Profile
    checked: CheckedRows
    plan: Outline


def judge(db: Database, work: Work, *, settings: Settings, keys: Keys) -> Judged:
    """Read and check the delivery. Raises a DeliveryRefused when nothing of it can be taken."""
    limits = Limits(settings.reader_memory_bytes, settings.reader_cpu_seconds, settings.delivery_max_bytes * 4)
    path = raw.place(settings.data_dir, work.sha256)
    with open_layer(path, limits=limits, scratch=settings.data_dir / "scratch") as layer:
        require_profile(work.profile, layer)
        rows = flat_rows(layer)
        with db.read() as tx:
            context = _context(tx, work, layer, settings, keys)
        checked = flat.check(rows, context)
        return Judged(layer.format, layer.profile, checked, outline(checked))


def require_profile(declared: Profile | None, layer: Layer) -> None:
    """Raises ProfileContradiction when the office said another profile than the file is of."""
    if declared is not None and declared is not layer.profile:
        raise ProfileContradiction(declared=declared.value, found=layer.profile.value)


def findings(found: tuple[Found, ...], rows: FlatRows) -> list[Finding]:
    """Findings row by row, numbered from 1 as in the file.

    Rows that were joined from entities are no rows of the sender's, so each says what it came from: `source`.
    """
    said = [
        (one.code, int(row), one.details[at] if one.details else {}) for one in found for at, row in enumerate(one.rows)
    ]
    if rows.source is not None:
        names = rows.source.take(pa.array([row for _, row, _ in said], pa.int64())).to_pylist()
        said = [
            (code, row, {**details, "source": name}) for (code, row, details), name in zip(said, names, strict=True)
        ]
    return [Finding(code, CATALOGUE[code].severity, rows.layer, row + 1, details) for code, row, details in said]


def asides(rows: FlatRows) -> list[Finding]:
    """What was found in the file but in none of its rows."""
    return [Finding(one.code, CATALOGUE[one.code].severity, rows.layer, None, one.details) for one in rows.asides]


def _context(tx: Reader, work: Work, layer: Layer, settings: Settings, keys: Keys) -> flat.Context:
    own = offices.provinces_of(tx, office_id=work.office_id, on=work.effective_on)
    communes = registers.communes_on(tx, on=work.effective_on)
    fences = {}
    for province_id, geojson in registers.shapes_of(tx, own).items():
        fence = shapely.buffer(shapely.from_geojson(geojson), FENCE_DEGREES)
        shapely.prepare(fence)
        fences[province_id] = fence
    return flat.Context(
        epsg=zone_of(layer.crs, work.declared_epsg, offices.zones_of(tx, own)),
        communes={code: (unit_id, province_id) for code, (unit_id, province_id, _) in communes.items()},
        own_provinces=own,
        fences=fences,
        code_lists=registers.code_lists(tx),
        effective_on=work.effective_on,
        max_vertices=settings.delivery_max_vertices,
        hash_key=keys.row_hash,
    )


def zone_of(crs: str | None, declared: int | None, usual: tuple[int, ...]) -> int:
    """The zone to read in: as the file says, else as declared, else the office's only zone; never a guess."""
    said = _epsg_of(crs) if crs else None
    if said is not None and declared is not None and said != declared:
        raise CrsContradiction(declared=declared, found=said)
    if said is not None:
        return said
    if declared is not None:
        return declared
    if len(usual) == 1:
        return usual[0]
    raise CrsUndeclared(zones=len(usual))


@lru_cache(maxsize=256)
def _epsg_of(crs: str) -> int | None:
    """The zone a file names, by code or by its parameters. Raises CrsNotAZone; None when it says nothing useful."""
    try:
        parsed = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return None
    epsg = parsed.to_epsg(min_confidence=70)
    if epsg in _ZONES:
        return epsg
    if parsed.is_projected:
        meridian = _same_projection(parsed)
        if meridian is not None:
            return meridian
    # GeoJSON without a crs member is read as WGS 84; land offices rarely mean that, the doctor decides.
    if epsg == 4326 and crs.upper() in {"EPSG:4326", "OGC:CRS84"}:
        raise CrsNotAZone(crs=crs)
    raise CrsNotAZone(crs=f"EPSG:{epsg}" if epsg else (parsed.name or "?")[:60])


def _same_projection(parsed: pyproj.CRS) -> int | None:
    """A zone with the same central meridian and scale: old .prj files name parameters, not codes."""
    operation = parsed.coordinate_operation
    if operation is None:
        return None
    values = {one.name.lower(): float(one.value) for one in operation.params if not isinstance(one.value, str)}
    meridian = values.get("longitude of natural origin")
    scale = values.get("scale factor at natural origin")
    easting = values.get("false easting")
    for zone in ZONES:
        if (
            meridian is not None
            and abs(meridian - zone.central_meridian) < 1e-6
            and scale == zone.scale
            and easting == 500_000
        ):
            return zone.epsg
    return None


def scratch_of(settings: Settings) -> Path:
    """Where readers work; emptied when the worker starts, since a killed one cannot tidy up."""
    return settings.data_dir / "scratch"
