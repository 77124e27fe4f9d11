"""Indicators of the government office's letters: what is measured, a value as published, and how it stands on a day; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_KINDS = ("thanh pho ", "tinh ", "tp ")
# Written out, so that one ministry does not become two.
_SHORT = {"ptnt": "phat trien nong thon"}
_REST = frozenset({"every other province", "cac tinh con lai", "cac tinh thanh pho con lai"})


class Kind(StrEnum):
    """How it is measured."""

    DONE_OF_TOTAL = "DONE_OF_TOTAL"
    STATE = "STATE"


class SubjectKind(StrEnum):
    """Whom a value is about."""

    UNIT = "UNIT"  # a province, as the version that was in force on the value's day
    AGENCY = "AGENCY"  # a ministry or another body of the centre
    SERVICE = "SERVICE"  # a service on the national portal


class CountedLevel(StrEnum):
    """At which level was counted; ALL: not by level, or all together."""

    ALL = "all"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Timing(StrEnum):
    """How a subject stands on a day against its due date; the one that needs somebody most comes first."""

    LATE = "LATE"  # the due day has passed and the target was not reached by then
    UNREPORTED = "UNREPORTED"  # the due day has passed, and no figure says how it went
    PENDING = "PENDING"  # not reached, and still in time
    NO_DUE = "NO_DUE"  # no due day was published
    ON_TIME = "ON_TIME"  # reached within the stretch that was named: the due day itself, or its quarter or year
    EARLY = "EARLY"  # reached before that stretch began


class Basis(StrEnum):
    """Whether a figure told in another division is whole."""

    WHOLE = "WHOLE"
    PARTIAL = "PARTIAL"  # some part is missing, or lies in it only partly: what is told is at least, or at most
    NONE = "NONE"


class FlagCode(StrEnum):
    """What does not add up in a row as it was published; it is never corrected here."""

    LEVELS_DIFFER = "INDICATOR_LEVELS_DIFFER"
    REMAINING_DIFFERS = "INDICATOR_REMAINING_DIFFERS"
    DONE_ABOVE_TOTAL = "INDICATOR_DONE_ABOVE_TOTAL"
    NAME_SPELT_OTHERWISE = "INDICATOR_NAME_SPELT_OTHERWISE"


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing that does not add up; `details` fill the sentence of the check of that code."""

    code: FlagCode
    details: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class State:
    """A state of an indicator, and whether the target is reached in it."""

    code: str
    name_vi: str
    name_en: str
    reaches: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of the government office."""

    code: str
    name_vi: str
    name_en: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured. `target_share`: 0..1 of the total, None where the target is a state or is not of what is counted."""

    code: str
    name_vi: str
    name_en: str
    kind: Kind
    subject_kinds: tuple[SubjectKind, ...]
    levels: tuple[CountedLevel, ...]
    noun_vi: str
    noun_en: str
    target_share: Fraction | None
    target_vi: str
    target_en: str
    letter: Letter
    states: tuple[State, ...] = ()

    def state(self, code: str | None) -> State | None:
        return next((one for one in self.states if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says of a subject, at a level, on a day. `due_from..due_on`: when it is due (a day, a quarter, a year).

    `listed` False: the source names this subject only by "every other province". `exact` False: the source says only the
    year, of which `on_date` is the last day.
    """

    subject_kind: SubjectKind
    subject: str
    subject_key: str
    unit_id: int | None
    level: CountedLevel
    on_date: date
    exact: bool
    done: int | None
    total: int | None
    remaining: int | None
    state: str | None
    due_from: date | None
    due_on: date | None
    due_text: str
    reached_on: date | None
    lead: str
    note: str
    listed: bool

    @property
    def key(self) -> tuple[str, str, date]:
        """What it is about: subject, level and day."""
        return self.subject_key, self.level.value, self.on_date

    @property
    def told(self) -> bool:
        """Whether it says how far the subject is; a row may only name a due date."""
        return self.done is not None or self.total is not None or self.state is not None


@dataclass(frozen=True, slots=True)
class Value(Said):
    """One version of a value, as published."""

    value_id: int
    version: int
    recorded_at: datetime
    source: str
    reason: str = ""
    by: str | None = None
    upload_uid: UUID | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A count that is certain to lie in `at_least..at_most`; None: nothing is known that bounds it above."""

    at_least: int
    at_most: int | None

    @property
    def exact(self) -> bool:
        return self.at_least == self.at_most


@dataclass(frozen=True, slots=True)
class Figure:
    """How one subject stands on the day asked about. `states` counts those of its parts where they differ.

    `share`: 0.., None without a basis. `days_late`: since the due day, where it is late. `parts_known` of `parts`: units of
    the publication that lie in it; 1 of 1 for the unit as published.
    """

    subject_kind: SubjectKind
    subject: str
    unit_code: str | None
    level: CountedLevel
    basis: Basis
    on_date: date | None
    exact: bool
    done: Count | None
    total: Count | None
    share: float | None
    state: str | None
    states: Mapping[str, int]
    reached: bool | None
    reached_on: date | None
    due_from: date | None
    due_on: date | None
    due_text: str
    timing: Timing
    days_late: int
    parts: int = 1
    parts_known: int = 1
    listed: bool = True
    lead: str = ""
    note: str = ""
    flags: tuple[Flag, ...] = ()
    version: int = 1
    source: str = ""
    subject_key: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """An indicator on a day, subject by subject. `division` None: units as published."""

    indicator: Indicator
    effective_on: date
    known_at: datetime | None
    division: str | None
    levels: tuple[CountedLevel, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Subjects of one kind at one level together; sums leave out nothing: without all of them they are bounds."""

    subject_kind: SubjectKind
    level: CountedLevel
    subjects: int
    done: Count | None
    total: Count | None
    share: float | None
    reached: int
    states: Mapping[str, int]
    timings: Mapping[Timing, int]
    flagged: int
    unlisted: int
    without_basis: int


@dataclass(frozen=True, slots=True)
class Summary:
    """An indicator on a day, all subjects together."""

    indicator: Indicator
    effective_on: date
    known_at: datetime | None
    division: str | None
    on_date: date | None
    exact: bool
    totals: tuple[Totals, ...] = field(default=())


def spelt(name: str) -> str:
    """A name by which a subject is known again: without marks, case, punctuation, and the word for its kind."""
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    words = re.sub(r"[^a-z0-9]+", " ", "".join(one for one in plain if not unicodedata.combining(one)).lower()).strip()
    for kind in _KINDS:
        words = words.removeprefix(kind)
    return " ".join(_SHORT.get(word, word) for word in words.split())


def unit_key(unit_id: int) -> str:
    """The subject key of a unit version."""
    return f"unit {unit_id}"


def is_rest(name: str) -> bool:
    """Whether a row speaks of all provinces that no other row names."""
    return spelt(name) in _REST


def spelt_otherwise(published: str, name: str) -> bool:
    """Whether letters differ, beyond where a tone mark stands and the word for the kind: "Lạng Son" for Lạng Sơn."""
    return _letters(published) != _letters(name)


def _letters(name: str) -> tuple[str, list[str]]:
    bare = re.sub(r"^(tp\.?|thành phố|tỉnh)\s+", "", unicodedata.normalize("NFC", name).lower())
    parts = [one for one in unicodedata.normalize("NFD", bare) if one.isalpha() or unicodedata.combining(one)]
    return "".join(one for one in parts if one not in _TONES), sorted(one for one in parts if one in _TONES)


def share_of(done: Count | None, total: Count | None) -> float | None:
    """Done of total; None where either is unknown or only bounded, or there is nothing to do."""
    if done is None or total is None or not done.exact or not total.exact or not total.at_least:
        return None
    return done.at_least / total.at_least


def reached(indicator: Indicator, done: Count | None, total: Count | None, state: str | None) -> bool | None:
    """Whether the target is reached; None where nothing is known that says so."""
    if indicator.kind is Kind.STATE:
        found = indicator.state(state)
        return None if found is None else found.reaches
    if indicator.target_share is None or share_of(done, total) is None:
        return None
    assert done is not None and total is not None  # noqa: S101, PT018 - they have a share
    return done.at_least >= indicator.target_share * total.at_least


def timing(
    *, on: date, due_from: date | None, due_on: date | None, is_reached: bool | None, reached_on: date | None
) -> Timing:
    """How it stands on a day."""
    if due_on is None:
        return Timing.NO_DUE
    if is_reached and reached_on is not None:
        if reached_on < (due_from or due_on):
            return Timing.EARLY
        return Timing.ON_TIME if reached_on <= due_on else Timing.LATE
    if on <= due_on:
        return Timing.PENDING
    return Timing.UNREPORTED if is_reached is None else Timing.LATE


def flags_of(rows: Mapping[int, Said], names: Mapping[int, str]) -> dict[int, tuple[Flag, ...]]:
    """By the numbers of rows, what does not add up in them; `names`: of units. Every row of a sum that differs has it."""
    found: dict[int, list[Flag]] = {}
    whole: dict[tuple[str, date], dict[CountedLevel, int]] = {}
    for number, one in rows.items():
        whole.setdefault((one.subject_key, one.on_date), {})[one.level] = number
        if one.done is not None and one.total is not None:
            if one.done > one.total:
                found.setdefault(number, []).append(
                    Flag(FlagCode.DONE_ABOVE_TOTAL, {"subject": one.subject, "done": one.done, "total": one.total})
                )
            if one.remaining is not None and one.remaining != one.total - one.done:
                found.setdefault(number, []).append(
                    Flag(
                        FlagCode.REMAINING_DIFFERS,
                        {
                            "remaining": one.remaining,
                            "total": one.total,
                            "done": one.done,
                            "left": one.total - one.done,
                        },
                    )
                )
        name = names.get(one.unit_id) if one.unit_id is not None else None
        if name is not None and one.listed and spelt_otherwise(one.subject, name):
            found.setdefault(number, []).append(
                Flag(FlagCode.NAME_SPELT_OTHERWISE, {"subject": one.subject, "name": name})
            )
    for levels in whole.values():
        said = {level: rows[number] for level, number in levels.items()}
        for counted in ("total", "done"):
            flag = _levels_differ(said, counted)
            if flag is not None:
                for number in levels.values():
                    found.setdefault(number, []).append(flag)
    return {number: tuple(flags) for number, flags in found.items()}


def _levels_differ(levels: Mapping[CountedLevel, Said], counted: str) -> Flag | None:
    if len(levels) < len(CountedLevel):
        return None
    every = {level: getattr(levels[level], counted) for level in CountedLevel}
    whole = every.pop(CountedLevel.ALL)
    if whole is None or None in every.values() or whole == sum(every.values()):
        return None
    parts = "+".join(str(every[level]) for level in every)
    return Flag(
        FlagCode.LEVELS_DIFFER,
        {"subject": levels[CountedLevel.ALL].subject, "whole": whole, "parts": parts, "sum": sum(every.values())},
    )
