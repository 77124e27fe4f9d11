"""Loads the reference files: units with versions and succession, divisions, boundaries, zones, code lists."""

from __future__ import annotations

import csv
import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from landdata.errors import ReferenceDataDamaged
from landdata.model.succession import Edge, Epoch, epochs_of, projections
from landdata.model.units import Division, Extent, Level, Unit
from landdata.store import registers
from landdata.store.engine import Database, Writer

DIVISIONS = (
    Division(
        "2023", "63 tỉnh, ba cấp (đến 30/6/2025)", "63 provinces, three levels (until 30 June 2025)", date(2023, 3, 28)
    ),
    Division(
        "2025", "34 tỉnh, hai cấp (từ 01/7/2025)", "34 provinces, two levels (since 1 July 2025)", date(2025, 7, 1)
    ),
)
_BOUNDARY_SOURCE = 'Open Development Mekong, "Địa phận tỉnh" (Department of Survey and Mapping, 2016)'
_BOUNDARY_LICENCE = "CC BY-SA 4.0"
_CODE_LISTS = (
    "certificate_type", "construction_grade", "house_grade", "house_type", "land_use_origin", "land_use_purpose",
    "land_use_purpose_planning", "land_user_type", "ownership_form", "use_form", "cccd_gender_century",
)  # fmt: skip

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: rows by file, and the files that were there already."""

    rows: dict[str, int]
    unchanged: tuple[str, ...]


def load(db: Database, folder: Path, *, progress: Progress = lambda _: None) -> Loaded:
    """Load all reference files that changed, in one transaction. Raises ReferenceDataDamaged naming the file."""
    files = _files(folder)
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    with db.write() as tx:
        before = registers.loaded(tx)
        changed = [name for name in files if before.get(name) != digests[name]]
        if not changed:
            return Loaded({}, tuple(files))
        rows: dict[str, int] = {}
        if any(name.startswith("admin/") or name.endswith("province_meridian.csv") for name in changed):
            rows |= _load_register(tx, folder, progress)
        for name in _CODE_LISTS:
            file = f"codelists/{name}.csv"
            if file in changed:
                progress(file)
                rows[file] = _load_code_list(tx, name, folder / file)
        for name in changed:
            registers.mark_loaded(tx, file=name, sha256=digests[name], rows=rows.get(name, 0))
    return Loaded(rows, tuple(name for name in files if name not in changed))


def _files(folder: Path) -> dict[str, Path]:
    names = [
        "admin/admin_units_history.csv",
        "admin/admin_succession.csv",
        "admin/provinces_2023.geojson",
        "admin/provinces_2025.geojson",
        "codelists/province_meridian.csv",
        *(f"codelists/{name}.csv" for name in _CODE_LISTS),
    ]
    for name in names:
        if not (folder / name).is_file():
            raise ReferenceDataDamaged(file=name, reason="missing")
    return {name: folder / name for name in names}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {key: unicodedata.normalize("NFC", value or "") for key, value in row.items()}


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None


def _load_register(tx: Writer, folder: Path, progress: Progress) -> dict[str, int]:
    progress("admin/admin_units_history.csv")
    unit_rows = [_unit_row(row) for row in _rows(folder / "admin/admin_units_history.csv")]
    units = registers.save_units(tx, unit_rows)
    progress("admin/admin_succession.csv")
    steps = _succession_rows(folder / "admin/admin_succession.csv", units)
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
        members={epoch.epoch_id: _members(units, epoch) for epoch in epochs},
        images=projections(units, edges, epochs),
    )
    registers.replace_divisions(tx, DIVISIONS)
    for division in DIVISIONS:
        _load_boundaries(tx, folder / f"admin/provinces_{division.code}.geojson", division)
    zones = _province_zones(tx, folder / "codelists/province_meridian.csv")
    registers.replace_zones(tx, zones)
    return {
        "admin/admin_units_history.csv": len(unit_rows),
        "admin/admin_succession.csv": len(steps),
        "codelists/province_meridian.csv": len(zones),
    }


def _unit_row(row: dict[str, str]) -> dict[str, Any]:
    parent = row["parent_code"] or None
    parent_level = None if parent is None else (Level.DISTRICT if len(parent) == 3 else Level.PROVINCE).value
    return {
        "level": row["level"],
        "code": row["code"],
        "name_vi": row["name_vi"],
        "name_ascii": row["name_ascii"],
        "type_vi": row["type_vi"],
        "full_name_vi": row["full_name_vi"],
        "parent_level": parent_level,
        "parent_code": parent,
        "valid_from": _day(row["valid_from"]),
        "valid_to": _day(row["valid_to"]),
    }


def _succession_rows(path: Path, units: Sequence[Unit]) -> list[dict[str, Any]]:
    by_key: dict[tuple[str, str], list[Unit]] = {}
    for unit in units:
        by_key.setdefault((unit.level.value, unit.code), []).append(unit)
    found: list[dict[str, Any]] = []
    for number, row in enumerate(_rows(path), start=2):
        day = date.fromisoformat(row["effective_date"])
        before = date.fromordinal(day.toordinal() - 1)
        old = _version(by_key, row["old_level"], row["old_code"], before)
        new = _version(by_key, row["new_level"], row["new_code"], day)
        if (row["old_code"] and old is None) or (row["new_code"] and new is None):
            raise ReferenceDataDamaged(file=path.name, reason=f"line {number}: no such unit on {day}")
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


def _members(units: Sequence[Unit], epoch: Epoch) -> list[tuple[Unit, int | None, int]]:
    """The units of a register with the district and province each lies in."""
    here = [unit for unit in units if unit.valid_on(epoch.day)]
    by_key = {(unit.level, unit.code): unit for unit in here}
    found: list[tuple[Unit, int | None, int]] = []
    for unit in here:
        district, province = None, unit
        if unit.level is not Level.PROVINCE and unit.parent_code is not None:
            district = unit if unit.level is Level.DISTRICT else by_key.get((Level.DISTRICT, unit.parent_code))
            province_code = (district.parent_code if district else unit.parent_code) or ""
            parent = by_key.get((Level.PROVINCE, province_code))
            if parent is None:
                raise ReferenceDataDamaged(
                    file="admin_units_history.csv", reason=f"{unit.level} {unit.code} has no province on {epoch.day}"
                )
            province = parent
        found.append((unit, district.unit_id if district else None, province.unit_id))
    return found


def _load_boundaries(tx: Writer, path: Path, division: Division) -> None:
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    except (ValueError, KeyError) as error:
        raise ReferenceDataDamaged(file=path.name, reason="not GeoJSON") from error
    keys = [(Level.PROVINCE.value, feature["properties"]["code"]) for feature in features]
    ids = registers.unit_ids(tx, keys, on=division.on_date)
    shapes = {
        ids[key]: json.dumps(feature["geometry"]) for key, feature in zip(keys, features, strict=True) if key in ids
    }
    registers.replace_boundaries(
        tx, division=division.code, shapes=shapes, source=_BOUNDARY_SOURCE, licence=_BOUNDARY_LICENCE
    )


def _province_zones(tx: Writer, path: Path) -> list[dict[str, Any]]:
    rows = list(_rows(path))
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


def _load_code_list(tx: Writer, name: str, path: Path) -> int:
    rows = {}
    for row in _rows(path):
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
