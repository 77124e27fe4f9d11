"""Features of a collection for whoever may see them: page by page, or one by its id."""

from __future__ import annotations

import re

from landdata.errors import FeatureUnknown
from landdata.model.feature_pages import Asked, Page
from landdata.model.features import COLLECTIONS, PARCELS, Collection
from landdata.model.tiles import ParcelReader
from landdata.store import features
from landdata.store.mapping import Windows

_KEYS = {True: re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}\Z"), False: re.compile(r"[0-9]{1,9}\Z")}


def collection(name: str) -> Collection:
    """The collection of this name. Raises FeatureUnknown."""
    found = COLLECTIONS.get(name)
    if found is None:
        raise FeatureUnknown
    return found


def key_of(of: Collection, text: str) -> tuple[int, ...] | None:
    """The key that an id or the place in a list stands for; None for what is none."""
    if not _KEYS[of is PARCELS].match(text):
        return None
    return tuple(map(int, text.split(".")))


async def page(windows: Windows, reader: ParcelReader, asked: Asked) -> Page:
    """One page of features. Raises DatabaseUnavailable."""
    return await features.page(windows, reader, asked)


async def one(windows: Windows, reader: ParcelReader, asked: Asked, feature_id: str) -> bytes:
    """One feature as GeoJSON. Raises FeatureUnknown, DatabaseUnavailable."""
    key = key_of(asked.collection, feature_id)
    found = None if key is None else await features.one(windows, reader, asked, key)
    if found is None:
        raise FeatureUnknown
    return found
