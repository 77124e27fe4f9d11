"""Roles as they come to be, and row-level security: who acts for one office sees and changes nothing of another."""

from __future__ import annotations

import secrets
import subprocess
import threading
from contextlib import closing

import psycopg2
import pytest
from landworld import COMMUNES, Desk, row
from psycopg2.errors import InsufficientPrivilege
from sqlalchemy import make_url, text

from fixtures.embedded.packages import find_server
from landdata.errors import DatabaseNotReady, DeliveryUnknown
from landdata.flows import decide, receive, returns, withdraw
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Decision, State
from landdata.store import migrate, roles
from landdata.store.engine import Database
from landdata.store.roles import Role

TABLES = ("delivery", "delivery_layer", "delivery_commune", "finding", "decision")
OWN, OTHER = "LO-24", "LO-27"
AS_OTHER = ProvinceOffice("", OTHER, "", "")


@pytest.fixture
def world(desk, monkeypatch):
    """Two offices; the first has published, and waits for a second person about what would empty a commune."""
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    desk.office(OTHER, "27")
    home = COMMUNES[0]
    rows = [row(home, number) for number in range(1, 20)]
    desk.published = desk.deliver([*rows, row(home, 20, area_m2=-1.0)]).delivery_uid
    desk.waiting = desk.deliver(rows[:2]).delivery_uid
    assert desk.view(desk.waiting).state is State.WAITING
    return desk


@pytest.fixture
def acting(world):
    """Run a statement as the office's role, acting for an office (by code, or none), and take it back; rows or how many."""

    def call(sql: str, office: str | None) -> int:
        url = roles.address(_plain(world.db), Role.UPLOADER)
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            if office is not None:
                code = "SELECT set_config('landdata.office', office_id::text, true) FROM org.office WHERE code = %s"
                cursor.execute(code, (office,))
            cursor.execute(sql)
            return int(cursor.rowcount)

    return call


def _plain(db: Database) -> str:
    return db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.mark.parametrize("table", [*(f"intake.{name}" for name in TABLES), "sync.run", "sync.step"])
def test_an_office_sees_its_own_rows_only(world, acting, table):
    if table == "intake.decision":
        world.decide(world.waiting, "reject")
    there = world.scalar(f"SELECT count(*) FROM {table}")
    assert there > 0
    assert acting(f"SELECT * FROM {table}", OWN) == there
    assert acting(f"SELECT * FROM {table}", OTHER) == 0
    assert acting(f"SELECT * FROM {table}", None) == 0


@pytest.mark.parametrize(
    ("sql", "own"),
    [
        ("UPDATE intake.delivery SET state = 'CHECKED' WHERE state = 'WAITING'", 1),
        ("UPDATE intake.delivery_commune SET state = 'APPROVED' WHERE state = 'WAITING'", 1),
        ("UPDATE intake.delivery SET state = state", 0),
        ("SELECT FROM intake.delivery FOR UPDATE", 1),
    ],
)
def test_it_moves_only_what_waits_and_is_its_own(acting, sql, own):
    if own:
        assert acting(sql, OWN) == own
    else:
        # What is published it cannot reach, and what waits it cannot leave waiting.
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            acting(sql, OWN)
    assert acting(sql, OTHER) == 0
    assert acting(sql, None) == 0


@pytest.mark.parametrize("state", ["PUBLISHED", "REFUSED", "WITHDRAWN", "WAITING", "RECEIVED"])
def test_it_publishes_and_withdraws_nothing(acting, state):
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        acting(f"UPDATE intake.delivery SET state = '{state}' WHERE state = 'WAITING'", OWN)


def test_it_adds_nothing_in_another_offices_name(world, acting):
    columns = "idempotency_key, declaration_hash, sha256, file_name, kind, effective_on, backfill_grant_id"
    copy = (
        f"INSERT INTO intake.delivery (office_id, {columns}) SELECT o.office_id, 'x', '', "
        f"decode('{world.scalar('SELECT encode(sha256, $$hex$$) FROM intake.raw_file LIMIT 1')}', 'hex'), 'f', 'full', "
        "current_date + 1, NULL FROM org.office o WHERE o.code = 'LO-24'"
    )
    assert acting(copy, OWN) == 1
    for office in (OTHER, None):
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            acting(copy, office)
    number = world.scalar("SELECT delivery_id FROM intake.delivery WHERE delivery_uid = :uid", uid=world.waiting)
    person = world.scalar("SELECT person_id FROM org.person LIMIT 1")
    word = (
        "INSERT INTO intake.decision (delivery_id, verdict, unit_ids, decided_by, reason) "
        f"VALUES ({number}, 'APPROVE', '{{}}', {person}, 'x')"
    )
    assert acting(word, OWN) == 1
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        acting(word, OTHER)


@pytest.mark.parametrize("task", ["deliver", "withdraw", "seal"])
def test_the_worker_is_asked_about_own_deliveries_only(world, acting, task):
    ask = f"SELECT intake.ask_worker('{task}', '{world.waiting}')"
    for office in (OWN, OTHER, None):
        if (task, office) in {("deliver", OWN), ("withdraw", OWN)}:
            assert acting(ask, office) == 1
        else:
            with pytest.raises(InsufficientPrivilege, match="no such delivery"):
                acting(ask, office)


def test_what_lies_beyond_the_office_is_told_of_its_own_deliveries_only(world, acting):
    number = world.scalar("SELECT delivery_id FROM intake.delivery WHERE delivery_uid = :uid", uid=world.published)
    assert acting(f"SELECT intake.communes_of({number})", OWN) == 1
    assert acting(f"SELECT intake.communes_of({number})", OTHER) == 0
    assert acting(f"SELECT FROM intake.stands({number}) AS it WHERE it", OWN) == 1
    assert acting(f"SELECT FROM intake.stands({number}) AS it WHERE it", OTHER) == 0


def test_the_flows_say_unknown_of_another_offices_delivery(world):
    unknown = pytest.raises(DeliveryUnknown)
    with unknown:
        receive.view(world.uploader, caller=AS_OTHER, delivery_uid=world.published)
    with unknown:
        receive.glance(world.uploader, caller=AS_OTHER, delivery_uid=world.published)
    with unknown:
        decide.decide(
            world.uploader,
            delivery_uid=world.waiting,
            office_code=OTHER,
            decision=Decision.APPROVE,
            login="minh",
            reason="x",
        )
    with unknown:
        withdraw.ask(world.uploader, delivery_uid=world.published, office_code=OTHER, login="minh", reason="x")
    with unknown:
        returns.refused_rows(
            world.uploader, settings=world.settings, keys=world.keys, caller=AS_OTHER, delivery_uid=world.published
        )


def test_the_office_itself_decides_withdraws_and_gets_its_rows_back(world):
    own = ProvinceOffice("", OWN, "", "")
    given = returns.refused_rows(
        world.uploader, settings=world.settings, keys=world.keys, caller=own, delivery_uid=world.published
    )
    given.content.close()
    assert given.size > 0
    decide.decide(
        world.uploader, delivery_uid=world.waiting, office_code=OWN, decision=Decision.REJECT, login="minh", reason="x"
    )
    assert world.work(world.waiting) is State.REFUSED
    withdraw.ask(world.uploader, delivery_uid=world.published, office_code=OWN, login="minh", reason="x")
    assert withdraw.carry_out(world.worker, delivery_uid=world.published) is State.WITHDRAWN


def test_the_office_acted_for_is_forgotten_with_the_transaction(world):
    with world.uploader.read() as tx:
        assert tx.connection.scalar(text("SELECT count(*) FROM intake.delivery")) == 0
    world.view(world.published)
    with world.uploader.read() as tx:  # on the same connection
        assert tx.connection.scalar(text("SELECT count(*) FROM intake.delivery")) == 0


def test_a_dump_holds_every_row_or_fails(world):
    server = find_server()
    if server is None:
        pytest.skip("no pg_dump here")

    def dump(url: str) -> subprocess.CompletedProcess[str]:
        command = [server.program("pg_dump"), "--data-only", "--table=intake.delivery", f"--dbname={url}"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    whole = dump(roles.address(_plain(world.db), Role.BACKUP))
    assert whole.returncode == 0, whole.stderr
    assert str(world.published) in whole.stdout
    assert str(world.waiting) in whole.stdout
    by_the_owner = dump(_plain(world.db))
    assert by_the_owner.returncode != 0
    assert "row-level security" in by_the_owner.stderr


# How roles come to be. Their owner is one of this test's own: roles belong to the whole server, and others test there too.


@pytest.fixture
def cluster(admin_url):
    """Two empty databases of an owner without roles: the superuser's addresses, and the owner's name."""
    owner = f"owner_{secrets.token_hex(4)}"
    names = [f"test_{secrets.token_hex(6)}" for _ in range(2)]
    with closing(psycopg2.connect(admin_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"CREATE ROLE {owner} LOGIN")
        for one in names:
            cursor.execute(f"CREATE DATABASE {one} OWNER {owner}")
        try:
            yield [make_url(admin_url).set(database=one).render_as_string(hide_password=False) for one in names], owner
        finally:
            for one in names:
                cursor.execute(f"DROP DATABASE {one} WITH (FORCE)")
            cursor.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", (owner,))
            for (role,) in cursor.fetchall():
                cursor.execute(f"DROP ROLE {role}")


def test_two_databases_of_one_server_are_prepared_at_once(cluster):
    urls, owner = cluster
    failures: list[Exception] = []

    def prepare(url: str) -> None:
        try:
            with closing(Database(url, pool_size=1)) as db:
                migrate.bootstrap(db, owner)
                migrate.bootstrap(db, owner)
        except Exception as error:  # noqa: BLE001 - a thread's failure is looked at below
            failures.append(error)

    threads = [threading.Thread(target=prepare, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for url in urls:
        with closing(
            Database(make_url(url).set(username=owner).render_as_string(hide_password=False), pool_size=1)
        ) as db:
            assert migrate.missing(db) == []


def test_missing_roles_are_named_and_nothing_is_migrated_without_them(cluster):
    urls, owner = cluster
    with closing(
        Database(make_url(urls[0]).set(username=owner).render_as_string(hide_password=False), pool_size=1)
    ) as db:
        assert {f"role {roles.name(owner, role)}" for role in Role} <= set(migrate.missing(db))
        with pytest.raises(DatabaseNotReady) as caught:
            migrate.migrate(db)
    assert f"{owner}_sealer" in str(caught.value.details)


def test_passwords_come_from_a_file_and_only_verifiers_are_kept(cluster):
    urls, owner = cluster
    file = f"# roles\ndb:5432:*:{owner}_api:a\\:b\\\\c\ndb:5432:*:{owner}_worker:w\ndb:5432:*:postgres:no\n"
    found = roles.passwords_in(file, owner)
    assert found == {f"{owner}_api": "a:b\\c", f"{owner}_worker": "w"}
    with closing(Database(urls[0], pool_size=1)) as db:
        migrate.bootstrap(db, owner, passwords=found, replication=True)
        with db.read() as tx:
            kept = dict(
                tuple(one)
                for one in tx.connection.execute(
                    text("SELECT rolname, rolpassword FROM pg_authid WHERE starts_with(rolname, :owner)"),
                    {"owner": owner},
                )
            )
            copying = tx.connection.scalars(
                text("SELECT rolname FROM pg_roles WHERE rolreplication AND starts_with(rolname, :owner)"),
                {"owner": owner},
            ).all()
    assert {name for name, one in kept.items() if one} == set(found)
    assert all(one.startswith("SCRAM-SHA-256$") for one in kept.values() if one)
    assert copying == [f"{owner}_backup"]


def test_each_process_has_its_own_end_of_patience(world):
    with world.api.read() as tx:
        assert tx.connection.scalar(text("SHOW lock_timeout")) == "10s"
        assert tx.connection.scalar(text("SHOW statement_timeout")) == "1min"
    with world.worker.read() as tx:
        assert tx.connection.scalar(text("SHOW statement_timeout")) == "2h"
