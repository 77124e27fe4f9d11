"""Rows that stand in an Arrow file: read batch by batch or by number, and never held as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from landdata.model.parcels import Integers

# What the child writes at once, and so what the parent holds at once.
BATCH_ROWS = 1 << 15
_BATCH_BYTES = 64 << 20


def pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch cut small enough to be held many times over: some parcels have as many vertices as others have bytes."""
    step = max(1, min(BATCH_ROWS, batch.num_rows * _BATCH_BYTES // max(batch.nbytes, 1)))
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


class Stored:
    """The rows of an Arrow file. Each batch is read when it is asked for and forgotten afterwards.

    Plain reads, no memory map: mapped pages stay counted as this process's memory for as long as they are not wanted
    elsewhere.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._opened() as file:
            self.schema: pa.Schema = file.schema
            self.names: list[str] = file.schema.names
        with self._opened(self.names[:1]) as file:
            sizes = [file.get_batch(at).num_rows for at in range(file.num_record_batches)]
        self._start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    def __len__(self) -> int:
        return int(self._start[-1])

    @property
    def table(self) -> pa.Table:
        """All rows, mapped rather than read: for as long as the file stands."""
        return pa.ipc.open_file(pa.memory_map(str(self._path))).read_all()

    def batches(self, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All rows in order, or some of their columns."""
        with self._opened(names) as file:
            for at in range(file.num_record_batches):
                yield file.get_batch(at)

    def take(self, rows: Integers, names: Sequence[str] | None = None) -> pa.Table:
        """Rows by their numbers from 0, which ascend; only the batches they stand in are read."""
        with self._opened(names) as file:
            cuts = np.searchsorted(rows, self._start)
            found = [
                file.get_batch(at).take(pa.array(rows[begin:end] - self._start[at]))
                for at, (begin, end) in enumerate(pairwise(cuts))
                if end > begin
            ]
            return pa.Table.from_batches(found, file.schema)

    def _opened(self, names: Sequence[str] | None = None) -> pa.ipc.RecordBatchFileReader:
        options = None
        if names is not None:  # an empty list would mean all
            options = pa.ipc.IpcReadOptions(included_fields=[self.names.index(name) for name in names])
        return pa.ipc.open_file(pa.OSFile(str(self._path)), options=options)
