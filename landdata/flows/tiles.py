"""One tile of the map for whoever may see it."""

from __future__ import annotations

from landdata.errors import TileUnknown
from landdata.model.tiles import ParcelReader, Tile
from landdata.store import tiles
from landdata.store.mapping import Windows


async def tile(windows: Windows, reader: ParcelReader, wanted: Tile) -> bytes:
    """A vector tile; empty where there is nothing to see. Raises TileUnknown, DatabaseUnavailable."""
    if not wanted.exists:
        raise TileUnknown
    return await tiles.tile(windows, reader, wanted)
