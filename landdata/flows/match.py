"""Asks the population platform about holders whose identity is pending, and keeps what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from landdata.flows import decisions
from landdata.flows.feed import FEED_TASK
from landdata.matching import names
from landdata.model.persons import Citizen, Claim, ClaimStatus, Verification
from landdata.model.ports import Population
from landdata.store import cases, feed, identities, renewal
from landdata.store.engine import Database, Writer
from landdata.store.identities import Party
from landdata.store.keys import INDEX, PERSON, Keys, hash_under, index_under
from landdata.store.queue import enqueue

Progress = Callable[[int], None]


def match_pending(
    db: Database, population: Population, *, keys: Keys, batch: int, progress: Progress = lambda _asked: None
) -> int:
    """Ask about every pending claim, batch by batch; returns how many were settled.

    Each batch commits by itself, so a cut leaves the rest pending. Claims the platform left without an answer stay
    pending and end this round. Raises PopulationUnavailable.
    """
    settled = 0
    while True:
        with db.read() as tx:
            claims = decisions.as_corrected(tx, identities.pending(tx, limit=batch, keys=keys), keys=keys)
        if not claims:
            return settled
        kept = ask(db, population, claims, keys=keys)
        settled += kept
        progress(settled)
        if kept < len(claims):
            return settled


def ask(db: Database, population: Population, claims: Sequence[Claim], *, keys: Keys) -> int:
    """Ask about these claims and keep what is answered; returns how many were. Raises PopulationUnavailable."""
    answers = population.verify(claims)
    with db.write() as tx:
        return _keep(tx, claims, answers, keys)


def ask_again(db: Database, population: Population, *, keys: Keys, batch: int) -> int:
    """Ask about verified citizens whose hashes or numbers are under a former version of their key; returns how many.

    Only the platform knows their official names. What it says now holds, also where it does not confirm them any more.
    Raises PopulationUnavailable.
    """
    asked, after = 0, 0
    while True:
        with db.read() as tx:
            found = identities.outdated(
                tx, after, person=keys.active(PERSON), index=keys.active(INDEX), limit=batch, keys=keys
            )
            claims = decisions.as_corrected(tx, [claim for _, claim in found], keys=keys)
        if not found:
            return asked
        answers = population.verify(claims)
        with db.write() as tx:
            asked += _keep(tx, claims, answers, keys)
            identities.forget_numbers(
                tx, [one.citizen.person_ref for one in answers if one.citizen], keys.active(INDEX)
            )
        after = found[-1][0]


def _keep(tx: Writer, claims: Sequence[Claim], answers: Sequence[Verification], keys: Keys) -> int:
    renewal.stand_by(tx)
    asked = {claim.identity_key for claim in claims}
    # An answer to a question we did not ask is no answer; of two to the same question the connector made one.
    kept = list({one.identity_key: one for one in answers if one.identity_key in asked}.values())
    # Whom the platform names and nobody believes to be the holder is for the clerks' decisions alone.
    kept = [
        one if one.status is ClaimStatus.VERIFIED else replace(one, citizen=None) for one in decisions.judge(tx, kept)
    ]
    stated = {claim.identity_key: claim.id_number for claim in claims}
    written: dict[str, set[str]] = {}
    for one in kept:
        if one.citizen is not None:
            written.setdefault(one.citizen.person_ref, set()).add(stated[one.identity_key])
    parties = [_party(one.citizen, written[one.citizen.person_ref], keys) for one in kept if one.citizen is not None]
    ids = identities.save_parties(tx, parties)
    settled = [one.identity_key for one in kept]
    # Whoever loses a record by this, and whoever gets one.
    feed.touch(tx, settled)
    identities.settle(tx, kept, ids)
    cases.recount(tx, settled)
    feed.touch(tx, settled)
    enqueue(tx, task=FEED_TASK, lock=FEED_TASK, once=FEED_TASK)
    return len(kept)


def prune(db: Database) -> int:
    """Forget what matching said before, once no request can be repeated as of then; returns how much."""
    with db.write() as tx:
        return identities.forget_past(tx)


def _party(citizen: Citizen, written: set[str], keys: Keys) -> Party:
    # Certificates keep former numbers that the platform need not name any more: whoever asks by them means this citizen.
    former = {*written, *filter(None, [citizen.old_id_number])} - {citizen.id_number}
    numbers = [(citizen.id_number, "CURRENT"), *((number, "OLD") for number in sorted(former))]
    born, index, person = citizen.date_of_birth, keys.usable(INDEX)[0], keys.usable(PERSON)[0]
    return Party(
        person_ref=citizen.person_ref,
        name_hash=hash_under(person, "name", names.plain(citizen.full_name)),
        name_folded_hash=hash_under(person, "folded", names.folded(citizen.full_name)),
        birth_date_hash=hash_under(person, "birth", born) if len(born) > 4 else None,
        birth_year_hash=hash_under(person, "year", born[:4]),
        life_status="ALIVE" if citizen.alive else "DEAD",
        hash_version=person.number,
        index_version=index.number,
        numbers=tuple((index_under(index, number), kind, keys.seal(number)) for number, kind in numbers),
    )
