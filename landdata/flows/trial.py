"""Tries a connection without taking anything: is it reached, does it let us in, is the collection there, do its rows fit."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from landdata.connectors import addresses, credentials, sftp, wire
from landdata.connectors.wire import Wire
from landdata.errors import PullTimedOut
from landdata.flows.fitting_terms import require_fit
from landdata.flows.pull import limits_of, source_of
from landdata.model.connections import Asked, Page, Spent, Terms, Way
from landdata.model.parcels import FLAT_COLUMNS, folded
from landdata.settings import Settings

_ROWS = 10
_SECONDS = 60.0
_KNOWN = {folded(spelling): one for one in FLAT_COLUMNS for spelling in (one.name, one.short)}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a look found. `matched` None: the service does not say. `files`: names in a drop area, with whether complete."""

    matched: int | None = None
    looked_at: int = 0
    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    without_geometry: int = 0
    changed_by_there: bool = True
    validators: bool = False
    files: tuple[tuple[str, bool], ...] = ()


def look(settings: Settings, terms: Terms) -> Trial:
    """Look at a service as a pull would, at its first rows only. Raises ConnectionUnfit, PullFailed, and what secrets raise."""
    require_fit(terms)
    with tempfile.TemporaryDirectory(prefix="landdata-look-") as name:
        return asyncio.run(_timed(settings, terms, Path(name)))


async def _timed(settings: Settings, terms: Terms, folder: Path) -> Trial:
    try:
        async with asyncio.timeout(_SECONDS):
            return await (_files if terms.way is Way.SFTP else _rows)(settings, terms, folder)
    except TimeoutError:
        raise PullTimedOut(seconds=int(_SECONDS)) from None


async def _rows(settings: Settings, terms: Terms, folder: Path) -> Trial:
    networks, limits = addresses.networks(settings.pull_networks), limits_of(settings)
    proof = credentials.authorization(terms, settings.key_folder, networks)
    async with wire.client(networks) as http:
        line = Wire(terms.address, http=http, authorization=proof, limits=limits, folder=folder, spent=Spent())
        source = source_of(terms, line)
        await source.begin()
        page = await source.page(source.first(Asked(most=_ROWS)))
    return _seen(page or Page(()), terms)


def _seen(page: Page, terms: Terms) -> Trial:
    names = list(dict.fromkeys(name for one in page.features for name in one.values))
    found = {name: _KNOWN.get(folded(terms.columns.get(name, name))) for name in names}
    there = {column.name for column in found.values() if column}
    return Trial(
        matched=page.matched,
        looked_at=len(page.features),
        known=tuple(f"{name} -> {column.name}" for name, column in found.items() if column),
        unknown=tuple(name for name, column in found.items() if column is None and name != terms.changed_by),
        missing=_missing(there) if page.features else (),
        without_geometry=sum(one.geometry is None for one in page.features),
        changed_by_there=not terms.changed_by or terms.changed_by in names,
        validators=bool(page.validator),
    )


def _missing(there: Sequence[str] | set[str]) -> tuple[str, ...]:
    return tuple(one.name for one in FLAT_COLUMNS if one.required and one.name not in there)


async def _files(settings: Settings, terms: Terms, folder: Path) -> Trial:
    del folder
    key = credentials.secret(settings.key_folder, terms.secret_file)
    networks = addresses.networks(settings.pull_networks)
    async with sftp.opened(terms, key, networks=networks, limits=limits_of(settings), spent=Spent()) as drop:
        found = await drop.look({})
    return Trial(files=tuple((one.name, one.complete) for one in found[:100]))
