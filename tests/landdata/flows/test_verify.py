"""The access log as a superuser would falsify it: each way is found, the entry named, and an honest gap only listed (A14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from landworld import SERVICE
from logworld import EVENT, add, faults, sealed, verdict
from sqlalchemy import text

from landdata.flows import seal, verify
from landdata.flows.seal import PRINT, index_hash
from landdata.model import merkle
from landdata.store import access_log, sealing_keys

COPY = """INSERT INTO audit.access_event (access_id, at, tx, request_id, client_id, token_jti, agency_code, officer_code,
  service_code, case_file_no, subject, status, fields_mask, address) OVERRIDING SYSTEM VALUE SELECT {id}, at, {tx}, request_id,
  client_id, token_jti, agency_code, officer_code, service_code, case_file_no, subject, status, fields_mask, address
  FROM audit.access_event WHERE access_id = 2"""


def test_an_honest_log_is_intact(log):
    found = verdict(log)
    assert (found.seals, found.sealed, found.unsealed, found.anchors, found.anchored) == (3, 12, 2, 3, 3)
    assert (found.faults, found.doubts, found.gaps, found.intact) == ((), (), (), True)
    assert sealed(log) == [2]
    assert sealed(log) == []
    assert verdict(log).unsealed == 0


def test_every_column_of_an_entry_is_sealed_and_the_entry_is_named(log, superuser):
    changed = {
        "status": "'X'", "fields_mask": "fields_mask + 1", "subject": "gen_random_uuid()", "at": "at + interval '1 second'",
        "client_id": "'X'", "record_versions": "'{1}'", "address": "'10.0.0.2'", "replayed": "1", "reason": "'X'",
        "agreement_id": "7", "officer_code": "'X'", "token_jti": "'X'",
    }  # fmt: skip
    for access_id, (column, value) in enumerate(changed.items(), 1):
        superuser(f"UPDATE audit.access_event SET {column} = {value} WHERE access_id = {access_id}")
    assert faults(log) == [("CHANGED", 1 + (one - 1) // 4, one) for one in range(1, 13)]


def test_a_deleted_entry(log, superuser):
    superuser("DELETE FROM audit.access_event WHERE access_id IN (6, 7)")
    found = verdict(log)
    assert [(one.kind, one.seal_no, one.access_id) for one in found.faults] == [("REMOVED", 2, 6), ("REMOVED", 2, 7)]
    assert found.gaps == ()  # they are named already


@pytest.mark.parametrize(
    ("tx", "number", "wrong"),
    [
        ("tx", 900, [("INSERTED", 1, 900)]),  # back-dated into a sealed range
        ("-5", 901, [("INSERTED", None, 901)]),  # before every seal
    ],
)
def test_a_back_dated_entry(log, superuser, tx, number, wrong):
    superuser(COPY.format(id=number, tx=tx))
    assert faults(log) == wrong


def test_a_number_that_stands_twice_and_an_entry_that_was_moved(log, superuser):
    superuser(COPY.format(id=2, tx="tx").replace("SELECT 2, at,", "SELECT 2, at + interval '1 hour',"))
    superuser(
        "UPDATE audit.access_event SET tx = (SELECT tx FROM audit.access_event WHERE access_id = 9) WHERE access_id = 8"
    )
    found = faults(log)
    assert ("INSERTED", 1, 2) in found
    assert {("REMOVED", 2, 8), ("INSERTED", 3, 8)} <= set(found)
    assert {access_id for _, _, access_id in found} == {2, 8}


def test_an_entry_whose_time_does_not_fit_is_doubted(log, superuser):
    superuser("UPDATE audit.access_event SET at = at - interval '3 days' WHERE access_id = 13")
    sealed(log)
    found = verdict(log)
    assert found.faults == ()
    assert ["access_id 13" in one for one in found.doubts] == [True]


def test_the_last_seal_deleted(log, superuser):
    superuser("DELETE FROM audit.seal WHERE seal_no = 3")
    found = verdict(log)
    assert {(one.kind, one.seal_no, one.place) for one in found.faults} == {
        ("ANCHOR_DIFFERS", 3, "access-log.jsonl"), ("ANCHOR_DIFFERS", 3, "audit.anchor"),
    }  # fmt: skip
    assert found.unsealed == 6


def test_the_last_seal_its_anchor_and_its_entries_deleted(log, superuser):
    superuser("DELETE FROM audit.seal WHERE seal_no = 3")
    superuser("DELETE FROM audit.anchor WHERE seal_no = 3")
    superuser("DELETE FROM audit.access_event WHERE access_id BETWEEN 9 AND 12")
    found = verdict(log)
    assert [(one.kind, one.seal_no, one.place) for one in found.faults] == [("ANCHOR_DIFFERS", 3, "access-log.jsonl")]
    assert [(one.first, one.many) for one in found.gaps] == [(9, 4)]


def test_entries_of_the_tail_deleted_leave_a_gap_before_the_next_one(log, superuser):
    superuser("DELETE FROM audit.access_event WHERE access_id = 14")
    assert verdict(log).gaps == ()  # nobody can tell it from a look-up under way
    add(log, 1)
    found = verdict(log)
    assert found.intact  # the unsealed minute is not promised, but it is told
    assert [(one.first, one.many) for one in found.gaps] == [(14, 1)]


def test_a_log_that_lives_on_meanwhile_is_intact(log, monkeypatch):
    """Seals, a new key and look-ups come between the snapshot and the file of heads; one look-up is still under way."""
    read = verify._file

    def slow(*given: Any) -> tuple[int, int]:
        seal.rotate_key(log.db, settings=log.settings)
        add(log, 3)
        assert sealed(log) == [5]
        return read(*given)

    monkeypatch.setattr(verify, "_file", slow)
    found = verdict(log)
    assert (found.seals, found.anchors, found.anchored, found.unsealed) == (3, 4, 3, 2)
    assert (found.faults, found.doubts, found.gaps) == ((), (), ())
    monkeypatch.undo()
    with log.db.write() as under_way:
        under_way.connection.execute(text(EVENT), {"service": SERVICE, "many": 1})
        add(log, 2, until=1)
        assert verdict(log).gaps == ()
        under_way.connection.rollback()
    add(log, 0)
    found = verdict(log)
    assert (found.intact, [(one.first, one.many) for one in found.gaps]) == (True, [(18, 1)])


def test_a_seal_in_the_middle_deleted(log, superuser):
    superuser("DELETE FROM audit.seal WHERE seal_no = 2")
    found = faults(log)
    assert ("CHAIN_BROKEN", 3, None) in found
    assert ("ANCHOR_DIFFERS", 2, None) in found
    assert {("INSERTED", None, one) for one in (5, 6, 7, 8)} <= set(found)


def test_a_false_signature(log, superuser):
    superuser("UPDATE audit.seal SET signature = decode(repeat('00', 64), 'hex') WHERE seal_no = 2")
    assert faults(log) == [("SIGNATURE_FALSE", 2, None)]


def test_every_column_of_a_seal_is_vouched_for(log, superuser):
    zero = "decode(repeat('00', 32), 'hex')"
    changed = {
        "entries": "entries + 1", "total": "total + 1", "tx_to": "tx_to + 1", "sealed_at": "now()", "root": zero,
        "previous_head": zero, "last_id": "last_id + 1", "index_hash": zero,
    }  # fmt: skip
    for column, value in changed.items():
        superuser(f"CREATE TABLE kept AS SELECT {column} AS was FROM audit.seal WHERE seal_no = 2")
        superuser(f"UPDATE audit.seal SET {column} = {value} WHERE seal_no = 2")
        assert ("CHAIN_BROKEN", 2, None) in faults(log), column
        superuser(f"UPDATE audit.seal SET {column} = (SELECT was FROM kept) WHERE seal_no = 2")
        superuser("DROP TABLE kept")
    assert verdict(log).intact


def test_prints_that_were_falsified_or_removed_cannot_hide_a_change(log, superuser):
    superuser("UPDATE audit.access_event SET officer_code = 'X' WHERE access_id IN (2, 6)")
    superuser("UPDATE audit.seal_index SET prints = decode(repeat('00', 32), 'hex') WHERE seal_no = 1")
    superuser("DELETE FROM audit.seal_index WHERE seal_no = 2")
    assert faults(log) == [(kind, one, None) for one in (1, 2) for kind in ("RANGE_DIFFERS", "INDEX_FALSE")]


def test_everything_sealed_again_with_the_stolen_key(log, superuser):
    """With the key and the database in hand only what others hold tells: the file, and a consumer's head."""
    with log.db.read() as tx:
        true_head = access_log.seals(tx)[1].head.hex()
    superuser("UPDATE audit.access_event SET officer_code = 'X' WHERE access_id = 1")
    key = sealing_keys.signer(log.settings.key_folder, log.settings.heads_dir, last_key=None)
    with log.db.read() as tx:
        seals = access_log.seals(tx)
        rows = {one.seal_no: list(access_log.entries(tx, tx_from=one.tx_from, tx_to=one.tx_to)) for one in seals}
    previous = b"\0" * 32
    for one in seals:
        leaves = [merkle.leaf(row) for row in rows[one.seal_no]]
        prints = b"".join(leaf[:PRINT] for leaf in leaves)
        vouched = index_hash([row[0] for row in rows[one.seal_no]], prints)
        forged = replace(one, root=merkle.root(leaves), previous_head=previous, index_hash=vouched)
        head = forged.own_head()
        superuser(
            "UPDATE audit.seal SET root = %s, previous_head = %s, head = %s, signature = %s, index_hash = %s "
            "WHERE seal_no = %s",
            forged.root, previous, head, key.sign(head), vouched, one.seal_no,
        )  # fmt: skip
        superuser("UPDATE audit.seal_index SET prints = %s WHERE seal_no = %s", prints, one.seal_no)
        superuser("UPDATE audit.anchor SET head = %s WHERE seal_no = %s", head, one.seal_no)
        previous = head
    assert faults(log) == [("ANCHOR_DIFFERS", one, None) for one in (1, 2, 3)]
    # The file was rewritten, too: the chain of its lines tells where, and whoever holds a head still does.
    path = log.settings.heads_dir / "access-log.jsonl"
    path.write_text(path.read_text().replace(true_head, "00" * 32))
    assert ("ANCHORS_CHANGED", None, None) in faults(log)
    assert ("ANCHOR_DIFFERS", 2, None) in faults(log, heads=[(2, true_head)])


def test_a_file_of_heads_that_was_cut_is_noticed(log):
    path = log.settings.heads_dir / "access-log.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    assert faults(log) == [("ANCHORS_CHANGED", None, None)]


def test_a_read_rolled_back_leaves_a_listed_gap(log, superuser):
    for _ in range(2):
        with log.db.write() as tx:
            tx.connection.execute(text(EVENT), {"service": SERVICE, "many": 1})
            tx.connection.rollback()
        add(log, 1)
    superuser("DELETE FROM audit.server_start")
    superuser("UPDATE audit.access_event SET at = at - interval '1 hour' WHERE access_id <= 16")
    found = verdict(log)
    assert found.intact or {one.kind.value for one in found.faults} == {"CHANGED"}
    assert [(one.first, one.many, one.after_start) for one in found.gaps] == [(15, 1, False), (17, 1, False)]
    # A start of the server in between explains what it had fetched ahead.
    superuser(
        "INSERT INTO audit.server_start (started_at) SELECT at + interval '10 minutes' "
        "FROM audit.access_event WHERE access_id = 16"
    )
    assert [one.after_start for one in verdict(log).gaps] == [False, True]


def test_an_entrys_bytes_have_one_spelling():
    leaves = [merkle.leaf([number]) for number in range(11)]
    for many in range(1, 12):
        for place in range(many):
            node = leaves[place]
            for side, beside in merkle.path(leaves[:many], place):
                node = merkle._node(beside, node) if side == "left" else merkle._node(node, beside)
            assert node == merkle.root(leaves[:many])
    assert merkle.leaf(["a", "b"]) != merkle.leaf(["a,b"])
    assert merkle.leaf([None]) != merkle.leaf([""])
