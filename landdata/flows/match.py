"""Asks the population platform about holders whose identity is pending, and keeps what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from landdata.flows.feed import FEED_TASK
from landdata.matching import names
from landdata.model.persons import Citizen, Claim, Verification
from landdata.model.ports import Population
from landdata.store import feed, identities
from landdata.store.engine import Database, Writer
from landdata.store.identities import Party
from landdata.store.keys import Keys
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
            claims = identities.pending(tx, limit=batch, keys=keys)
        if not claims:
            return settled
        answers = population.verify(claims)
        with db.write() as tx:
            kept = _keep(tx, claims, answers, keys)
        settled += kept
        progress(settled)
        if kept < len(claims):
            return settled


def _keep(tx: Writer, claims: Sequence[Claim], answers: Sequence[Verification], keys: Keys) -> int:
    asked = {claim.identity_key for claim in claims}
    # An answer to a question we did not ask is no answer; of two to the same question the connector made one.
    kept = list({one.identity_key: one for one in answers if one.identity_key in asked}.values())
    ids = identities.save_parties(tx, [_party(one.citizen, keys) for one in kept if one.citizen is not None])
    settled = [one.identity_key for one in kept]
    # Whoever loses a record by this, and whoever gets one.
    feed.touch(tx, settled)
    identities.settle(tx, kept, ids)
    feed.touch(tx, settled)
    enqueue(tx, task=FEED_TASK, lock=FEED_TASK, once=FEED_TASK)
    return len(kept)


def _party(citizen: Citizen, keys: Keys) -> Party:
    numbers = [(keys.index(citizen.id_number), "CURRENT")]
    if citizen.old_id_number:
        numbers.append((keys.index(citizen.old_id_number), "OLD"))
    born = citizen.date_of_birth
    return Party(
        person_ref=citizen.person_ref,
        name_hash=keys.hash_person("name", names.plain(citizen.full_name)),
        name_folded_hash=keys.hash_person("folded", names.folded(citizen.full_name)),
        birth_date_hash=keys.hash_person("birth", born) if len(born) > 4 else None,
        birth_year_hash=keys.hash_person("year", born[:4]),
        life_status="ALIVE" if citizen.alive else "DEAD",
        numbers=tuple(numbers),
    )
