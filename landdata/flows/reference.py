"""Loads the reference files: units with versions and succession, divisions, boundaries, zones, code lists, indicators."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from landdata.errors import ReferenceDataDamaged, ReferenceDataMissing
from landdata.flows import indicator_uploads
from landdata.model.succession import Edge, epochs_of, projections
from landdata.model.units import Division, Extent, Level, Unit
from landdata.reading import reference as files
from landdata.reading.reference import CODE_LISTS, COVERAGE_HISTORY, DIVISIONS, SUCCESSION, UNITS, ZONES_OF_PROVINCES
from landdata.store import coverage, history, registers
from landdata.store.engine import Database, Writer

_BOUNDARY_SOURCE = 'Open Development Mekong, "Địa phận tỉnh" (Department of Survey and Mapping, 2016)'
_BOUNDARY_LICENCE = "CC BY-SA 4.0"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: rows by file, and the files that were there already."""

    rows: dict[str, int]
    unchanged: tuple[str, ...]


def load(db: Database, folder: Path, *, progress: Progress = lambda _: None) -> Loaded:
    """Load all reference files that changed, in one transaction. Raises ReferenceDataDamaged naming the file."""
    there = files.files(folder)
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()}
    with db.write() as tx:
        before = registers.loaded(tx)
        changed = [name for name in there if before.get(name) != digests[name]]
        if not changed:
            return Loaded({}, tuple(there))
        rows: dict[str, int] = {}
        if any(name.startswith("admin/") or name == ZONES_OF_PROVINCES for name in changed):
            rows |= _load_register(tx, folder, progress)
        if COVERAGE_HISTORY in changed:
            progress(COVERAGE_HISTORY)
            published = files.coverage_history(folder)
            history.replace(tx, published)
            rows[COVERAGE_HISTORY] = len(published)
        for name in CODE_LISTS:
            file = f"codelists/{name}.csv"
            if file in changed:
                progress(file)
                rows[file] = _load_code_list(tx, folder, name)
        if any(name.startswith(("indicators/", "seed_tables/")) for name in changed):
            rows |= indicator_uploads.load_published(tx, folder, progress)
        for name in changed:
            registers.mark_loaded(tx, file=name, sha256=digests[name], rows=rows.get(name, 0))
    return Loaded(rows, tuple(name for name in there if name not in changed))


def check_loaded(db: Database, folder: Path) -> None:
    """Raises ReferenceDataMissing naming up to three files that were never loaded; which version was is not asked."""
    with db.read() as tx:
        there = registers.loaded(tx)
    lacking = [name for name in files.files(folder) if name not in there]
    if lacking:
        raise ReferenceDataMissing(files=", ".join(lacking[:3]))


def _load_register(tx: Writer, folder: Path, progress: Progress) -> dict[str, int]:
    progress(UNITS)
    unit_rows = files.unit_rows(folder)
    units = registers.save_units(tx, unit_rows)
    progress(SUCCESSION)
    steps = _succession_rows(folder, units)
    registers.replace_successions(tx, steps)
    epochs = epochs_of(units)
    progress("ref.projection")
    edges = [
        Edge(row["old_unit_id"], row["new_unit_id"], row["effective_on"], Extent(row["extent"]))
        for row in steps
        if row["old_unit_id"] is not None
    ]
    registers.replace_registers(
        tx,
        epochs=epochs,
        members={epoch.epoch_id: files.members(units, epoch.day) for epoch in epochs},
        images=projections(units, edges, epochs),
    )
    registers.replace_divisions(tx, DIVISIONS)
    coverage.count_connected(tx)
    for division in DIVISIONS:
        _load_boundaries(tx, folder, division)
    zones = _province_zones(tx, folder)
    registers.replace_zones(tx, zones)
    return {
        UNITS: len(unit_rows),
        SUCCESSION: len(steps),
        ZONES_OF_PROVINCES: len(zones),
    }


def _succession_rows(folder: Path, units: Sequence[Unit]) -> list[dict[str, Any]]:
    by_key: dict[tuple[str, str], list[Unit]] = {}
    for unit in units:
        by_key.setdefault((unit.level.value, unit.code), []).append(unit)
    found: list[dict[str, Any]] = []
    for number, row in files.succession_rows(folder):
        day = date.fromisoformat(row["effective_date"])
        before = date.fromordinal(day.toordinal() - 1)
        old = _version(by_key, row["old_level"], row["old_code"], before)
        new = _version(by_key, row["new_level"], row["new_code"], day)
        if (row["old_code"] and old is None) or (row["new_code"] and new is None):
            raise ReferenceDataDamaged(file=Path(SUCCESSION).name, reason=f"line {number}: no such unit on {day}")
        found.append(
            {
                "old_unit_id": old.unit_id if old else None,
                "new_unit_id": new.unit_id if new else None,
                "kind": row["kind"],
                "effective_on": day,
                "extent": row["extent"] or Extent.UNKNOWN.value,
                "legal_ref": row["legal_ref"],
                "basis": row["basis"],
                "confidence": row["confidence"],
                "note": row["note"],
            }
        )
    return found


def _version(by_key: dict[tuple[str, str], list[Unit]], level: str, code: str, day: date) -> Unit | None:
    return next((unit for unit in by_key.get((level, code), []) if unit.valid_on(day)), None) if code else None


def _load_boundaries(tx: Writer, folder: Path, division: Division) -> None:
    drawn = files.province_shapes(folder, division)
    ids = registers.unit_ids(tx, [(Level.PROVINCE.value, code) for code in drawn], on=division.on_date)
    shapes = {unit_id: drawn[code] for (_, code), unit_id in ids.items()}
    registers.replace_boundaries(
        tx, division=division.code, shapes=shapes, source=_BOUNDARY_SOURCE, licence=_BOUNDARY_LICENCE
    )


def _province_zones(tx: Writer, folder: Path) -> list[dict[str, Any]]:
    rows = files.province_zones(folder)
    ids = registers.unit_ids(
        tx, [(Level.PROVINCE.value, row["province_gso_code"]) for row in rows], on=DIVISIONS[0].on_date
    )
    return [
        {
            "unit_id": ids[Level.PROVINCE.value, row["province_gso_code"]],
            "epsg": int(row["epsg"]),
            "confidence": row["confidence"],
            "source": row["source"],
        }
        for row in rows
    ]


def _load_code_list(tx: Writer, folder: Path, name: str) -> int:
    rows = {}
    for row in files.code_list(folder, name):
        scheme = row.get("scheme", "")
        rows[scheme, row["code"]] = {
            "list": name,
            "scheme": scheme,
            "code": row["code"],
            "name_vi": row["name_vi"],
            "name_en": row["name_en"],
            "source": row["source"],
            "status": row.get("status", ""),
        }
    registers.replace_code_list(tx, name=name, rows=list(rows.values()))
    return len(rows)
