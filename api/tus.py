"""What the tus protocol (1.0.0, https://tus.io) says in headers: read strictly, and told; nothing here knows of deliveries."""

from __future__ import annotations

import base64
import binascii
import re
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from fastapi import Request

from api import problems
from api.requests import is_plain, refuse_encoding
from landdata.model.uploads import Checksum

if TYPE_CHECKING:
    from landdata.model.uploads import Upload

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
# As hashlib knows them; SHA-1 because the protocol asks for it: it guards against lines, not against people.
ALGORITHMS = ("sha256", "sha1")
PIECE = "application/offset+octet-stream"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
# Headers of answers, for the description.
RESUMABLE = {"Tus-Resumable": {**_TEXT, "description": "Version of the protocol: 1.0.0."}}
STANDING = {
    **RESUMABLE,
    "Upload-Offset": {"schema": {"type": "integer"}, "description": "Bytes that are safely on disk."},
    "Upload-Expires": {**_TEXT, "description": "When it is forgotten unless more of it comes."},
    "Delivery-Location": {**_TEXT, "description": "The delivery it became, once it is whole."},
    "Delivery-Repeated": {**_TEXT, "description": "`true`: that delivery had come before; nothing was done again."},
}


async def spoken(request: Request) -> None:
    """A dependency: the request speaks this version; every answer to it says so, refusals too. Raises HttpError 412."""
    told = request.state.answer_headers = dict(getattr(request.state, "answer_headers", {}))
    told["Tus-Resumable"] = VERSION
    if request.headers.get("tus-resumable") != VERSION:
        raise problems.HttpError(problems.TUS_VERSION_UNSUPPORTED, headers={"Tus-Version": VERSION})


def abilities(most: int) -> dict[str, str]:
    """Headers that say what the service can; `most`: bytes of the largest upload."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(most),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def standing(upload: Upload) -> dict[str, str]:
    """Headers that say how far an upload is."""
    told = {"Upload-Offset": str(upload.received_bytes), "Cache-Control": "no-store"}
    if upload.delivery_uid is None:
        told["Upload-Expires"] = format_datetime(upload.ends_at, usegmt=True)
    else:
        told["Delivery-Location"] = f"/v1/deliveries/{upload.delivery_uid}"
        told["Delivery-Repeated"] = "true" if upload.repeated else "false"
    return told


def metadata(text: str) -> dict[str, str]:
    """Names and values of Upload-Metadata. Raises HttpError 400."""
    found: dict[str, str] = {}
    for pair in text.split(",") if text.strip() else ():
        name, _, coded = pair.strip().partition(" ")
        try:
            value = base64.b64decode(coded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            raise problems.HttpError(problems.REQUEST_MALFORMED) from None
        if not _NAME.fullmatch(name) or name in found or not is_plain(value):
            raise problems.HttpError(problems.REQUEST_MALFORMED)
        found[name] = value
    return found


def checksum(text: str) -> Checksum | None:
    """What Upload-Checksum asks for; None without one. Raises HttpError 400 for another algorithm, too."""
    if not text:
        return None
    algorithm, _, coded = text.partition(" ")
    try:
        digest = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm not in ALGORITHMS or not digest:
        raise problems.HttpError(problems.REQUEST_MALFORMED)
    return Checksum(algorithm, digest)


def require_piece(request: Request) -> None:
    """Refuse a body of another kind than bytes of an upload. Raises HttpError 415."""
    refuse_encoding(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != PIECE:
        raise problems.HttpError(problems.MEDIA_TYPE_UNSUPPORTED)
