"""Works on a few things at once, so that one waits for no other; NumPy, Arrow and GEOS let threads run side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")

# As many things are in memory as are worked on, so this is small.
_AT_ONCE = 2


def each(work: Callable[[_Thing], _Result], things: Iterable[_Thing]) -> Iterator[_Result]:
    """The work of every thing, in their order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting: deque[Future[_Result]] = deque()
        for thing in things:
            waiting.append(pool.submit(work, thing))
            if len(waiting) == _AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
