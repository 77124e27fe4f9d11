"""Lines that wait on disk: bounded, whole or not there, never lost between who adds and who takes them away."""

from __future__ import annotations

import errno
import os
import re

import pytest

from landdata.store import spool
from landdata.store.spool import Spool, SpoolFullError


def taken(path) -> list[bytes] | None:
    with spool.held(path) as lines:
        return None if lines is None else list(lines)


def test_lines_come_back_in_order_from_one_private_file(tmp_path):
    one = Spool(tmp_path)
    one.add([b"a", b"b"])
    one.add([b"c"])
    (path,) = spool.files(tmp_path)
    assert taken(path) == [b"a", b"b", b"c"]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert re.fullmatch(r"[0-9a-f]{32}\.lines", path.name)
    Spool(tmp_path).add([b"d"])
    assert len(spool.files(tmp_path)) == 2, "another process has a file of its own"


def test_who_adds_never_waits_and_never_adds_to_what_is_taken_away(tmp_path):
    one = Spool(tmp_path)
    one.add([b"a"])
    (first,) = spool.files(tmp_path)
    with spool.held(first) as lines:
        one.add([b"b"])
        assert taken(first) is None, "held by one at a time"
        assert list(lines) == [b"a"]
        spool.remove(first)
    (second,) = spool.files(tmp_path)
    spool.remove(second)
    one.add([b"c"])
    (third,) = spool.files(tmp_path)
    assert taken(third) == [b"c"]
    assert taken(first) is None


def test_it_is_bounded_over_all_files(tmp_path):
    Spool(tmp_path).add([b"x" * 60])
    full = Spool(tmp_path, most_bytes=100)
    with pytest.raises(SpoolFullError):
        full.add([b"y" * 60])
    full.add([b"y" * 30])
    assert spool.waiting_bytes(tmp_path) == 92


def test_a_full_disk_leaves_no_half_of_it(tmp_path, monkeypatch):
    one = Spool(tmp_path)
    one.add([b"a"])
    write = os.write

    def short(descriptor: int, data: bytes) -> int:
        if len(data) <= 3:
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, bytes(data)[:-3])

    monkeypatch.setattr(os, "write", short)
    with pytest.raises(OSError, match="full"):
        one.add([b"bbbb", b"cccc"])
    monkeypatch.undo()
    one.add([b"d"])
    assert sorted(line for path in spool.files(tmp_path) for line in taken(path)) == [b"a", b"d"]


def test_a_torn_last_line_is_shown_and_set_aside(tmp_path):
    Spool(tmp_path).add([b"whole"])
    (path,) = spool.files(tmp_path)
    with path.open("ab") as file:
        file.write(b"tor")
    assert taken(path) == [b"whole", b"tor"]
    for _ in range(2):  # told again after a crash
        aside = spool.set_aside(path, [b"tor"])
    spool.remove(path)
    assert (aside.read_bytes(), spool.files(tmp_path), spool.waiting_bytes(tmp_path)) == (b"tor\n", [], 0)
    assert [one.name for one in aside.parent.iterdir()] == [aside.name]
