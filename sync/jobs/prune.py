"""Forgets what nobody can use any more: assertions, tokens, quotas, matches, changes, old runs, bytes nobody goes on with."""

from __future__ import annotations

from landdata.flows import agreements, clients, connections, feed, jobs, match, receive, uploads
from sync.context import Context


def run(context: Context) -> None:
    """Whatever can no longer be replayed, read, or finished."""
    clients.prune(context.db)
    agreements.prune(context.db)
    match.prune(context.db)
    feed.prune(context.db)
    jobs.prune(context.db)
    connections.prune(context.db)
    receive.clear_abandoned(context.settings.data_dir)
    uploads.clear(context.db, context.settings.data_dir)
