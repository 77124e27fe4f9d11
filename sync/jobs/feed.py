"""Keeps the change feed: what was published or matched becomes changes for those who were answered."""

from __future__ import annotations

import logging

from landdata.flows import feed
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """What became final since the last time."""
    noted = feed.note(context.db)
    if noted:
        log.info("change feed: %d changes", noted)


def recheck(context: Context) -> None:
    """Everyone who was ever answered about, whatever may have changed."""
    noted = feed.recheck(context.db)
    if noted:
        log.warning("change feed: %d changes that nobody had noted", noted)
