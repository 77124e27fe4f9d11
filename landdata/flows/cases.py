"""The clerks' work list: what a land office sees of it, and how the worker keeps it and acts on what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from landdata.errors import CaseUnknown, OfficeUnknown, PopulationQuotaUsed, UnknownUnit
from landdata.flows import decisions, match
from landdata.flows.asking import Asker
from landdata.flows.feed import FEED_TASK
from landdata.model.cases import Case, Count, Decided, Place, Record, Sought
from landdata.store import asking, cases, feed, identities, offices, renewal
from landdata.store import decisions as stored
from landdata.store.engine import Database, Reader, Writer
from landdata.store.keys import Keys
from landdata.store.queue import enqueue

# Communes whose list is made anew in one transaction.
_COMMUNES = 20
MOST_RECORDS = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Cases, what would clear most first; `after` continues behind them, None when there are no more."""

    cases: tuple[Case, ...]
    after: Place | None


@dataclass(frozen=True, slots=True)
class Whole:
    """One case with its certificates, at most MOST_RECORDS, and everything that was decided about it, oldest first."""

    case: Case
    records: tuple[Record, ...]
    decisions: tuple[Decided, ...]


def page(db: Database, *, office_code: str, sought: Sought, after: Place | None = None, limit: int = 100) -> Page:
    """One page of the office's work list. Raises OfficeUnknown, UnknownUnit."""
    with db.read() as tx:
        where = _where(tx, office_code, sought)
        found = cases.page(tx, sought, where, after=after, limit=limit + 1)
    shown = tuple(found[:limit])
    return Page(shown, shown[-1].place if len(found) > limit else None)


def counts(db: Database, *, office_code: str, sought: Sought) -> list[Count]:
    """How much is on the office's list, in the unit sought, by status, reason and mark. Raises as `page`."""
    with db.read() as tx:
        return cases.counts(tx, _where(tx, office_code, sought))


def show(db: Database, *, office_code: str, case: UUID) -> Whole:
    """One case of the office, whatever became of it. Raises OfficeUnknown, CaseUnknown."""
    with db.read() as tx:
        _where(tx, office_code, Sought())
        found = cases.one(tx, case)
        if found is None:
            raise CaseUnknown
        return Whole(found, tuple(cases.records(tx, case, limit=MOST_RECORDS)), tuple(cases.decisions(tx, case)))


def act(asker: Asker, *, keys: Keys, batch: int) -> int:
    """Put what was decided to the platform, oldest first; returns how many claims were settled.

    A link that was withdrawn is gone before the platform is asked, whether it answers or not. A day's quota that is used
    up ends it. Raises PopulationUnavailable, PopulationRefuses.
    """
    db = asker.db
    _unlink(db)
    settled = 0
    while True:
        with db.write() as tx:
            renewal.stand_by(tx)
            left = asking.left_today(tx, asker.limits)
            as_of = identities.clock(tx)
            claims = decisions.as_corrected(tx, stored.due(tx, limit=min(batch, left or batch), keys=keys), keys=keys)
            lacking = decisions.lacking(claims)
            if lacking:
                stored.leave_incomplete(tx, list(lacking.items()))
                stored.answered(tx, list(lacking))
                cases.recount(tx, list(lacking))
        askable = [one for one in claims if one.identity_key not in lacking]
        if askable and left == 0:
            return settled
        try:
            kept = match.ask(asker, askable, keys=keys, as_of=as_of) if askable else 0
        except PopulationQuotaUsed:
            return settled
        settled += kept
        # What the platform left without an answer is asked about at the next run, not again and again in this one.
        if not claims or kept < len(askable):
            return settled


def refresh(db: Database) -> int:
    """Bring the list up to date with what was published and withdrawn since; returns how many communes that concerned."""
    with db.read() as tx:
        communes, horizon = cases.changed_communes(tx)
    for start in range(0, len(communes), _COMMUNES):
        with db.write() as tx:
            renewal.stand_by(tx)
            cases.relist(tx, communes[start : start + _COMMUNES])
    with db.write() as tx:
        cases.follow(tx, horizon)
    return len(communes)


def _unlink(db: Database) -> None:
    with db.write() as tx:
        renewal.stand_by(tx)
        gone = stored.withdrawn(tx)
        if gone:
            # Whoever loses a record by this.
            feed.touch(tx, gone)
            stored.unlink(tx, gone)
            _tell_feed(tx)


def _tell_feed(tx: Writer) -> None:
    enqueue(tx, task=FEED_TASK, lock=FEED_TASK, once=FEED_TASK)


def _where(tx: Reader, office_code: str, sought: Sought) -> tuple[int, int] | None:
    if offices.enter(tx, office_code) is None:
        raise OfficeUnknown(office_code=office_code)
    if sought.unit is None:
        return None
    found = cases.unit(tx, sought.unit)
    if found is None:
        raise UnknownUnit(unit_code=sought.unit.code, level=sought.unit.level, day=sought.unit.division)
    return found
