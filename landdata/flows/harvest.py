"""Gathers the rows of a province's own service into one file, whole and in order, or what changed; notices a service that lies.

A part is never taken for the whole: a full delivery retires what it does not hold. So the service's own count has to be
right, no row may come twice, no page again, and what cannot be proven whole is left for the next time.
"""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from landdata.errors import PullCircle, PullCountWrong, PullEmpty, PullRefused, PullRowsTwice, PullTooLarge
from landdata.flows.reproject import into_zone
from landdata.model.connections import Asked, Feature, Page, PullLimits, Spent, Terms
from landdata.model.deliveries import Kind
from landdata.model.parcels import FLAT_COLUMNS, OPERATION, UPSERT, folded
from landdata.writing.pulled import FeatureFile, digest_of

# What was committed there a little later than the instant it bears.
_OVERLAP = timedelta(minutes=10)
# More is asked for as a whole: each changed record costs questions of its own.
_MOST_CHANGED, _MOST_QUESTIONS, _MOST_ROWS = 2_000, 1_000, 20_000
_MOST_VALIDATORS, _MOST_WINDOW = 2_000, 5_000
_FLAT = {folded(spelling): one.name for one in FLAT_COLUMNS for spelling in (one.name, one.short)}
_PARCEL, _CERTIFICATE = ("commune_code", "map_sheet_number", "parcel_number"), ("certificate_serial",)


class Source(Protocol):
    """A service as `connectors.oapif` and `connectors.wfs` speak to it."""

    async def begin(self) -> None: ...
    def first(self, asked: Asked) -> str: ...
    async def page(self, url: str, *, validator: Mapping[str, str] | None = None) -> Page | None: ...
    def pages(self, asked: Asked) -> AsyncIterator[tuple[str, Page]]: ...


@dataclass(frozen=True, slots=True)
class Harvest:
    """What was gathered: a file to be delivered, or None where there is nothing new; and what the next pull asks by."""

    path: Path | None
    kind: Kind
    sha256: bytes
    memory: dict[str, Any]

    @property
    def everything(self) -> bool:
        return self.kind is Kind.FULL


class _TooMany(Exception):
    """So much changed, or in such a way, that all of it is asked for."""


async def gather(
    source: Source,
    terms: Terms,
    memory: Mapping[str, Any],
    *,
    everything: bool,
    target: Path,
    limits: PullLimits,
    spent: Spent,
) -> Harvest:
    """Ask for what changed, or for everything, and write it to `target`. Raises a PullFailed."""
    await source.begin()
    if not everything and memory.get("changed"):
        try:
            return await _changes(source, terms, memory, target, spent)
        except (_TooMany, PullRefused):
            # A service that cannot be asked for single records is asked for all of them.
            pass
    if await _as_it_was(source, memory.get("pages") or []):
        return Harvest(None, Kind.FULL, b"", dict(memory))
    return await _all(source, terms, memory, target, limits, spent)


async def _as_it_was(source: Source, pages: list[list[Any]]) -> bool:
    """Whether the service says of every page of last time that it is what it was."""
    for url, validator in pages:
        if await source.page(url, validator=validator) is not None:
            return False
    return bool(pages)


# Everything


async def _all(
    source: Source, terms: Terms, memory: Mapping[str, Any], target: Path, limits: PullLimits, spent: Spent
) -> Harvest:
    watch, latest, validators = _Watch(), _Latest(terms.changed_by), list[list[Any]]()
    with FeatureFile(target, epsg=terms.epsg or 0, columns=terms.columns) as file:
        async for url, page in source.pages(Asked()):
            watch.see(url, page)
            if not page.features:
                break
            for feature in _placed(page.features, terms):
                file.add(feature)
                latest.see(feature)
            spent.rows = file.rows
            if file.size_bytes > limits.total_bytes:
                raise PullTooLarge(what="bytes", limit=limits.total_bytes)
            validators.append([url, dict(page.validator)])
        watch.require_whole(file.rows)
        digest = file.close()
    every = all(validator for _, validator in validators) and len(validators) <= _MOST_VALIDATORS
    said = {"content": digest.hex(), "pages": validators if every else [], **latest.memory()}
    kept = {**memory, **said}
    if memory.get("content") == digest.hex():
        return Harvest(None, Kind.FULL, digest, kept)
    return Harvest(target, Kind.FULL, digest, kept)


@dataclass(slots=True)
class _Watch:
    """Looks whether a service tells the truth about its pages; eight bytes a row, however many there are."""

    _urls: set[bytes] = field(default_factory=set)
    _pages: set[bytes] = field(default_factory=set)
    _uids: array[int] = field(default_factory=lambda: array("Q"))
    _matched: set[int] = field(default_factory=set)
    _unnamed: bool = False

    def see(self, url: str, page: Page) -> None:
        """Raises PullCircle where an address or a page comes again."""
        if page.matched is not None:
            self._matched.add(page.matched)
        address = _short(url)
        again = address in self._urls
        self._urls.add(address)
        if page.features:
            first, last = page.features[0], page.features[-1]
            mark = _short(repr((first.uid, first.values, last.uid, last.values, len(page.features))))
            again |= mark in self._pages
            self._pages.add(mark)
        if again:
            raise PullCircle(page=len(self._urls))
        for one in page.features:
            self._unnamed |= not one.uid
            self._uids.append(int.from_bytes(_short(one.uid), "big"))

    def require_whole(self, rows: int) -> None:
        """Raises PullCountWrong, PullRowsTwice, PullEmpty."""
        if self._matched and self._matched != {rows}:
            said = sorted(self._matched)
            raise PullCountWrong(said=" / ".join(str(one) for one in said[:3]), received=rows)
        if not rows:
            raise PullEmpty
        if not self._unnamed:
            twice = rows - len(np.unique(np.frombuffer(self._uids, dtype=np.uint64)))
            if twice:
                raise PullRowsTwice(rows=twice)


def _short(text: str) -> bytes:
    return blake2b(text.encode(errors="replace"), digest_size=8).digest()


@dataclass(slots=True)
class _Latest:
    """The latest change among rows, and which rows changed so shortly before it that they are asked for again."""

    name: str
    _at: datetime | None = None
    _window: dict[str, datetime] = field(default_factory=dict)
    _full: bool = False

    def see(self, feature: Feature) -> None:
        at = _instant(feature.values.get(self.name)) if self.name else None
        if at is None:
            return
        if self._at is None or at > self._at:
            self._at = at
        if at >= self._at - _OVERLAP and not self._full:
            self._window[_mark(feature)] = at
            if len(self._window) > 2 * _MOST_WINDOW:
                self._trim()

    def _trim(self) -> None:
        self._window = {mark: at for mark, at in self._window.items() if self._at and at >= self._at - _OVERLAP}
        self._full = len(self._window) > _MOST_WINDOW

    def memory(self) -> dict[str, Any]:
        """What the next pull asks by; nothing where no row bears an instant."""
        self._trim()
        window = [] if self._full else sorted(self._window)
        return {"changed": (self._at - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ") if self._at else "", "window": window}


def _instant(value: Any) -> datetime | None:
    """An instant in UTC; one without an offset is taken to be in UTC as well, a day for its beginning."""
    try:
        found = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    offset = found.utcoffset() or timedelta(0)
    return found.replace(tzinfo=None) - offset


def _mark(feature: Feature) -> str:
    return digest_of([feature.uid, feature.values, feature.geometry])


# What changed


async def _changes(source: Source, terms: Terms, memory: Mapping[str, Any], target: Path, spent: Spent) -> Harvest:
    """Rows that changed with all other rows of their records. Raises _TooMany."""
    latest, rows = _Latest(terms.changed_by), dict[str, Feature]()
    await _ask(source, Asked(changed_since=memory["changed"]), rows, _MOST_CHANGED)
    for one in rows.values():
        latest.see(one)
    if not rows:
        raise _TooMany  # the last row of last time is among what is asked for: it is gone, or the question was not understood
    marks = {_mark(one) for one in rows.values()}
    spent.rows = len(rows)
    if marks <= set(memory.get("window") or []):
        return Harvest(None, Kind.CHANGES, b"", dict(memory))
    await _complete(source, terms, rows)
    spent.rows = len(rows)
    with FeatureFile(target, epsg=terms.epsg or 0, columns=terms.columns) as file:
        for one in _placed(rows.values(), terms):
            values = {name: value for name, value in one.values.items() if _column(name, terms) != OPERATION}
            file.add(Feature(one.uid, values, one.geometry), **{OPERATION: UPSERT})
        digest = file.close()
    # What the whole was like last time is not known any more.
    kept = {**memory, **latest.memory(), "content": "", "pages": []}
    return Harvest(target, Kind.CHANGES, digest, kept)


async def _ask(source: Source, asked: Asked, rows: dict[str, Feature], most: int) -> None:
    watch, received = _Watch(), 0
    async for url, page in source.pages(asked):
        watch.see(url, page)
        if not page.features:
            break
        received += len(page.features)
        if received > most or len(rows) > _MOST_ROWS:
            raise _TooMany
        for one in page.features:
            rows[one.uid or _mark(one)] = one
    if received:
        watch.require_whole(received)


async def _complete(source: Source, terms: Terms, rows: dict[str, Feature]) -> None:
    """All rows that share a parcel or a certificate with one of these: a record changes as a whole or not at all."""
    asked: set[tuple[tuple[str, str], ...]] = set()
    waiting = [pairs for one in rows.values() for pairs in _keys(one, terms)]
    while waiting:
        pairs = waiting.pop()
        if pairs in asked:
            continue
        asked.add(pairs)
        if len(asked) > _MOST_QUESTIONS:
            raise _TooMany
        found: dict[str, Feature] = {}
        await _ask(source, Asked(having=pairs), found, _MOST_ROWS)
        if not found:
            raise _TooMany  # the row itself is among what was asked for
        for uid, one in found.items():
            if any(str(one.values.get(name)) != value for name, value in pairs):
                raise _TooMany  # it does not know how to be asked so, and gives whatever there is
            if uid not in rows:
                rows[uid] = one
                waiting += _keys(one, terms)


def _keys(feature: Feature, terms: Terms) -> list[tuple[tuple[str, str], ...]]:
    """By what a row's parcel and its certificate are asked for, in the service's own names."""
    named = {_column(name, terms): (name, value) for name, value in feature.values.items()}
    found = []
    for key in (_PARCEL, _CERTIFICATE):
        pairs = [named.get(column) for column in key]
        if all(pair and pair[1] not in (None, "") for pair in pairs):
            found.append(tuple((str(pair[0]), str(pair[1])) for pair in pairs if pair))
    if len(found) == 0:
        raise _TooMany
    return found


def _column(name: str, terms: Terms) -> str | None:
    return _FLAT.get(folded(terms.columns.get(name, name)))


def _placed(features: Iterable[Feature], terms: Terms) -> Iterable[Feature]:
    return (into_zone(one, terms.epsg or 0) for one in features) if terms.wgs84 else features
