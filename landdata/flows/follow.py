"""Follows the population platform: citizens it reports as changed have their holders asked about again."""

from __future__ import annotations

from landdata.flows.asking import Asker
from landdata.flows.publish import MATCH_TASK
from landdata.store import asking, decisions, identities
from landdata.store.keys import Keys
from landdata.store.queue import enqueue

_PAGE = 500


def follow(asker: Asker, *, keys: Keys) -> int:
    """Read the list of changes from where it was left; returns how many claims are to be asked about again.

    The place is kept with what is noted, so a cut repeats nothing and leaves nothing out; a change that is read twice
    only asks twice. A citizen who has another number since is found by it and by who they are, whatever a certificate
    says. Raises PopulationUnavailable, PopulationQuotaUsed.
    """
    concerned = 0
    while True:
        with asker.db.read() as tx:
            cursor = asking.cursor(tx)
        page = asker.changes(cursor, _PAGE)
        numbers = [bidx for one in page.citizens for bidx in keys.indexes(one.id_number)]
        with asker.db.write() as tx:
            asking.went_well(tx)
            if page.citizens:
                refs = [one.person_ref for one in page.citizens]
                concerned += identities.recheck(tx, person_refs=refs, bidx=numbers) + decisions.put_again(tx, refs)
                enqueue(tx, task=MATCH_TASK, lock=MATCH_TASK, once=MATCH_TASK)
            if page.cursor != cursor:
                asking.move_cursor(tx, page.cursor)
        if not page.more:
            return concerned
