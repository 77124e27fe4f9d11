"""Counts every night from the parcels themselves what counters and events say, notes what differs, and mends only when told."""

from __future__ import annotations

import time

from landdata.errors import AdministratorNeeded, MendingUnfit
from landdata.model.recounts import Recount, Told
from landdata.store import coverage, months, offices, parcels, people, recounts
from landdata.store.engine import Database

RECOUNT_TASK = "recount"
_OF_COMMUNES = frozenset({"COUNTER", "EVENTS"})  # the others are made from these


def recount(db: Database) -> Recount:
    """Begin the month that is due, count everything in one snapshot and keep what was found; nothing is mended."""
    start = time.perf_counter()
    with db.write() as tx:
        months.keep(tx)
    with db.read() as tx:
        counted = recounts.count(tx)
    with db.write() as tx:
        recounts.note(tx, counted, seconds=time.perf_counter() - start)
        return recounts.latest(tx, 1)[0]


def latest(db: Database, *, limit: int = 30) -> tuple[Recount, ...]:
    """The last recounts, newest first."""
    with db.read() as tx:
        return recounts.latest(tx, limit)


def differences(db: Database, recount_id: int) -> tuple[Told, ...]:
    """What a recount found, with the units' names. Raises MendingUnfit for a number that none has."""
    with db.read() as tx:
        if recounts.differing(tx, recount_id) is None:
            raise _unknown(recount_id)
        return recounts.told(tx, recount_id)


def mend(db: Database, recount_id: int, *, by: str, reason: str) -> int:
    """Set right what a recount found and is still so: counters to what the parcels say, events by one more of today.

    Returns how many figures that were. Publications of these communes wait meanwhile. Raises AdministratorNeeded, MendingUnfit.
    """
    with db.write() as tx:
        person = offices.ministry_person(tx, by)
        if person is None or by not in people.lock_administrators(tx):
            raise AdministratorNeeded
        if not reason.strip():
            raise MendingUnfit(reason_vi="thiếu lý do", reason_en="a reason is missing")
        found = recounts.differing(tx, recount_id)
        if found is None:
            raise _unknown(recount_id)
        units = sorted({one.unit_id for one in found if one.source in _OF_COMMUNES})
        parcels.lock_communes(tx, units)
        still = recounts.count(tx, units).differences if units else ()
        derived = sum(one.source not in _OF_COMMUNES for one in found)
        if not still and not derived:
            raise MendingUnfit(reason_vi="không còn gì sai lệch", reason_en="nothing it found differs any more")
        mend_id = recounts.note_mending(tx, recount_id=recount_id, person_id=person, reason=reason.strip())
        recounts.mend_counters(tx, still)
        recounts.mend_events(tx, still, mend_id=mend_id)
        coverage.count_connected(tx)
        if any(one.source == "MONTH" for one in found):
            months.keep_anew(tx)
    return len(still) + derived


def _unknown(recount_id: int) -> MendingUnfit:
    return MendingUnfit(reason_vi=f"không có lần kiểm đếm {recount_id}", reason_en=f"there is no recount {recount_id}")
