"""The life of a sharing agreement: drafted by one person, in force by a second, suspended, amended, ended; never unnoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from landdata.errors import (
    AgreementDraftChanged,
    AgreementStepUnfit,
    AgreementUnfit,
    AgreementUnknown,
    ClientUnknown,
    SecondPersonNeeded,
    UnknownUnit,
)
from landdata.flows.offices import ministry_person
from landdata.model.agreements import AgreementState, UnitScope
from landdata.model.fields import ALL_FIELDS_MASK
from landdata.model.terms import Alarm, Event, Limits, Said, Step, Terms, TokenBinding, Version, terms_of
from landdata.store import agreements, feed
from landdata.store.engine import Database, Reader, Writer

DRAFT, ACTIVE, SUSPENDED, ENDED = AgreementState


@dataclass(frozen=True, slots=True)
class Story:
    """All versions of an agreement and every step of its life, oldest first."""

    versions: tuple[Version, ...]
    events: tuple[Event, ...]


def draft(db: Database, *, code: str, terms: Terms, by: str, reason: str) -> int:
    """Draft a new agreement; returns its version, 1 unless an earlier draft was rejected.

    Raises AgreementStepUnfit when the code is taken, PersonUnknown, ClientUnknown, AgreementUnfit, UnknownUnit.
    """
    with db.write() as tx:
        person = _take_up(tx, code, by, reason)
        known = agreements.versions(tx, code)
        if any(one.state is not ENDED or one.approved_by for one in known):
            raise AgreementStepUnfit(agreement=code, state=known[-1].state.value, step=Step.DRAFTED.value)
        version = known[-1].version + 1 if known else 1
        _write(tx, code, version, terms, Step.DRAFTED, drafted_by=person, edited_by=person, reason=reason)
    return version


def amend(db: Database, *, code: str, said: Said, by: str, reason: str) -> int:
    """Other terms, as a new version that waits for a second person; what is in force stays so until then.

    A draft that waits is replaced: whoever wrote it and whoever wrote this one cannot approve it. Returns the new
    version. Raises as `draft`, and AgreementUnknown.
    """
    with db.write() as tx:
        person = _take_up(tx, code, by, reason)
        known = _known(tx, code)
        waiting, live = _draft_of(known), _live(known)
        base = waiting or live
        if base is None:
            raise AgreementStepUnfit(agreement=code, state=known[-1].state.value, step=Step.AMENDED.value)
        first = person
        if waiting is not None:
            _move(tx, waiting, ENDED, Step.REPLACED, person, reason)
            first = waiting.drafter_id
        version = known[-1].version + 1
        _write(
            tx,
            code,
            version,
            terms_of(said, base.terms),
            Step.AMENDED,
            drafted_by=first,
            edited_by=person,
            reason=reason,
        )
    return version


def approve(db: Database, *, code: str, by: str, reason: str, version: int | None = None) -> AgreementState:
    """Put the draft in force in place of the version before; returns its state: what is suspended stays suspended.

    `version`: the one that was seen. Raises AgreementUnknown, AgreementStepUnfit, AgreementDraftChanged,
    SecondPersonNeeded for who drafted or wrote it, PersonUnknown.
    """
    with db.write() as tx:
        person = _take_up(tx, code, by, reason)
        known = _known(tx, code)
        waiting, live = _draft_of(known), _live(known)
        if waiting is None:
            raise AgreementStepUnfit(agreement=code, state=known[-1].state.value, step=Step.APPROVED.value)
        if version not in {None, waiting.version}:
            raise AgreementDraftChanged(agreement=code, version=waiting.version)
        if by in {waiting.drafted_by, waiting.edited_by}:
            raise SecondPersonNeeded
        if live is not None:
            _move(tx, live, ENDED, Step.REPLACED, person, reason)
            feed.hand_over(tx, before=live.agreement_id, after=waiting.agreement_id)
        state = ACTIVE if live is None else live.state
        _move(tx, waiting, state, Step.APPROVED, person, reason, approved_by=person)
    return state


def reject(db: Database, *, code: str, by: str, reason: str) -> None:
    """Turn the draft down; what is in force stays so. Raises AgreementUnknown, AgreementStepUnfit, PersonUnknown."""
    _step(db, code, by, reason, Step.REJECTED, {DRAFT}, ENDED)


def suspend(db: Database, *, code: str, by: str, reason: str) -> None:
    """Stop answering under it, with the next request. Raises as `reject`."""
    _step(db, code, by, reason, Step.SUSPENDED, {ACTIVE}, SUSPENDED)


def resume(db: Database, *, code: str, by: str, reason: str) -> None:
    """Answer again. Raises as `reject`."""
    _step(db, code, by, reason, Step.RESUMED, {SUSPENDED}, ACTIVE)


def end(db: Database, *, code: str, by: str, reason: str) -> None:
    """End it for good, with the draft that may wait. Raises as `reject`."""
    _step(db, code, by, reason, Step.ENDED, {ACTIVE, SUSPENDED}, ENDED)


def prune(db: Database) -> int:
    """Forget whom quotas of past days counted; returns how many."""
    with db.write() as tx:
        return agreements.forget_quotas(tx)


def sign(
    db: Database,
    *,
    code: str,
    client_id: str,
    purpose: str,
    legal_ground: str,
    service_codes: Sequence[str],
    agency_codes: Sequence[str],
    valid_from: date,
    drafted_by: str,
    approved_by: str,
    daily_quota: int,
    unbound_reason: str = "",
    fields_mask: int = ALL_FIELDS_MASK,
    rate_per_second: float | None = None,
    burst: int | None = None,
    units: Sequence[UnitScope] = (),
) -> None:
    """Draft an agreement and have a second person approve it; one that is there stays as it is. Raises as both.

    Tokens must be bound unless there is a reason why not.
    """
    if drafted_by == approved_by:
        raise SecondPersonNeeded
    with db.read() as tx:
        known = agreements.versions(tx, code)
    if known and (known[-1].version, known[-1].state) != (1, DRAFT):
        return
    terms = Terms(
        client_id, purpose, legal_ground, tuple(service_codes), tuple(agency_codes), fields_mask, tuple(units), daily_quota,
        rate_per_second, burst, valid_from, None, TokenBinding.UNBOUND if unbound_reason else TokenBinding.REQUIRED,
        unbound_reason or None,
    )  # fmt: skip
    if not known:
        draft(db, code=code, terms=terms, by=drafted_by, reason=purpose)
    approve(db, code=code, by=approved_by, reason=purpose)


def every(db: Database) -> tuple[Version, ...]:
    """All versions of all agreements, by code."""
    with db.read() as tx:
        return agreements.versions(tx)


def show(db: Database, *, code: str) -> Story:
    """One agreement's whole life. Raises AgreementUnknown."""
    with db.read() as tx:
        return Story(_known(tx, code), agreements.events(tx, code))


def names_of_units(db: Database, scopes: Iterable[UnitScope]) -> dict[UnitScope, str]:
    """Names of what codes mean in their divisions; the same code can mean another unit in another division."""
    with db.read() as tx:
        return agreements.unit_names(tx, scopes)


def alarms(db: Database) -> tuple[Alarm, ...]:
    """What somebody has to look at, newest first."""
    with db.read() as tx:
        return agreements.alarms(tx)


def limits(db: Database, *, client_id: str) -> Limits | None:
    """What a client's agreements in force let it ask; None when there is none."""
    with db.read() as tx:
        return agreements.limits(tx, client_id)


def _step(
    db: Database, code: str, by: str, reason: str, step: Step, before: set[AgreementState], after: AgreementState
) -> None:
    with db.write() as tx:
        person = _take_up(tx, code, by, reason)
        known = _known(tx, code)
        found = [one for one in known if one.state in before]
        if not found:
            # Its state is that of what is in force, or of the last version when nothing is.
            state = (_live(known) or known[-1]).state
            raise AgreementStepUnfit(agreement=code, state=state.value, step=step.value)
        waiting = _draft_of(known)
        if step is Step.ENDED and waiting is not None:
            _move(tx, waiting, ENDED, step, person, reason)
        _move(tx, found[0], after, step, person, reason)


def _write(
    tx: Writer, code: str, version: int, terms: Terms, step: Step, *, drafted_by: int, edited_by: int, reason: str
) -> None:
    kind = agreements.consumer_of(tx, terms.client_id)
    if kind is None:
        raise ClientUnknown(client_id=terms.client_id)
    if kind != "CONSUMER":
        raise AgreementUnfit(
            reason_vi="hệ thống này không thuộc bên khai thác", reason_en="the client is no consumer's"
        )
    units = {scope: agreements.unit_id(tx, scope) for scope in terms.units}
    for scope, unit_id in units.items():
        if unit_id is None:
            raise UnknownUnit(unit_code=scope.code, level=scope.level, day=scope.division)
    made = agreements.add(tx, code=code, version=version, terms=terms, drafted_by=drafted_by, edited_by=edited_by)
    agreements.limit_to(tx, made, [unit_id for unit_id in units.values() if unit_id is not None])
    agreements.note(tx, made, step, DRAFT, person_id=edited_by, reason=reason)


def _move(
    tx: Writer,
    one: Version,
    state: AgreementState,
    step: Step,
    person: int,
    reason: str,
    *,
    approved_by: int | None = None,
) -> None:
    agreements.move(tx, one.agreement_id, state, approved_by=approved_by)
    agreements.note(tx, one.agreement_id, step, state, person_id=person, reason=reason)


def _take_up(tx: Writer, code: str, by: str, reason: str) -> int:
    if not code.strip() or not reason.strip():
        raise AgreementUnfit(reason_vi="cần mã và lý do", reason_en="a code and a reason are needed")
    agreements.lock(tx, code)
    return ministry_person(tx, by)


def _known(tx: Reader, code: str) -> tuple[Version, ...]:
    known = agreements.versions(tx, code)
    if not known:
        raise AgreementUnknown(agreement=code)
    return known


def _draft_of(known: Sequence[Version]) -> Version | None:
    return next((one for one in known if one.state is DRAFT), None)


def _live(known: Sequence[Version]) -> Version | None:
    return next((one for one in known if one.state in {ACTIVE, SUSPENDED}), None)
