"""Keeps the access log's monthly partitions made ahead, and forgets what has expired."""

from __future__ import annotations

from landdata.flows import seal
from sync.context import Context


def run(context: Context) -> None:
    """This month and two ahead."""
    seal.ensure_partitions(context.db, months_ahead=2)
