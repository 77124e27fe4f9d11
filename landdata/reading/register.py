"""The register of one day from the reference files: for a desk without a database; nothing of other days is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

from landdata.errors import UnknownUnit
from landdata.model.units import Level, Unit
from landdata.reading import reference


class Register:
    """Units in force on a day. Their ids count from 1 and mean nothing elsewhere."""

    def __init__(self, folder: Path, on: date) -> None:
        self._folder, self._on = folder, on
        units = [
            Unit(
                unit_id=number,
                level=Level(row["level"]),
                code=row["code"],
                name_vi=row["name_vi"],
                name_ascii=row["name_ascii"],
                type_vi=row["type_vi"],
                full_name_vi=row["full_name_vi"],
                parent_code=row["parent_code"],
                valid_from=row["valid_from"],
                valid_to=row["valid_to"],
            )
            for number, row in enumerate(reference.unit_rows(folder, on=on), start=1)
        ]
        self._by_id = {unit.unit_id: unit for unit in units}
        self._provinces = {unit.code: unit for unit in units if unit.level is Level.PROVINCE}
        self.communes = {
            unit.code: (unit.unit_id, province_id)
            for unit, _, province_id in reference.members(units, on)
            if unit.level is Level.COMMUNE
        }

    def province(self, code: str) -> Unit:
        """The province with this code. Raises UnknownUnit."""
        if code not in self._provinces:
            raise self._unknown(code, Level.PROVINCE)
        return self._provinces[code]

    def require_communes(self, codes: Iterable[str]) -> None:
        """Raises UnknownUnit for the first that is none."""
        for code in sorted(codes):
            if code not in self.communes:
                raise self._unknown(code, Level.COMMUNE)

    def provinces_of(self, communes: Iterable[str | None]) -> tuple[Unit, ...]:
        """The provinces of those communes that there are, by code."""
        ids = {self.communes[code][1] for code in communes if code in self.communes}
        return tuple(sorted((self._by_id[one] for one in ids), key=lambda unit: unit.code))

    def zones(self, provinces: Sequence[Unit]) -> tuple[int, ...]:
        """EPSG codes of the zones provinces work in: their own, and those of all provinces they were formed from."""
        codes = self._in_first_division({unit.code for unit in provinces})
        rows = reference.province_zones(self._folder)
        return tuple(sorted({int(row["epsg"]) for row in rows if row["province_gso_code"] in codes}))

    def _in_first_division(self, codes: set[str]) -> set[str]:
        """The codes that the land of provinces had in the first division, whose zones are known."""
        steps = self._steps
        # Back day by day: on one day a code ends with one meaning and begins with another.
        for day in sorted(steps, reverse=True):
            formed = {new for _, new in steps[day]}
            codes = (codes - formed) | {old for old, new in steps[day] if new in codes}
        return codes

    @cached_property
    def _steps(self) -> dict[date, list[tuple[str, str]]]:
        """Provinces that became others since the first division, by day: old code, new code."""
        steps: dict[date, list[tuple[str, str]]] = {}
        for _, row in reference.succession_rows(self._folder):
            if row["new_level"] == Level.PROVINCE:
                day = date.fromisoformat(row["effective_date"])
                if reference.DIVISIONS[0].on_date < day <= self._on:
                    steps.setdefault(day, []).append((row["old_code"], row["new_code"]))
        return steps

    def shapes(self, provinces: Sequence[Unit]) -> dict[int, str]:
        """Polygons as GeoJSON by unit id; a version never drawn itself gets the shape drawn for its code."""
        drawn = {division.code: reference.province_shapes(self._folder, division) for division in reference.DIVISIONS}
        found = {}
        for unit in provinces:
            nearest = sorted(reference.DIVISIONS, key=lambda one: (not unit.valid_on(one.on_date), one.code))
            shape = next((drawn[one.code][unit.code] for one in nearest if unit.code in drawn[one.code]), None)
            if shape is not None:
                found[unit.unit_id] = shape
        return found

    def code_lists(self) -> dict[str, frozenset[str]]:
        """Codes of every list, all schemes together."""
        return {
            name: frozenset(row["code"] for row in reference.code_list(self._folder, name))
            for name in reference.CODE_LISTS
        }

    def _unknown(self, code: str, level: Level) -> UnknownUnit:
        return UnknownUnit(unit_code=code[:20], level=level, day=self._on.isoformat())
