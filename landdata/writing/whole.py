"""Writes a table as CSV, whole or not at all: it gets its name when every row is on disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from landdata.errors import MatchAnswerUnwritable


def write(table: pa.Table, target: Path) -> None:
    """Replace `target` by the table. Raises MatchAnswerUnwritable, and then nothing has changed."""
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            scratch = Path(file.name)
            try:
                options = pyarrow.csv.WriteOptions(quoting_style="needed")
                pyarrow.csv.write_csv(table, file, options)
                file.flush()
                os.fsync(file.fileno())
                scratch.chmod(0o600)  # it names citizens
                scratch.replace(target)
            except BaseException:
                scratch.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise MatchAnswerUnwritable(file=target.name, reason=error.strerror or "the disk does not answer") from error
