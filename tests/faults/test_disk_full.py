"""A full data disk refuses the delivery or holds it up, leaves nothing behind, and hinders nothing once there is room."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import carriers
import pytest
from aftermath import nothing_lost
from landworld import COMMUNES as UNITS
from landworld import DAY, row
from servers import fill_up, small_disk
from syncworld import OFFICE, hand_in, register, state_of, value

from landdata.errors import DiskFull, UploadNoRoom
from landdata.flows import publish, uploads
from landdata.flows.uploads import Door
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration, State
from landdata.settings import Settings
from landdata.store import keys as key_files

_SIZE = 1 << 20


def test_a_full_disk(country, office, files, tmp_path):
    with small_disk(1) as disk:
        _deliver_to(disk, country, files, tmp_path)


def _deliver_to(disk, country, files, tmp_path) -> None:
    assert files[0].stat().st_size > _SIZE
    with pytest.raises(DiskFull):
        hand_in(country, disk, files[0], "large")
    assert [path for path in (disk / "raw").rglob("*") if path.is_file()] == []
    assert value(country, "SELECT count(*) FROM intake.delivery") == 0
    assert value(country, "SELECT count(*) FROM procrastinate_jobs") == 0
    small = tmp_path / "small.geojson"
    small.write_bytes(b"x" * (_SIZE // 2))
    assert not hand_in(country, disk, small, "large").repeated
    assert value(country, "SELECT count(*) FROM intake.delivery") == 1


@pytest.fixture(scope="module")
def bulky(tmp_path_factory):
    """One and the same content, in formats that are read in different ways."""
    folder = tmp_path_factory.mktemp("bulky")
    rows = [
        row(unit, number, sheet=sheet, parcel_address="Thôn " + "a" * 200)
        for unit in UNITS[:2]
        for sheet in (1, 2)
        for number in range(1, 100)
    ]
    made = {
        "gpkg": carriers.ogr(rows, folder, "GPKG", "a.gpkg").read_bytes(),
        "shp": carriers.shape_zip(rows, folder),
        "xlsx": carriers.workbook(rows),
        "csv": carriers.text_table(rows),
    }
    for name, data in made.items():
        (folder / f"bulky.{name}").write_bytes(data)
    return {name: folder / f"bulky.{name}" for name in made}


@pytest.fixture
def publisher(country):
    register(country, "24")
    return country


@pytest.mark.parametrize("format_", ["gpkg", "shp", "xlsx", "csv"])
def test_a_disk_that_is_full_while_a_file_is_read(publisher, bulky, format_):
    """Whether the reader itself, or what is before it, finds no room: that is no word about the file."""
    with small_disk(8) as disk:
        receipt = hand_in(publisher, disk, bulky[format_], format_)
        work = {
            "delivery_uid": receipt.delivery_uid, "settings": Settings(data_dir=disk), "keys": key_files.make_all(disk),
        }  # fmt: skip
        # So much is left: nothing; the opened delivery and little of what is read from it.
        for leave in (0, receipt.size_bytes + (24 << 10)):
            ballast = fill_up(disk, leave=leave)
            with pytest.raises(DiskFull):
                publish.deliver(publisher, **work)
            ballast.unlink()
            assert state_of(publisher, receipt.delivery_uid) == "RECEIVED"
            assert list((disk / "scratch").iterdir()) == [], "what was read lies about"
            assert value(publisher, "SELECT count(*) FROM intake.finding") == 0
        assert publish.deliver(publisher, **work) is State.PUBLISHED
        assert nothing_lost(publisher, disk) == 1


def test_a_disk_that_fills_up_under_an_upload(publisher, tmp_path):
    """What came is there, what did not is asked for again; the second copy, at the end, may want room as well."""
    data = hashlib.shake_256(b"upload").digest(3 << 20)
    with small_disk(8) as disk:
        door = Door(db=publisher, keys=key_files.make_all(disk), data_dir=disk, max_bytes=1 << 30)
        upload = _begun(door, len(data))
        with pytest.raises(UploadNoRoom):
            _begun(door, 5 << 20)
        at = _sent(door, upload, 0, data[: _SIZE + 5])
        assert at == _SIZE + 5
        ballast = fill_up(disk, leave=100 << 10)
        for _ in range(2):
            with pytest.raises(DiskFull):
                _sent(door, upload, at, data[at:])
            assert _standing(door, upload) == at
        ballast.unlink()
        ballast = fill_up(disk, leave=(2 << 20) + (200 << 10))  # for the rest, not for the whole
        with pytest.raises(DiskFull):
            _sent(door, upload, at, data[at:])
        at = _standing(door, upload)
        assert value(publisher, "SELECT count(*) FROM intake.delivery") == 0
        assert not list((disk / "raw").rglob("*.part"))
        ballast.unlink()
        assert _sent(door, upload, at, data[at:]) == len(data)
        assert nothing_lost(publisher, disk) == 1
        assert list((disk / "uploads").iterdir()) == []
        [found] = value(publisher, "SELECT array_agg(sha256) FROM intake.delivery")
        assert bytes(found) == hashlib.sha256(data).digest()


_CALLER = ProvinceOffice(client_id="client", office_code=OFFICE, token_id="", address="")


def _begun(door: Door, size: int) -> object:
    said = Declaration("tus", "a.gpkg", effective_on=DAY)
    return uploads.begin(door, caller=_CALLER, declaration=said, metadata="", size_bytes=size).upload_uid


def _sent(door: Door, upload, at: int, piece: bytes) -> int:
    def chunks() -> Iterator[bytes]:
        for start in range(0, len(piece), 1 << 16):
            yield piece[start : start + (1 << 16)]

    return uploads.append(door, caller=_CALLER, upload_uid=upload, offset=at, chunks=chunks()).received_bytes


def _standing(door: Door, upload) -> int:
    return uploads.look(door.db, caller=_CALLER, upload_uid=upload).received_bytes
