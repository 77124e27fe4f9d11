"""A file of any size is read, judged and taken in memory that grows by a stated number of bytes a row, and no more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.generators.bench import PARCELS_PER_COMMUNE, PROVINCE, write_bench_files

# docs/operator.md: memory of the worker and of its reader.
BYTES_A_ROW, SLACK = 400, 64 << 20
A_ROW_IS = 1.33  # rows a parcel, by `write_bench_files`


def peaks(folder: Path, rows: int) -> tuple[int, int, int]:
    """Rows of a file, and peak memory of the process that judges it and of its reader, in bytes."""
    parcels = min(int(rows / A_ROW_IS), 559 * PARCELS_PER_COMMUNE)
    file = write_bench_files(folder, parcels=parcels)
    command = [sys.executable, Path(__file__).with_name("memory.py"), file.path, PROVINCE, folder / "scratch"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    file.path.unlink()
    worker, reader = done.stdout.split()
    return file.rows, int(worker), int(reader)


@pytest.mark.parametrize(("few", "many"), [(60_000, 200_000), pytest.param(100_000, 2_000_000, marks=pytest.mark.full)])
def test_memory_grows_by_a_stated_number_of_bytes_a_row(tmp_path, few, many):
    rows, worker, reader = peaks(tmp_path, few)
    more_rows, more_worker, more_reader = peaks(tmp_path, many)
    print(
        f"{rows:,} rows: {worker >> 20} + {reader >> 20} MiB; {more_rows:,}: {more_worker >> 20} + {more_reader >> 20}"
    )
    assert more_worker <= worker + (more_rows - rows) * BYTES_A_ROW + SLACK
    assert more_reader <= reader + SLACK
