"""How the sources of the provinces stand, ready for the templates: rows, counts, classes of the map, whom to call; no HTML."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from api.web.i18n import fold
from api.web.regions import REGIONS, Region, region_of
from landdata.model.sources import Province, Source, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from api.web.listing import Listing
    from landdata.model.sources import SourceList
    from landdata.writing.outlines import ProvinceMap

# The one that needs somebody most stands first; a province of several sources has the colour of its first.
URGENT = (
    State.FAILING, State.LATE, State.NEVER_CONNECTED, State.CONNECTING, State.CONNECTED, State.PAUSED, State.ENDED,
)  # fmt: skip
SORTS = ("tinh", "lan_cuoi", "han", "xa")
SOON_DAYS = 7
MOST_NAMED = 6
_NOWHERE = Province("", "")


@dataclass(frozen=True, slots=True)
class Life:
    """A province with one of its sources, or without any; `alerts` counts those that stand open about it."""

    province: Province
    source: Source | None
    region: Region | None
    alerts: int

    @property
    def state(self) -> State:
        return self.source.state if self.source else State.NEVER_CONNECTED

    @property
    def office(self) -> str:
        return self.source.office_code if self.source else ""

    @property
    def due_on(self) -> date | None:
        """The day that is waited for; none where nothing is expected."""
        return self.source.facts.due_on if self.source and self.state.at_work else None

    @property
    def days_left(self) -> int | None:
        """Days until the next delivery is due, below 0 when it is late."""
        return (self.due_on - self.source.facts.today).days if self.source and self.due_on else None

    @property
    def silent_days(self) -> int | None:
        """Days since the last delivery that stood."""
        last = self.source.facts.last_on if self.source else None
        return (self.source.facts.today - last).days if self.source and last else None

    @property
    def used(self) -> float | None:
        """How much of its cadence has passed since the last delivery: percent, 100 at most."""
        cadence = self.source.promise.cadence_days if self.source else None
        silent = self.silent_days
        return min(100.0, 100 * silent / cadence) if cadence and silent is not None and self.due_on else None

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None where there is none, or nothing is expected."""
        return None if self.days_left is None else self.days_left >= 0


@dataclass(frozen=True)
class Lives:
    """Everything the page of sources shows, read once."""

    listing: Listing
    found: SourceList
    rows: tuple[Life, ...]
    map: ProvinceMap | None

    @cached_property
    def shown(self) -> tuple[Life, ...]:
        """The rows that pass the filter, in the order asked."""
        listing = self.listing
        wanted = fold(listing["loc"])
        kept = [
            one
            for one in self.rows
            if _named(one, wanted)
            and (not listing["vung"] or (one.region and one.region.key == listing["vung"]))
            and (not listing["tt"] or one.state == listing["tt"])
        ]
        kept.sort(key=_by_name)
        if listing["sap"] != "tinh":
            kept.sort(key=_SORTS[listing["sap"]])
        return tuple(kept[::-1] if listing["nguoc"] else kept)

    @cached_property
    def counts(self) -> Counter[State]:
        return Counter(one.state for one in self.rows)

    @property
    def regions(self) -> tuple[Region, ...]:
        return REGIONS.get(self.found.division, ())

    @property
    def promised(self) -> tuple[Life, ...]:
        """Those of which a delivery is expected by some day."""
        return tuple(one for one in self.rows if one.kept is not None)

    @property
    def kept(self) -> int:
        return sum(bool(one.kept) for one in self.promised)

    @property
    def to_call(self) -> tuple[Life, ...]:
        """Those that are failing or late, the latest first."""
        wrong = [one for one in self.rows if one.state in {State.FAILING, State.LATE}]
        return tuple(sorted(wrong, key=lambda one: (one.state is not State.FAILING, one.days_left or 0, _by_name(one))))

    @property
    def due_soon(self) -> tuple[Life, ...]:
        """Those that have to deliver within a week."""
        soon = [one for one in self.rows if one.days_left is not None and 0 <= one.days_left <= SOON_DAYS]
        return tuple(sorted(soon, key=lambda one: (one.days_left or 0, _by_name(one))))

    @cached_property
    def by_province(self) -> dict[str, Life]:
        """Each province with the source that needs somebody most."""
        found: dict[str, Life] = {}
        for one in sorted(self.rows, key=lambda row: URGENT.index(row.state)):
            found.setdefault(one.province.code, one)
        return found

    def step_of(self, code: str) -> str:
        """The class of the map: the state in lower case."""
        one = self.by_province.get(code)
        return (one.state if one else State.NEVER_CONNECTED).lower().replace("_", "-")


def lives(listing: Listing, found: SourceList, alerts: Mapping[str, int], map_: ProvinceMap | None) -> Lives:
    """A row for each province of each source, and for each province without one. `alerts`: open ones by office."""
    rows = [
        Life(where, one, region_of(found.division, where.code), alerts.get(one.office_code, 0))
        for one in found.sources
        for where in one.provinces or (_NOWHERE,)
    ]
    rows += [Life(where, None, region_of(found.division, where.code), 0) for where in found.without]
    return Lives(listing, found, tuple(rows), map_)


def life_of(source: Source, alerts: int) -> Life:
    """One source by itself."""
    return Life(source.provinces[0] if source.provinces else _NOWHERE, source, None, alerts)


def _named(one: Life, wanted: str) -> bool:
    names = (one.province.full_name_vi, one.source.name_vi if one.source else "")
    return any(wanted in fold(name) for name in names) or wanted in {one.province.code, fold(one.office)}


def _by_name(one: Life) -> str:
    """Provinces by their own name: "Tỉnh" and "Thành phố" say nothing about the order."""
    name = fold(one.province.full_name_vi)
    for kind in ("tinh ", "thanh pho "):
        name = name.removeprefix(kind)
    return name


_SORTS: dict[str, Callable[[Life], float]] = {
    "": lambda one: URGENT.index(one.state),
    "lan_cuoi": lambda one: -1 if one.silent_days is None else one.silent_days,
    "han": lambda one: 1e6 if one.days_left is None else one.days_left,
    "xa": lambda one: -(one.source.communes if one.source else -1),
}
