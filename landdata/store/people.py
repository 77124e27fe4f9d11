"""Accounts, their roles and linked identities, and the events that are noted of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from landdata.model.people import AccountView, Event, Kind, Role
from landdata.store.engine import Reader, Writer

_ACCOUNT = """
SELECT a.*, p.login, p.full_name, p.disabled_at, o.code AS office_code, o.kind AS office_kind,
  ARRAY(SELECT g.role FROM org.role_grant g WHERE g.person_id = p.person_id AND g.revoked_at IS NULL ORDER BY g.role) AS roles,
  (SELECT count(*) FROM people.linked_identity i WHERE i.person_id = a.person_id) AS linked
FROM people.account a JOIN org.person p USING (person_id) JOIN org.office o USING (office_id)
"""
_EVENTS = text("""
SELECT e.event_id, e.at, e.kind, p.login, b.login AS by_login, host(e.address) AS address, e.note
FROM people.event e LEFT JOIN org.person p ON p.person_id = e.person_id LEFT JOIN org.person b ON b.person_id = e.by_person
WHERE (CAST(:login AS text) IS NULL OR p.login = :login) AND (CAST(:kind AS text) IS NULL OR e.kind = :kind)
ORDER BY e.event_id DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the flows see it; nothing of it is ever printed."""

    person_id: int
    login: str
    full_name: str
    office_code: str
    office_kind: str
    disabled: bool
    roles: tuple[Role, ...]
    password_hash: str | None
    invitation: bytes | None
    invitation_ends_at: datetime | None
    totp: bytes | None
    linked: int

    @property
    def view(self) -> AccountView:
        return AccountView(
            login=self.login,
            full_name=self.full_name,
            office_code=self.office_code,
            roles=self.roles,
            disabled=self.disabled,
            has_password=self.password_hash is not None,
            has_second_factor=self.totp is not None,
            linked=self.linked,
        )


def find(tx: Reader, login: str) -> Account | None:
    """The account with this sign-in name, closed ones too."""
    row = tx.connection.execute(text(f"{_ACCOUNT} WHERE p.login = :login"), {"login": login}).one_or_none()
    return None if row is None else _account(row)


def by_id(tx: Reader, person_id: int) -> Account:
    """The account of a person who has one."""
    return _account(tx.connection.execute(text(f"{_ACCOUNT} WHERE a.person_id = :id"), {"id": person_id}).one())


def by_identity(tx: Reader, *, issuer: str, subject: str) -> Account | None:
    """The account that an administrator linked to this identity."""
    linked = "WHERE a.person_id = (SELECT person_id FROM people.linked_identity WHERE issuer = :issuer AND subject = :subject)"
    row = tx.connection.execute(text(_ACCOUNT + linked), {"issuer": issuer, "subject": subject}).one_or_none()
    return None if row is None else _account(row)


def is_as_it_was(tx: Writer, account: Account) -> bool:
    """Whether what opens an account is still what was compared; whoever changes it now waits for this transaction."""
    tx.connection.execute(
        text("SELECT FROM people.account WHERE person_id = :id FOR UPDATE"), {"id": account.person_id}
    )
    now = by_id(tx, account.person_id)
    return not now.disabled and (now.password_hash, now.invitation) == (account.password_hash, account.invitation)


def every(tx: Reader) -> tuple[Account, ...]:
    """All accounts, by sign-in name."""
    return tuple(_account(row) for row in tx.connection.execute(text(f"{_ACCOUNT} ORDER BY p.login")))


def add(tx: Writer, person_id: int) -> None:
    """Give a registered person an account; without password it opens nothing."""
    tx.connection.execute(text("INSERT INTO people.account (person_id) VALUES (:id)"), {"id": person_id})


def invite(tx: Writer, person_id: int, digest: bytes, ends_at: datetime) -> None:
    """Let the holder of a code set a password; the one before it is gone."""
    _set(tx, person_id, password_hash=None, invitation=digest, invitation_ends_at=ends_at)


def set_password(tx: Writer, person_id: int, hashed: str) -> None:
    """Keep the hash of a password; an invitation is used up by it."""
    _set(tx, person_id, password_hash=hashed, invitation=None, invitation_ends_at=None)


def rehash(tx: Writer, person_id: int, old: str, new: str) -> None:
    """The same password under stronger parameters, unless it was changed in between."""
    tx.connection.execute(
        text("UPDATE people.account SET password_hash = :new WHERE person_id = :id AND password_hash = :old"),
        {"id": person_id, "old": old, "new": new},
    )


def set_factor(tx: Writer, person_id: int, sealed: bytes | None, step: int | None, codes: Iterable[bytes]) -> None:
    """Put a second factor in force with its recovery codes, or, by None, take it away with them."""
    _set(tx, person_id, totp=sealed, totp_step=step)
    tx.connection.execute(text("DELETE FROM people.recovery_code WHERE person_id = :id"), {"id": person_id})
    for digest in codes:
        tx.connection.execute(
            text("INSERT INTO people.recovery_code (person_id, digest) VALUES (:id, :digest)"),
            {"id": person_id, "digest": digest},
        )


def reseal_factor(tx: Writer, person_id: int, sealed: bytes) -> None:
    """The same second factor under another version of the key."""
    _set(tx, person_id, totp=sealed)


def use_step(tx: Writer, person_id: int, step: int) -> bool:
    """Use up a step of the second factor; False when it, or a later one, was used before."""
    found = tx.connection.execute(
        text("UPDATE people.account SET totp_step = :step WHERE person_id = :id AND coalesce(totp_step, -1) < :step"),
        {"id": person_id, "step": step},
    )
    return bool(found.rowcount)


def use_recovery_code(tx: Writer, person_id: int, digest: bytes, now: datetime) -> bool:
    """Use up a recovery code; False when there is none such, or it was used before."""
    found = tx.connection.execute(
        text(
            "UPDATE people.recovery_code SET used_at = :now WHERE person_id = :id AND digest = :digest AND used_at IS NULL"
        ),
        {"id": person_id, "digest": digest, "now": now},
    )
    return bool(found.rowcount)


def link(tx: Writer, person_id: int, *, issuer: str, subject: str) -> bool:
    """Let this identity sign in as the person; False when it is somebody's already."""
    found = tx.connection.execute(
        text(
            "INSERT INTO people.linked_identity (issuer, subject, person_id) VALUES (:issuer, :subject, :id) "
            "ON CONFLICT DO NOTHING"
        ),
        {"id": person_id, "issuer": issuer, "subject": subject},
    )
    return bool(found.rowcount)


def use_state(tx: Writer, digest: bytes, *, ends_at: datetime, now: datetime) -> bool:
    """Use up the state of a sign-in through an issuer; False when it came back before."""
    tx.connection.execute(text("DELETE FROM people.used_state WHERE ends_at < :now"), {"now": now})
    found = tx.connection.execute(
        text("INSERT INTO people.used_state (state, ends_at) VALUES (:state, :ends) ON CONFLICT DO NOTHING"),
        {"state": digest, "ends": ends_at},
    )
    return bool(found.rowcount)


def lock_administrators(tx: Writer) -> frozenset[str]:
    """Sign-in names of the administrators whose accounts are open; others who change them wait until this is done."""
    tx.connection.execute(text("SELECT pg_advisory_xact_lock(7240021)"))
    query = text(
        "SELECT p.login FROM org.role_grant g JOIN org.person p USING (person_id) "
        "WHERE g.role = 'ADMINISTRATOR' AND g.revoked_at IS NULL AND p.disabled_at IS NULL"
    )
    return frozenset(tx.connection.scalars(query))


def grant(tx: Writer, person_id: int, role: Role, *, by: int | None, reason: str) -> None:
    """Give a role; by None only the first administrator's, which the database sees to for all others."""
    tx.connection.execute(
        text(
            "INSERT INTO org.role_grant (role, person_id, reason, approved_by, approved_at) VALUES (:role, :id, :reason, "
            ":by, CASE WHEN CAST(:by AS bigint) IS NULL THEN NULL ELSE clock_timestamp() END)"
        ),
        {"role": role.value, "id": person_id, "reason": reason, "by": by},
    )


def revoke(tx: Writer, person_id: int, role: Role, *, by: int) -> bool:
    """End a role; the row stays. False when the person does not hold it."""
    found = tx.connection.execute(
        text(
            "UPDATE org.role_grant SET revoked_at = clock_timestamp(), revoked_by = :by "
            "WHERE person_id = :id AND role = :role AND revoked_at IS NULL"
        ),
        {"role": role.value, "id": person_id, "by": by},
    )
    return bool(found.rowcount)


def close(tx: Writer, person_id: int, *, closed: bool) -> None:
    """Close an account, or open it again."""
    since = "coalesce(disabled_at, clock_timestamp())" if closed else "NULL"
    tx.connection.execute(text(f"UPDATE org.person SET disabled_at = {since} WHERE person_id = :id"), {"id": person_id})


def note(
    tx: Writer, kind: Kind, *, person_id: int | None, by: int | None = None, address: str | None = None, words: str = ""
) -> None:
    """Note an event for good."""
    tx.connection.execute(
        text(
            "INSERT INTO people.event (kind, person_id, by_person, address, note) VALUES (:kind, :id, :by, :address, :note)"
        ),
        {"kind": kind.value, "id": person_id, "by": by, "address": address, "note": words},
    )


def signed_in_from(tx: Reader, login: str, address: str, since: datetime) -> bool:
    """Whether this person got in from this address before: a stranger's tries elsewhere then do not hold it up."""
    found: bool | None = tx.connection.scalar(
        text(
            "SELECT EXISTS (SELECT FROM people.event e JOIN org.person p USING (person_id) WHERE p.login = :login "
            "AND e.kind = 'SIGNED_IN' AND e.at > :since AND e.address = CAST(:address AS inet))"
        ),
        {"login": login, "address": address, "since": since},
    )
    return bool(found)


def events(tx: Reader, *, login: str | None, kind: Kind | None, most: int) -> tuple[Event, ...]:
    """The newest events first; of one person, of one kind."""
    rows = tx.connection.execute(_EVENTS, {"login": login, "kind": kind and kind.value, "most": most})
    return tuple(
        Event(row.event_id, row.at, Kind(row.kind), row.login, row.by_login, row.address, row.note) for row in rows
    )


def _set(tx: Writer, person_id: int, **values: Any) -> None:
    names = ", ".join(f"{name} = :{name}" for name in values)
    tx.connection.execute(text(f"UPDATE people.account SET {names} WHERE person_id = :id"), {"id": person_id, **values})


def _account(row: Any) -> Account:
    return Account(
        person_id=row.person_id,
        login=row.login,
        full_name=row.full_name,
        office_code=row.office_code,
        office_kind=row.office_kind,
        disabled=row.disabled_at is not None,
        roles=tuple(map(Role, row.roles)),
        password_hash=row.password_hash,
        invitation=row.invitation and bytes(row.invitation),
        invitation_ends_at=row.invitation_ends_at,
        totp=row.totp and bytes(row.totp),
        linked=row.linked,
    )
