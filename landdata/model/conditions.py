"""Conditions on properties: read from CQL2 text, checked against what a collection has; no input or output.

The text is read by `cql2`, an implementation that others keep; what it found is only taken over part by part, so that
nothing which is not named here reaches the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

import cql2

from landdata.errors import FeaturesAskedWrongly
from landdata.model.features import Collection, Kind, Property

LONGEST = 2_000
# The reader tries every way to read a bracket that is never closed: 20 of them are 3 seconds, 8 a millisecond.
_DEEPEST = 8
_MOST = 100
Value = str | float | date


@dataclass(frozen=True, slots=True)
class Compare:
    """A property against a value; `operator` is one of = <> < > <= >= like."""

    name: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """A property that is one of these."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A property between two values, both included."""

    name: str
    least: Value
    most: Value


@dataclass(frozen=True, slots=True)
class Missing:
    """A property without a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Always:
    """What holds for all, or for none."""

    holds: bool


@dataclass(frozen=True, slots=True)
class Not:
    """What does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Joined:
    """All parts, or one of them."""

    every: bool
    parts: tuple[Condition, ...]


Condition = Compare | OneOf | Between | Missing | Always | Not | Joined
_COMPARED = {"=", "<>", "<", ">", "<=", ">="}


def of_text(text: str, collection: Collection) -> Condition:
    """The condition that CQL2 text states. Raises FeaturesAskedWrongly."""
    if len(text) > LONGEST:
        raise _wrong(f"dài quá {LONGEST} ký tự", f"it is longer than {LONGEST} letters")
    _check_brackets(text)
    try:
        found = cql2.parse_text(text).to_json()
    except Exception:  # noqa: BLE001 - its errors quote the text, and are of several kinds
        raise _wrong("không đọc được theo CQL2", "it is no CQL2 text") from None
    return _Reading(collection).condition(found)


def of_word(name: str, word: str, collection: Collection) -> Condition:
    """The condition of a parameter named after a property. Raises FeaturesAskedWrongly."""
    known = collection.property(name)
    if known is None:
        raise FeaturesAskedWrongly(
            parameter="?", reason_vi="không có tham số này", reason_en="there is no such parameter"
        )
    value: Any = word
    try:
        if known.kind in {Kind.INTEGER, Kind.NUMBER}:
            value = float(word)
        elif known.kind is Kind.DATE:
            value = {"date": word}
        return Compare(name, "=", _value(known, value))
    except (ValueError, FeaturesAskedWrongly):
        raise FeaturesAskedWrongly(parameter=name, reason_vi="sai kiểu", reason_en="it is of the wrong kind") from None


def _check_brackets(text: str) -> None:
    """No bracket may stay open, and none lie deep in others; those within quotes count for nothing."""
    depth, quoted = 0, ""
    for letter in text:
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        elif letter in "([":
            depth += 1
            if depth > _DEEPEST:
                raise _wrong("lồng quá sâu", "it is nested too deeply")
        elif letter in ")]":
            depth -= 1
            if depth < 0:
                break
    if depth or quoted:
        raise _wrong("thiếu dấu đóng ngoặc hoặc nháy", "a bracket or a quote is not closed")


class _Reading:
    """Takes over what was read, part by part."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._parts = 0

    def condition(self, found: Any) -> Condition:  # noqa: C901, PLR0911 - one case for each kind
        self._parts += 1
        if self._parts > _MOST:
            raise _wrong(f"nhiều hơn {_MOST} điều kiện", f"it has more than {_MOST} conditions")
        if isinstance(found, bool):
            return Always(found)
        match found:
            case {"op": "and" | "or" as op, "args": [_, *_] as parts}:
                return Joined(op == "and", tuple(self.condition(one) for one in parts))
            case {"op": "not", "args": [part]}:
                return Not(self.condition(part))
            case {"op": "isNull", "args": [{"property": name}]}:
                return Missing(self._known(name).name)
            case {"op": op, "args": [{"property": name}, value]} if op in _COMPARED:
                return Compare(name, op, _value(self._known(name), value))
            case {"op": "like", "args": [{"property": name}, str(value)]}:
                known = self._known(name)
                if known.kind is not Kind.TEXT:
                    raise _wrong("LIKE chỉ dùng với chữ", "LIKE is for text alone")
                return Compare(name, "like", _value(known, value))
            case {"op": "in", "args": [{"property": name}, list(values)]} if 0 < len(values) <= _MOST:
                return OneOf(name, tuple(_value(self._known(name), one) for one in values))
            case {"op": "between", "args": [{"property": name}, least, most]}:
                known = self._known(name)
                return Between(name, _value(known, least), _value(known, most))
        raise _wrong("có phép toán không dùng được ở đây", "it has an operation that is not taken here")

    def _known(self, name: Any) -> Property:
        found = self._collection.property(name) if isinstance(name, str) else None
        if found is None:
            raise _wrong("có thuộc tính không lọc được", "it names a property that one cannot filter by")
        return found


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    value.encode()  # no half of a letter
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or abs(value) > 1e15:
        raise ValueError
    return float(value)


def _date(value: Any) -> date:
    match value:
        case {"date": str(day)}:
            return date.fromisoformat(day)
        case {"timestamp": str(moment)}:
            return date.fromisoformat(moment[:10])
    raise ValueError


_TAKEN: Mapping[Kind, Callable[[Any], Value]] = {
    Kind.TEXT: _text, Kind.INTEGER: _number, Kind.NUMBER: _number, Kind.DATE: _date,
}  # fmt: skip


def _value(of: Property, value: Any) -> Value:
    try:
        return _TAKEN[of.kind](value)
    except ValueError:
        raise _wrong(f"giá trị của {of.name} sai kiểu", f"a value of {of.name} is of the wrong kind") from None


def _wrong(reason_vi: str, reason_en: str) -> FeaturesAskedWrongly:
    return FeaturesAskedWrongly(parameter="filter", reason_vi=reason_vi, reason_en=reason_en)
