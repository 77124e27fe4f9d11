"""Keeps up where the parcels of communes lie, for the map."""

from __future__ import annotations

import logging

from landdata.flows import extents
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """Follow what was published since."""
    drawn = extents.keep(context.db)
    if drawn:
        log.info("map: %d communes drawn anew", drawn)
