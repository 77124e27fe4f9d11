"""How far uploads are; their bytes are in `unfinished`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, select, text, update

from landdata.model.deliveries import Declaration, Kind, Profile
from landdata.model.uploads import KEPT, Upload
from landdata.store.engine import Reader, Writer
from landdata.store.tables import deliveries as d
from landdata.store.tables import uploads as t


def add(
    tx: Writer,
    *,
    upload_uid: UUID,
    office_id: int,
    client_id: str,
    declaration: Declaration,
    metadata: str,
    size_bytes: int,
    sealed_bytes: int,
) -> None:
    """Note an upload of which nothing came yet; its file is there."""
    tx.connection.execute(
        insert(t.upload).values(
            upload_uid=upload_uid,
            office_id=office_id,
            client_id=client_id,
            idempotency_key=declaration.idempotency_key,
            file_name=declaration.file_name,
            kind=declaration.kind.value,
            profile=declaration.profile.value if declaration.profile else None,
            effective_on=declaration.effective_on,
            epsg=declaration.epsg,
            communes=None if declaration.communes is None else list(declaration.communes),
            metadata=metadata,
            size_bytes=size_bytes,
            sealed_bytes=sealed_bytes,
        )
    )


def find(tx: Reader, *, office_id: int, client_id: str, upload_uid: UUID) -> Upload | None:
    """An upload of this caller; None for any other's."""
    query = _own(office_id, client_id).where(t.upload.c.upload_uid == upload_uid)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else _upload(row)


def unfinished(tx: Reader, *, office_id: int, client_id: str) -> tuple[Upload, ...]:
    """A caller's uploads that can go on, the one that was touched last first."""
    query = _own(office_id, client_id).where(t.upload.c.delivery_id.is_(None)).order_by(t.upload.c.touched_at.desc())
    return tuple(_upload(row) for row in tx.connection.execute(query))


def advance(tx: Writer, before: Upload, *, received_bytes: int, sealed_bytes: int) -> bool:
    """Note that more is on disk; False when the upload is gone, or somebody else went on with it."""
    return _change(tx, before, received_bytes=received_bytes, sealed_bytes=sealed_bytes)


def finish(tx: Writer, before: Upload, *, delivery_uid: UUID) -> bool:
    """Note the delivery that it became; False as `advance`."""
    of = select(d.delivery.c.delivery_id).where(d.delivery.c.delivery_uid == delivery_uid).scalar_subquery()
    return _change(tx, before, received_bytes=before.size_bytes, delivery_id=of)


def remove(tx: Writer, upload_uid: UUID) -> None:
    """Forget it."""
    tx.connection.execute(delete(t.upload).where(t.upload.c.upload_uid == upload_uid))


def remove_left(tx: Writer) -> int:
    """Forget those of which nothing came for a week, and those that became deliveries so long ago; how many."""
    old = t.upload.c.touched_at < func.clock_timestamp() - KEPT
    return len(tx.connection.execute(delete(t.upload).where(old).returning(t.upload.c.upload_uid)).all())


def on_disk(tx: Reader) -> frozenset[UUID]:
    """Whose files are still needed, of all offices."""
    return frozenset(tx.connection.scalars(select(t.upload.c.upload_uid).where(t.upload.c.delivery_id.is_(None))))


def _change(tx: Writer, before: Upload, **values: Any) -> bool:
    u = t.upload
    statement = update(u).where(u.c.upload_uid == before.upload_uid, u.c.received_bytes == before.received_bytes)
    statement = statement.values(**values, touched_at=func.clock_timestamp())
    return tx.connection.execute(statement.returning(u.c.upload_uid)).one_or_none() is not None


def _own(office_id: int, client_id: str) -> Select[Any]:
    u = t.upload
    joined = u.outerjoin(d.delivery, d.delivery.c.delivery_id == u.c.delivery_id)
    repeated = func.coalesce(d.delivery.c.recorded_at < u.c.begun_at, text("false"))
    columns = select(u, d.delivery.c.delivery_uid, repeated.label("repeated")).select_from(joined)
    return columns.where(u.c.office_id == office_id, u.c.client_id == client_id)


def _upload(row: Row[Any]) -> Upload:
    declaration = Declaration(
        idempotency_key=row.idempotency_key,
        file_name=row.file_name,
        kind=Kind(row.kind),
        profile=Profile(row.profile) if row.profile else None,
        effective_on=row.effective_on,
        epsg=row.epsg,
        communes=None if row.communes is None else tuple(row.communes),
    )
    return Upload(
        upload_uid=row.upload_uid,
        declaration=declaration,
        metadata=row.metadata,
        size_bytes=row.size_bytes,
        received_bytes=row.received_bytes,
        sealed_bytes=row.sealed_bytes,
        touched_at=row.touched_at,
        delivery_uid=row.delivery_uid,
        repeated=row.repeated,
    )
