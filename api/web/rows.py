"""One unit in the table, on the map and in the attention cards: how it stands, its class of colour, its rank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from api.web.i18n import fold
from api.web.regions import Region, region_of
from landdata.model.units import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from landdata.model.coverage import UnitCoverage

REFUSED_LIMIT = 5.0  # percent of the rows read
FEW_COMMUNES = 20.0  # percent of a unit's communes
OLD_DAYS = 90  # after so many days without anything new a connected unit is asked about
BREAKS = {"": (20, 40, 60, 80), "loi": (1, 2, 4, 8)}
NO_DATA = "n"


class Connection(StrEnum):
    """How a unit stands; `UNSURE` only where a split commune leaves it open in another division."""

    OK = "ok"
    LOW = "low"
    UNSURE = "unsure"
    NONE = "none"


@dataclass(frozen=True)
class Row:
    """One unit on a day. Shares are percentages, 0..100."""

    unit: UnitCoverage
    region: Region | None
    on: date
    rank: int = 0

    @property
    def low(self) -> float:
        return share(self.unit.communes_connected.at_least, self.unit.communes_total)

    @property
    def high(self) -> float:
        return share(self.unit.communes_connected.at_most, self.unit.communes_total)

    @property
    def refused(self) -> float | None:
        return None if self.unit.refused_share is None else 100 * self.unit.refused_share

    @property
    def over_limit(self) -> bool:
        return (self.refused or 0) > REFUSED_LIMIT

    @property
    def old(self) -> bool:
        """Whether it is connected and nothing new has counted for a long time."""
        last = self.unit.last_effective_on
        return last is not None and self.unit.connected.at_most > 0 and (self.on - last).days > OLD_DAYS

    @property
    def connection(self) -> Connection:
        if not self.unit.connected.at_most:
            return Connection.NONE
        if not self.unit.connected.at_least:
            return Connection.UNSURE
        # By the upper bound: nobody is called late for communes that may well be connected.
        return Connection.LOW if self.high < FEW_COMMUNES else Connection.OK

    def named(self, wanted: str) -> bool:
        """Whether folded text is part of the name, the start of the full name, or the code.

        Not any part of the full name: "ha" would find every "Thành phố".
        """
        unit = self.unit
        start = fold(unit.full_name_vi).startswith(wanted)
        return start or wanted in fold(unit.name_vi) or wanted == unit.code

    def has(self, status: str) -> bool:
        if status == "err":
            return self.over_limit
        if status == "old":
            return self.old
        if status == "ok":
            return self.connection in (Connection.OK, Connection.LOW)
        return self.connection == status

    def step(self, metric: str) -> str:
        """The class of the map's scale, `0` to `4`, or `n` where there is no figure."""
        if self.unit.level is Level.COMMUNE:  # connected, perhaps, or not: a scale has nothing to say
            return {Connection.NONE: NO_DATA, Connection.UNSURE: "1"}.get(self.connection, "4")
        value = self.refused if metric == "loi" else self.low
        if value is None or self.connection is Connection.NONE:
            return NO_DATA
        return str(sum(value >= one for one in BREAKS[metric]))


def ranked(units: Sequence[UnitCoverage], division: str, on: date) -> tuple[Row, ...]:
    """Rows by the certain share of communes; equal shares have equal ranks."""
    rows = [Row(unit, region_of(division, unit.code), on) for unit in units]
    rows.sort(key=lambda row: (-row.low, row.unit.name_ascii.casefold()))
    first: dict[float, int] = {}
    for place, row in enumerate(rows, 1):
        first.setdefault(row.low, place)
    return tuple(Row(row.unit, row.region, on, first[row.low]) for row in rows)


def share(part: int, whole: int) -> float:
    """Percent, 0 for an empty whole."""
    return 100 * part / whole if whole else 0.0


SORTS: dict[str, Callable[[Row], float | str]] = {
    "xa": lambda row: row.low + row.high / 1000,
    "tinh": lambda row: row.unit.name_ascii.casefold(),
    "huyen": lambda row: share(row.unit.districts_connected.at_least, row.unit.districts_total),
    "thua": lambda row: row.unit.parcels.at_least,
    "gcn": lambda row: row.unit.certificates.at_least,
    "nguoi": lambda row: row.unit.holders.at_least,
    "loi": lambda row: -1.0 if row.refused is None else row.refused,
    "moi": lambda row: row.unit.last_effective_on.toordinal() if row.unit.last_effective_on else 0,
}
