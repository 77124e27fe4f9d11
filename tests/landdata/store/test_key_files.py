"""Key files: made once and never by accident, changed as a whole, taken over at one moment, and never open to everybody."""

from __future__ import annotations

import hmac
import os
import re
import threading
import time

import pytest
from cryptography.exceptions import InvalidTag

from landdata.errors import KeysDamaged, KeysExposed, KeysMissing, KeyVersionMissing
from landdata.store import key_files, keys
from landdata.store.key_files import KeyFile
from landdata.store.keys import INDEX, PURPOSES, SEAL, path_of

NUMBER = "024070000001"


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "number-seal.key"
    key_files.make(made)
    return made


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def test_nothing_is_made_by_reading(tmp_path):
    with pytest.raises(KeysMissing) as caught:
        keys.load(tmp_path).seal(NUMBER)
    assert caught.value.details == {"file": "number-seal.key"}
    assert not (tmp_path / "keys").exists()


def test_only_the_purpose_that_is_needed_is_read(tmp_path):
    keys.make_all(tmp_path)
    for purpose in PURPOSES:
        if purpose != SEAL:
            path_of(tmp_path / "keys", purpose).unlink()
    ours = keys.load(tmp_path)
    assert ours.unseal(ours.seal(NUMBER)) == NUMBER
    with pytest.raises(KeysMissing):
        ours.index_text(NUMBER)
    with pytest.raises(KeysMissing):
        ours.require(keys.OF_API)
    # One that is gone beside others is lost, and no fresh one takes its place.
    with pytest.raises(KeysMissing):
        keys.make_all(tmp_path)


def test_a_file_is_its_owners_alone_and_keeps_owner_and_mode(path):
    assert path.stat().st_mode & 0o777 == 0o400
    path.chmod(0o440)
    key_files.add(path, after_seconds=0)
    assert path.stat().st_mode & 0o777 == 0o440
    path.chmod(0o444)
    with pytest.raises(KeysExposed):
        key_files.read(path)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_change_by_root_leaves_the_file_with_its_reader(path):
    os.chown(path, 12_345, 12_346)
    key_files.add(path, after_seconds=0)
    assert (path.stat().st_uid, path.stat().st_gid) == (12_345, 12_346)


@pytest.mark.parametrize(
    "text",
    ["", "zz", "00" * 31, "1 {day} " + "00" * 31, "1 then {key}", "0 {day} {key}", "2 {day} {key}\n1 {day} {key}",
     "1 {day} {key} retired", "1 {day} {key} x"],
)  # fmt: skip
def test_a_damaged_file_is_no_key(path, text):
    path.chmod(0o600)
    path.write_text(text.format(day="2026-01-01T00:00:00Z", key="00" * 32))
    with pytest.raises(KeysDamaged) as caught:
        key_files.read(path)
    assert "00" not in str(caught.value)


def test_a_file_of_before_is_the_first_version(path):
    path.chmod(0o600)
    path.write_text("ab" * 32 + "\n")
    [one] = key_files.read(path)
    assert (one.number, one.key, one.since) == (1, bytes.fromhex("ab" * 32), 0.0)
    key_files.add(path, after_seconds=0)
    assert [one.number for one in key_files.read(path)] == [1, 2]


def test_all_know_a_version_before_any_uses_it(path):
    clock = Clock()
    ours, theirs = KeyFile(path, clock), KeyFile(path, clock)
    assert (ours.active.number, theirs.active.number) == (1, 1)
    key_files.add(path, after_seconds=60)
    clock.now += key_files.LOOK_SECONDS
    assert ours.active.number == 1
    assert [one.number for one in ours.usable] == [1, 2]
    clock.now += 60 - key_files.LOOK_SECONDS - 2
    assert theirs.active.number == 1
    clock.now += 3  # not the time to look again, but the time that was written down
    assert (ours.active.number, theirs.active.number) == (2, 2)
    assert [one.number for one in theirs.usable] == [2, 1]
    clock.now -= 3600  # a clock that is set back by an hour opens what it sealed
    assert theirs.version(2).number == 2


def test_a_value_of_a_version_not_seen_yet_opens(path):
    clock = Clock()
    theirs = KeyFile(path, clock)
    assert theirs.active.number == 1
    key_files.add(path, after_seconds=0)
    assert theirs.version(2).number == 2
    with pytest.raises(KeyVersionMissing):
        theirs.version(3)


def test_a_process_goes_on_with_what_it_read_when_its_file_is_lost(path, caplog):
    clock = Clock()
    ours = KeyFile(path, clock)
    key = ours.active.key
    path.unlink()
    clock.now += key_files.LOOK_SECONDS
    assert ours.active.key == key
    assert "number-seal.key" in caplog.text
    with pytest.raises(KeysMissing):
        KeyFile(path).active  # noqa: B018


def test_of_two_that_make_and_two_that_change_each_counts_once(tmp_path):
    path = tmp_path / "raw.key"
    made: list[bool] = []
    together = [threading.Thread(target=lambda: made.append(key_files.make(path))) for _ in range(8)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert made.count(True) == 1
    changing = [threading.Thread(target=key_files.add, args=(path,), kwargs={"after_seconds": 0}) for _ in range(8)]
    for one in changing:
        one.start()
    for one in changing:
        one.join()
    assert [one.number for one in key_files.read(path)] == list(range(1, 10))


def test_what_was_made_before_a_change_is_found_and_opened_after_it(tmp_path, monkeypatch):
    monkeypatch.setattr(key_files, "LOOK_SECONDS", 0.0)
    ours = keys.make_all(tmp_path)
    sealed, index = ours.seal(NUMBER), ours.index(NUMBER)
    cursor, ref = ours.seal_cursor("police", 7), ours.record_ref("police", "TT", 1)
    for purpose in PURPOSES:
        key_files.add(path_of(tmp_path / "keys", purpose), after_seconds=0)
    assert ours.unseal(sealed) == NUMBER
    assert ours.seal(NUMBER)[0] == 2
    assert ours.index(NUMBER) != index
    assert ours.indexes(NUMBER) == [ours.index_text(NUMBER), index.hex]
    assert ours.open_cursor("police", cursor) == 7
    assert ours.record_refs("police", "TT", 1)[1] == ref
    assert ours.open_cursor("tax", cursor) is None
    key_files.drop(path_of(tmp_path / "keys", INDEX), 1, keep_for_search=True)
    assert ours.indexes(NUMBER) == [ours.index_text(NUMBER)]
    assert index in ours.indexes_ever(NUMBER)
    key_files.drop(path_of(tmp_path / "keys", SEAL), 1, keep_for_search=False)
    with pytest.raises(KeyVersionMissing):
        ours.unseal(sealed)


def test_many_numbers_are_sealed_and_opened_as_each_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(key_files, "LOOK_SECONDS", 0.0)
    ours, numbers = keys.make_all(tmp_path), [NUMBER, NUMBER, "123456789"]
    first = ours.seal_all(numbers)
    assert len({one[1:13] for one in first}) == len({*first}) == 3
    key_files.add(path_of(tmp_path / "keys", SEAL), after_seconds=0)
    both = [*first, *map(memoryview, ours.seal_all(numbers))]
    assert ours.unseal_all(both) == [*map(ours.unseal, both)] == numbers * 2
    with pytest.raises(InvalidTag):
        ours.unseal_all([*first, first[0][:-1] + bytes([first[0][-1] ^ 1])])
    assert (ours.seal_all([]), ours.unseal_all([])) == ([], [])


def test_an_index_is_the_keyed_hash_that_stands_on_record(tmp_path):
    ours = keys.make_all(tmp_path)
    [key] = [one.key for one in ours.usable(INDEX)]
    assert ours.index(NUMBER).bytes == hmac.digest(key, NUMBER.encode(), "sha256")[:16]


def test_no_key_is_in_what_errors_and_objects_say_of_themselves(tmp_path):
    ours = keys.make_all(tmp_path)
    text = path_of(tmp_path / "keys", INDEX).read_text()
    secret = re.findall(r"[0-9a-f]{64}", text)[0]
    assert secret not in repr(ours)
    assert repr(bytes.fromhex(secret))[2:-1] not in repr(ours.usable(INDEX))
