"""Where the parcels of communes lie: marked after publications, worked out some communes at a time."""

from __future__ import annotations

from landdata.store.engine import Writer
from landdata.store.queries import query


def mark(tx: Writer) -> None:
    """Mark the communes in which publications became final since the last time."""
    tx.connection.execute(query("extents_touched"))


def draw(tx: Writer, *, most: int) -> int:
    """Work out at most so many of the marked communes; returns how many that were. About 10 ms each."""
    return tx.connection.execute(query("extents_drawn"), {"most": most}).rowcount
