"""One half of a table by this process, the other by a copy of it: rules that hold the interpreter use both processors."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate

import pyarrow as pa

Work = Callable[[pa.Table], pa.Table]


def of(table: pa.Table, worth: int) -> tuple[pa.Table, ...]:
    """The table in two, parted where its columns are; in one with fewer rows than are `worth` it, or on one processor."""
    ends = list(accumulate(len(chunk) for chunk in table.column(0).chunks))
    inner = [end for end in ends if 0 < end < table.num_rows]
    if table.num_rows < worth or not inner or len(os.sched_getaffinity(0)) < 2:
        return (table,)
    middle = min(inner, key=lambda end: abs(end - table.num_rows / 2))
    return table.slice(0, middle), table.slice(middle)


def both(work: Work, first: pa.Table, second: pa.Table | None = None) -> pa.Table:
    """The work on both, one below the other. A copy that comes to nothing, whatever it was, leaves its half to this process."""
    if second is None:
        return work(first)
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        _send(work, second, reads, writes)
    os.close(writes)
    with ThreadPoolExecutor(1) as beside, os.fdopen(reads, "rb") as pipe:
        waiting = beside.submit(pipe.read)
        try:
            mine = work(first)
        finally:
            data = waiting.result()
            _, status = os.waitpid(child, 0)
    if status:
        return pa.concat_tables([mine, work(second)])
    return pa.concat_tables([mine, pa.ipc.open_stream(data).read_all()])


def _send(work: Work, part: pa.Table, reads: int, writes: int) -> None:
    """In the copy: do the work, write it into the pipe and end at once, without what the first process does at its end."""
    status = 1
    try:
        os.close(reads)
        done = work(part)
        with os.fdopen(writes, "wb") as pipe, pa.ipc.new_stream(pipe, done.schema) as stream:
            stream.write_table(done)
        status = 0
    finally:
        os._exit(status)
