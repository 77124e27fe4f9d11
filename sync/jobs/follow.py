"""Reads which citizens changed at the population platform, and has the holders concerned asked about again."""

from __future__ import annotations

import logging

from landdata.flows import follow
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """All that is new in the platform's list; without a platform there is nothing to do."""
    if context.asker is None:
        return
    concerned = follow.follow(context.asker, keys=context.keys)
    if concerned:
        log.info("population platform: changes concern %d claims", concerned)
