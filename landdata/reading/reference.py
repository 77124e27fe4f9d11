"""Reads the reference files (units, succession, province polygons, zones, code lists) as they stand; writes nowhere."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from landdata.errors import ReferenceDataDamaged
from landdata.model.units import Division, Level, Unit

DIVISIONS = (
    Division(
        "2023", "63 tỉnh, ba cấp (đến 30/6/2025)", "63 provinces, three levels (until 30 June 2025)", date(2023, 3, 28)
    ),
    Division(
        "2025", "34 tỉnh, hai cấp (từ 01/7/2025)", "34 provinces, two levels (since 1 July 2025)", date(2025, 7, 1)
    ),
)
UNITS, SUCCESSION = "admin/admin_units_history.csv", "admin/admin_succession.csv"
ZONES_OF_PROVINCES = "codelists/province_meridian.csv"
COVERAGE_HISTORY = "codelists/coverage_history.csv"
INDICATOR_TABLES = "indicators/tables.csv"
INDICATORS = ("indicators/letters.csv", "indicators/indicators.csv", "indicators/states.csv", INDICATOR_TABLES)
CODE_LISTS = (
    "certificate_type", "construction_grade", "house_grade", "house_type", "land_use_origin", "land_use_purpose",
    "land_use_purpose_planning", "land_user_type", "ownership_form", "use_form", "cccd_gender_century",
)  # fmt: skip
_COUNTED = tuple(
    f"{level}_{part}" for level in ("provinces", "districts", "communes") for part in ("connected", "total")
)


def files(folder: Path) -> dict[str, Path]:
    """Every reference file by name. Raises ReferenceDataDamaged naming the one that is missing."""
    names = [
        UNITS,
        SUCCESSION,
        *(_boundaries_file(division) for division in DIVISIONS),
        ZONES_OF_PROVINCES,
        COVERAGE_HISTORY,
        *(f"codelists/{name}.csv" for name in CODE_LISTS),
        *indicator_files(folder),
    ]
    return {name: _file(folder, name) for name in names}


def unit_rows(folder: Path, *, on: date | None = None) -> list[dict[str, Any]]:
    """Unit versions, all or those in force on a day."""
    found = []
    for row in rows(_file(folder, UNITS)):
        valid_from, valid_to = _day(row["valid_from"]), _day(row["valid_to"])
        if on is not None and not ((valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to)):
            continue
        parent = row["parent_code"] or None
        parent_level = None if parent is None else (Level.DISTRICT if len(parent) == 3 else Level.PROVINCE).value
        found.append(
            {
                "level": row["level"],
                "code": row["code"],
                "name_vi": row["name_vi"],
                "name_ascii": row["name_ascii"],
                "type_vi": row["type_vi"],
                "full_name_vi": row["full_name_vi"],
                "parent_level": parent_level,
                "parent_code": parent,
                "valid_from": valid_from,
                "valid_to": valid_to,
            }
        )
    return found


def succession_rows(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Succession steps as written, each with its line."""
    return enumerate(rows(_file(folder, SUCCESSION)), start=2)


def members(units: Sequence[Unit], day: date) -> list[tuple[Unit, int | None, int]]:
    """The units in force on a day with the district and province each lies in. Raises ReferenceDataDamaged."""
    here = [unit for unit in units if unit.valid_on(day)]
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
                    file=Path(UNITS).name, reason=f"{unit.level} {unit.code} has no province on {day}"
                )
            province = parent
        found.append((unit, district.unit_id if district else None, province.unit_id))
    return found


def province_shapes(folder: Path, division: Division) -> dict[str, str]:
    """Province polygons of a division as GeoJSON, by the code on the division's day."""
    path = _file(folder, _boundaries_file(division))
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return {feature["properties"]["code"]: json.dumps(feature["geometry"]) for feature in features}
    except (ValueError, KeyError, TypeError) as error:
        raise ReferenceDataDamaged(file=path.name, reason="not GeoJSON") from error


def province_zones(folder: Path) -> list[dict[str, str]]:
    """Province codes of the first division with the zone each works in."""
    return list(rows(_file(folder, ZONES_OF_PROVINCES)))


def code_list(folder: Path, name: str) -> list[dict[str, str]]:
    """A code list's entries as written."""
    return list(rows(_file(folder, f"codelists/{name}.csv")))


def coverage_history(folder: Path) -> list[dict[str, Any]]:
    """Figures of coverage as published, with the day that their code gives. Raises ReferenceDataDamaged."""
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows(_file(folder, COVERAGE_HISTORY)), start=2):
        dated = re.match(r"(\d{4})-(\d{2})(?:-(\d{2}))?", row["code"])
        counts = {name: row[name] for name in _COUNTED}
        if dated is None or not all(value == "" or value.isdigit() for value in counts.values()):
            raise ReferenceDataDamaged(file=Path(COVERAGE_HISTORY).name, reason=f"line {number}: no day, or no count")
        year, month, day = dated.groups()
        found.append(
            {
                "row_no": number,
                "on_date": date(int(year), int(month), int(day or 1)),
                "exact": day is not None,
                "dated": row["date"],
                **{name: row[name] for name in ("scope", "name_vi", "name_en", "source", "note", "confidence")},
                **{name: int(value) if value else None for name, value in counts.items()},
                "parcels_million": row["parcels_million"],
            }
        )
    return found


def indicator_files(folder: Path) -> tuple[str, ...]:
    """Definitions of indicators, and the published tables they name."""
    if not (folder / INDICATOR_TABLES).is_file():
        return INDICATORS
    tables = (f"seed_tables/{row['file']}" for row in rows(folder / INDICATOR_TABLES))
    return (*INDICATORS, *dict.fromkeys(tables))


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a CSV file, every value NFC, empty rather than None."""
    with path.open(encoding="utf-8", newline="") as file:
        text = unicodedata.normalize("NFC", file.read())  # a hundred times faster than cell by cell
    yield from csv.DictReader(StringIO(text, newline=""), restval="")


def _boundaries_file(division: Division) -> str:
    return f"admin/provinces_{division.code}.geojson"


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ReferenceDataDamaged(file=name, reason="missing")
    return path


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None
