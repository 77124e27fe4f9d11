"""How a land office stands as a source: what it promised, what came of it, and which change may follow from what; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from landdata.model.connections import Line


class State(StrEnum):
    """How a source stands."""

    NEVER_CONNECTED = "NEVER_CONNECTED"  # nothing has come yet
    CONNECTING = "CONNECTING"  # something came, nothing of it stands published
    CONNECTED = "CONNECTED"  # it delivers, and what it delivered is published
    LATE = "LATE"  # the day it promised has passed
    FAILING = "FAILING"  # its last delivery was refused as a whole, or pulls of its service fail
    PAUSED = "PAUSED"  # a person said that nothing is expected for now
    ENDED = "ENDED"  # a person said that nothing is expected any more

    @property
    def at_work(self) -> bool:
        """Whether anything is expected of it."""
        return self not in {State.PAUSED, State.ENDED}


class Cause(StrEnum):
    """What a change came from."""

    REGISTERED = "REGISTERED"  # the office was registered
    RECEIVED = "RECEIVED"  # a delivery came in
    PUBLISHED = "PUBLISHED"  # a delivery was published, as a whole or in part
    REFUSED = "REFUSED"  # a delivery was refused as a whole
    WITHDRAWN = "WITHDRAWN"  # a delivery was taken back
    MISSED = "MISSED"  # a promised day passed without a delivery
    PROMISED = "PROMISED"  # what it promises was noted anew
    PAUSED = "PAUSED"  # by a person
    RESUMED = "RESUMED"  # by a person
    ENDED = "ENDED"  # by a person
    PULLED = "PULLED"  # a pull of its own service went well
    PULL_FAILED = "PULL_FAILED"  # pulls of its own service failed, several in a row


# What only a person says, and only a person takes back.
WORKING = frozenset(one for one in State if one.at_work)
SAID = frozenset(State) - WORKING

_NEVER, _CONNECTING, _CONNECTED = State.NEVER_CONNECTED, State.CONNECTING, State.CONNECTED
_LATE, _FAILING = State.LATE, State.FAILING

# The one table of transitions: cause -> what may follow. What is not in it happens under another cause, or never.
TRANSITIONS: Mapping[Cause, frozenset[tuple[State, State]]] = {
    Cause.REGISTERED: frozenset(),
    Cause.RECEIVED: frozenset({(_NEVER, _CONNECTING), (_LATE, _CONNECTING), (_LATE, _CONNECTED)}),
    Cause.PUBLISHED: frozenset(
        {(one, _CONNECTED) for one in WORKING - {_CONNECTED}}
        # What comes out of long waiting may stand, and the next be due already.
        | {(one, _LATE) for one in (_NEVER, _CONNECTING, _FAILING)}
    ),
    Cause.REFUSED: frozenset((one, _FAILING) for one in WORKING - {_FAILING}),
    Cause.WITHDRAWN: frozenset(
        {(_CONNECTED, _CONNECTING), (_LATE, _CONNECTING), (_CONNECTED, _LATE), (_CONNECTING, _LATE)}
    ),
    Cause.MISSED: frozenset((one, _LATE) for one in (_NEVER, _CONNECTING, _CONNECTED)),
    Cause.PROMISED: frozenset((_LATE, one) for one in (_NEVER, _CONNECTING, _CONNECTED)),
    Cause.PAUSED: frozenset((one, State.PAUSED) for one in WORKING),
    Cause.RESUMED: frozenset((said, one) for said in SAID for one in WORKING),
    Cause.ENDED: frozenset((one, State.ENDED) for one in State if one is not State.ENDED),
    # Also one that brought nothing new: then it is on time.
    Cause.PULLED: frozenset(
        {(one, other) for one in (_FAILING, _LATE) for other in (_NEVER, _CONNECTING, _CONNECTED)} | {(_FAILING, _LATE)}
    ),
    Cause.PULL_FAILED: frozenset((one, _FAILING) for one in WORKING - {_FAILING}),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record about a source on a day: enough to say how it stands.

    `last_on`: day in Vietnam of its newest delivery that was neither refused nor withdrawn, or of a pull that found nothing
    new. `pulls_fail`: the last pulls of one of its connections failed, three or more. `counts_from`: the day its
    promise was noted or it was resumed, whichever is later; earlier silence is not held against it.
    """

    today: date
    received: bool = False
    published: bool = False
    last_refused: bool = False
    last_on: date | None = None
    counts_from: date | None = None
    cadence_days: int | None = None
    first_due_on: date | None = None
    pulls_fail: bool = False

    @property
    def due_on(self) -> date | None:
        """The last day on which the next delivery keeps the promise; None: nothing was promised."""
        if self.last_on is None and self.first_due_on is not None:
            return self.first_due_on
        since = max((day for day in (self.last_on, self.counts_from) if day), default=None)
        if since is None or self.cadence_days is None:
            return None
        return since + timedelta(days=self.cadence_days)

    @property
    def days_late(self) -> int:
        """Days since the day that was due; 0 while the promise is kept, or where there is none."""
        return max((self.today - self.due_on).days, 0) if self.due_on else 0


def standing(facts: Facts) -> State:
    """How a source stands by the facts alone, unless a person said PAUSED or ENDED."""
    if facts.last_refused or facts.pulls_fail:
        return State.FAILING
    if facts.days_late:
        return State.LATE
    if facts.published:
        return State.CONNECTED
    return State.CONNECTING if facts.received else State.NEVER_CONNECTED


def moved(state: State, cause: Cause, facts: Facts) -> State:
    """Where a cause takes a source; the same state where it changes nothing or the table has no such transition."""
    match cause:
        case Cause.PAUSED:
            target = State.PAUSED
        case Cause.ENDED:
            target = State.ENDED
        case Cause.RESUMED:
            target = standing(replace(facts, counts_from=facts.today))
        case _:
            target = standing(facts)
    return target if (state, target) in TRANSITIONS[cause] else state


@dataclass(frozen=True, slots=True)
class Promise:
    """What an office promised: at least one delivery in so many days, the first one by a day, for how many communes.

    `contact`: the unit to turn to and how, never a private address.
    """

    cadence_days: int | None = None
    first_due_on: date | None = None
    communes: int | None = None
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a source. `delivery_uid`, `due_on` or `login` with `reason` say what it came from."""

    step: int
    at: datetime
    cause: Cause
    before: State | None
    after: State
    delivery_uid: UUID | None = None
    due_on: date | None = None
    login: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Province:
    """A province of the division asked for."""

    code: str
    full_name_vi: str


@dataclass(frozen=True, slots=True)
class Source:
    """A land office as a source, in the division asked for; `communes` are those with published deliveries of its own."""

    office_code: str
    name_vi: str
    name_en: str
    provinces: tuple[Province, ...]
    method: str
    method_vi: str
    method_en: str
    state: State
    since: datetime
    promise: Promise
    facts: Facts
    communes: int
    connections: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceList:
    """All sources of a division, and its provinces that have none: those were never connected either."""

    division: str
    on: date
    sources: tuple[Source, ...]
    without: tuple[Province, ...]


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source with its life, oldest event first."""

    source: Source
    events: tuple[Event, ...]
