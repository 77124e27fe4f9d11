"""What a spreadsheet program could run is made text, and whatever it was comes back letter by letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landdata.model.cells import as_sent, harmless, harmless_row, runs

_STARTS = "=+-@\t\r\n'＝＋－＠"


@pytest.mark.parametrize(
    "text", ["=1+1", "+A1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''@a"]
)
def test_what_could_run_does_not(text):
    assert harmless(text) == f"'{text}"
    assert runs(text)
    assert as_sent(harmless(text)) == text


@pytest.mark.parametrize(
    "text", ["", "Thôn 1", "-1", "+12.5", "-0,5", "-3.2%", "'", "O'Brien", "a=b", "1-2", "POLYGON ((0 -1))"]
)
def test_what_cannot_stays_as_it_is(text):
    assert harmless(text) == as_sent(text) == text


@given(st.text(alphabet=st.one_of(st.sampled_from(_STARTS + "0123.,%a"), st.characters()), max_size=12))
def test_every_text_comes_back(text):
    assert as_sent(harmless(text)) == text
    assert harmless(text)[:1] not in set(_STARTS) - {"'"} or not runs(text)


def test_numbers_of_a_row_stay_numbers():
    assert harmless_row(["=1", -2, None, 3.5, "-2"]) == ["'=1", -2, None, 3.5, "-2"]
