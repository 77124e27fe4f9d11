"""Sessions after signing in: found for every request, listed, ended."""

from __future__ import annotations

from uuid import UUID

from landdata.errors import SessionUnknown
from landdata.flows.entrance import Entrance
from landdata.model.people import SEEN_EVERY, Kind, Session, SignedIn
from landdata.store import people, sessions


def find(at: Entrance, token: str) -> SignedIn | None:
    """Who holds this session; None when it has ended, was idle for too long, or the account is closed.

    What has ended is gone then: a clock that is set back brings nothing to life that was refused once.
    """
    moment = at.clock()
    with at.db.read() as tx:
        found = sessions.find(tx, token, moment)
    if found is None:
        with at.db.write() as tx:
            sessions.end_lapsed(tx, token, moment)
    # A time seen by a clock that ran ahead is no more to go by than an old one.
    elif abs(moment - found.session.seen_at) >= SEEN_EVERY:
        with at.db.write(durable=False) as tx:
            sessions.see(tx, found.session.uid, moment)
    return found


def every(at: Entrance, who: SignedIn) -> tuple[Session, ...]:
    """The person's own sessions in force, the newest first."""
    with at.db.read() as tx:
        return sessions.every(tx, person_id=who.person_id, now=at.clock())


def sign_out(at: Entrance, who: SignedIn) -> None:
    """End the session."""
    with at.db.write() as tx:
        sessions.end(tx, person_id=who.person_id, uid=who.session.uid)
        people.note(tx, Kind.SIGNED_OUT, person_id=who.person_id, address=who.session.address)


def end(at: Entrance, who: SignedIn, uid: UUID) -> None:
    """End one of the person's own sessions. Raises SessionUnknown, also for somebody else's."""
    with at.db.write() as tx:
        if not sessions.end(tx, person_id=who.person_id, uid=uid):
            raise SessionUnknown
        people.note(tx, Kind.SESSION_ENDED, person_id=who.person_id, address=who.session.address)
