"""Tells consumers by their webhooks that there is more in the change feed."""

from __future__ import annotations

import logging

from landdata.flows import notify
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """Every endpoint that has something to be told and whose turn it is, all at once."""
    taken = notify.send_due(
        context.db,
        context.notification,
        keys=context.keys,
        give_up_seconds=context.settings.webhook_give_up_seconds,
    )
    if taken:
        log.info("webhooks: %d messages taken", taken)
