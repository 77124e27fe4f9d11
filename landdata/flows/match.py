"""Asks the population platform about holders who are due, and keeps what our own rules make of its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid4

from landdata.errors import PopulationQuotaUsed, PopulationRefuses
from landdata.flows import decisions
from landdata.flows.asking import Asker
from landdata.flows.feed import FEED_TASK
from landdata.matching import bearers, names
from landdata.matching.reasons import Reason
from landdata.model.asking import Breaker
from landdata.model.persons import Answer, Citizen, Claim, ClaimStatus, Verification
from landdata.store import asking, batches, cases, feed, identities, renewal
from landdata.store.arrays import Several
from landdata.store.batches import Batch
from landdata.store.engine import Database, Writer
from landdata.store.identities import Party
from landdata.store.key_files import Version
from landdata.store.keys import INDEX, PERSON, Keys, hash_under, index_under
from landdata.store.queue import enqueue

Progress = Callable[[int], None]


def match_pending(asker: Asker, *, keys: Keys, batch: int, progress: Progress = lambda _settled: None) -> int:
    """Ask about every claim that is due, batch by batch; returns how many were settled.

    A batch stands in the database before it is sent and goes with what came of it, so that a cut at any moment loses no
    answer: it is asked for again under the same id. Claims the platform left without an answer stay due and end this
    round; so does a day's quota that is used up. Raises PopulationUnavailable, PopulationRefuses.
    """
    settled = 0
    while True:
        with asker.db.read() as tx:
            left = asking.left_today(tx, asker.limits)
        if left == 0:
            return settled
        with batches.taken(asker.db, limit=min(batch, left or batch), keys=keys) as found:
            if found is None:
                return settled
            try:
                kept, all_answered = _settle(asker, found, keys)
            except PopulationQuotaUsed:
                return settled
        settled += kept
        progress(settled)
        if not all_answered:
            return settled


def ask(asker: Asker, claims: Sequence[Claim], *, keys: Keys, as_of: datetime) -> int:
    """Ask about these claims at once, whatever else is due, and keep what is answered; returns how many were settled.

    `as_of`: when they were read. Raises PopulationUnavailable, PopulationQuotaUsed, and PopulationRefuses when it is not
    the line of a claim that the platform does not take.
    """
    try:
        answers = asker.verify(uuid4(), claims)
    except PopulationRefuses:
        half = len(claims) // 2
        if half:
            return sum(ask(asker, part, keys=keys, as_of=as_of) for part in (claims[:half], claims[half:]))
        with asker.db.write() as tx:
            if asking.health(tx).breaker is not Breaker.CLOSED:
                raise
            return keep(tx, claims, [_not_taken(one) for one in claims], keys, as_of=as_of)
    outcomes = decided(claims, answers)
    with asker.db.write() as tx:
        asking.went_well(tx)
        return keep(tx, claims, outcomes, keys, as_of=as_of)


def ask_again(asker: Asker, *, keys: Keys, batch: int) -> int:
    """Ask about citizens whose hashes or numbers are under a former version of their key; returns how many.

    Only the platform knows their official names. What it says now holds, also where it does not confirm them any more.
    Raises PopulationUnavailable, PopulationQuotaUsed.
    """
    asked, after = 0, 0
    while True:
        with asker.db.read() as tx:
            as_of = identities.clock(tx)
            found = identities.outdated(
                tx, after, person=keys.active(PERSON), index=keys.active(INDEX), limit=batch, keys=keys
            )
            claims = decisions.as_corrected(tx, [claim for _, claim in found], keys=keys)
        if not found:
            return asked
        lacking = decisions.lacking(claims)
        claims = [one for one in claims if one.identity_key not in lacking]
        if claims:
            answers = asker.verify(uuid4(), claims)
            outcomes = decided(claims, answers)
            with asker.db.write() as tx:
                asking.went_well(tx)
                asked += keep(tx, claims, outcomes, keys, as_of=as_of)
                named = [one.citizen.person_ref for one in outcomes if one.citizen]
                identities.forget_numbers(tx, named, keys.active(INDEX))
        after = found[-1][0]


def _settle(asker: Asker, found: Batch, keys: Keys) -> tuple[int, bool]:
    """Ask one batch and keep what comes of it; how many claims were settled, and whether no answer is lacking."""
    with asker.db.read() as tx:
        claims = decisions.as_corrected(tx, found.claims, keys=keys)
        same = found.whole and not decisions.corrected_since(tx, claims, found.made_at)
    if not same or not claims:
        # A claim of it is gone, or is read otherwise since: it would be another question under the same id.
        with asker.db.write() as tx:
            batches.done(tx, found.request_id)
        return 0, True
    try:
        answers = asker.verify(found.request_id, claims)
    except PopulationRefuses:
        settled = _refused(asker.db, found, claims, keys)
        if settled is None:
            raise
        return settled, True
    outcomes = decided(claims, answers)
    with asker.db.write() as tx:
        # Whoever took the batch for abandoned and was faster has kept the same answers.
        if batches.done(tx, found.request_id):
            asking.went_well(tx)
            keep(tx, claims, outcomes, keys, as_of=found.made_at)
    return len(outcomes), len(outcomes) == len(claims)


def _refused(db: Database, found: Batch, claims: Sequence[Claim], keys: Keys) -> int | None:
    """The platform takes no question of which one line is bad: look for it, half by half; returns how many were settled.

    None: so much is refused that it cannot be the line, and nothing is said of it.
    """
    with db.write() as tx:
        if len(claims) > 1:
            batches.divide(tx, found.request_id, claims)
            return 0
        if asking.health(tx).breaker is not Breaker.CLOSED:
            batches.postpone(tx, found.request_id)
            return None
        batches.done(tx, found.request_id)
        return keep(tx, claims, [_not_taken(one) for one in claims], keys, as_of=found.made_at)


def _not_taken(claim: Claim) -> Verification:
    return Verification(claim.identity_key, ClaimStatus.INCOMPLETE, (Reason.QUESTION_REFUSED.name,), None)


def decided(claims: Sequence[Claim], answers: Sequence[Answer]) -> list[Verification]:
    """The outcome of each claim that was answered. An answer to a question we did not ask is no answer."""
    asked = {claim.identity_key: claim for claim in claims}
    # Of two to the same question the connector made one.
    answered = {one.identity_key: one for one in answers if one.identity_key in asked}
    return bearers.decide([asked[key] for key in answered], list(answered.values()))


def keep(
    tx: Writer,
    claims: Sequence[Claim],
    outcomes: Sequence[Verification],
    keys: Keys,
    *,
    as_of: datetime | None = None,
) -> int:
    """Write what became of claims: the one place where outcomes are written one by one; returns how many.

    What clerks decided is weighed with it. `as_of`: when they were asked; what the platform reported as changed since, or
    a clerk corrected since, stays due.
    """
    renewal.stand_by(tx)
    outcomes = decisions.judge(tx, outcomes, as_of=as_of)
    stated = {claim.identity_key: claim.id_number for claim in claims}
    written: dict[str, set[str]] = {}
    for one in outcomes:
        if one.citizen is not None:
            written.setdefault(one.citizen.person_ref, set()).add(stated[one.identity_key])
    citizens = {one.citizen.person_ref: one.citizen for one in outcomes if one.citizen is not None}
    ids = identities.save_parties(tx, _parties(citizens, written, keys))
    settled = Several(one.identity_key for one in outcomes)
    tell_before(tx, settled)
    identities.settle(tx, outcomes, ids, as_of=as_of)
    tell_after(tx, settled)
    return len(outcomes)


def tell_before(tx: Writer, settled: Sequence[UUID]) -> None:
    """Note whoever may lose a record by what is about to be written of these claims."""
    feed.touch(tx, settled)


def tell_after(tx: Writer, settled: Sequence[UUID]) -> None:
    """Note whoever got a record by what was written, and who is nobody's: both ways of writing outcomes end here.

    The change feed looks at the former, the clerks' list has the latter. Nothing is to be locked after it.
    """
    feed.touch(tx, settled)
    enqueue(tx, task=FEED_TASK, lock=FEED_TASK, once=FEED_TASK)
    cases.recount(tx, settled)


def standing(db: Database) -> tuple[dict[ClaimStatus, int], dict[Reason, int]]:
    """How many claims stand in which status, and have which reason; each the most frequent first."""
    with db.read() as tx:
        statuses, reasons = identities.counts(tx), identities.reasons(tx)
    return (
        {ClaimStatus(one): statuses[one] for one in sorted(statuses, key=lambda one: -statuses[one])},
        {Reason[one]: reasons[one] for one in sorted(reasons, key=lambda one: -reasons[one])},
    )


def prune(db: Database) -> int:
    """Forget what matching said before, once no request can be repeated as of then; returns how much."""
    with db.write() as tx:
        return identities.forget_past(tx)


# Names of a million citizens are made of some hundred words, and their births are some ten thousand days.
_plain = lru_cache(maxsize=20_000)(names.plain)
_folded = lru_cache(maxsize=20_000)(names.folded)
_birth_hash = lru_cache(maxsize=50_000)(hash_under)


def _parties(citizens: Mapping[str, Citizen], written: Mapping[str, set[str]], keys: Keys) -> list[Party]:
    index, person = keys.usable(INDEX)[0], keys.usable(PERSON)[0]
    numbers = [_numbers(one, written[ref]) for ref, one in citizens.items()]
    sealed = iter(keys.seal_all([number for some in numbers for number in some]))
    return [
        _party(one, person, index.number, [(index_under(index, number), next(sealed)) for number in some])
        for one, some in zip(citizens.values(), numbers, strict=True)
    ]


def _numbers(citizen: Citizen, written: set[str]) -> list[str]:
    """Today's, and behind it what else they can be asked by.

    Certificates keep former numbers that the platform need not name any more: whoever asks by them means this citizen.
    """
    former = {*written, citizen.old_id_number or citizen.id_number} - {citizen.id_number}
    return [citizen.id_number, *sorted(former)]


def _party(citizen: Citizen, person: Version, index: int, numbers: Sequence[tuple[str, bytes]]) -> Party:
    words, born = citizen.full_name.split(), citizen.date_of_birth
    return Party(
        person_ref=citizen.person_ref,
        name_hash=hash_under(person, "name", " ".join(map(_plain, words))),
        name_folded_hash=hash_under(person, "folded", " ".join(map(_folded, words))),
        birth_date_hash=_birth_hash(person, "birth", born) if len(born) > 4 else None,
        birth_year_hash=_birth_hash(person, "year", born[:4]),
        life_status="ALIVE" if citizen.alive else "DEAD",
        hash_version=person.number,
        index_version=index,
        numbers=tuple((bidx, "OLD" if at else "CURRENT", sealed) for at, (bidx, sealed) in enumerate(numbers)),
    )
