"""Opens an extract of the population platform: CSV or Parquet with the columns of people, all text; no value is interpreted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from landdata.errors import MatchColumnsMissing, MatchFileUnreadable
from landdata.reading import matchable

_PARQUET = b"PAR1"


def read(path: Path, columns: Sequence[str]) -> pa.Table:
    """The table with these columns, in their order; empty cells are null. Raises as `matchable.read` does."""
    try:
        with path.open("rb") as file:
            parquet = file.read(len(_PARQUET)) == _PARQUET
    except OSError as error:
        raise MatchFileUnreadable(file=path.name, reason=error.strerror or "it cannot be opened") from error
    table = _parquet(path, columns) if parquet else matchable.read(path, columns, ())
    return table.select(columns).combine_chunks()


def _parquet(path: Path, columns: Sequence[str]) -> pa.Table:
    try:
        names = pq.read_schema(path).names
        if missing := [name for name in columns if name not in names]:
            raise MatchColumnsMissing(file=path.name, columns=", ".join(missing))
        table = pq.read_table(path, columns=list(columns))
        return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
        # Their messages may quote cells.
        raise MatchFileUnreadable(file=path.name, reason="it is no whole Parquet file of text and dates") from None
