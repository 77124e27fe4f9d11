"""Looks after the sources: who missed a promised day, and what is wrong enough to be told."""

from __future__ import annotations

import logging

from landdata.flows import alerts, sources
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """First the life of the sources, since alerts are about how they stand."""
    late = sources.sweep(context.db)
    looked = alerts.look(context.db, targets=alerts.targets_of(context.settings))
    if late or looked.opened or looked.closed:
        log.info("sources: %d late; alerts: %d opened, %d closed", late, looked.opened, looked.closed)
