"""Asks the population platform about holders whose identity is pending, and keeps what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from landdata.matching import names
from landdata.model.persons import Citizen, Claim, ClaimStatus, Verification
from landdata.model.ports import Population
from landdata.store import identities
from landdata.store.engine import Database, Writer
from landdata.store.keys import Keys

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
    rows = {}
    for answer in answers:
        if answer.identity_key not in asked:
            continue  # an answer to a question we did not ask is no answer
        party_id = None
        if answer.status is ClaimStatus.VERIFIED and answer.citizen is not None:
            party_id = _party(tx, answer.citizen, keys)
        rows[answer.identity_key] = {
            "identity_key": answer.identity_key,
            "status": answer.status.value,
            "reasons": list(answer.reasons),
            "party_id": party_id,
        }
    identities.settle(tx, rows.values())
    return len(rows)


def _party(tx: Writer, citizen: Citizen, keys: Keys) -> int:
    numbers = [(keys.index(citizen.id_number), "CURRENT")]
    if citizen.old_id_number:
        numbers.append((keys.index(citizen.old_id_number), "OLD"))
    born = citizen.date_of_birth
    return identities.save_party(
        tx,
        person_ref=citizen.person_ref,
        numbers=numbers,
        name_hash=keys.hash_person("name", names.plain(citizen.full_name)),
        name_folded_hash=keys.hash_person("folded", names.folded(citizen.full_name)),
        birth_date_hash=keys.hash_person("birth", born) if len(born) > 4 else None,
        birth_year_hash=keys.hash_person("year", born[:4]),
        life_status="ALIVE" if citizen.alive else "DEAD",
    )
