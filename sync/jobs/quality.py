"""Counts every night how matching goes in each commune, and what else the ladder of coverage needs."""

from __future__ import annotations

import logging

from landdata.flows import ladder, matching_quality
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """Note the figures of communes where they changed."""
    log.info("matching quality: %d communes changed", matching_quality.count(context.db))
    counted = ladder.count(context.db)
    log.info("coverage: %d communes changed, %d days of look-ups", counted.quality, counted.uses)
