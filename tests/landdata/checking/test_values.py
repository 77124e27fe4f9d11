"""Whole columns read at once: numbers, dates, items and groups, cell by cell what a careful reader would say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landdata.checking.components import any_in_group, components, first_in_group
from landdata.checking.values import certificates, codes, dates, decimals, integers, items


def texts(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


@pytest.mark.parametrize(
    ("text", "iso", "year"),
    [
        ("05/01/2020", "2020-01-05", 2020), ("5/1/2020", "2020-01-05", 2020), ("2020-01-05", "2020-01-05", 2020),
        ("29/02/2020", "2020-02-29", 2020), ("1957", None, 1957), (None, None, None),
        ("29/02/2019", None, None), ("31/04/2020", None, None), ("00/01/2020", None, None), ("13/13/2020", None, None),
        ("01/01/0000", None, None), ("0000", None, None), ("01/01/20", None, None), ("1/1/20200", None, None),
        ("2020-1-5", None, None), ("nay", None, None), ("٠١/٠١/٢٠٢٠", None, None),
    ],
)  # fmt: skip
def test_dates(text, iso, year):
    found = dates(texts(text))
    assert (found.iso.to_pylist(), found.year.to_pylist()) == ([iso], [year])
    assert found.unreadable.tolist() == [text is not None and year is None]


@given(st.dates(min_value=dt.date(1000, 1, 1)))
def test_every_day_comes_back_in_either_spelling(day):
    spelt = (f"{day.day}/{day.month}/{day.year}", day.strftime("%d/%m/") + str(day.year), day.isoformat())
    assert dates(texts(*spelt)).iso.to_pylist() == [day.isoformat()] * 3


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("007", 7),
        ("999999999", 999_999_999),
        ("0", 0),
        ("1000000000", 0),
        ("-1", 0),
        ("1.0", 0),
        ("٣", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_integers(text, value):
    assert integers(texts(text)).tolist() == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("100.5", 100.5),
        ("9999999999.99", 9999999999.99),
        ("12345678901", None),
        ("-1", None),
        ("1,5", None),
        ("nan", None),
        (".5", None),
    ],
)
def test_decimals(text, value):
    found, unreadable = decimals(texts(text))
    assert (found.to_pylist(), unreadable.tolist()) == ([value], [value is None])


def test_items():
    found = items(texts("ONT:100.0;CLN: 250.5 ;", None, "", "LUC", "a:b:c;;"), 2)
    assert found.parent.tolist() == [0, 0, 3, 4]
    assert [part.to_pylist() for part in found.parts] == [["ONT", "CLN", "LUC", "a"], ["100.0", "250.5", None, "b:c"]]


def test_one_certificate_however_its_day_is_spelt():
    columns = {
        "certificate_serial": texts("DB 1", "DB 1", "DB 1", "DB 2", None, "DB 1", None),
        "registry_number": texts("CH1", "CH1", "CH1", "CH1", None, "CH1", "CH1"),
        "certificate_date": texts(
            "01/02/2020", "1/2/2020", "2020-02-01", "01/02/2020", "01/02/2020", "02/02/2020", None
        ),
        "certificate_type": texts("11", "11", "11", "11", "11", "11", "11"),
    }
    key = certificates(columns)
    assert key[4] == -1
    assert key[0] == key[1] == key[2]
    assert len(set(key.tolist())) == 5


@given(st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.integers(0, 3)), min_size=1, max_size=30))
def test_codes_are_equal_exactly_where_cells_are(pairs):
    found = codes(texts(*(one[0] for one in pairs)), pa.array([one[1] for one in pairs]))
    for first, one in zip(found, pairs, strict=True):
        for second, other in zip(found, pairs, strict=True):
            assert (first == second) == (one == other)


@given(st.integers(1, 25), st.data())
def test_components_are_what_a_walk_finds(size, data):
    keys = [
        np.array(data.draw(st.lists(st.integers(-1, 6), min_size=size, max_size=size)), dtype=np.int64)
        for _ in range(2)
    ]
    found = components(size, keys)
    for start in range(size):
        seen, waiting = {start}, [start]
        while waiting:
            at = waiting.pop()
            near = {other for key in keys for other in range(size) if key[at] >= 0 and key[other] == key[at]}
            waiting += near - seen
            seen |= near
        assert {other for other in range(size) if found[other] == found[start]} == seen
    flag = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    assert any_in_group(flag, found).tolist() == [bool(flag[found == group].any()) for group in found]
    first = first_in_group(flag, found)
    for group in range(int(found.max()) + 1):
        members = np.flatnonzero((found == group) & flag)
        assert first[group] == (members[0] if len(members) else size)


def test_a_long_chain_is_one_group():
    chain = np.arange(5000)
    assert components(5000, [chain // 2, (chain + 1) // 2]).max() == 0
