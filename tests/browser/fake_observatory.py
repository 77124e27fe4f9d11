# ruff: noqa: ARG002 - takes a database as the real one does, and needs none
"""A stand-in for `landdata.flows.observe`, made from the reference registers; for tests of the pages only."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from landdata.errors import DatabaseUnavailable
from landdata.model.coverage import Bounded, Coverage, LevelCoverage, SeriesPoint, UnitCoverage
from landdata.model.units import Level

ADMIN = Path(__file__).parents[2] / "fixtures" / "reference" / "admin"
CONNECTED_ON = date(2023, 3, 28)
REGISTERS = {"2023": date(2023, 3, 28), "2025": date(2025, 7, 1)}
BREAK = date(2025, 7, 1)
NOT_CONNECTED = ("02", "06", "11", "62", "67", "94")
COMMUNES, DISTRICTS = 4829, 355
TOTALS = {"2023": (63, 705, 10599), "2025": (34, None, 3321)}


@dataclass(frozen=True)
class Outline:
    code: str
    name_vi: str
    geojson: str


def exact(value: int) -> Bounded:
    return Bounded(value, value)


def month_end(year: int, month: int) -> date:
    ahead = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(ahead.toordinal() - 1)


class FakeObservatory:
    """Fifty-seven of sixty-three provinces on one day, as in the demo; `failing` answers with errors."""

    def __init__(self) -> None:
        self.failing = False
        self.empty = False
        self.known: dict[tuple[str, bool], tuple[UnitCoverage, ...]] = {}

    def rows(self, division: str) -> list[dict[str, str]]:
        with (ADMIN / f"admin_units_{division}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def registers(self) -> dict[str, list[dict[str, str]]]:
        return {division: self.rows(division) for division in REGISTERS}

    @cached_property
    def old_communes(self) -> dict[str, int]:
        """Connected communes by old province: uneven shares that add up to the reported figure."""
        communes = Counter(row["province_code"] for row in self.registers["2023"] if row["level"] == "commune")
        codes = [code for code in sorted(communes) if code not in NOT_CONNECTED]
        weights = {code: communes[code] * (8 + (int(code) * 37) % 91) for code in codes}
        found = {code: max(1, COMMUNES * weights[code] // sum(weights.values())) for code in codes}
        found = {code: min(count, communes[code]) for code, count in found.items()}
        while (left := COMMUNES - sum(found.values())) != 0:
            for code in codes:
                if left and 1 < found[code] + (1 if left > 0 else -1) <= communes[code]:
                    found[code] += 1 if left > 0 else -1
                    left += -1 if left > 0 else 1
        return found

    @cached_property
    def new_communes(self) -> dict[str, tuple[int, int]]:
        """Connected communes by new province, at least and at most."""
        heirs: dict[str, str] = {}
        path = ADMIN / "crosswalk_communes_2023_2025.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                heirs.setdefault(row[3], row[6])
        totals = Counter(row["province_code"] for row in self.registers["2025"] if row["level"] == "commune")
        old = Counter(row["province_code"] for row in self.registers["2023"] if row["level"] == "commune")
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for code, count in self.old_communes.items():
            sums[heirs[code]][0] += count
            sums[heirs[code]][1] += old[code]
        return {
            code: (low := max(1, totals[code] * count // whole), min(totals[code], low + totals[code] // 25))
            for code, (count, whole) in sums.items()
        }

    def on_day(self, on: date) -> bool:
        if self.failing:
            raise DatabaseUnavailable
        return on >= CONNECTED_ON and not self.empty

    def latest_day(self, db: object) -> date | None:
        return CONNECTED_ON if self.on_day(CONNECTED_ON) else None

    def boundaries(self, db: object, *, division: str) -> tuple[Outline, ...]:
        if self.empty:
            return ()
        shapes = json.loads((ADMIN / f"provinces_{division}.geojson").read_text(encoding="utf-8"))
        return tuple(
            Outline(one["properties"]["code"], one["properties"]["name_vi"], json.dumps(one["geometry"]))
            for one in shapes["features"]
        )

    def units(self, db: object, *, on: date, level: Level, division: str | None = None) -> tuple[UnitCoverage, ...]:
        assert level is Level.PROVINCE
        division = division or self.division_on(on)
        key = (division, self.on_day(on))
        if key not in self.known:
            self.known[key] = self.provinces(*key)
        return self.known[key]

    def provinces(self, division: str, there: bool) -> tuple[UnitCoverage, ...]:
        register = self.registers[division]
        communes = Counter(row["province_code"] for row in register if row["level"] == "commune")
        districts = Counter(row["province_code"] for row in register if row["level"] == "district")
        provinces = [row for row in register if row["level"] == "province"]
        shares = self.district_counts() if division == "2023" else {}
        rows = []
        for number, row in enumerate(provinces):
            code = row["code"]
            if division == "2023":
                low = high = self.old_communes.get(code, 0)
            else:
                low, high = self.new_communes.get(code, (0, 0))
            if not there:
                low = high = 0
            rows.append(
                UnitCoverage(
                    unit_id=number,
                    level=Level.PROVINCE,
                    code=code,
                    name_vi=row["name_vi"],
                    name_ascii=row["name_ascii"],
                    full_name_vi=row["full_name_vi"],
                    connected=exact(int(low > 0)),
                    districts_connected=exact(shares.get(code, 0) if there else 0),
                    districts_total=districts[code],
                    communes_connected=Bounded(low, high),
                    communes_total=communes[code],
                    parcels=Bounded(low * 5, high * 5),
                    certificates=Bounded(low * 4, high * 4),
                    holders=Bounded(low * 6, high * 6),
                    refused_share=(int(code) * 13 % 70) / 1000 if low else None,
                    last_effective_on=CONNECTED_ON if low else None,
                    last_recorded_at=datetime(2026, 11, 21, 3, tzinfo=UTC) if low else None,
                )
            )
        return tuple(rows)

    def district_counts(self) -> dict[str, int]:
        totals = Counter(row["province_code"] for row in self.registers["2023"] if row["level"] == "district")
        codes = [code for code in sorted(totals) if code not in NOT_CONNECTED]
        found = dict.fromkeys(codes, 1)
        while (left := DISTRICTS - sum(found.values())) > 0:
            for code in codes[:left]:
                found[code] = min(totals[code], found[code] + 1)
        return found

    def national(self, db: object, *, on: date, division: str | None = None) -> Coverage:
        division = division or self.division_on(on)
        rows = self.units(db, on=on, level=Level.PROVINCE, division=division)
        provinces, districts, communes = TOTALS[division]
        levels = [LevelCoverage(Level.PROVINCE, exact(sum(row.connected.at_least for row in rows)), provinces)]
        if districts:
            levels.append(
                LevelCoverage(Level.DISTRICT, exact(sum(row.districts_connected.at_least for row in rows)), districts)
            )
        low = sum(row.communes_connected.at_least for row in rows)
        high = sum(row.communes_connected.at_most for row in rows)
        levels.append(LevelCoverage(Level.COMMUNE, Bounded(low, high), communes))
        there = self.on_day(on)
        return Coverage(
            on=on,
            division=division,
            register_on=REGISTERS[division],
            known_at=None,
            levels=tuple(levels),
            parcels=COMMUNES * 5 if there else 0,
            certificates=COMMUNES * 4 if there else 0,
            holders=COMMUNES * 6 if there else 0,
            backfilled=there,
            simulated=True,
        )

    def series(
        self, db: object, *, through: date, months: int = 24, division: str | None = None
    ) -> tuple[SeriesPoint, ...]:
        last = through.year * 12 + through.month - 1
        days = [month_end(number // 12, number % 12 + 1) for number in range(last - months, last)]
        return tuple(self.point(day, division or self.division_on(day)) for day in [*days, through])

    def point(self, day: date, division: str) -> SeriesPoint:
        now = self.national(None, on=day, division=division)
        districts = now.level(Level.DISTRICT)
        communes = now.level(Level.COMMUNE)
        provinces = now.level(Level.PROVINCE)
        assert communes
        assert provinces
        return SeriesPoint(
            on=day,
            # A register of its own from April 2023, as in truth: the line must go on there.
            register_on=max(now.register_on, date(2023, 4, 10)) if day >= date(2023, 4, 10) else now.register_on,
            provinces=provinces.connected,
            districts=districts.connected if districts else exact(0),
            communes=communes.connected,
            communes_total=communes.total,
            parcels=now.parcels,
        )

    @staticmethod
    def division_on(day: date) -> str:
        return "2025" if day >= BREAK else "2023"
