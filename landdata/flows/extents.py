"""Keeps up where the parcels of communes lie, for maps on which parcels are too small to be seen."""

from __future__ import annotations

from landdata.store import extents
from landdata.store.engine import Database

EXTENTS_TASK = "extents"
# Of one transaction: a stop in between loses two seconds' work at most.
_AT_ONCE = 200


def keep(db: Database) -> int:
    """Follow what was published since the last time; returns how many communes were drawn anew."""
    with db.write() as tx:
        extents.mark(tx)
    drawn = 0
    while True:
        with db.write() as tx:
            some = extents.draw(tx, most=_AT_ONCE)
        drawn += some
        if some < _AT_ONCE:
            return drawn
