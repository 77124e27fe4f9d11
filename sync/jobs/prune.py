"""Forgets client assertions and revoked tokens that have expired by themselves."""

from __future__ import annotations

from landdata.flows import clients
from sync.context import Context


def run(context: Context) -> None:
    """Whatever can no longer be replayed."""
    clients.prune(context.db)
