"""Uploads that are cut and go on, and become a delivery once; on a real database as the role of offices, and a real disk."""

from __future__ import annotations

import hashlib
import os
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from landworld import COMMUNES, DAY, geojson, row

from landdata.errors import (
    BackfillNotAllowed,
    CommunesUnfit,
    DeliveryEmpty,
    DeliveryKeyReused,
    DeliveryTooLarge,
    DiskLow,
    UploadChecksumWrong,
    UploadGone,
    UploadInUse,
    UploadOffsetWrong,
    UploadsTooMany,
    UploadTooLong,
    UploadUnknown,
)
from landdata.flows import uploads
from landdata.flows.uploads import Door
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration
from landdata.model.uploads import MOST_UNFINISHED, Checksum
from landdata.store import unfinished

HERE = ProvinceOffice("client-1", "LO-24", "", "")
DATA = geojson([row(COMMUNES[0], number) for number in range(1, 200)])


class LineLost(Exception):
    """Stands for whatever ends a body in the middle."""


@pytest.fixture
def door(shared_desk, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "STEP_BYTES", 10_000)
    return Door(db=shared_desk.uploader, keys=shared_desk.keys, data_dir=tmp_path, max_bytes=1_000_000)


def begun(door, data=DATA, caller=HERE, **said: object):
    declaration = Declaration(**{"idempotency_key": uuid4().hex, "file_name": "a.geojson", "effective_on": DAY, **said})
    return uploads.begin(door, caller=caller, declaration=declaration, metadata="", size_bytes=len(data))


def cut(data: bytes) -> Iterator[bytes]:
    yield data
    raise LineLost


def add(door, upload, chunks, *, offset=0, checksum=None, caller=HERE):
    return uploads.append(
        door, caller=caller, upload_uid=upload.upload_uid, offset=offset, chunks=iter(chunks), checksum=checksum
    )


def look(door, upload, caller=HERE):
    return uploads.look(door.db, caller=caller, upload_uid=upload.upload_uid)


def count(desk, upload):
    key = upload.declaration.idempotency_key
    return desk.scalar(f"SELECT count(*) FROM intake.delivery WHERE idempotency_key = '{key}'")


@pytest.mark.parametrize("seed", range(3))
def test_cut_at_random_it_goes_on_and_is_one_delivery_with_the_same_bytes(door, shared_desk, seed):
    chance, upload = random.Random(seed), begun(door)
    while (at := look(door, upload).received_bytes) < len(DATA):
        piece = DATA[at : at + chance.randrange(1, 40_000)]
        if at + len(piece) == len(DATA) or chance.random() < 0.3:
            add(door, upload, [piece], offset=at)
        else:
            with pytest.raises(LineLost):
                add(door, upload, cut(piece), offset=at)
            assert look(door, upload).received_bytes == at + len(piece)
    whole = look(door, upload)
    assert whole.delivery_uid
    assert count(shared_desk, upload) == 1
    digest = shared_desk.scalar(f"SELECT sha256 FROM intake.delivery WHERE delivery_uid = '{whole.delivery_uid}'")
    assert bytes(digest) == hashlib.sha256(DATA).digest()
    assert not unfinished.there(door.data_dir, upload.upload_uid)
    with pytest.raises(UploadOffsetWrong):
        add(door, upload, [b"more"], offset=len(DATA))


def test_killed_before_the_delivery_is_noted_the_last_piece_comes_again_and_makes_no_second(
    door, shared_desk, monkeypatch
):
    upload = begun(door)
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise LineLost

        patch.setattr(uploads._Piece, "finish", killed)  # the moment between two transactions
        with pytest.raises(LineLost):
            add(door, upload, [DATA[:20_000], DATA[20_000:]])
    left = look(door, upload)
    assert (left.received_bytes, left.delivery_uid, count(shared_desk, upload)) == (20_000, None, 1)
    again = add(door, upload, [DATA[20_000:]], offset=20_000)
    assert (again.received_bytes, count(shared_desk, upload)) == (len(DATA), 1)


def test_steps_count_while_the_rest_is_still_on_its_way(door):
    upload, seen = begun(door), []

    def watched() -> Iterator[bytes]:
        for at in range(0, 30_000, 5_000):
            yield DATA[at : at + 5_000]
            seen.append(look(door, upload).received_bytes)

    assert add(door, upload, watched()).received_bytes == 30_000
    assert seen == [0, 10_000, 10_000, 20_000, 20_000, 30_000]


def test_with_a_checksum_all_of_a_piece_counts_or_nothing(door):
    upload, piece = begun(door), DATA[:30_000]
    right = {name: Checksum(name, hashlib.new(name, piece).digest()) for name in ("sha256", "sha1")}
    with pytest.raises(UploadChecksumWrong):
        add(door, upload, [piece[:-1], b"x"], checksum=right["sha256"])
    with pytest.raises(LineLost):
        add(door, upload, cut(piece[:20_000]), checksum=right["sha256"])
    assert look(door, upload).received_bytes == 0
    assert add(door, upload, [piece], checksum=right["sha1"]).received_bytes == 30_000
    rest = DATA[30_000:]
    with pytest.raises(UploadChecksumWrong):
        add(door, upload, [rest], offset=30_000, checksum=right["sha1"])
    assert look(door, upload).delivery_uid is None


def test_two_at_once_and_a_wrong_offset_are_told_apart(door):
    upload, inside, go_on = begun(door), threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield DATA[:5_000]
        inside.set()
        assert go_on.wait(30)

    first = threading.Thread(target=add, args=(door, upload, slow()))
    first.start()
    assert inside.wait(30)
    try:
        with pytest.raises(UploadInUse):
            add(door, upload, [DATA])
        with pytest.raises(UploadInUse):
            uploads.end(door, caller=HERE, upload_uid=upload.upload_uid)
    finally:
        go_on.set()
        first.join(30)
    for offset in (0, 4_999, 5_001):
        with pytest.raises(UploadOffsetWrong):
            add(door, upload, [b"x"], offset=offset)
    assert look(door, upload).received_bytes == 5_000


def test_nobody_else_sees_it(door, shared_desk):
    shared_desk.office("LO-27", "27")
    upload = begun(door)
    for other in (replace(HERE, client_id="client-2"), replace(HERE, office_code="LO-27")):
        with pytest.raises(UploadUnknown):
            look(door, upload, other)
        with pytest.raises(UploadUnknown):
            add(door, upload, [DATA], caller=other)
        with pytest.raises(UploadUnknown):
            uploads.end(door, caller=other, upload_uid=upload.upload_uid)
        assert uploads.listed(door.db, caller=other) == ()
    assert upload.upload_uid in {one.upload_uid for one in uploads.listed(door.db, caller=HERE)}


def test_limits_and_declarations_are_told_before_the_first_byte(door):
    for said, data, wrong in (
        ({}, b"", DeliveryEmpty),
        ({}, b"x" * 1_000_001, DeliveryTooLarge),
        ({"communes": ("99999",)}, DATA, CommunesUnfit),
    ):
        with pytest.raises(wrong):
            begun(door, data, **said)
    with pytest.raises(DiskLow):
        begun(replace(door, refuse_share=0.9999999))
    few = replace(HERE, client_id=uuid4().hex)
    for _ in range(MOST_UNFINISHED):
        begun(door, caller=few)
    with pytest.raises(UploadsTooMany):
        begun(door, caller=few)
    assert len(list((door.data_dir / "uploads").iterdir())) == MOST_UNFINISHED


def test_no_right_to_an_earlier_day_is_told_at_once(door, shared_desk):
    shared_desk.office("LO-01", "01", backfill=False)
    with pytest.raises(BackfillNotAllowed):
        begun(door, caller=replace(HERE, office_code="LO-01"))


def test_a_disk_that_fills_up_meanwhile_stops_it_where_it_is(door, monkeypatch):
    upload, left = begun(door), iter([None, None])

    def room(*_: object, **__: object) -> None:
        if next(left, "full"):
            raise DiskLow(free_percent=1)

    monkeypatch.setattr("landdata.store.disks.require_room", room)
    with pytest.raises(DiskLow):
        add(door, upload, [DATA[at : at + 10_000] for at in range(0, 50_000, 10_000)])
    assert look(door, upload).received_bytes == 20_000


def test_more_than_was_said_is_refused(door):
    upload = begun(door, DATA[:100])
    with pytest.raises(UploadTooLong):
        add(door, upload, [DATA[:100], b"x"])
    assert look(door, upload).received_bytes == 0


def test_a_key_of_another_delivery_is_refused_at_the_end_and_the_upload_stays(door):
    first = begun(door)
    add(door, first, [DATA])
    other = begun(door, DATA[:-1], idempotency_key=first.declaration.idempotency_key)
    with pytest.raises(DeliveryKeyReused):
        add(door, other, [DATA[:-1]])
    assert look(door, other).delivery_uid is None
    repeated = begun(door, idempotency_key=first.declaration.idempotency_key)
    again = add(door, repeated, [DATA])
    assert (again.delivery_uid, again.repeated) == (look(door, first).delivery_uid, True)
    assert not look(door, first).repeated


def test_it_can_be_given_up_and_is_forgotten_after_a_week(door, shared_desk):
    upload, old, done, young = (begun(door) for _ in range(4))
    uploads.end(door, caller=HERE, upload_uid=upload.upload_uid)
    with pytest.raises(UploadUnknown):
        look(door, upload)
    delivered = add(door, done, [DATA]).delivery_uid
    for one in (old, done):
        shared_desk.execute(
            f"UPDATE intake.upload SET touched_at = touched_at - interval '8 days' WHERE upload_uid = '{one.upload_uid}'"
        )
        path = door.data_dir / "uploads" / one.upload_uid.hex
        if path.exists():
            os.utime(path, (0, 0))
    assert uploads.clear(shared_desk.worker, door.data_dir) == 2
    for one in (old, done):
        with pytest.raises(UploadUnknown):
            look(door, one)
    assert {path.name for path in (door.data_dir / "uploads").iterdir()} == {young.upload_uid.hex}
    assert shared_desk.view(delivered).delivery_uid == delivered


def test_an_upload_whose_bytes_are_away_says_so(door):
    upload = begun(door)
    add(door, upload, [DATA[:9_000]])
    unfinished.remove(door.data_dir, upload.upload_uid)
    with pytest.raises(UploadGone):
        add(door, upload, [DATA[9_000:]], offset=9_000)
    uploads.end(door, caller=HERE, upload_uid=upload.upload_uid)
