"""The access log as a superuser would falsify it: each way is found and named, and an honest gap is only listed."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from datetime import UTC, datetime

import psycopg2
import pytest
from landworld import SERVICE, Desk
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from landdata.errors import KeysDamaged
from landdata.flows import seal
from landdata.model import merkle
from landdata.store import access_log

EVENT = """INSERT INTO audit.access_event (request_id, client_id, token_jti, agency_code, officer_code, service_code,
  case_file_no, subject, status, fields_mask, address) VALUES (gen_random_uuid(), 'police', 'jti', 'CA', 'CB', :service, 'HS',
  gen_random_uuid(), 'FOUND', 3, '10.0.0.1')"""


@pytest.fixture
def log(country, tmp_path) -> Desk:
    """Three seals of four entries each, and two entries not yet sealed."""
    desk = Desk(country, tmp_path)
    for _ in range(3):
        add(desk, 4)
        assert seal.seal(desk.db, data_dir=tmp_path).entries == 4
    add(desk, 2)
    return desk


def add(desk: Desk, many: int, *, until: int | None = None) -> None:
    """Log entries, final when this returns: another test's transaction on the same server holds a seal back."""
    for _ in range(many):
        desk.execute(EVENT, service=SERVICE)
    last = until or desk.scalar("SELECT max(tx) + 1 FROM audit.access_event")
    deadline = time.monotonic() + 60
    while desk.scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") < last:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def superuser(log, country_url, admin_url):
    """Runs statements with all triggers off, as only a superuser can."""
    url = make_url(admin_url).set(database=make_url(country_url).database).render_as_string(hide_password=False)
    connection = psycopg2.connect(url)
    connection.autocommit = True

    def run(sql: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(sql, values)

    yield run
    connection.close()


def verdict(desk: Desk):
    return seal.verify(desk.db, data_dir=desk.data_dir)


def test_an_honest_log_is_intact(log):
    found = verdict(log)
    assert (found.seals, found.sealed, found.unsealed, found.anchors, found.faults, found.gaps) == (3, 12, 2, 3, (), ())
    assert found.intact
    assert seal.seal(log.db, data_dir=log.data_dir).total == 14
    assert seal.seal(log.db, data_dir=log.data_dir) is None
    assert verdict(log).unsealed == 0


def test_a_changed_row(log, superuser):
    superuser("UPDATE audit.access_event SET officer_code = 'X' WHERE access_id = 6")
    assert verdict(log).faults == ("seal 2: an entry was changed",)


@pytest.mark.parametrize(
    "column",
    [
        "status",
        "fields_mask",
        "subject",
        "at",
        "client_id",
        "record_versions",
        "address",
        "replayed",
        "reason",
        "agreement_id",
    ],
)
def test_every_column_of_a_row_is_sealed(log, superuser, column):
    changed = {
        "fields_mask": "fields_mask + 1", "subject": "gen_random_uuid()", "at": "at + interval '1 second'",
        "record_versions": "'{1}'", "address": "'10.0.0.2'", "replayed": "1", "agreement_id": "7",
    }.get(column, "'X'")  # fmt: skip
    superuser(f"UPDATE audit.access_event SET {column} = {changed} WHERE access_id = 1")
    assert verdict(log).faults == ("seal 1: an entry was changed",)


def test_a_deleted_row(log, superuser):
    superuser("DELETE FROM audit.access_event WHERE access_id = 6")
    found = verdict(log)
    assert found.faults == ("seal 2: 4 entries were sealed, 3 are there",)
    assert found.gaps == ((6, 1),)


COPY = """INSERT INTO audit.access_event (access_id, at, tx, request_id, client_id, token_jti, agency_code, officer_code,
  service_code, case_file_no, subject, status, fields_mask, address) OVERRIDING SYSTEM VALUE SELECT 900, at, {tx}, request_id,
  client_id, token_jti, agency_code, officer_code, service_code, case_file_no, subject, status, fields_mask, address
  FROM audit.access_event WHERE access_id = 2"""


@pytest.mark.parametrize(
    ("tx", "fault"),
    [("tx", "seal 1: 4 entries were sealed, 5 are there"), ("-5", "log: 1 entries stand before every seal")],
)
def test_a_back_dated_row(log, superuser, tx, fault):
    superuser(COPY.format(tx=tx))
    assert verdict(log).faults == (fault,)


def test_the_last_seal_deleted(log, superuser):
    superuser("DELETE FROM audit.seal WHERE seal_no = 3")
    found = verdict(log)
    assert found.faults == ("anchor 3: the head handed out then is not in the log",)
    assert found.unsealed == 6


def test_the_last_seal_and_its_rows_deleted(log, superuser):
    superuser("DELETE FROM audit.seal WHERE seal_no = 3")
    superuser("DELETE FROM audit.access_event WHERE access_id BETWEEN 9 AND 12")
    assert verdict(log).faults == ("anchor 3: the head handed out then is not in the log",)


def test_a_seal_in_the_middle_deleted(log, superuser):
    superuser("DELETE FROM audit.seal WHERE seal_no = 2")
    faults = verdict(log).faults
    assert "seal 3: the chain is broken" in faults
    assert "anchor 2: the head handed out then is not in the log" in faults


def test_sealed_again_with_another_key(log, superuser):
    superuser("UPDATE audit.seal SET signature = decode(repeat('00', 64), 'hex') WHERE seal_no = 2")
    assert verdict(log).faults == ("seal 2: the signature is false",)


@pytest.mark.parametrize("column", ["entries", "total", "root", "previous_head", "sealed_at", "tx_to"])
def test_a_changed_seal(log, superuser, column):
    changed = {
        "root": "decode(repeat('00', 32), 'hex')",
        "previous_head": "decode(repeat('00', 32), 'hex')",
        "sealed_at": "now()",
    }
    superuser(f"UPDATE audit.seal SET {column} = {changed.get(column, column + ' + 1')} WHERE seal_no = 2")
    assert not verdict(log).intact


def test_everything_sealed_again_with_the_stolen_key(log, superuser):
    """With the key and the database in hand only the anchors tell: all three heads handed out are gone."""
    superuser("UPDATE audit.access_event SET officer_code = 'X' WHERE access_id = 1")
    key = seal._signing_key(log.data_dir)
    with log.db.read() as tx:
        seals = access_log.seals(tx)
        leaves = {
            one.seal_no: [merkle.leaf(row) for row in access_log.entries(tx, tx_from=one.tx_from, tx_to=one.tx_to)]
            for one in seals
        }
    previous = b"\0" * 32
    for one in seals:
        forged = replace(one, root=merkle.root(leaves[one.seal_no]), previous_head=previous)
        head = seal._head(forged)
        superuser(
            "UPDATE audit.seal SET root = %s, previous_head = %s, head = %s, signature = %s WHERE seal_no = %s",
            forged.root, previous, head, key.sign(head), one.seal_no,
        )  # fmt: skip
        previous = head
    assert verdict(log).faults == tuple(
        f"anchor {number}: the head handed out then is not in the log" for number in (1, 2, 3)
    )


def test_a_read_rolled_back_leaves_a_listed_gap(log):
    with log.db.write() as tx:
        tx.connection.execute(text(EVENT), {"service": SERVICE})
        tx.connection.rollback()
    add(log, 1)
    found = verdict(log)
    assert found.intact
    assert found.gaps == ((15, 1),)


def test_entries_of_a_long_transaction_wait_for_their_seal(log):
    with log.db.write() as slow:
        slow.connection.execute(text(EVENT), {"service": SERVICE})
        own = slow.connection.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
        add(log, 3, until=own)  # they end first, but a later seal may not pass by the slow one
        made = seal.seal(log.db, data_dir=log.data_dir)
        assert made.entries == 2
    add(log, 0)
    assert seal.seal(log.db, data_dir=log.data_dir).entries == 4
    assert verdict(log).intact


@pytest.mark.parametrize("sql", [
    "UPDATE audit.access_event SET status = 'X'", "DELETE FROM audit.access_event", "TRUNCATE audit.access_event",
    "UPDATE audit.seal SET total = 0", "DELETE FROM audit.seal", "TRUNCATE audit.seal",
    "TRUNCATE audit.access_event_default",
])  # fmt: skip
def test_the_tables_are_append_only(log, sql):
    with pytest.raises(DBAPIError, match="append-only"):
        log.execute(sql)
    assert verdict(log).intact


def test_a_damaged_key_is_never_replaced(log):
    path = log.data_dir / "keys/access-log-seal.key"
    path.chmod(0o600)
    path.write_text("zz")
    with pytest.raises(KeysDamaged) as caught:
        verdict(log)
    assert path.name in caught.value.sentence("en")
    assert path.read_text() == "zz"


def test_an_entrys_bytes_have_one_spelling():
    at = datetime(2023, 3, 28, 1, 2, 3, tzinfo=UTC)
    assert merkle.leaf(["a", "b"]) != merkle.leaf(["a,b"])
    assert merkle.leaf([None]) != merkle.leaf([""])
    assert merkle.leaf([at]) == merkle.leaf([at.astimezone(tz=None)])
    assert merkle.root([b"a" * 32, b"b" * 32, b"c" * 32]) != merkle.root([b"a" * 32, b"b" * 32])
    # RFC 9162, 2.1.1: of three leaves the last stands beside the node of the first two.
    one, two, three = (merkle.leaf([number]) for number in range(3))
    node = hashlib.sha256(b"\x01" + one + two).digest()
    assert merkle.root([one, two, three]) == hashlib.sha256(b"\x01" + node + three).digest()


def test_partitions_are_made_ahead(log):
    seal.ensure_partitions(log.db, months_ahead=5)
    assert seal.ensure_partitions(log.db, months_ahead=5) == 0
    assert log.scalar("SELECT count(*) FROM audit.access_event_default") == 0
