"""Forgets client assertions and revoked tokens that have expired by themselves, and bytes that a killed receiver left."""

from __future__ import annotations

from landdata.flows import clients, receive
from sync.context import Context


def run(context: Context) -> None:
    """Whatever can no longer be replayed, or finished."""
    clients.prune(context.db)
    receive.clear_abandoned(context.settings.data_dir)
