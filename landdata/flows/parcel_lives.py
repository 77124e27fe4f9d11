"""Finds parcels by what stands on their papers, and tells their lives; whoever asks sees what the map shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from landdata.errors import FeatureUnknown
from landdata.flows.commune_names import CommuneNames
from landdata.model.parcel_lives import Box, Commune, Listed, ParcelKey, ParcelLife, Sheet
from landdata.model.tiles import ParcelReader
from landdata.store import parcel_lives
from landdata.store.mapping import Windows

MOST_COMMUNES = 50
_NUMBERS = re.compile(r"(?:([0-9]{5})[ ./,;-]+)?0*([1-9][0-9]{0,8})[ ./,;-]+0*([1-9][0-9]{0,8})\Z")
_CODE = re.compile(r"[0-9]{5}\Z")
_UID = re.compile(r"[0-9A-Z]{12}\Z")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search found: parcels, or communes to look further in; `more` of them were left out."""

    parcels: Sequence[Listed] = ()
    communes: Sequence[Commune] = field(default=())
    more: int = 0


def search(windows: Windows, names: CommuneNames, reader: ParcelReader, text: str, *, commune: str = "") -> Finding:
    """What a reader typed: a national parcel id, `commune sheet number`, `sheet/number` within `commune`, or a commune.

    Raises DatabaseUnavailable.
    """
    asked = " ".join(text.split())
    if not asked:
        return Finding()
    if (numbers := _NUMBERS.match(asked)) and (code := numbers[1] or commune):
        ids = [one.unit_id for one in parcel_lives.communes(windows, reader, code=code)]
        sheet, number = int(numbers[2]), int(numbers[3])
        return Finding(
            parcel_lives.on_sheet(windows, reader, commune_ids=ids, sheet=sheet, number=number) if ids else ()
        )
    # Ids are kept as issued, in whichever case; people type what they read or hear.
    spelt = (asked, asked.lower(), asked.upper())
    if _UID.match(spelt[-1]) and (found := parcel_lives.with_uid(windows, reader, spelt=spelt)):
        return Finding(found)
    if _CODE.match(asked):
        return Finding(communes=parcel_lives.communes(windows, reader, code=asked))
    named = names.fitting(reader, asked)
    fitting = parcel_lives.communes_among(windows, reader, commune_ids=named) if named else []
    return Finding(communes=fitting[:MOST_COMMUNES], more=max(0, len(fitting) - MOST_COMMUNES))


def commune(windows: Windows, reader: ParcelReader, code: str) -> tuple[Commune, tuple[Sheet, ...]]:
    """The newest commune version of this code that has parcels, and its sheets. Raises FeatureUnknown."""
    known = parcel_lives.communes(windows, reader, code=code) if _CODE.match(code) else []
    if not known:
        raise FeatureUnknown
    return known[-1], tuple(parcel_lives.sheets(windows, reader, commune_id=known[-1].unit_id))


def ground(windows: Windows, reader: ParcelReader) -> Box | None:
    """Where everything lies that the reader may see; None where there is nothing. Raises DatabaseUnavailable."""
    return parcel_lives.ground(windows, reader)


def on_sheet(windows: Windows, reader: ParcelReader, of: Commune, sheet: int) -> list[Listed]:
    """Parcels that stand on a sheet, by number. Raises DatabaseUnavailable."""
    return parcel_lives.on_sheet(windows, reader, commune_ids=[of.unit_id], sheet=sheet)


def life(windows: Windows, reader: ParcelReader, key_text: str) -> ParcelLife:
    """All that is known of one parcel. Raises FeatureUnknown for one that is not there, or not this reader's to see."""
    key = ParcelKey.read(key_text)
    found = parcel_lives.life(windows, reader, key) if key else None
    if found is None:
        raise FeatureUnknown
    return found
