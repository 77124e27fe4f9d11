"""Keeps the access log's monthly partitions made ahead."""

from __future__ import annotations

from landdata.flows import seal
from sync.context import Context


def run(context: Context) -> None:
    """Make those of the present month and two ahead."""
    seal.ensure_partitions(context.sealing, months_ahead=2)
