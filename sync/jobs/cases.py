"""Acts on what clerks decided about holders that were not linked, and keeps their work list."""

from __future__ import annotations

import logging

from landdata.flows import cases
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """The list first: it needs no platform."""
    communes = cases.refresh(context.db)
    settled = 0
    if context.asker is not None:
        settled = cases.act(context.asker, keys=context.keys, batch=context.settings.match_batch)
    if communes or settled:
        log.info("cases: %d communes listed anew, %d decided claims settled", communes, settled)
