"""Takes up deliveries that no job works on any more."""

from __future__ import annotations

import logging

from landdata.flows import receive
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """Ask for each of them again."""
    count = receive.resume(context.db)
    if count:
        log.warning("%d deliveries had no job any more and were taken up again", count)
