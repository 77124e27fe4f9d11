"""Keys are changed while the service works: no look-up and no delivery notices, and nothing stays under the former version."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from feedworld import note, read
from landworld import COMMUNES, Desk, row

from landdata.errors import CopiesMissing, KeyChangeUnderWay, KeyRetireTooEarly, KeysLost, KeysMissing, KeyStillNeeded
from landdata.flows import keys as flow
from landdata.flows.renew import Renewed, renew
from landdata.store import key_files, keys, raw, renewal
from landdata.store.keys import FACTOR, FEED, INDEX, PERSON, PURPOSES, RAW, REQUEST, ROW, SEAL

HOME, AWAY = COMMUNES[0], COMMUNES[-1]
MANY = 12
COUNTED = (SEAL, INDEX, ROW, PERSON, RAW)


def number(at: int) -> str:
    return f"0240700{at:05d}"


@pytest.fixture
def world(country, tmp_path, monkeypatch) -> Desk:
    """Twelve citizens with a certificate each, the first with an old number, the last not matched; an agreement."""
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    monkeypatch.setattr(key_files, "LOOK_SECONDS", 0.0)
    desk = Desk(country, tmp_path)
    desk.deliver([row(HOME, at) for at in range(1, MANY + 1)])
    for at in range(1, MANY):
        desk.people.add(number(at), "Nguyễn Văn A", "1970-05-05", **({"old": "121212121"} if at == 1 else {}))
    desk.match()
    desk.agree()
    return desk


def change(desk: Desk, purpose: str) -> int:
    return flow.rotate(folder=desk.keys.folder, purpose=purpose, after_seconds=0).number


def move(desk: Desk, *, batch: int = 5, people: Any = None) -> Renewed:
    return renew(
        desk.db, keys=desk.keys, data_dir=desk.data_dir, asker=replace(desk.asker(people), db=desk.db), batch=batch
    )


def left(desk: Desk, purpose: str, version: int = 1) -> int:
    if purpose == RAW:
        return raw.versions(desk.data_dir)[version]
    with desk.db.read() as tx:
        return renewal.count(tx, purpose, version)


def retire(desk: Desk, purpose: str, *, at_once: bool = True) -> int | None:
    return flow.retire(desk.db, folder=desk.keys.folder, data_dir=desk.data_dir, purpose=purpose, at_once=at_once)


def told(desk: Desk, at: int) -> dict[str, Any]:
    """The answer about a citizen without what is new each time."""
    said = desk.ask(number(at))
    return {
        name: said[name] for name in said if name not in {"request_id", "access_id", "coverage_as_of", "record_ref"}
    }


@contextmanager
def busy(*works: Callable[[int], None]) -> Any:
    """Each work again and again beside the block, at least thrice; whatever goes wrong in it fails the test."""
    over, wrong, rounds = threading.Event(), list[BaseException](), [0] * len(works)

    def repeat(place: int, work: Callable[[int], None]) -> None:
        try:
            while not over.is_set() or rounds[place] < 3:
                work(rounds[place])
                rounds[place] += 1
        except BaseException as error:  # noqa: BLE001 - told below, in the thread of the test
            wrong.append(error)

    threads = [threading.Thread(target=repeat, args=one) for one in enumerate(works)]
    for one in threads:
        one.start()
    try:
        yield rounds
    finally:
        over.set()
        for one in threads:
            one.join()
    assert wrong == []


def test_every_key_is_changed_under_load_and_nobody_notices(world):
    before = {at: told(world, at) for at in range(1, MANY + 1)}
    assert [one["status"] for one in before.values()] == ["FOUND"] * (MANY - 1) + ["UNAVAILABLE"]
    same = [row(HOME, at) for at in range(1, MANY + 1)]

    def look(turn: int) -> None:
        at = turn % MANY + 1
        assert told(world, at) == before[at]
        assert world.ask("121212121")["status"] == "FOUND"

    def deliver(turn: int) -> None:
        [ledger] = world.deliver(same, file_name=f"{turn}.geojson").ledger
        assert (ledger.rows_unchanged, ledger.rows_new, ledger.rows_changed) == (MANY, 0, 0)
        changed = world.deliver([row(AWAY, 50, parcel_address=f"Thôn {turn}", id_number=number(20))])
        assert changed.ledger[0].rows_refused == 0
        if turn % 2:
            world.withdraw(changed.delivery_uid)

    with busy(look, look, deliver) as rounds:
        for purpose in PURPOSES:
            began = rounds[0], rounds[2]
            version = change(world, purpose)
            assert version == 2
            while rounds[0] < began[0] + 3 or rounds[2] < began[1] + 2:
                time.sleep(0.02)
            while purpose in COUNTED and purpose != ROW and left(world, purpose):
                move(world)
    for purpose in PURPOSES:
        if purpose != ROW:
            assert retire(world, purpose) == 1, purpose
    assert {at: told(world, at) for at in range(1, MANY + 1)} == before
    # What was sealed under the version that is gone would not open: every number there is can be read.
    every = "SELECT id_number_sealed FROM land.holder UNION ALL SELECT id_number_sealed FROM match.claim"
    assert all(world.keys.unseal(sealed).startswith("0240700") for [sealed] in world.rows(every))
    # One claim a holder, not one a version.
    assert world.rows("SELECT name, count(*) FROM match.claim GROUP BY 1") == [("Nguyễn Văn A", MANY + 1)]


def test_a_holder_known_under_the_former_key_is_known_at_once(world):
    claims = world.scalar("SELECT count(*) FROM match.claim")
    change(world, PERSON)
    world.deliver([row(AWAY, 60, id_number=number(3)), row(AWAY, 61, id_number=number(20))])
    assert world.scalar("SELECT count(*) FROM match.claim") == claims + 1
    said = world.ask(number(3))
    assert (said["status"], len(said["certificates"])) == ("FOUND", 2)
    assert world.match() == 1  # only the new one is asked about
    move(world)
    assert left(world, PERSON) == 0
    assert world.ask(number(3))["certificates"] == said["certificates"]
    assert retire(world, PERSON) == 1
    assert world.scalar("SELECT count(*) FROM match.claim") == claims + 1


def test_a_claim_made_under_both_versions_becomes_one_and_stays_verified(world):
    change(world, PERSON)
    move(world)
    key, party = world.rows("SELECT identity_key, party_id FROM match.claim WHERE party_id IS NOT NULL LIMIT 1")[0]
    holders = world.scalar("SELECT count(*) FROM land.holder WHERE identity_key = :key", key=key)
    other = uuid4()
    columns = "reasons, name, id_number_sealed, birth_date, birth_year"
    world.execute(
        f"INSERT INTO match.claim (identity_key, status, party_id, key_version, {columns}) "
        f"SELECT :other, 'VERIFIED', party_id, 1, {columns} FROM match.claim WHERE identity_key = :key",
        other=other, key=key,
    )  # fmt: skip
    world.execute("UPDATE match.claim SET status = 'PENDING', party_id = NULL WHERE identity_key = :key", key=key)
    world.execute("UPDATE land.holder SET identity_key = :other WHERE identity_key = :key", other=other, key=key)
    move(world)
    assert world.rows("SELECT identity_key FROM match.claim WHERE party_id = :party", party=party) == [(key,)]
    assert world.scalar("SELECT count(*) FROM land.holder WHERE identity_key = :key", key=key) == holders


_CUT = """
import os, signal, sys
from pathlib import Path
from landdata.flows import renew
from landdata.store import keys, renewal
from landdata.store.engine import Database
done, whole = [], getattr(renewal, sys.argv[3])
def cut(*said, **named):
    whole(*said, **named)
    done.append(1)
    if len(done) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
setattr(renewal, sys.argv[3], cut)
renew.renew(Database(sys.argv[1]), keys=keys.load(Path(sys.argv[2])), data_dir=Path(sys.argv[2]), asker=None, batch=3)
"""


@pytest.mark.parametrize(
    ("purpose", "cut"), [(SEAL, "set_holders"), (INDEX, "set_holders"), (SEAL, "put_numbers"), (PERSON, "set_claims")]
)
def test_cut_off_in_the_middle_it_goes_on_where_it_was(world, purpose, cut):
    before = {at: told(world, at) for at in range(1, MANY + 1)}
    every = left(world, purpose)
    change(world, purpose)
    url = world.db.engine.url.render_as_string(hide_password=False)
    ended = subprocess.run([sys.executable, "-c", _CUT, url, str(world.data_dir), cut], check=False, timeout=60)
    assert ended.returncode == -9
    rest = left(world, purpose)
    assert 0 < rest < every, "one batch is through, and the one that was cut is not"
    assert {at: told(world, at) for at in range(1, MANY + 1)} == before
    with pytest.raises(KeyStillNeeded) as caught:
        retire(world, purpose)
    assert caught.value.details == {"purpose": purpose, "version": 1, "count": rest}
    move(world)
    assert (left(world, purpose), left(world, purpose, 2)) == (0, every)
    assert retire(world, purpose) == 1
    assert {at: told(world, at) for at in range(1, MANY + 1)} == before
    assert move(world) == Renewed()


def test_only_the_platform_knows_official_names_and_the_numbers_of_before(world):
    world.execute("UPDATE match.party_number SET number_sealed = NULL")  # as they were kept before they were sealed
    change(world, INDEX)
    move(world)
    assert left(world, INDEX) == 0
    assert world.ask("121212121")["status"] == "FOUND"
    assert retire(world, INDEX) == 1
    # Without the platform what it alone knows stays under the former version, works, and is counted.
    change(world, PERSON)
    renew(world.db, keys=world.keys, data_dir=world.data_dir, asker=None)
    assert left(world, PERSON) == MANY - 1
    assert told(world, 1)["status"] == "FOUND"
    # Whom it does not confirm any more was verified no longer, and holds up nothing.
    del world.people.citizens[number(2)]
    move(world)
    assert (left(world, PERSON), told(world, 2)["status"]) == (0, "UNAVAILABLE")


def test_a_restored_record_is_restored_under_the_versions_of_now(world):
    later = world.deliver([row(HOME, at, parcel_address="Thôn Hai") for at in range(1, MANY + 1)])
    for purpose in (SEAL, INDEX, PERSON, ROW):
        change(world, purpose)
    move(world)
    world.withdraw(later.delivery_uid)
    assert [left(world, one) for one in (SEAL, INDEX, PERSON)] == [0, 0, 0]
    assert told(world, 1)["status"] == "FOUND"
    [ledger] = world.deliver([row(HOME, at) for at in range(1, MANY + 1)]).ledger
    assert ledger.rows_unchanged == MANY


def test_records_keep_their_version_until_their_content_changes(world):
    version = told(world, 1)["record_version"]
    change(world, ROW)
    lines = [row(HOME, at, **({"parcel_address": "Thôn Ba"} if at > 2 else {})) for at in range(1, MANY + 1)]
    [ledger] = world.deliver(lines).ledger
    assert (ledger.rows_unchanged, ledger.rows_changed) == (2, MANY - 2)
    assert (left(world, ROW), left(world, ROW, 2)) == (2, MANY - 2)
    assert told(world, 1)["record_version"] == version
    with pytest.raises(KeyStillNeeded):
        retire(world, ROW)
    world.deliver([row(HOME, at, parcel_address="Thôn Bốn") for at in range(1, MANY + 1)])
    assert retire(world, ROW) == 1


def test_quotas_repetitions_cursors_and_names_outlive_their_keys(world):
    request = world.request(number(1), "Nguyễn Văn A", "1970")
    [first] = world.ask_all([request])
    ref = world.ask(number(1))["record_ref"]
    note(world)
    cursor = read(world).next_cursor
    used = "SELECT coalesce(sum(used), 0) FROM share.quota_count"
    counted = world.scalar(used)
    for purpose in (INDEX, REQUEST, FEED):
        change(world, purpose)
    [again] = world.ask_all([request])
    assert again.status == first.status
    assert world.scalar(used) == counted, "the same citizen on the same day"
    [refused] = world.ask_all([world.request(number(2), "Nguyễn Văn A", "1970", request_id=request.request_id)])
    assert refused.refusal.code == "REQUEST_ID_REUSED"
    world.deliver([row(HOME, at, parcel_address="Thôn Năm") for at in range(1, MANY + 1)])
    note(world)
    [told_of] = read(world, cursor).changes
    assert told_of.former_refs == (ref,)
    assert told_of.record_ref == world.ask(number(1))["record_ref"] != ref


def test_raw_files_go_under_the_new_version_while_they_are_read(world):
    [[sha256]] = world.rows("SELECT sha256 FROM intake.delivery LIMIT 1")
    with raw.opened(world.data_dir, bytes(sha256), world.keys, world.data_dir / "a") as path:
        bytes_sent = path.read_bytes()
    change(world, RAW)
    assert raw.versions(world.data_dir) == {1: 1}
    with raw.place(world.data_dir, bytes(sha256)).open("rb"):
        assert move(world).files == 1
    assert raw.versions(world.data_dir) == {2: 1}
    assert retire(world, RAW) == 1
    assert not list((world.data_dir / "raw").glob(".*"))
    with raw.opened(world.data_dir, bytes(sha256), world.keys, world.data_dir / "a") as path:
        assert path.read_bytes() == bytes_sent


def test_copies_go_with_their_files_and_are_asked_before_a_key_is_retired(log, tmp_path, monkeypatch):
    monkeypatch.setattr(key_files, "LOOK_SECONDS", 0.0)
    data, copy, late = log.data_dir, tmp_path / "copies", tmp_path / "late"
    ours = raw.keep(data, iter([b"both"]), keys=log.keys, max_bytes=9, copy=copy).sha256
    script = ["sh", str(Path(__file__).parents[3] / "docs/deploy/backup.sh")]
    for folder in (copy, late):
        subprocess.run([*script, "files", data, folder], check=True)
    change(log, RAW)

    def gone(**more: Any) -> int | None:
        return flow.retire(log.db, folder=log.keys.folder, data_dir=data, purpose=RAW, at_once=True, **more)

    assert renew(log.db, keys=log.keys, data_dir=data, asker=None).files == 1
    with pytest.raises(KeyStillNeeded):
        gone(copy=copy)
    with pytest.raises(CopiesMissing):
        gone(copy=tmp_path / "away")
    assert renew(log.db, keys=log.keys, data_dir=data, asker=None, copy=copy).files == 1
    # The other kind of copy is made by the script alone, which sees that the file is newer.
    for folder in (copy, late):
        subprocess.run([*script, "files", data, folder], check=True)
        subprocess.run([*script, "check", folder], check=True, stdout=subprocess.DEVNULL)
    assert gone(copy=copy) == 1
    for folder in (data, copy, late):
        with raw.opened(folder, ours, log.keys, tmp_path / "scratch") as path:
            assert path.read_bytes() == b"both"
    raw.place(copy, ours).write_bytes(b"other")
    assert subprocess.run([*script, "check", copy], check=False, capture_output=True).returncode == 1


def test_a_lost_file_is_never_replaced_and_a_change_waits_for_the_one_before(world, monkeypatch):
    change(world, SEAL)
    with pytest.raises(KeyChangeUnderWay):
        change(world, SEAL)
    with pytest.raises(KeyRetireTooEarly):
        retire(world, SEAL, at_once=False)
    monkeypatch.setitem(flow.RETIRE_SECONDS, SEAL, 0.0)
    with pytest.raises(KeyStillNeeded):
        retire(world, SEAL, at_once=False)
    assert retire(world, INDEX) is None
    for purpose in PURPOSES:
        if purpose == FACTOR:
            continue  # nobody here has a second factor: nothing would be lost
        path = keys.path_of(world.data_dir / "keys", purpose)
        world.ask(number(1))
        kept = path.rename(path.with_suffix(".away"))
        with pytest.raises(KeysLost) as caught:
            flow.make(world.db, folder=world.keys.folder, data_dir=world.data_dir)
        assert caught.value.details["file"] == path.name
        assert not path.exists()
        with pytest.raises(KeysMissing):
            keys.load(world.data_dir).require([purpose])
        kept.rename(path)


def test_keys_of_a_new_installation_are_made_once(country, tmp_path):
    made = flow.make(country, folder=tmp_path / "keys", data_dir=tmp_path)
    assert {Path(one).stem for one in made} == set(PURPOSES)
    before = {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    assert flow.make(country, folder=tmp_path / "keys", data_dir=tmp_path) == ()
    assert {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before
    states = {
        (one.purpose, one.state.value, one.values, one.mode)
        for one in flow.status(country, folder=tmp_path / "keys", data_dir=tmp_path)
    }
    assert states == {(one, "active", None if one in {FEED, REQUEST} else 0, "0400") for one in PURPOSES}
