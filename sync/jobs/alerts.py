"""Tells of alerts and of their ends, by mail and webhook."""

from __future__ import annotations

import logging

from landdata.flows import tell
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """Every notice whose turn it is."""
    taken, vain = tell.send_due(
        context.db,
        context.mail,
        context.notification,
        keys=context.keys,
        give_up_seconds=context.settings.alert_give_up_seconds,
    )
    if taken:
        log.info("alerts: %d notices taken", taken)
    if vain:
        log.warning("alerts: %d notices not taken; they are tried again", vain)
