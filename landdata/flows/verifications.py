"""Verifications of the access log that people ask for, and one a night: carried out by the worker."""

from __future__ import annotations

from landdata.errors import InspectionUnfit, LandDataError
from landdata.flows.offices import ministry_person
from landdata.flows.verify import verify
from landdata.model.verifications import Outcome, Verification, as_found, outcome_of
from landdata.settings import Settings
from landdata.store import verifications
from landdata.store.engine import Database

VERIFY_TASK = "verify"
MOST_LISTED = 20


def ask(db: Database, *, by: str, reason: str) -> int:
    """Ask the worker for one; its number. One that waits is not asked for again. Raises InspectionUnfit, PersonUnknown."""
    if not reason.strip():
        raise InspectionUnfit(reason_vi="thiếu lý do", reason_en="a reason is missing")
    with db.write() as tx:
        return verifications.ask(tx, person_id=ministry_person(tx, by), reason=reason.strip())


def run(db: Database, *, settings: Settings) -> Verification:
    """Carry out the oldest that waits, or one of the night's own; what it found is kept for good.

    One that cannot be carried out, for want of a folder, say, ends with the code of its error, which is raised.
    """
    with db.write() as tx:
        number = verifications.take(tx)

    def far(done: int, whole: int) -> None:
        with db.write(durable=False) as tx:
            verifications.far(tx, number, done=done, whole=whole)

    try:
        verdict = verify(db, settings=settings, progress=far)
    except LandDataError as error:
        with db.write() as tx:
            verifications.end(tx, number, Outcome.FAILED, {"code": error.code})
        raise
    with db.write() as tx:
        verifications.end(tx, number, outcome_of(verdict), as_found(verdict))
    return latest(db)[0]


def latest(db: Database, *, most: int = MOST_LISTED) -> tuple[Verification, ...]:
    """The newest first."""
    with db.read() as tx:
        return verifications.latest(tx, most=most)
