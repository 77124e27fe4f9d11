"""Pulls the services of provinces whose time has come, each as a job of its own."""

from __future__ import annotations

import logging
from uuid import UUID

from landdata.flows import connections, pull
from sync.context import Context

log = logging.getLogger(__name__)


def ask(context: Context) -> None:
    """Ask for every pull that is due."""
    due = connections.ask_due(context.db)
    if due:
        log.info("pulls: %d are due", due)


def run(context: Context, *, connection_uid: str) -> None:
    """One pull of one connection."""
    outcome = pull.run(
        context.db, context.keys, context.settings, connection_uid=UUID(connection_uid), stopping=context.stopping
    )
    if outcome:
        log.info("pull %s: %s", connection_uid, outcome.value)
