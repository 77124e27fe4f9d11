"""Forgets what nobody can use any more: client assertions, revoked tokens, changes of the feed, bytes of killed receivers."""

from __future__ import annotations

from landdata.flows import clients, feed, receive
from sync.context import Context


def run(context: Context) -> None:
    """Whatever can no longer be replayed, read, or finished."""
    clients.prune(context.db)
    feed.prune(context.db)
    receive.clear_abandoned(context.settings.data_dir)
