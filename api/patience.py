"""Asks the database in a thread, and no longer than a caller can wait: what never answers is as good as not there."""

from collections.abc import Callable
from typing import TypeVar

from anyio import fail_after, to_thread

from landdata.errors import DatabaseUnavailable
from landdata.flows.gather import PATIENCE

Answer = TypeVar("Answer")


async def ask(question: Callable[[], Answer], *, seconds: float = PATIENCE) -> Answer:
    """The answer of a blocking call. Raises DatabaseUnavailable when there is none in time.

    Its thread is left to itself then: a pool has few connections, and who waits for one of them gives up in a second.
    """
    try:
        with fail_after(seconds):
            return await to_thread.run_sync(question, abandon_on_cancel=True)
    except TimeoutError:
        raise DatabaseUnavailable from None
