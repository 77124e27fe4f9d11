"""Raw files: sealed on disk, opened only whole and true, and never a plain number left in the data folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

import pytest
from landworld import COMMUNES, geojson, row

from landdata.errors import DataFolderNotWritable, RawFileDamaged
from landdata.store import keys as key_files
from landdata.store import raw, stream

NUMBER = "024070123457"
_SEALED_CHUNK = stream.CHUNK + 16
_HEAD = 22


@pytest.fixture
def keys(tmp_path):
    return key_files.make_all(tmp_path)


def kept(folder, keys, data, *, piece=70_000):
    pieces = (data[at : at + piece] for at in range(0, len(data), piece))
    return raw.keep(folder, pieces, keys=keys, max_bytes=1 << 30).sha256


def read(folder, sha256, keys):
    with raw.opened(folder, sha256, keys, folder / "scratch") as path:
        assert path.parent.stat().st_mode & 0o777 == 0o700
        data = path.read_bytes()
    assert not list((folder / "scratch").iterdir())
    return data


@pytest.mark.parametrize("size", [1, stream.CHUNK - 1, stream.CHUNK, stream.CHUNK + 1, 3 * stream.CHUNK + 5])
@pytest.mark.parametrize("piece", [70_000, 3 << 20])
def test_what_is_kept_is_read_again(tmp_path, keys, size, piece):
    data = os.urandom(size)
    sha256 = kept(tmp_path, keys, data, piece=piece)
    assert sha256 == hashlib.sha256(data).digest()
    assert read(tmp_path, sha256, keys) == data
    sealed = raw.place(tmp_path, sha256)
    assert sealed.stat().st_mode & 0o077 == 0
    assert data[:64] not in sealed.read_bytes() or size == 1


def test_what_a_killed_receiver_left_is_removed_after_a_day(tmp_path, keys):
    raws, day = tmp_path / "raw", 86_400
    sha256 = kept(tmp_path, keys, b"x")
    for name in (".dead.part", ".young.part"):
        (raws / name).write_bytes(b"half")
    os.utime(raws / ".dead.part", (0, 0))
    os.utime(raw.place(tmp_path, sha256), (0, 0))

    def slow() -> Iterator[bytes]:
        yield b"a"
        [part] = set(raws.glob(".*.part")) - {raws / ".young.part", raws / ".dead.part"}
        os.utime(part, (0, 0))  # an upload that has stood still for long, of a process that lives
        assert raw.clear(tmp_path, older_than=day) == 1
        yield b"b"

    raw.keep(tmp_path, slow(), keys=keys, max_bytes=10)
    assert [one.name for one in raws.glob(".*")] == [".young.part"]
    assert raw.place(tmp_path, sha256).exists()


def _chunks(data: bytes) -> list[bytes]:
    return [data[at : at + _SEALED_CHUNK] for at in range(_HEAD, len(data), _SEALED_CHUNK)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda whole, _: whole[:_HEAD] + b"".join(_chunks(whole)[:-1]), "chunk 2"),  # a whole chunk less
        (lambda whole, _: whole[:-1], "chunk 3"),
        (lambda whole, _: whole + b"\x00", "chunk 3"),
        (lambda whole, _: whole + _chunks(whole)[-1], "chunk 3"),
        (lambda whole, _: whole[:_HEAD] + b"".join(_chunks(whole)[at] for at in (1, 0, 2, 3)), "chunk 0"),
        (lambda whole, other: whole[:_HEAD] + _chunks(other)[0] + b"".join(_chunks(whole)[1:]), "chunk 0"),
        (lambda whole, other: other[:_HEAD] + whole[_HEAD:], "chunk 0"),
        (lambda whole, _: whole[:2_000_000] + bytes([whole[2_000_000] ^ 1]) + whole[2_000_001:], "chunk 1"),
        (lambda whole, _: whole[:5] + b"\x02" + whole[6:], "no key version 2"),
        (lambda whole, _: whole[:4] + b"\x02" + whole[5:], "unknown version"),
        (lambda whole, _: whole[:_HEAD], "chunk 0"),
        (lambda _whole, _other: b'{"type": "FeatureCollection"}', "no head"),  # a file that was kept plain
        (lambda _whole, other: other, "another file under this name"),
    ],
)
def test_a_file_that_was_touched_does_not_open(tmp_path, keys, change, reason):
    sha256 = kept(tmp_path, keys, os.urandom(3 * stream.CHUNK + 5))
    other = kept(tmp_path, keys, os.urandom(3 * stream.CHUNK + 5))
    path = raw.place(tmp_path, sha256)
    path.write_bytes(change(path.read_bytes(), raw.place(tmp_path, other).read_bytes()))
    with pytest.raises(RawFileDamaged) as caught:
        read(tmp_path, sha256, keys)
    assert caught.value.details["reason"] == reason
    assert not list((tmp_path / "scratch").iterdir())


def test_another_key_and_no_file_at_all(tmp_path, keys):
    sha256 = kept(tmp_path, keys, b"x")
    with pytest.raises(RawFileDamaged):
        read(tmp_path, sha256, key_files.make_all(tmp_path / "other"))
    assert read(tmp_path, sha256, key_files.make_all(tmp_path)) == b"x"
    raw.place(tmp_path, sha256).unlink()
    with pytest.raises(RawFileDamaged):
        read(tmp_path, sha256, keys)


def test_the_same_bytes_heal_a_damaged_file(tmp_path, keys):
    sha256 = kept(tmp_path, keys, b"abc")
    raw.place(tmp_path, sha256).write_bytes(b"nothing")
    assert kept(tmp_path, keys, b"abc") == sha256
    assert read(tmp_path, sha256, keys) == b"abc"


def test_a_scratch_that_cannot_be_written(tmp_path, keys):
    sha256 = kept(tmp_path, keys, b"abc")
    (tmp_path / "scratch").write_text("a file")
    with pytest.raises(DataFolderNotWritable), raw.opened(tmp_path, sha256, keys, tmp_path / "scratch"):
        pass


def holding(folder, words):
    """Files below a folder, by path or by content, that hold one of the words."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(word in path.read_bytes() + os.fsencode(path) for word in words)]


def test_no_planted_number_stays_in_the_data_folder(desk, monkeypatch):
    words = [NUMBER.encode(), NUMBER.encode("utf-16-le"), int(NUMBER).to_bytes(8, "little")]
    data = geojson([row(COMMUNES[0], 1, id_number=NUMBER), row(COMMUNES[0], 2, id_number=NUMBER, area_m2="x")])
    assert words[0] in data
    seen = []
    check = "landdata.flows.check.FlatLayer"
    from landdata.flows.check import FlatLayer

    monkeypatch.setattr(check, lambda layer: (seen.extend(holding(desk.data_dir, words[:1])), FlatLayer(layer))[1])
    view = desk.deliver(data)
    assert view.state == "PUBLISHED"
    assert [one.rows_refused for one in view.ledger] == [1]
    # While it is read it stands in the private folders of the reader, and the search finds it there.
    assert {path.relative_to(desk.data_dir).parts[0] for path in seen} == {"scratch"}
    assert holding(desk.data_dir, words) == []


def test_a_second_place_holds_the_same_before_it_is_acknowledged(tmp_path, keys):
    there = tmp_path / "copy"
    file = raw.keep(tmp_path, iter([b"rows"]), keys=keys, max_bytes=100, copy=there)
    first = raw.place(there, file.sha256).read_bytes()
    assert first == raw.place(tmp_path, file.sha256).read_bytes()
    raw.keep(
        tmp_path, iter([b"rows"]), keys=keys, max_bytes=100, copy=there
    )  # sealed anew; the list of hashes names the first
    assert raw.place(there, file.sha256).read_bytes() == first
    with raw.opened(there, file.sha256, keys, tmp_path / "look") as plain:
        assert plain.read_bytes() == b"rows"
    assert len([path for path in there.rglob("*") if path.is_file()]) == 1


def test_without_the_second_place_nothing_is_kept(tmp_path, keys):
    (there := tmp_path / "copy").write_text("no folder")
    with pytest.raises(DataFolderNotWritable):
        raw.keep(tmp_path / "data", iter([b"rows"]), keys=keys, max_bytes=100, copy=there)
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []
