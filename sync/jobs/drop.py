"""Looks into the drop folder."""

from __future__ import annotations

import logging

from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """One look: claim what is complete, report what is at its end."""
    settled = context.drop.look()
    if settled:
        log.info("drop folder: %d files put away", settled)
