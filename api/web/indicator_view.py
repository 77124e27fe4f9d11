"""An indicator ready for the templates: what is chosen, rows in their order, sums, classes and legend of the map; no HTML."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from api.web import indicator_words as words
from api.web.i18n import fold
from landdata.flows.indicators import summed
from landdata.model.indicator_figures import MIXED
from landdata.model.indicators import SubjectKind, Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.web.figures import Figures as Writer
    from api.web.listing import Listing
    from landdata.model.indicators import CountedLevel, Figure, Figures, Indicator, Totals
    from landdata.writing.outlines import ProvinceMap

SORTS = ("ten", "dat", "tong", "han")
BREAKS = (10, 25, 50, 75)  # percent: of done, on the map
_TIMING_STEPS = {
    Timing.LATE: "x", Timing.UNREPORTED: "n", Timing.PENDING: "1", Timing.NO_DUE: "n", Timing.ON_TIME: "3", Timing.EARLY: "4",
}  # fmt: skip
_URGENT = list(Timing)
_BEHIND = frozenset({Timing.LATE, Timing.UNREPORTED})
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Legend:
    """One colour of the map: the class, what it says, how many provinces have it."""

    step: str
    text: str
    count: int


@dataclass
class View:
    """Everything the page shows, read once. `drawn`: the division whose map has these units."""

    listing: Listing
    every: Sequence[Indicator]
    found: Figures
    drawn: str
    map: ProvinceMap | None
    refused: str = ""

    @property
    def indicator(self) -> Indicator:
        return self.found.indicator

    @cached_property
    def kinds(self) -> tuple[SubjectKind, ...]:
        """Kinds of subjects that there are figures of."""
        there = {one.subject_kind for one in self.found.figures}
        return tuple(one for one in SubjectKind if one in there)

    @property
    def kind(self) -> SubjectKind:
        return next((one for one in self.kinds if one == self.listing["dt"]), (*self.kinds, SubjectKind.UNIT)[0])

    @cached_property
    def levels(self) -> tuple[CountedLevel, ...]:
        """Levels counted for the chosen kind."""
        there = {one.level for one in self.found.figures if one.subject_kind is self.kind}
        return tuple(one for one in self.found.levels if one in there)

    @property
    def level(self) -> CountedLevel | None:
        return next((one for one in self.levels if one == self.listing["cap"]), self.levels[0] if self.levels else None)

    @cached_property
    def rows(self) -> tuple[Figure, ...]:
        """Figures of the chosen kind and level."""
        return tuple(one for one in self.found.figures if one.subject_kind is self.kind and one.level is self.level)

    @cached_property
    def shown(self) -> tuple[Figure, ...]:
        """Those that pass the filter, in the order asked."""
        listing, wanted = self.listing, fold(self.listing["loc"])
        kept = [
            one
            for one in self.rows
            if (wanted in fold(one.subject) or wanted == one.unit_code or wanted in fold(one.lead))
            and (not listing["tt"] or one.timing == listing["tt"])
        ]
        kept.sort(key=_by_name)
        if self.kind is SubjectKind.SERVICE and not listing["sap"]:
            kept.sort(key=lambda one: (one.due_on is None, one.due_on))
        elif listing["sap"] != "ten":
            kept.sort(key=_SORTS[listing["sap"]])
        return tuple(kept[::-1] if listing["nguoc"] else kept)

    @cached_property
    def totals(self) -> Totals | None:
        """The chosen subjects together."""
        kept = (one for one in summed(self.found).totals if one.subject_kind is self.kind and one.level is self.level)
        return next(kept, None)

    @cached_property
    def to_urge(self) -> tuple[Figure, ...]:
        """Provinces that have not reached the target, the one that needs somebody most first."""
        behind = [one for one in self.by_code.values() if one.reached is False or one.timing in _BEHIND]
        return tuple(sorted(sorted(behind, key=_by_name), key=_SORTS[""])[:MOST_NAMED])

    @property
    def target(self) -> float | None:
        """The target in percent."""
        share = self.indicator.target_share
        return None if share is None else float(100 * share)

    @cached_property
    def timings(self) -> Counter[Timing]:
        return Counter(one.timing for one in self.rows)

    @cached_property
    def flagged(self) -> tuple[Figure, ...]:
        return tuple(one for one in self.rows if one.flags)

    @cached_property
    def by_code(self) -> dict[str, Figure]:
        """Provinces of the map."""
        return {one.unit_code: one for one in self.rows if one.unit_code and self.kind is SubjectKind.UNIT}

    @cached_property
    def metric(self) -> str:
        """What the map shows: the share done, the state, how many there are, or how each stands against its due date."""
        rows = tuple(self.by_code.values())
        if any(one.share is not None for one in rows):
            return "share"
        if any(one.states for one in rows):
            return "state"
        return "total" if any(one.total is not None for one in rows) else "timing"

    @cached_property
    def bounds(self) -> tuple[int, ...]:
        """Where the classes of totals part: fifths of the provinces."""
        counts = sorted(one.total.at_least for one in self.by_code.values() if one.total is not None)
        return tuple(counts[len(counts) * part // 5] for part in range(1, 5)) if counts else ()

    def step_of(self, code: str) -> str:
        """The class of a province on the map."""
        one = self.by_code.get(code)
        if one is None:
            return "n"
        if self.metric == "share":
            return "n" if one.share is None else str(sum(100 * one.share >= edge for edge in BREAKS))
        if self.metric == "total":
            return "n" if one.total is None else str(sum(one.total.at_least >= edge for edge in self.bounds))
        if self.metric == "timing":
            return _TIMING_STEPS[one.timing]
        if one.state is None:
            return "late" if one.states else "n"
        return self._state_step(one.state)

    def _state_step(self, code: str) -> str:
        codes = [one.code for one in self.indicator.states]
        found = self.indicator.state(code)
        return "4" if found and found.reaches else "02"[min(codes.index(code), 1)] if code in codes else "n"

    def legend(self, f: Writer) -> tuple[Legend, ...]:
        """The colours of the map, from the target downwards."""
        counts = Counter(self.step_of(code) for code in self.by_code)
        language = self.listing.language
        if self.metric == "state":
            named = [
                (self._state_step(one.code), words.state_name(one.code, self.indicator, language))
                for one in reversed(self.indicator.states)
            ]
            named.append(("late", words.state_name(MIXED, self.indicator, language)))
        elif self.metric == "timing":
            named = [(_TIMING_STEPS[one], words.TIMINGS[one].words[language]) for one in _URGENT if self.timings[one]]
            return tuple(
                Legend(step, text, self.timings[one])
                for (step, text), one in zip(named, [one for one in _URGENT if self.timings[one]], strict=True)
            )
        else:
            edges = [f"{edge}%" for edge in BREAKS] if self.metric == "share" else [f.num(edge) for edge in self.bounds]
            texts = [
                f"< {edges[0]}",
                *(f"{low}–{high}" for low, high in pairwise(edges)),
                f"≥ {edges[-1]}",
            ]
            named = [(str(step), texts[step]) for step in (4, 3, 2, 1, 0)]
        if counts["n"]:
            named.append(("n", words.NO_BASIS[language]))
        return tuple(Legend(step, text, counts[step]) for step, text in named)

    def said(self, one: Figure, f: Writer) -> str:
        """What a province's place on the map says."""
        language = self.listing.language
        if one.total is not None or one.done is not None:
            share = "" if one.share is None else f" ({f.pct(100 * one.share)})"
            return f"{words.count(one.done, f)}/{words.count(one.total, f)}{share}"
        return words.state(one, self.indicator, language) or words.TIMINGS[one.timing].words[language]


def view_of(listing: Listing, every: Sequence[Indicator], found: Figures, drawn: str, map_: ProvinceMap | None) -> View:
    """What the page of an indicator shows."""
    return View(listing, every, found, drawn, map_)


def _by_name(one: Figure) -> str:
    name = fold(one.subject)
    for kind in ("tinh ", "thanh pho ", "tp. ", "tp "):
        name = name.removeprefix(kind)
    return name


_SORTS: dict[str, Callable[[Figure], float]] = {
    "": lambda one: 1e9 * _URGENT.index(one.timing) - one.days_late + (one.share if one.share is not None else 2),
    "dat": lambda one: -1 if one.share is None else one.share,
    "tong": lambda one: -(one.total.at_least if one.total else -1),
    "han": lambda one: 1e9 if one.due_on is None else one.due_on.toordinal(),
}
