"""Two processors on one table: the same as one, in the same order, also when the copy dies."""

from __future__ import annotations

import os
import signal

import pyarrow as pa
import pytest

from landdata.flows import halves

CHUNKS = [[1, 2, 3], [4], [5, 6]]
TABLE = pa.table({"value": pa.chunked_array(CHUNKS)})
ME = os.getpid()


def doubled(part: pa.Table) -> pa.Table:
    values = part["value"].to_pylist()
    return pa.table({"value": [2 * one for one in values], "by": [os.getpid()] * len(values)})


def test_parted_where_its_columns_are():
    assert [one["value"].to_pylist() for one in halves.of(TABLE, 2)] == [[1, 2, 3], [4, 5, 6]]
    assert halves.of(TABLE, 7) == (TABLE,)
    assert len(halves.of(TABLE.combine_chunks(), 2)) == 1


def test_both_halves_in_order_by_two_processes():
    found = halves.both(doubled, *halves.of(TABLE, 2))
    assert found["value"].to_pylist() == [2, 4, 6, 8, 10, 12]
    assert found["by"].to_pylist()[:3] == [ME] * 3
    assert ME not in found["by"].to_pylist()[3:]


@pytest.mark.parametrize("end", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: 1 / 0], ids=["killed", "fails"])
def test_a_copy_that_dies_leaves_its_half(end, capfd):
    def work(part) -> pa.Table:
        if os.getpid() != ME:
            end()
        return doubled(part)

    found = halves.both(work, *halves.of(TABLE, 2))
    assert found["value"].to_pylist() == [2, 4, 6, 8, 10, 12]
    assert set(found["by"].to_pylist()) == {ME}
    assert "Traceback" not in capfd.readouterr().err


def test_what_goes_wrong_here_is_raised_and_leaves_no_process(monkeypatch):
    def work(part) -> pa.Table:
        if os.getpid() == ME:
            raise ValueError("here")
        return doubled(part)

    copies, fork = [], os.fork
    monkeypatch.setattr("os.fork", lambda: copies.append(fork()) or copies[-1])
    with pytest.raises(ValueError, match="here"):
        halves.both(work, *halves.of(TABLE, 2))
    with pytest.raises(ChildProcessError):
        os.waitpid(copies[0], os.WNOHANG)
