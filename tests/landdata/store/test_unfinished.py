"""Files of uploads that are not whole: sealed, cut off where they are torn, and opened only as they were written."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest

from landdata.errors import DiskFull, UploadGone, UploadInUse
from landdata.store import keys as key_files
from landdata.store import unfinished
from landdata.store.unfinished import RECORD, Growing

NUMBER = b"024070123457"


@pytest.fixture
def keys(tmp_path):
    return key_files.make_all(tmp_path)


@pytest.fixture
def begun(tmp_path, keys):
    """An upload's file, and its length so far."""
    uid = uuid4()
    return uid, unfinished.begin(tmp_path, uid, keys)


def path_of(folder, uid):
    return folder / "uploads" / uid.hex


def add(folder, uid, keys, data, *, received, sealed):
    with unfinished.held(folder, uid) as file:
        growing = Growing(file, keys, received=received, sealed=sealed)
        for at in range(0, len(data), 70_000):
            growing.add(data[at : at + 70_000])
        return growing.flush()


def read(folder, uid, keys, *, received, sealed):
    with unfinished.held(folder, uid) as file:
        return b"".join(Growing(file, keys, received=received, sealed=sealed).plain())


def test_what_was_added_over_many_tries_is_read_as_one_and_never_lies_there_plain(tmp_path, keys, begun):
    uid, sealed = begun
    data, at = NUMBER + os.urandom(3 * RECORD) + NUMBER, 0
    for size in (1, 5_000, RECORD, RECORD + 1, len(data)):
        piece = data[at : at + size]
        sealed = add(tmp_path, uid, keys, piece, received=at, sealed=sealed)
        at += len(piece)
    assert read(tmp_path, uid, keys, received=len(data), sealed=sealed) == data
    kept = path_of(tmp_path, uid)
    assert (kept.stat().st_mode & 0o777, kept.stat().st_size) == (0o600, sealed)
    assert NUMBER not in kept.read_bytes()


def test_what_a_crash_tore_off_is_cut_and_written_again(tmp_path, keys, begun):
    uid, sealed = begun
    sealed = add(tmp_path, uid, keys, b"first", received=0, sealed=sealed)
    add(tmp_path, uid, keys, b"told to nobody", received=5, sealed=sealed)
    with path_of(tmp_path, uid).open("ab") as file:
        file.write(b"half a record")
    end = add(tmp_path, uid, keys, b"-last", received=5, sealed=sealed)
    assert read(tmp_path, uid, keys, received=10, sealed=end) == b"first-last"


def test_no_record_opens_elsewhere_or_changed(tmp_path, keys, begun):
    uid, head = begun
    middle = add(tmp_path, uid, keys, b"aaaa", received=0, sealed=head)
    end = add(tmp_path, uid, keys, b"bbbb", received=4, sealed=middle)
    kept = path_of(tmp_path, uid)
    whole = kept.read_bytes()
    swapped = whole[:head] + whole[middle:end] + whole[head:middle]
    changed = whole[:-1] + bytes([whole[-1] ^ 1])
    for bad in (swapped, changed):
        kept.write_bytes(bad)
        with pytest.raises(UploadGone):
            read(tmp_path, uid, keys, received=8, sealed=end)
    kept.write_bytes(whole[:-1])
    with pytest.raises(UploadGone):
        add(tmp_path, uid, keys, b"c", received=8, sealed=end)


def test_one_holds_it_at_a_time_and_one_that_is_gone_is_told_so(tmp_path, begun):
    uid, _ = begun
    with unfinished.held(tmp_path, uid), pytest.raises(UploadInUse), unfinished.held(tmp_path, uid):
        pass
    unfinished.remove(tmp_path, uid)
    with pytest.raises(UploadGone), unfinished.held(tmp_path, uid):
        pass


def test_a_full_disk_loses_nothing_that_counted(tmp_path, keys, begun):
    """A real file system of a limited size for this process: its own limit of a file's length."""
    import resource
    import signal

    uid, sealed = begun
    sealed = add(tmp_path, uid, keys, b"a" * RECORD, received=0, sealed=sealed)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (sealed + RECORD // 2, hard))
    try:
        with unfinished.held(tmp_path, uid) as file:
            growing = Growing(file, keys, received=RECORD, sealed=sealed)
            with pytest.raises(DiskFull):
                growing.add(b"b" * RECORD)
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            end = growing.flush()  # there is room again: the torn record is written anew
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert read(tmp_path, uid, keys, received=2 * RECORD, sealed=end) == b"a" * RECORD + b"b" * RECORD


def test_files_that_nobody_needs_go_after_a_day(tmp_path, keys, begun):
    needed, (old, _), young = uuid4(), begun, uuid4()
    for uid in (needed, young):
        unfinished.begin(tmp_path, uid, keys)
    for uid in (needed, old):
        os.utime(path_of(tmp_path, uid), (0, 0))
    assert unfinished.clear(tmp_path, frozenset({needed}), older_than=86_400) == 1
    assert {path.name for path in (tmp_path / "uploads").iterdir()} == {needed.hex, young.hex}
