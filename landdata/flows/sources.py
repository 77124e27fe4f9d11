"""Keeps the life of sources: what a delivery, a missed promise or a person changed, in the transaction that changed it."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from landdata.errors import PromiseUnfit, SourceStepUnfit, SourceUnknown
from landdata.flows.observe import register_of
from landdata.flows.offices import ministry_person
from landdata.model.connections import Line, line_of
from landdata.model.sources import Cause, Promise, Province, Source, SourceList, SourceView, moved
from landdata.store import connections, deliveries, offices, sources
from landdata.store.engine import Database, Reader, Writer
from landdata.store.sources import Known

_MOST_DAYS = 3660
_STEPS = MappingProxyType({"pause": Cause.PAUSED, "resume": Cause.RESUMED, "end": Cause.ENDED})


def note(tx: Writer, *, office_id: int, cause: Cause, delivery_id: int | None, reason: str = "") -> None:
    """Move an office's source by what became of a delivery or a pull, in the same transaction; nothing where nothing changes.

    `reason`: the code of what failed.
    """
    for one in sources.known(tx, office_id):
        if moved(one.state, cause, one.facts) is not one.state:
            _move(tx, one, cause, delivery_id=delivery_id, reason=reason)


def at_work(tx: Reader, office_id: int) -> bool:
    """Whether anything is expected of an office's source."""
    state = sources.state(tx, office_id)
    return state is None or state.at_work


def sweep(db: Database) -> int:
    """Find the sources that have missed a promised day; returns how many are late from now on."""
    with db.read() as tx:
        late = [one for one in sources.known(tx) if moved(one.state, Cause.MISSED, one.facts) is not one.state]
    if not late:
        return 0
    with db.write() as tx:
        return sum(_move(tx, one, Cause.MISSED) for one in late)


def pause(db: Database, *, office_code: str, login: str, reason: str) -> None:
    """Expect nothing for now. Raises SourceUnknown, PersonUnknown, SourceStepUnfit."""
    _say(db, office_code, Cause.PAUSED, login, reason)


def resume(db: Database, *, office_code: str, login: str, reason: str) -> None:
    """Expect deliveries again; the promise counts from today. Raises SourceUnknown, PersonUnknown, SourceStepUnfit."""
    _say(db, office_code, Cause.RESUMED, login, reason)


def end(db: Database, *, office_code: str, login: str, reason: str) -> None:
    """Expect nothing any more. Raises SourceUnknown, PersonUnknown, SourceStepUnfit."""
    _say(db, office_code, Cause.ENDED, login, reason)


def promise(db: Database, *, office_code: str, promised: Promise, login: str, reason: str) -> None:
    """Note what a source promises from now on, all of it. Raises SourceUnknown, PersonUnknown, PromiseUnfit."""
    _require(promised)
    with db.write() as tx:
        one, person = _named(tx, office_code, login)
        sources.lock(tx, one.source_id)
        sources.add_promise(tx, one.source_id, promised, person_id=person, reason=reason)
        [now] = sources.known(tx, one.office_id)
        after = moved(now.state, Cause.PROMISED, now.facts)
        sources.move(
            tx, now.source_id, cause=Cause.PROMISED, before=now.state, after=after, person_id=person, reason=reason
        )


def listed(
    db: Database, *, on: date | None = None, division: str | None = None, office_code: str | None = None
) -> SourceList:
    """All sources by the provinces of a division, or one office's own. `on`: today in Vietnam when left out.

    Raises UnknownDivision.
    """
    with db.read() as tx:
        return _listed(tx, on, division, _entered(tx, office_code))


def shown(
    db: Database, *, province: str, on: date | None = None, division: str | None = None, office_code: str | None = None
) -> tuple[SourceView, ...]:
    """The sources of a province with their lives: several where offices of former provinces deliver for it.

    Raises SourceUnknown, also for another office's province where an office asks, and UnknownDivision.
    """
    with db.read() as tx:
        found = _listed(tx, on, division, _entered(tx, office_code))
        here = [one for one in found.sources if province in {where.code for where in one.provinces}]
        if not here and province not in {where.code for where in found.without}:
            raise SourceUnknown(source=province)
        return tuple(_view(tx, one) for one in here)


def of_office(db: Database, *, office_code: str) -> SourceView:
    """The source of an office with its life. Raises SourceUnknown."""
    with db.read() as tx:
        found = _listed(tx, None, None, _entered(tx, office_code))
        if not found.sources:
            raise SourceUnknown(source=office_code)
        return _view(tx, found.sources[0])


def _move(tx: Writer, seen: Known, cause: Cause, *, delivery_id: int | None = None, reason: str = "") -> bool:
    """Judge again under the lock: another transaction may have moved it meanwhile."""
    sources.lock(tx, seen.source_id)
    [one] = sources.known(tx, seen.office_id)
    after = moved(one.state, cause, one.facts)
    if after is one.state:
        return False
    due_on = one.facts.due_on if cause is Cause.MISSED else None
    sources.move(
        tx,
        one.source_id,
        cause=cause,
        before=one.state,
        after=after,
        delivery_id=delivery_id,
        due_on=due_on,
        reason=reason,
    )
    return True


def _say(db: Database, office_code: str, cause: Cause, login: str, reason: str) -> None:
    with db.write() as tx:
        one, person = _named(tx, office_code, login)
        sources.lock(tx, one.source_id)
        [now] = sources.known(tx, one.office_id)
        after = moved(now.state, cause, now.facts)
        if after is now.state:
            step = next(word for word, meant in _STEPS.items() if meant is cause)
            raise SourceStepUnfit(office_code=office_code, state=now.state.value, step=step)
        sources.move(tx, now.source_id, cause=cause, before=now.state, after=after, person_id=person, reason=reason)


def _named(tx: Writer, office_code: str, login: str) -> tuple[Known, int]:
    """The source of an office, for which the transaction acts from then on, and the person of the ministry."""
    office = offices.enter(tx, office_code)
    found = sources.known(tx, office.office_id) if office else []
    if not found:
        raise SourceUnknown(source=office_code)
    return found[0], ministry_person(tx, login)


def _require(promised: Promise) -> None:
    cadence, communes = promised.cadence_days, promised.communes
    if promised == Promise():
        raise PromiseUnfit(reason_vi="không nêu điều gì", reason_en="it names nothing")
    if cadence is not None and not 1 <= cadence <= _MOST_DAYS:
        raise PromiseUnfit(reason_vi="chu kỳ ngoài phạm vi", reason_en="its cadence is out of range")
    if communes is not None and communes < 1:
        raise PromiseUnfit(reason_vi="số xã phải từ 1", reason_en="it covers no commune")


def _entered(tx: Reader, office_code: str | None) -> int | None:
    """The office that asks, None for the ministry. Raises SourceUnknown."""
    if office_code is None:
        return None
    office = offices.enter(tx, office_code)
    if office is None:
        raise SourceUnknown(source=office_code)
    return office.office_id


def _listed(tx: Reader, on: date | None, division: str | None, office_id: int | None) -> SourceList:
    on = on or deliveries.today(tx)
    code, register_on = register_of(tx, on, division)
    held: dict[int, list[Province]] = {}
    without: list[Province] = []
    for province, office in sources.provinces(tx, on=register_on, office_id=office_id):
        if office is None:
            without.append(province)
        else:
            held.setdefault(office, []).append(province)
    every, words = {one.office_id: one for one in offices.every(tx)}, sources.methods(tx)
    known = sources.known(tx, office_id)
    pulled: dict[int, list[Line]] = {}
    for link in connections.every(tx, office_id=office_id):
        pulled.setdefault(link.office_id, []).append(line_of(link))
    covered = sources.communes(tx, [one.office_id for one in known])
    listed_ = [
        Source(
            office_code=every[one.office_id].code,
            name_vi=every[one.office_id].name_vi,
            name_en=every[one.office_id].name_en,
            provinces=tuple(held.get(one.office_id, ())),
            method=one.method,
            method_vi=words[one.method][0],
            method_en=words[one.method][1],
            state=one.state,
            since=one.since,
            promise=one.promise,
            facts=one.facts,
            communes=covered.get(one.office_id, 0),
            connections=tuple(pulled.get(one.office_id, ())),
        )
        for one in known
    ]
    listed_.sort(key=lambda one: (not one.provinces, [where.code for where in one.provinces], one.office_code))
    return SourceList(code, on, tuple(listed_), tuple(without))


def _view(tx: Reader, source: Source) -> SourceView:
    office = offices.find(tx, source.office_code)
    [one] = sources.known(tx, office.office_id if office else 0)
    return SourceView(source, sources.events(tx, one.source_id))
