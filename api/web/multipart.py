"""Reads a form with one file, as browsers send it (RFC 7578), while it comes: fields first, the file last, never in memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from api import problems
from api.requests import is_plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_BOUNDARY = re.compile(r'multipart/form-data\s*;.*?boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?\s*$', re.IGNORECASE)
_NAME = re.compile(r'form-data;\s*name="([a-z_]{1,40})"(?:;\s*filename="([^"]*)")?', re.IGNORECASE)
MOST_FIELDS, MOST_HEAD, MOST_VALUE = 20, 2_000, 32_000


class FileForm:
    """One form with one file. `fields` first; then `file_name` is known, and `content` gives the file piece by piece."""

    def __init__(self, content_type: str, chunks: AsyncIterator[bytes]) -> None:
        """Raises HttpError 415 for another kind of form."""
        found = _BOUNDARY.match(content_type)
        if found is None:
            raise problems.HttpError(problems.MEDIA_TYPE_UNSUPPORTED)
        self._mark = b"\r\n--" + found[1].encode("ascii")
        # The first boundary has no line break of its own in front.
        self._chunks, self._held = chunks, b"\r\n"
        self.file_name = ""

    async def fields(self) -> dict[str, str]:
        """All fields in front of the file. Raises HttpError 400."""
        found: dict[str, str] = {}
        await self._until(self._mark, 0)
        while True:
            head = await self._until(b"\r\n\r\n", MOST_HEAD)
            named = _NAME.search(head.decode("utf-8", "replace"))
            if named is None or len(found) >= MOST_FIELDS:
                raise problems.HttpError(problems.REQUEST_MALFORMED)
            if named[2] is not None:
                # Browsers write a quotation mark as %22; folders are nobody's business.
                self.file_name = re.split(r"[/\\]", named[2].replace("%22", '"'))[-1]
                return found
            value = (await self._until(self._mark, MOST_VALUE)).decode("utf-8", "replace")
            if named[1] in found or not is_plain(value):
                raise problems.HttpError(problems.REQUEST_MALFORMED)
            found[named[1]] = value

    async def content(self) -> AsyncIterator[bytes]:
        """The file, up to the boundary behind it; a form that breaks off before is no file. Raises HttpError 400."""
        keep = len(self._mark) - 1
        while True:
            at = self._held.find(self._mark)
            if at >= 0:
                if at:
                    yield self._held[:at]
                self._held = b""
                return
            ready, self._held = self._held[:-keep], self._held[-keep:]
            if ready:
                yield ready
            await self._more()

    async def _until(self, mark: bytes, most: int) -> bytes:
        while (at := self._held.find(mark)) < 0:
            if len(self._held) > most + len(mark) + MOST_HEAD:
                raise problems.HttpError(problems.REQUEST_MALFORMED)
            await self._more()
        found, self._held = self._held[:at], self._held[at + len(mark) :]
        if len(found) > most:
            raise problems.HttpError(problems.REQUEST_MALFORMED)
        return found

    async def _more(self) -> None:
        chunk = await anext(self._chunks, b"")
        if not chunk:
            raise problems.HttpError(problems.REQUEST_MALFORMED)
        self._held += chunk
