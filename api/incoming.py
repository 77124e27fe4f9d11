"""Bodies that a thread works off as they come: piece after piece, never whole in memory, and not too many at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

from anyio import WouldBlock, fail_after, from_thread, to_thread

from api import problems
from api.services import Services

T = TypeVar("T")


class Pieces:
    """The pieces of a body; whoever says nothing for `patience` seconds is gone: the thread that waits is needed."""

    def __init__(self, chunks: AsyncIterator[bytes], *, patience: float) -> None:
        self._chunks, self._patience = chunks, patience

    async def next(self) -> bytes | None:
        """The next one; None at the end. Raises HttpError 408."""
        try:
            with fail_after(self._patience):
                return await anext(self._chunks, None)
        except TimeoutError:
            raise problems.HttpError(problems.UPLOAD_STALLED, headers={"Connection": "close"}) from None

    def in_thread(self) -> Iterator[bytes]:
        """The same for a worker thread, which asks for piece after piece."""
        while (chunk := from_thread.run(self.next)) is not None:
            if chunk:
                yield chunk


async def worked_off(services: Services, work: Callable[[], T]) -> T:
    """Do this in a thread of those that take files in. Raises HttpError 503 when all are taken, and what `work` raises."""
    try:
        services.uploads.acquire_nowait()
    except WouldBlock:
        raise problems.HttpError(problems.BUSY, headers={"Connection": "close"}) from None
    try:
        return await to_thread.run_sync(work)
    finally:
        services.uploads.release()
