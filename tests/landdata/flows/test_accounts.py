"""Accounts and roles: who gives them, that nobody gains by himself, and that every act stays on record."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from peopleworld import PASSWORD, World
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from landdata.errors import (
    AccountExists,
    AccountUnknown,
    AdministratorNeeded,
    IdentityTaken,
    LandDataError,
    LastAdministrator,
    LoginUnfit,
    RoleNotHeld,
    RoleUnfit,
    SignInRefused,
)
from landdata.flows import people
from landdata.model.people import ROLES, Act, Kind, Role, acts_of, needs_second_factor
from landdata.store import people as store
from landdata.store.engine import Database


@pytest.fixture(scope="module")
def world(new_database, _migrated):
    with new_database(_migrated) as url:
        db = Database(url, pool_size=8)
        yield World(db)
        db.close()


def roles_of(world, login):
    return {one.login: set(one.roles) for one in people.every(world.db)}[login]


def test_every_role_is_told_in_two_languages_and_the_strong_ones_need_a_second_factor():
    assert set(ROLES) == set(Role)
    assert all(one.vi and one.en and one.told_vi and one.told_en and one.acts and one.kinds for one in ROLES.values())
    assert {role for role in Role if needs_second_factor([role], everybody=False)} == {
        Role.MATCHING_CLERK, Role.SECOND_APPROVER, Role.SECURITY_OFFICER, Role.INSPECTOR, Role.ADMINISTRATOR,
    }  # fmt: skip
    assert acts_of(Role, "MINISTRY") == set(Act)
    assert acts_of(Role, "LAND_OFFICE") == {
        Act.SEE_COVERAGE, Act.SEE_DELIVERIES, Act.SEE_CASES, Act.DELIVER, Act.DECIDE, Act.CLEAR_CASES,
        Act.SEE_PARCELS, Act.USE_GIS,
    }  # fmt: skip
    # Who gives roles does not look into records, and who delivers does not decide.
    assert not ROLES[Role.ADMINISTRATOR].acts & {Act.DECIDE, Act.SEARCH_ACCESS_LOG, Act.SEE_SECURITY}
    assert not any({Act.DELIVER, Act.DECIDE} <= one.acts for one in ROLES.values())


def test_an_account_opens_nothing_before_its_password_is_set(world):
    login, code = world.invited(office="LO-24")
    with pytest.raises(SignInRefused):
        world.sign_in(login, "")
    token = world.sign_in(login, code.lower())
    assert world.who(token).office_code == "LO-24"
    with pytest.raises(SignInRefused):  # good once
        world.sign_in(login, code)
    assert world.who(world.sign_in(login)).login == login


def test_a_code_ends(world):
    login, code = world.invited()
    world.clock.pass_by(hours=73)
    with pytest.raises(SignInRefused):
        world.sign_in(login, code)


def test_names_are_checked_and_taken_once(world):
    login, _ = world.invited()
    with pytest.raises(AccountExists):
        people.add(world.db, login=login, full_name="x", office_code="MAE", by=None)
    for wrong in ("Lan", "a b", "ab", "nguyễn", "x" * 65, "-lan"):
        with pytest.raises(LoginUnfit):
            people.add(world.db, login=wrong, full_name="x", office_code="MAE", by=None)


def test_an_administrator_gives_and_nobody_else(world):
    chief, login = world.administrator(), world.member()
    other = world.member(Role.SECURITY_OFFICER)
    for by in (None, login, other, "nobody"):
        with pytest.raises(AdministratorNeeded):
            people.grant(world.db, login=login, role=Role.ADMINISTRATOR, by=by, reason="thử")
    with pytest.raises(AdministratorNeeded):  # nobody gives to himself
        people.grant(world.db, login=chief, role=Role.INSPECTOR, by=chief, reason="thử")
    people.grant(world.db, login=login, role=Role.INSPECTOR, by=chief, reason="thử")
    people.grant(world.db, login=login, role=Role.INSPECTOR, by=chief, reason="thử")
    assert roles_of(world, login) == {Role.INSPECTOR}
    people.revoke(world.db, login=login, role=Role.INSPECTOR, by=chief, reason="thôi")
    assert roles_of(world, login) == set()
    with pytest.raises(RoleNotHeld):
        people.revoke(world.db, login=login, role=Role.INSPECTOR, by=chief, reason="thôi")
    noted = [(one.kind, one.by, one.note) for one in people.events(world.db, login=login, most=2)]
    assert noted == [(Kind.REVOKED, chief, "INSPECTOR: thôi"), (Kind.GRANTED, chief, "INSPECTOR: thử")]


OFFICES = {"MAE": "MINISTRY", "LO-24": "LAND_OFFICE"}
UNFIT = [(role, code) for role in Role for code, kind in OFFICES.items() if kind not in ROLES[role].kinds]


@pytest.mark.parametrize(("role", "office"), UNFIT)
def test_a_role_fits_the_office(world, role, office):
    login, _ = world.invited(office=office)
    with pytest.raises(RoleUnfit):
        people.grant(world.db, login=login, role=role, by=world.administrator(), reason="thử")


def test_the_last_administrator_stays(database, monkeypatch):
    db, world = database, World(database)
    first = world.administrator()
    second, _ = world.invited(Role.ADMINISTRATOR)
    people.disable(db, login=second, by=first, reason="nghỉ")
    for act in (
        lambda: people.revoke(db, login=first, role=Role.ADMINISTRATOR, by=second, reason="x"),
        lambda: people.disable(db, login=first, by=None, reason="x"),
    ):
        with pytest.raises(LastAdministrator):
            act()
    people.enable(db, login=second, by=first, reason="về")
    # Two who remove each other at the same moment, both having looked before either has done it: one of them stays.
    slow = store.revoke

    def revoke(*given: Any, **named: Any) -> bool:
        time.sleep(0.5)
        return slow(*given, **named)

    monkeypatch.setattr(store, "revoke", revoke)
    ended: list[str] = []

    def remove(login: str, by: str) -> None:
        try:
            people.revoke(db, login=login, role=Role.ADMINISTRATOR, by=by, reason="x")
        except LandDataError as error:
            ended.append(error.code)

    threads = [threading.Thread(target=remove, args=pair) for pair in ((first, second), (second, first))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    assert len(ended) == 1
    assert [one.login for one in people.every(db) if Role.ADMINISTRATOR in one.roles]


def test_what_is_noted_stays(world):
    world.member(Role.INSPECTOR)
    for sql in (
        "UPDATE people.event SET note = 'x'",
        "DELETE FROM people.event",
        "TRUNCATE people.event",
        "DELETE FROM org.role_grant",
        "TRUNCATE org.role_grant CASCADE",
    ):
        with pytest.raises(DBAPIError, match="kept as they are"), world.db.write() as tx:
            tx.connection.execute(text(sql))


def test_closing_ends_sessions_at_once_and_opening_brings_the_account_back(world):
    login = world.member()
    token = world.sign_in(login)
    people.disable(world.db, login=login, by=world.administrator(), reason="nghỉ việc")
    assert world.who(token) is None
    with pytest.raises(SignInRefused):
        world.sign_in(login)
    people.enable(world.db, login=login, by=world.administrator(), reason="trở lại")
    assert world.who(world.sign_in(login)) is not None


def test_a_change_of_rights_ends_sessions(world):
    login = world.member()
    token = world.sign_in(login)
    people.grant(world.db, login=login, role=Role.MINISTRY_VIEWER, by=world.administrator(), reason="thử")
    assert world.who(token) is None
    token = world.sign_in(login)
    people.revoke(world.db, login=login, role=Role.MINISTRY_VIEWER, by=world.administrator(), reason="thử")
    assert world.who(token) is None


def test_a_reset_password_is_gone_and_its_sessions_too(world):
    login = world.member()
    token = world.sign_in(login)
    code = people.reset_password(world.db, login=login, by=world.administrator(), clock=world.clock)
    assert world.who(token) is None
    with pytest.raises(SignInRefused):
        world.sign_in(login)
    assert world.who(world.sign_in(login, code)) is not None
    with pytest.raises(AdministratorNeeded):
        people.reset_password(world.db, login=world.administrator(), by=world.administrator())


def test_an_identity_is_one_persons(world):
    first, second = world.member(), world.member()
    people.link(world.db, login=first, issuer="https://id.example", subject="u-77", by=None)
    with pytest.raises(IdentityTaken):
        people.link(world.db, login=second, issuer="https://id.example", subject="u-77", by=None)
    with pytest.raises(AccountUnknown):
        people.link(world.db, login="nobody", issuer="https://id.example", subject="u-78", by=None)


def test_nothing_kept_is_a_password_or_a_code(world):
    login, code = world.invited(Role.INSPECTOR)
    world.sign_in(login, code)
    kept = str(
        world.rows("SELECT a::text, e::text FROM people.account a, people.event e WHERE a.person_id = e.person_id")
    )
    assert "$argon2id$" in kept
    assert not [one for one in (PASSWORD, code, code.replace("-", ""), world.apps[login].hex()) if one in kept]
