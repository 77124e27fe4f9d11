"""What clerks decided about claims: written by people, put to the platform by the worker, never removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text, update

from landdata.model.cases import Case, Kind, State, Step, Words
from landdata.model.persons import Claim
from landdata.store.arrays import in_one
from landdata.store.engine import Reader, Writer
from landdata.store.keys import Keys
from landdata.store.tables import cases as t

_LOCK = 7_240_025


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision in force as matching needs it; `found` are the codes that the persons who decided knew."""

    decision_id: int
    kind: Kind
    found_status: str
    found: frozenset[str]
    person_ref: str | None
    due: bool
    contradicted: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What matching found out about a decision: its step, and how it stands from then on."""

    decision_id: int
    step: Step
    words: str
    person_ref: str | None
    contradicted: bool


def lock(tx: Writer, case: UUID) -> None:
    """One person's step at a time for a case, until the transaction ends."""
    tx.connection.execute(
        text("SELECT pg_advisory_xact_lock(:lock, hashtext(:case))"), {"lock": _LOCK, "case": str(case)}
    )


def add(
    tx: Writer, case: Case, kind: Kind, *, state: State, office_id: int, person_id: int, words: Words, keys: Keys
) -> int:
    """Write a decision; the step that made it is noted with `note`."""
    values = {
        "identity_key": case.case,
        "kind": kind.value,
        "state": state.value,
        "office_id": office_id,
        "asked_by": person_id,
        "found_status": case.status.value,
        "found": sorted(case.codes),
        "name": words.name,
        "id_number_sealed": keys.seal(words.id_number) if words.id_number else None,
        "birth_date": words.birth_date,
        "birth_year": words.birth_year,
        "due": kind is Kind.CORRECT,
    }
    return int(tx.connection.scalar(insert(t.decision).values(values).returning(t.decision.c.decision_id)) or 0)


def note(tx: Writer, decision_id: int, step: Step, *, person_id: int, reason: str, evidence: str | None) -> None:
    """Note what a person did, for good."""
    tx.connection.execute(
        insert(t.decision_step).values(
            decision_id=decision_id, step=step.value, person_id=person_id, reason=reason, evidence=evidence
        )
    )


def move(tx: Writer, decision_id: int, state: State, *, due: bool, approved_by: int | None = None) -> None:
    """Take a decision to another state; `due` when the worker has to put the claim to the platform for it."""
    values: dict[str, Any] = {"state": state.value, "due": due}
    if approved_by is not None:
        values["approved_by"] = approved_by
    tx.connection.execute(update(t.decision).where(t.decision.c.decision_id == decision_id).values(values))


def ask_worker(tx: Writer) -> None:
    """Ask the worker to act on what was decided, unless that waits already."""
    tx.connection.execute(text("SELECT match.ask_worker()"))


def in_force(tx: Reader, claims: Sequence[UUID]) -> dict[UUID, list[Ruling]]:
    """What is in force about each of these claims that has anything: a verdict first, then a correction."""
    rows = tx.connection.execute(
        text(
            "SELECT decision_id, identity_key, kind, found_status, found, person_ref, due, contradicted FROM match.decision "
            "WHERE identity_key = ANY(CAST(:keys AS uuid[])) AND state = 'IN_FORCE' ORDER BY kind = 'CORRECT'"
        ),
        {"keys": in_one(claims)},
    )
    found: dict[UUID, list[Ruling]] = {}
    for row in rows:
        one = Ruling(
            row.decision_id,
            Kind(row.kind),
            row.found_status,
            frozenset(row.found),
            row.person_ref,
            row.due,
            row.contradicted,
        )
        found.setdefault(row.identity_key, []).append(one)
    return found


def corrections(tx: Reader, claims: Sequence[UUID], *, keys: Keys) -> dict[UUID, Words]:
    """How each of these claims has to be read, where a correction is in force; numbers are unsealed for the question."""
    rows = tx.connection.execute(
        text(
            "SELECT identity_key, name, id_number_sealed, birth_date, birth_year FROM match.decision "
            "WHERE identity_key = ANY(CAST(:keys AS uuid[])) AND state = 'IN_FORCE' AND kind = 'CORRECT'"
        ),
        {"keys": in_one(claims)},
    )
    return {
        row.identity_key: Words(
            row.name,
            None if row.id_number_sealed is None else keys.unseal(row.id_number_sealed),
            row.birth_date,
            row.birth_year,
        )
        for row in rows
    }


def tell(tx: Writer, told: Sequence[Told]) -> None:
    """Note what matching found out about decisions, and let them stand as it says."""
    columns = {
        "ids": [one.decision_id for one in told],
        "steps": [one.step.value for one in told],
        "words": [one.words for one in told],
        "refs": [one.person_ref for one in told],
        "against": [one.contradicted for one in told],
    }
    given = (
        "unnest(CAST(:ids AS bigint[]), CAST(:steps AS text[]), CAST(:words AS text[]), CAST(:refs AS text[]), "
        "CAST(:against AS boolean[])) AS k (decision_id, step, words, person_ref, contradicted)"
    )
    for sql in (
        (
            f"UPDATE match.decision d SET person_ref = k.person_ref, contradicted = k.contradicted FROM {given} "
            "WHERE d.decision_id = k.decision_id"
        ),
        f"INSERT INTO match.decision_step (decision_id, step, reason) SELECT k.decision_id, k.step, k.words FROM {given}",
    ):
        tx.connection.execute(text(sql), columns)


def answered(tx: Writer, claims: Sequence[UUID], *, as_of: datetime | None = None) -> None:
    """Note that these claims were put to the platform with all that was decided about them as of then; None: till now."""
    tx.connection.execute(
        text(
            "UPDATE match.decision d SET due = false WHERE d.due AND d.identity_key = ANY(CAST(:keys AS uuid[])) "
            "AND NOT EXISTS (SELECT FROM match.decision_step s "
            "  WHERE s.decision_id = d.decision_id AND s.person_id IS NOT NULL AND s.at > :as_of)"
        ),
        {"keys": in_one(claims), "as_of": as_of},
    )


def corrected_since(tx: Reader, claims: Sequence[UUID], at: datetime) -> bool:
    """Whether a correction of any of these claims was made, replaced or withdrawn since."""
    return bool(
        tx.connection.scalar(
            text(
                "SELECT EXISTS (SELECT FROM match.decision d JOIN match.decision_step s USING (decision_id) "
                "WHERE d.identity_key = ANY(CAST(:keys AS uuid[])) AND d.kind = 'CORRECT' AND s.person_id IS NOT NULL "
                "AND s.at > :at)"
            ),
            {"keys": in_one(claims), "at": at},
        )
    )


def put_again(tx: Writer, person_refs: Sequence[str]) -> int:
    """Have holders who can be asked only as corrected, and lead to these citizens, asked about again; returns how many."""
    return tx.connection.execute(
        text(
            "UPDATE match.decision d SET due = true FROM match.party p "
            "JOIN match.claim c ON c.party_id = p.party_id OR c.bearer_id = p.party_id "
            "WHERE p.person_ref = ANY(:refs) AND d.identity_key = c.identity_key AND d.state = 'IN_FORCE' "
            "AND d.kind = 'CORRECT' "
            "AND (c.id_number_sealed IS NULL OR c.birth_year IS NULL OR c.birth_year NOT BETWEEN 1850 AND 2100)"
        ),
        {"refs": list(person_refs)},
    ).rowcount


def due(tx: Reader, *, limit: int, keys: Keys) -> list[Claim]:
    """Claims to be put to the platform because of what was decided about them, as certificates name them, oldest first."""
    rows = tx.connection.execute(
        text(
            "SELECT c.identity_key, c.name, c.id_number_sealed, c.birth_date, c.birth_year FROM match.claim c JOIN ("
            "  SELECT d.identity_key, min(d.decision_id) AS first FROM match.decision d WHERE d.due GROUP BY 1 "
            "  ORDER BY 2 LIMIT :limit) d USING (identity_key) ORDER BY d.first"
        ),
        {"limit": limit},
    )
    return [
        Claim(
            row.identity_key, row.name, "" if row.id_number_sealed is None else keys.unseal(row.id_number_sealed),
            row.birth_date, row.birth_year,
        )
        for row in rows
    ]  # fmt: skip


def withdrawn(tx: Reader) -> list[UUID]:
    """Claims that are linked, or were, by a decision that was withdrawn and is not yet undone."""
    return list(
        tx.connection.scalars(
            text(
                "SELECT DISTINCT d.identity_key FROM match.decision d JOIN match.claim c USING (identity_key) "
                "WHERE d.due AND d.state = 'WITHDRAWN' AND c.status = 'VERIFIED'"
            )
        )
    )


def unlink(tx: Writer, claims: Sequence[UUID]) -> None:
    """Take the link back: nobody is answered by it from now on, and the platform is to be asked."""
    tx.connection.execute(
        text(
            "UPDATE match.claim SET status = 'PENDING', reasons = '{}', party_id = NULL, name_share = NULL, years_apart = NULL "
            "WHERE identity_key = ANY(CAST(:keys AS uuid[]))"
        ),
        {"keys": in_one(claims)},
    )


def leave_incomplete(tx: Writer, lacking: Sequence[tuple[UUID, Sequence[str]]]) -> None:
    """Give claims that cannot be asked the status and reasons they had from the start."""
    tx.connection.execute(
        text(
            "UPDATE match.claim c SET status = 'INCOMPLETE', reasons = string_to_array(k.reasons, ','), party_id = NULL, "
            "  bearer_id = NULL, name_share = NULL, years_apart = NULL, recheck_at = NULL "
            "FROM unnest(CAST(:keys AS uuid[]), CAST(:reasons AS text[])) AS k (identity_key, reasons) "
            "WHERE c.identity_key = k.identity_key"
        ),
        {"keys": [str(one) for one, _ in lacking], "reasons": [",".join(why) for _, why in lacking]},
    )
