"""Takes a file in by pieces: each goes on where the bytes on disk end, and the last one makes the delivery, once.

What is told to have come is on disk, and what is told to be whole is a delivery: the last piece counts in the moment in
which the delivery stands. Whoever is killed in between finds the upload as it was before that piece.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from landdata.errors import (
    DeliveryEmpty,
    DeliveryTooLarge,
    OfficeUnknown,
    UploadChecksumWrong,
    UploadOffsetWrong,
    UploadsTooMany,
    UploadTooLong,
    UploadUnknown,
)
from landdata.flows import receive
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration
from landdata.model.uploads import MOST_UNFINISHED, Checksum, Upload
from landdata.store import disks, offices, unfinished, uploads
from landdata.store.engine import Database, Reader, Writer
from landdata.store.keys import Keys
from landdata.store.unfinished import Growing

# So much may have to be sent again after a crash, and so often the disk is waited for.
STEP_BYTES = 8 * unfinished.RECORD
_STRAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where uploads are kept, and within which limits; `disks_watched` as the settings name them."""

    db: Database
    keys: Keys
    data_dir: Path
    max_bytes: int
    disks_watched: tuple[Path, ...] = ()
    refuse_share: float = 0.0
    simulated: bool = False
    raw_copy: Path | None = None

    def require_room(self) -> None:
        """Raises DiskLow before an upload takes the room that the database needs."""
        disks.require_room(self.disks_watched or (self.data_dir,), share=self.refuse_share)

    def require_fit(self, size_bytes: int) -> None:
        """Raises UploadNoRoom for a file that would not fit; whole it lies there twice until it is a delivery."""
        disks.require_fit(self.data_dir, size_bytes=size_bytes, share=self.refuse_share, times=2)


def begin(door: Door, *, caller: ProvinceOffice, declaration: Declaration, metadata: str, size_bytes: int) -> Upload:
    """Begin an upload.

    Raises DeliveryEmpty, DeliveryTooLarge, DiskLow, UploadNoRoom, UploadsTooMany, and what `receive.require_fit` does.
    """
    if size_bytes < 1:
        raise DeliveryEmpty
    if size_bytes > door.max_bytes:
        raise DeliveryTooLarge(limit=door.max_bytes)
    door.require_room()
    door.require_fit(size_bytes)
    office_id = receive.require_fit(door.db, caller=caller, declaration=declaration)
    if len(listed(door.db, caller=caller)) >= MOST_UNFINISHED:
        raise UploadsTooMany(most=MOST_UNFINISHED)
    upload_uid = uuid4()
    sealed_bytes = unfinished.begin(door.data_dir, upload_uid, door.keys)
    with door.db.write() as tx:
        offices.act_for(tx, office_id)
        uploads.add(
            tx,
            upload_uid=upload_uid,
            office_id=office_id,
            client_id=caller.client_id,
            declaration=declaration,
            metadata=metadata,
            size_bytes=size_bytes,
            sealed_bytes=sealed_bytes,
        )
    return look(door.db, caller=caller, upload_uid=upload_uid)


def look(db: Database, *, caller: ProvinceOffice, upload_uid: UUID) -> Upload:
    """An upload of the caller's own. Raises UploadUnknown, also for anybody else's."""
    with db.read() as tx:
        found = uploads.find(tx, office_id=_enter(tx, caller), client_id=caller.client_id, upload_uid=upload_uid)
    if found is None:
        raise UploadUnknown
    return found


def listed(db: Database, *, caller: ProvinceOffice) -> tuple[Upload, ...]:
    """The caller's uploads that can go on, the one that was touched last first."""
    with db.read() as tx:
        return uploads.unfinished(tx, office_id=_enter(tx, caller), client_id=caller.client_id)


def append(
    door: Door,
    *,
    caller: ProvinceOffice,
    upload_uid: UUID,
    offset: int,
    chunks: Iterator[bytes],
    announced: int | None = None,
    checksum: Checksum | None = None,
) -> Upload:
    """Add bytes from `offset` on; the upload as it is then, a delivery when they were the last ones.

    `announced`: how many there will be, where that is known: too many are refused before the first.
    Where `chunks` raises, what came before is kept, unless there is a checksum: of bytes that nobody can prove none counts.
    Raises UploadUnknown, UploadGone, UploadInUse, UploadOffsetWrong, UploadTooLong, UploadChecksumWrong, DiskLow, DiskFull,
    and, with the last byte, what `receive.receive` does: the upload then stands as before that piece.
    """
    upload = look(door.db, caller=caller, upload_uid=upload_uid)
    if upload.delivery_uid is not None:
        raise UploadOffsetWrong(received=upload.received_bytes, offset=offset)
    door.require_room()
    with unfinished.held(door.data_dir, upload_uid) as file:
        # Only now: until the file was held, somebody else may have gone on with it.
        upload = look(door.db, caller=caller, upload_uid=upload_uid)
        if upload.delivery_uid is not None or upload.received_bytes != offset:
            raise UploadOffsetWrong(received=upload.received_bytes, offset=offset)
        if announced is not None and offset + announced > upload.size_bytes:
            raise UploadTooLong(size=upload.size_bytes)
        growing = Growing(file, door.keys, received=offset, sealed=upload.sealed_bytes)
        piece = _Piece(door, caller, upload, growing)
        if checksum is None:
            piece.take(chunks)
        else:
            piece.take_proven(chunks, checksum)
        if not piece.whole:
            return piece.keep()
        growing.flush()
        receipt = receive.receive(
            door.db,
            data_dir=door.data_dir,
            keys=door.keys,
            caller=caller,
            chunks=growing.plain(),
            declaration=upload.declaration,
            max_bytes=door.max_bytes,
            simulated=door.simulated,
            raw_copy=door.raw_copy,
        )
        piece.finish(receipt.delivery_uid)
    unfinished.remove(door.data_dir, upload_uid)
    return look(door.db, caller=caller, upload_uid=upload_uid)


def end(door: Door, *, caller: ProvinceOffice, upload_uid: UUID) -> None:
    """Give an upload up; the delivery that it became stays. Raises UploadUnknown, and UploadInUse while bytes come."""
    upload = look(door.db, caller=caller, upload_uid=upload_uid)
    if upload.delivery_uid is None and unfinished.there(door.data_dir, upload_uid):
        with unfinished.held(door.data_dir, upload_uid):
            unfinished.remove(door.data_dir, upload_uid)
    with door.db.write() as tx:
        _enter(tx, caller)
        uploads.remove(tx, upload_uid)


def clear(db: Database, data_dir: Path) -> int:
    """Forget uploads that nobody went on with for a week, with their files; how many uploads."""
    with db.write() as tx:
        left = uploads.remove_left(tx)
    with db.read() as tx:
        needed = uploads.on_disk(tx)
    # One whose file was made a moment ago may not be noted yet.
    unfinished.clear(data_dir, needed, older_than=_STRAY_SECONDS)
    return left


class _Piece:
    """The bytes of one request on their way; `upload` is how far the database knows of them."""

    def __init__(self, door: Door, caller: ProvinceOffice, upload: Upload, growing: Growing) -> None:
        self.door, self.caller, self.upload, self.growing = door, caller, upload, growing

    @property
    def whole(self) -> bool:
        """Whether every byte of the file is here, on disk or not."""
        return self.growing.received == self.upload.size_bytes

    def take(self, chunks: Iterator[bytes]) -> None:
        """Take the bytes in, and keep every step of them. Where they break off, what is there is kept."""
        try:
            for _ in self._steps(chunks):
                self.keep()
        except UploadTooLong:
            raise
        except Exception:
            # Cut off, stalled, or no room. Where every byte is here, nobody has to wait for the end of the request.
            if not self.whole:
                self.keep()
                raise

    def take_proven(self, chunks: Iterator[bytes], checksum: Checksum) -> None:
        """Take the bytes in as one; until they are proven none of them counts."""
        digest = hashlib.new(checksum.algorithm, usedforsecurity=False)

        def hashed() -> Iterator[bytes]:
            for chunk in chunks:
                digest.update(chunk)
                yield chunk

        for _ in self._steps(hashed()):
            pass
        if not hmac.compare_digest(digest.digest(), checksum.digest):
            raise UploadChecksumWrong

    def keep(self) -> Upload:
        """Put on disk what came, then note it."""
        received = self.growing.received
        if received > self.upload.received_bytes:
            sealed = self.growing.flush()
            self._note(lambda tx: uploads.advance(tx, self.upload, received_bytes=received, sealed_bytes=sealed))
        return self.upload

    def finish(self, delivery_uid: UUID) -> None:
        """Note the delivery that it became."""
        self._note(lambda tx: uploads.finish(tx, self.upload, delivery_uid=delivery_uid))

    def _steps(self, chunks: Iterator[bytes]) -> Iterator[None]:
        """Add chunk after chunk; stops wherever a step is reached, but for the last one, which only a delivery may end."""
        stopped_at = self.growing.received
        for chunk in chunks:
            if self.growing.received + len(chunk) > self.upload.size_bytes:
                raise UploadTooLong(size=self.upload.size_bytes)
            self.growing.add(chunk)
            if self.growing.received - stopped_at >= STEP_BYTES and not self.whole:
                self.door.require_room()
                stopped_at = self.growing.received
                yield

    def _note(self, change: Callable[[Writer], bool]) -> None:
        with self.door.db.write() as tx:
            office_id = _enter(tx, self.caller)
            if not change(tx):
                raise UploadUnknown  # given up, or forgotten, meanwhile
            found = uploads.find(
                tx, office_id=office_id, client_id=self.caller.client_id, upload_uid=self.upload.upload_uid
            )
        if found is not None:
            self.upload = found


def _enter(tx: Reader, caller: ProvinceOffice) -> int:
    office = offices.enter(tx, caller.office_code)
    if office is None:
        raise OfficeUnknown(office_code=caller.office_code)
    return office.office_id
