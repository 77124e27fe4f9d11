"""Drafts, approves, suspends and ends sharing agreements; two persons are needed to put one in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from landdata.errors import AgreementUnknown, PersonUnknown, SecondPersonNeeded
from landdata.model.agreements import AgreementState
from landdata.model.fields import ALL_FIELDS_MASK
from landdata.store import agreements, offices
from landdata.store.engine import Database


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
    unbound_reason: str,
    fields_mask: int = ALL_FIELDS_MASK,
) -> None:
    """Draft an agreement and have a second ministry person approve it. Raises SecondPersonNeeded, PersonUnknown."""
    if drafted_by == approved_by:
        raise SecondPersonNeeded
    with db.write() as tx:
        people = {login: offices.ministry_person(tx, login) for login in (drafted_by, approved_by)}
        for login, person_id in people.items():
            if person_id is None:
                raise PersonUnknown(login=login)
        agreements.draft(
            tx,
            code=code,
            client_id=client_id,
            purpose=purpose,
            legal_ground=legal_ground,
            service_codes=list(service_codes),
            agency_codes=list(agency_codes),
            fields_mask=fields_mask,
            daily_quota=daily_quota,
            token_binding="UNBOUND",  # noqa: S106 - a rule, no secret
            unbound_reason=unbound_reason,
            valid_from=valid_from,
            drafted_by=people[drafted_by],
        )
        agreements.approve(tx, code=code, approved_by=people[approved_by] or 0)


def set_state(db: Database, *, code: str, state: AgreementState) -> None:
    """Suspend, resume or end an agreement; it takes effect with the next request. Raises AgreementUnknown."""
    with db.write() as tx:
        if not agreements.set_state(tx, code=code, state=state.value):
            raise AgreementUnknown(agreement=code)


def every(db: Database) -> list[Any]:
    """All agreements, by code."""
    with db.read() as tx:
        return agreements.every(tx)
