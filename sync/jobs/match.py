"""Asks the population platform about holders that are due."""

from __future__ import annotations

import logging

from landdata.flows import match
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """All that are due, in batches; without a platform there is nothing to do."""
    if context.asker is None:
        return
    settled = match.match_pending(
        context.asker,
        keys=context.keys,
        batch=context.settings.match_batch,
        progress=lambda done: log.info("matching: %d claims settled", done),
    )
    log.info("matching: done, %d claims settled", settled)
