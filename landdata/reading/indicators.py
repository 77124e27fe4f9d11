"""Reads the definitions of indicators and their published tables from the reference files, as they stand; writes nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from landdata.errors import ReferenceDataDamaged
from landdata.reading.reference import INDICATORS, rows

_CELLS = ("subject", "lead", "done", "total", "remaining", "state", "due", "note")
_REST = "(every other province)"


@dataclass(frozen=True, slots=True)
class Published:
    """A published table: its rows by column of `checking.indicators.COLUMNS`, all text, and where it stands."""

    file: str
    code: str
    letter: str
    on: date
    exact: bool
    rows: tuple[dict[str, str], ...]


def letters(folder: Path) -> list[dict[str, Any]]:
    """Rows of `stats.letter`."""
    return [{**row, "issued_on": date.fromisoformat(row["issued_on"])} for row in rows(folder / INDICATORS[0])]


def indicators(folder: Path) -> list[dict[str, Any]]:
    """Rows of `stats.indicator`."""
    found = []
    for place, row in enumerate(rows(folder / INDICATORS[1]), start=1):
        share = row["target_share"]
        found.append(
            {
                **{name: row[name] for name in ("code", "name_vi", "name_en", "kind", "noun_vi", "noun_en")},
                "target_vi": row["target_vi"],
                "target_en": row["target_en"],
                "subject_kinds": row["subjects"].split(";"),
                "levels": row["levels"].split(";"),
                "target_share": float(Fraction(share)) if share else None,
                "letter_code": row["letter"],
                "place": place,
            }
        )
    return found


def states(folder: Path) -> list[dict[str, Any]]:
    """Rows of `stats.indicator_state`."""
    return [
        {**row, "reaches": row["reaches"] == "yes", "place": place}
        for place, row in enumerate(rows(folder / INDICATORS[2]), start=1)
    ]


def tables(folder: Path) -> Iterator[Published]:
    """The published tables, each turned from its own columns into ours. Raises ReferenceDataDamaged."""
    shapes: dict[str, list[dict[str, str]]] = {}
    for shape in rows(folder / INDICATORS[3]):
        shapes.setdefault(shape["file"], []).append(shape)
    for file, levels in shapes.items():
        lines = list(rows(folder / "seed_tables" / file))
        first = levels[0]
        found = [_row(shape, line, file) for line in lines for shape in levels]
        if first["rest"]:
            found.append({"subject": _REST, "level": first["level"], "state": first["rest"]})
        yield Published(
            file, first["code"], first["letter"], date.fromisoformat(first["on"]), first["exact"] == "yes", tuple(found)
        )


def _row(shape: dict[str, str], line: dict[str, str], file: str) -> dict[str, str]:
    made = {"level": shape["level"]}
    for name in _CELLS:
        column = shape[name]
        if column.startswith("="):
            made[name] = column[1:]
        elif column:
            if column not in line:
                raise ReferenceDataDamaged(file=file, reason=f"no column {column}")
            made[name] = line[column]
    return made
