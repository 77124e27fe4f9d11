"""Rows that stand in an Arrow file: read batch by batch or by number, and never held as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from landdata.model.parcels import Integers

# What the child writes at once, and so what the parent holds at once.
BATCH_ROWS = 1 << 15
_BATCH_BYTES = 64 << 20
_MARK = 8  # "ARROW1" and two zeros

# What the child says while it writes: what the layer is, then the rows of each batch that is written.
Tell = Callable[[dict[str, Any] | int], object]


def pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch cut small enough to be held many times over: some parcels have as many vertices as others have bytes."""
    step = max(1, min(BATCH_ROWS, batch.num_rows * _BATCH_BYTES // max(batch.nbytes, 1)))
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


class Stored:
    """The rows of an Arrow file. Each batch is read when it is asked for and forgotten afterwards.

    The file may still be growing: `arriving` then gives the rows of each batch as it stands there whole, and raises what
    went wrong. Plain reads, no memory map: mapped pages stay counted as this process's memory for as long as they are
    not wanted elsewhere.
    """

    def __init__(self, path: Path, arriving: Iterator[int] | None = None) -> None:
        self._path = path
        self._arriving = arriving
        self._start = [0]
        self._more()  # nothing stands in the file before its first batch does
        with self._from_the_beginning() as stream:
            self.schema: pa.Schema = stream.schema
        self.names: list[str] = self.schema.names
        if arriving is None:
            with self._opened(self.names[:1]) as file:
                for at in range(file.num_record_batches):
                    self._start.append(self._start[-1] + file.get_batch(at).num_rows)

    def __len__(self) -> int:
        while self._more():
            pass
        return self._start[-1]

    @property
    def empty(self) -> bool:
        """Whether there is no row; asked before all have come, it waits for the first."""
        return self._start[-1] == 0 and not self._more()

    @property
    def table(self) -> pa.Table:
        """All rows, mapped rather than read: for as long as the file stands."""
        return pa.ipc.open_file(pa.memory_map(str(self._path))).read_all() if len(self) else self.schema.empty_table()

    def batches(self, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All rows in order, each batch as soon as it is there; or some of their columns, when all are."""
        if names is None:
            with self._from_the_beginning() as stream:
                at = 0
                while at < len(self._start) - 1 or self._more():
                    yield stream.read_next_batch()
                    at += 1
        elif len(self):
            with self._opened(names) as file:
                for at in range(file.num_record_batches):
                    yield file.get_batch(at)

    def take(self, rows: Integers, names: Sequence[str] | None = None) -> pa.Table:
        """Rows by their numbers from 0, which ascend; only the batches they stand in are read."""
        len(self)  # the footer comes after the last row
        start = np.array(self._start)
        with self._opened(names) as file:
            cuts = np.searchsorted(rows, start)
            found = [
                file.get_batch(at).take(pa.array(rows[begin:end] - start[at]))
                for at, (begin, end) in enumerate(pairwise(cuts))
                if end > begin
            ]
            return pa.Table.from_batches(found, file.schema)

    def _more(self) -> bool:
        size = next(self._arriving, None) if self._arriving else None
        if size is not None:
            self._start.append(self._start[-1] + size)
        return size is not None

    def _from_the_beginning(self) -> pa.ipc.RecordBatchStreamReader:
        """An Arrow file is a stream between a mark and a footer, so it can be read before its footer is written."""
        source = pa.OSFile(str(self._path))
        source.seek(_MARK)
        return pa.ipc.open_stream(source)

    def _opened(self, names: Sequence[str] | None = None) -> pa.ipc.RecordBatchFileReader:
        options = None
        if names is not None:  # an empty list would mean all
            options = pa.ipc.IpcReadOptions(included_fields=[self.names.index(name) for name in names])
        return pa.ipc.open_file(pa.OSFile(str(self._path)), options=options)
