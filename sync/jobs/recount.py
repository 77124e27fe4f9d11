"""Counts every night from the parcels themselves whether counters and events are right."""

from __future__ import annotations

import logging

from landdata.flows import recounts
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """Note what was found; a difference is told and never mended by itself."""
    found = recounts.recount(context.db)
    if found.differences:
        log.error(
            "recount %d: %d figures are not what the parcels say (landdata coverage recounts %d)",
            found.recount_id, found.differences, found.recount_id,
        )  # fmt: skip
    else:
        log.info("recount: %d parcels in %d communes, all as counted", found.parcels, found.communes)
