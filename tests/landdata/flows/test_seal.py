"""Sealing: what is final, in pieces, with keys that change; heads in a chained file; statements for consumers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from landworld import SERVICE
from logworld import EVENT, add, faults, sealed, verdict
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from landdata.errors import KeysDamaged, KeysExposed, SealingKeyLost, SealsAhead
from landdata.flows import seal
from landdata.store import access_log, sealing_keys


def test_entries_of_a_long_transaction_wait_for_their_seal(log):
    with log.db.write() as slow:
        slow.connection.execute(text(EVENT), {"service": SERVICE, "many": 1})
        own = slow.connection.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
        add(log, 3, until=own)  # they end first, but a later seal may not pass by the slow one
        assert sealed(log) == [2]
    add(log, 0)
    assert sealed(log) == [4]
    assert verdict(log).intact


def test_what_waited_long_is_sealed_in_pieces_of_whole_transactions(log):
    add(log, 30, together=10)
    # Two single ones and ten fill the first; a transaction is never torn.
    assert sealed(log, most=12) == [12, 20]
    found = verdict(log)
    assert (found.seals, found.sealed, found.unsealed, found.faults) == (5, 44, 0, ())
    assert found.anchored == 5
    assert sealed(log) == []


def test_a_sealer_that_dies_between_pieces_loses_nothing(log, monkeypatch):
    add(log, 30, together=10)
    write = access_log.add_seal

    def die(tx, one, **more: Any) -> None:
        if one.seal_no == 5:
            raise KeyboardInterrupt
        write(tx, one, **more)

    monkeypatch.setattr(access_log, "add_seal", die)
    with pytest.raises(KeyboardInterrupt):
        sealed(log, most=12)
    monkeypatch.undo()
    assert sealed(log, most=12) == [20]
    assert verdict(log).intact


@pytest.mark.parametrize("sql", [
    "UPDATE audit.access_event SET status = 'X'", "DELETE FROM audit.access_event", "TRUNCATE audit.access_event",
    "UPDATE audit.seal SET total = 0", "DELETE FROM audit.seal", "TRUNCATE audit.seal CASCADE",
    "TRUNCATE audit.access_event_default", "UPDATE audit.anchor SET complete = true", "DELETE FROM audit.anchor",
    "DELETE FROM audit.seal_index", "TRUNCATE audit.anchor", "TRUNCATE audit.inspection", "DELETE FROM audit.server_start",
])  # fmt: skip
def test_the_tables_are_append_only(log, sql):
    with pytest.raises(DBAPIError, match="append-only"):
        log.execute(sql)
    assert verdict(log).intact


def test_partitions_are_made_ahead(log):
    seal.ensure_partitions(log.db, months_ahead=5)
    assert seal.ensure_partitions(log.db, months_ahead=5) == 0
    assert log.scalar("SELECT count(*) FROM audit.access_event_default") == 0


def test_a_damaged_key_is_never_replaced(log):
    path = log.data_dir / "keys/access-log-seal.key"
    path.chmod(0o600)
    path.write_text("zz")
    with pytest.raises(KeysDamaged) as caught:
        sealed(log)
    assert path.name in caught.value.sentence("en")
    assert path.read_text() == "zz"
    path.chmod(0o604)
    with pytest.raises(KeysExposed):
        sealed(log)


def test_a_lost_key_is_replaced_by_a_person_only_and_doubted_for_ever(log):
    (log.data_dir / "keys/access-log-seal.key").unlink()
    for refused in (lambda: sealed(log), lambda: seal.rotate_key(log.db, settings=log.settings)):
        with pytest.raises(SealingKeyLost):
            refused()
    assert not list((log.data_dir / "keys").glob("access-log-seal.*"))
    assert (verdict(log).intact, verdict(log).doubts) == (True, ())  # it needs no private key
    fresh = seal.rotate_key(log.db, settings=log.settings, lost=True)
    assert sealed(log) == [2]
    found = verdict(log)
    assert (found.faults, [f"vouches for {fresh}" in one for one in found.doubts]) == ((), [True])
    seal.rotate_key(log.db, settings=log.settings, lost=True)
    assert len(verdict(log).doubts) == 1, "the one before was there, and vouches for it"


def test_the_key_lies_where_all_keys_do_and_keeps_its_mode(log, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = (log.data_dir / "keys/access-log-seal.key").rename(elsewhere / "access-log-seal.key")
    log.settings = log.settings.model_copy(update={"keys_dir": str(elsewhere)})
    before = seal.make_key(log.db, settings=log.settings)
    path.chmod(0o440)
    fresh = seal.rotate_key(log.db, settings=log.settings)
    assert before != fresh == seal.make_key(log.db, settings=log.settings)
    assert path.stat().st_mode & 0o777 == 0o440
    assert sealed(log) == [2]


def test_a_dump_in_a_new_server_is_not_sealed_and_stops_after_four_hours(log, superuser):
    """pg_dump keeps the transactions' numbers of before; a new server counts from its own beginning."""
    superuser("UPDATE audit.seal SET tx_to = tx_to + 5000000000 WHERE seal_no = 3")
    with pytest.raises(SealsAhead):
        sealed(log)
    assert [one for one in verdict(log).doubts if "a dump" in one]
    assert not seal.state(log.db).stopped
    superuser("UPDATE audit.anchor SET at = at - interval '5 hours'")
    superuser("UPDATE audit.seal SET sealed_at = sealed_at - interval '5 hours'")
    superuser("UPDATE audit.access_event SET at = at - interval '5 hours' WHERE access_id > 12")
    state = seal.state(log.db)
    assert (state.stopped, state.unsealed_seconds > 4 * 3600) == (True, True)


def test_keys_change_and_the_old_one_verifies_only_its_time(log, superuser):
    old = sealing_keys.signer(log.settings.key_folder, log.settings.heads_dir, last_key=None)
    seal.rotate_key(log.db, settings=log.settings)
    assert sealed(log) == [2]
    assert verdict(log).intact
    first, second = sealing_keys.public_keys(log.settings.heads_dir)
    assert (first.from_seal, second.from_seal, second.introduced_by) == (1, 4, old.key_id)
    with log.db.read() as tx:
        newest = access_log.last_seal(tx)
    assert newest.key_id == second.key_id
    superuser("UPDATE audit.seal SET key_id = %s, signature = %s WHERE seal_no = 4", old.key_id, old.sign(newest.head))
    assert faults(log) == [("KEY_UNKNOWN", 4, None)]


def test_a_rotation_cut_short_is_finished(log, monkeypatch):
    monkeypatch.setattr(sealing_keys, "_finish_rotation", lambda *_: None)
    fresh = seal.rotate_key(log.db, settings=log.settings)
    monkeypatch.undo()
    assert sealing_keys.signer(log.settings.key_folder, log.settings.heads_dir, last_key=None).key_id == fresh
    assert sealed(log) == [2]
    assert verdict(log).intact


def test_a_key_that_nobody_vouches_for_is_refused(log):
    path = log.settings.heads_dir / sealing_keys.LIST
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said) + "\n" + json.dumps({**said, "from_seal": 2, "signature": "00" * 64}) + "\n")
    with pytest.raises(KeysDamaged):
        verdict(log)


def test_a_line_that_a_crash_cut_is_left_and_doubted(log):
    path = log.settings.heads_dir / "access-log.jsonl"
    with path.open("a") as file:
        file.write('{"seal_no": 4, "he')
    sealed(log)
    found = verdict(log)
    assert (found.faults, found.anchors, len(found.doubts)) == ((), 4, 1)


def test_consumers_get_a_signed_count_of_every_day_that_is_over(log, superuser):
    sealed(log)
    with log.db.read() as tx:
        assert access_log.statements(tx, "police", many=5) == []
    add(log, 3)
    superuser("UPDATE audit.access_event SET at = at - interval '1 day' WHERE access_id IN (1, 15)")
    assert sealed(log) == [3]
    with log.db.read() as tx:
        ((body, key_id, signature),) = access_log.statements(tx, "police", many=5)
    said = json.loads(body)
    day = (datetime.now(UTC) + timedelta(hours=7)).date() - timedelta(days=1)
    assert (said["day"], said["entries"], said["by_status"], said["seal_no"]) == (day.isoformat(), 2, {"FOUND": 2}, 5)
    (key,) = sealing_keys.public_keys(log.settings.heads_dir)
    assert key.key_id == key_id
    assert key.holds(signature, seal.statement_words(body))
    assert not key.holds(signature, seal.statement_words(body.replace('"entries":2', '"entries":1')))
    add(log, 1)
    sealed(log)
    with log.db.read() as tx:
        assert len(access_log.statements(tx, "police", many=5)) == 1


def test_four_hours_without_an_anchor_stop_and_an_idle_log_does_not(log, superuser):
    sealed(log)
    later = "UPDATE audit.{} SET {} = {} - interval '5 hours'"
    superuser(later.format("anchor", "at", "at"))
    state = seal.state(log.db)
    assert (state.stopped, state.unanchored_since) == (False, None)
    add(log, 1)
    assert not seal.state(log.db).stopped
    superuser(later.format("access_event", "at", "at") + " WHERE access_id = 15")
    state = seal.state(log.db)
    assert (state.stopped, state.unsealed_seconds > 4 * 3600) == (True, True)
    # What is sealed but not anchored does not count.
    superuser("UPDATE audit.anchor SET complete = false")
    sealed(log)
    assert not seal.state(log.db).stopped
    assert seal.state(log.db).unanchored_seconds == 0


def test_a_sealer_dead_for_ten_minutes_is_noticed_and_leaves_no_gap(log, superuser):
    """F13: the age of what waits passes the alarm's 300 seconds; then it is back, with another key, and all is sealed."""
    sealed(log)
    assert (seal.state(log.db).unsealed_seconds, verdict(log).doubts) == (0, ())
    add(log, 20, together=5)
    superuser("UPDATE audit.access_event SET at = at - interval '10 minutes' WHERE access_id > 14")
    assert 600 <= seal.state(log.db).unsealed_seconds < 900
    (doubt,) = verdict(log).doubts
    assert "has waited" in doubt
    seal.rotate_key(log.db, settings=log.settings)
    assert sealed(log) == [20]
    found = verdict(log)
    assert (found.sealed, found.unsealed, found.faults, found.doubts, found.gaps) == (34, 0, (), (), ())
    assert seal.state(log.db).unsealed_seconds == 0
