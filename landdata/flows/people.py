"""What administrators do about accounts: invite, grant, revoke, close, reset, link; every act is noted for good."""

from __future__ import annotations

import re
from datetime import datetime

from landdata.errors import (
    AccountExists,
    AccountUnknown,
    AdministratorNeeded,
    IdentityTaken,
    LastAdministrator,
    LoginUnfit,
    OfficeUnknown,
    RoleNotHeld,
    RoleUnfit,
)
from landdata.model import totp
from landdata.model.people import INVITATION, ROLES, AccountView, Clock, Event, Kind, Role, Session, now
from landdata.store import offices, people, sessions
from landdata.store.engine import Database, Reader, Writer
from landdata.store.people import Account

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}\Z")


def add(db: Database, *, login: str, full_name: str, office_code: str, by: str | None, clock: Clock = now) -> str:
    """Give an official an account; returns the one-time code, good for 72 hours, that opens nothing but a new password.

    A registered official keeps the office. Raises LoginUnfit, OfficeUnknown, AccountExists, AdministratorNeeded.
    """
    if not _LOGIN.match(login):
        raise LoginUnfit
    with db.write() as tx:
        actor = _actor(tx, by, login)
        office = offices.find(tx, office_code)
        if office is None:
            raise OfficeUnknown(office_code=office_code)
        if people.find(tx, login) is not None:
            raise AccountExists(login=login)
        person_id = offices.save_person(tx, login=login, full_name=full_name, office_id=office.office_id)
        people.add(tx, person_id)
        people.note(tx, Kind.ADDED, person_id=person_id, by=actor, words=office_code)
        return _invite(tx, person_id, clock())


def grant(db: Database, *, login: str, role: Role, by: str | None, reason: str) -> None:
    """Give a role; an account that holds it keeps it. The person's sessions end: rights change at a new sign-in only.

    Without `by` the first administrator is made, at the machine, as long as there is none. Raises AccountUnknown,
    AdministratorNeeded (also for oneself), RoleUnfit.
    """
    with db.write() as tx:
        administrators = people.lock_administrators(tx)
        account = _known(tx, login)
        first = by is None and role is Role.ADMINISTRATOR and not administrators
        if not first and (by is None or by == login or by not in administrators):
            raise AdministratorNeeded
        if account.office_kind not in ROLES[role].kinds:
            raise RoleUnfit(office_code=account.office_code, role=role.value)
        if role in account.roles:
            return
        actor = None if by is None else _known(tx, by).person_id
        people.grant(tx, account.person_id, role, by=actor, reason=reason)
        people.note(tx, Kind.GRANTED, person_id=account.person_id, by=actor, words=f"{role.value}: {reason}")
        sessions.end_all(tx, person_id=account.person_id)


def revoke(db: Database, *, login: str, role: Role, by: str, reason: str) -> None:
    """End a role; sessions end with it. Raises AccountUnknown, AdministratorNeeded, RoleNotHeld, LastAdministrator."""
    with db.write() as tx:
        administrators = people.lock_administrators(tx)
        account = _known(tx, login)
        if role is Role.ADMINISTRATOR and administrators == {login}:
            raise LastAdministrator
        if by not in administrators or by == login:
            raise AdministratorNeeded
        actor = _known(tx, by).person_id
        if not people.revoke(tx, account.person_id, role, by=actor):
            raise RoleNotHeld(login=login, role=role.value)
        people.note(tx, Kind.REVOKED, person_id=account.person_id, by=actor, words=f"{role.value}: {reason}")
        sessions.end_all(tx, person_id=account.person_id)


def disable(db: Database, *, login: str, by: str | None, reason: str) -> None:
    """Close an account and end its sessions at once. Raises AccountUnknown, AdministratorNeeded, LastAdministrator."""
    with db.write() as tx:
        if people.lock_administrators(tx) == {login}:
            raise LastAdministrator
        account, actor = _known(tx, login), _actor(tx, by, login)
        people.close(tx, account.person_id, closed=True)
        people.note(tx, Kind.DISABLED, person_id=account.person_id, by=actor, words=reason)
        sessions.end_all(tx, person_id=account.person_id)


def enable(db: Database, *, login: str, by: str | None, reason: str) -> None:
    """Open a closed account again; its password and roles are what they were. Raises as `disable`."""
    with db.write() as tx:
        account, actor = _known(tx, login), _actor(tx, by, login)
        people.close(tx, account.person_id, closed=False)
        people.note(tx, Kind.ENABLED, person_id=account.person_id, by=actor, words=reason)


def reset_password(db: Database, *, login: str, by: str | None, clock: Clock = now) -> str:
    """Forget the password and end all sessions; returns a new one-time code. Raises AccountUnknown, AdministratorNeeded."""
    with db.write() as tx:
        account, actor = _known(tx, login), _actor(tx, by, login)
        people.note(tx, Kind.PASSWORD_RESET, person_id=account.person_id, by=actor)
        sessions.end_all(tx, person_id=account.person_id)
        return _invite(tx, account.person_id, clock())


def reset_second_factor(db: Database, *, login: str, by: str | None) -> None:
    """Take a lost second factor and its recovery codes away, and end all sessions. Raises as `reset_password`."""
    with db.write() as tx:
        account, actor = _known(tx, login), _actor(tx, by, login)
        people.set_factor(tx, account.person_id, None, None, ())
        people.note(tx, Kind.FACTOR_RESET, person_id=account.person_id, by=actor)
        sessions.end_all(tx, person_id=account.person_id)


def link(db: Database, *, login: str, issuer: str, subject: str, by: str | None) -> None:
    """Let an identity of an issuer of OpenID Connect sign in. Raises AccountUnknown, AdministratorNeeded, IdentityTaken."""
    with db.write() as tx:
        account, actor = _known(tx, login), _actor(tx, by, login)
        if not people.link(tx, account.person_id, issuer=issuer, subject=subject):
            raise IdentityTaken
        people.note(tx, Kind.LINKED, person_id=account.person_id, by=actor, words=issuer)


def every(db: Database) -> tuple[AccountView, ...]:
    """All accounts, by sign-in name."""
    with db.read() as tx:
        return tuple(one.view for one in people.every(tx))


def sessions_of(db: Database, *, login: str, clock: Clock = now) -> tuple[Session, ...]:
    """The sessions in force of a person. Raises AccountUnknown."""
    with db.read() as tx:
        return sessions.every(tx, person_id=_known(tx, login).person_id, now=clock())


def end_sessions(db: Database, *, login: str, by: str | None) -> int:
    """End all sessions of a person; returns how many. Raises AccountUnknown, AdministratorNeeded."""
    with db.write() as tx:
        account, actor = _known(tx, login), _actor(tx, by, login)
        ended = sessions.end_all(tx, person_id=account.person_id)
        people.note(tx, Kind.SESSION_ENDED, person_id=account.person_id, by=actor, words=str(ended))
        return ended


def events(db: Database, *, login: str | None = None, kind: Kind | None = None, most: int = 100) -> tuple[Event, ...]:
    """What was noted, the newest first."""
    with db.read() as tx:
        return people.events(tx, login=login, kind=kind, most=most)


def _actor(tx: Writer, by: str | None, login: str) -> int | None:
    """Who acts: an administrator, about somebody else; None is the operator of the machine, who has the database anyway."""
    if by is None:
        return None
    if by == login or by not in people.lock_administrators(tx):
        raise AdministratorNeeded
    return _known(tx, by).person_id


def _known(tx: Reader, login: str) -> Account:
    account = people.find(tx, login)
    if account is None:
        raise AccountUnknown(login=login)
    return account


def _invite(tx: Writer, person_id: int, moment: datetime) -> str:
    code = totp.code_to_read_out()
    people.invite(tx, person_id, totp.digest_of(code), moment + INVITATION)
    return code
