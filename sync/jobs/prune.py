"""Forgets what nobody can use any more: client assertions, revoked tokens, changes of the feed."""

from __future__ import annotations

from landdata.flows import clients, feed
from sync.context import Context


def run(context: Context) -> None:
    """Whatever can no longer be replayed or read."""
    clients.prune(context.db)
    feed.prune(context.db)
