"""Uploads that go on after a cut, as listed, and the declarations in their metadata."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from api import problems
from api.errors import where_of
from api.schemas.deliveries import DeliveryQuery
from landdata.model.deliveries import Declaration
from landdata.model.uploads import Upload

# What clients of the protocol send by themselves: another word for the name, and what decides nothing here.
_OTHER_NAMES = {"filename": "file_name"}
_IGNORED = frozenset({"filetype", "type", "relativePath", "fingerprint"})


class UploadOut(BaseModel):
    """An upload that is not whole yet; it goes on at its `address`."""

    upload_uid: UUID
    address: str = Field(description="Where it goes on, by HEAD and PATCH.")
    file_name: str
    idempotency_key: str = Field(description="Key of the delivery that it will be.")
    size_bytes: int
    received_bytes: int = Field(description="Bytes that are safely on disk.")
    expires_at: AwareDatetime = Field(description="When it is forgotten unless more of it comes.")

    @classmethod
    def of(cls, upload: Upload) -> "UploadOut":
        return cls(
            upload_uid=upload.upload_uid,
            address=f"/v1/uploads/{upload.upload_uid}",
            file_name=upload.declaration.file_name,
            idempotency_key=upload.declaration.idempotency_key,
            size_bytes=upload.size_bytes,
            received_bytes=upload.received_bytes,
            expires_at=upload.ends_at,
        )


class UploadsOut(BaseModel):
    """Uploads of one's own that are not whole, the one that was touched last first."""

    uploads: list[UploadOut]


def declaration_of(metadata: dict[str, str], key: str) -> Declaration:
    """What the office says about the file, by the rules of `DeliveryQuery`. Raises HttpError 422."""
    said: dict[str, Any] = {
        _OTHER_NAMES.get(name, name): value for name, value in metadata.items() if name not in _IGNORED and value
    }
    try:
        query = DeliveryQuery(**said)
    except ValidationError as error:
        where = where_of(error.errors(), "header.Upload-Metadata")
        raise problems.HttpError(problems.REQUEST_INVALID, where=where) from None
    return Declaration(
        idempotency_key=key,
        file_name=query.file_name,
        kind=query.kind,
        profile=query.profile,
        effective_on=query.effective_on,
        epsg=query.epsg,
        communes=None if query.communes is None else tuple(query.communes.split(",")),
    )
