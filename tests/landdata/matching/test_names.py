"""Two ways to write one Vietnamese name, by examples a clerk can read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landdata.matching.names import folded, plain

# one name, another, equal as written, equal with the tone's place ignored
EXAMPLES = [
    ("Nguyễn Văn A", "NGUYỄN  VĂN A ", True, True),
    ("Hòa", "Hoà", False, True),
    ("Nguyễn Thị Thúy", "Nguyễn Thị Thuý", False, True),
    ("Hòa", "Hóa", False, False),
    ("Hòa", "Hoa", False, False),
    ("Thuỷ", "Thủy", False, True),
    ("Hoàng", "Hòang", False, True),
    ("Quốc", "Qúôc", False, True),
    ("Quốc", "Qùôc", False, False),
    ("Đặng", "Dặng", False, False),
    ("Ân", "An", False, False),
    ("Lê Hòa Bình", "Lê Hoà Bình", False, True),
    ("Lê Hòa Bình", "Lê Hoa Bình", False, False),
    ("Lê Hòa Binh", "Lê Hoa Bình", False, False),  # a tone never moves to another syllable
]


@pytest.mark.parametrize(("one", "other", "same", "same_folded"), EXAMPLES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_examples(one, other, same, same_folded, form):
    written = unicodedata.normalize(form, other)
    assert (plain(one) == plain(written)) == same
    assert (folded(one) == folded(written)) == same_folded


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxy áàảãạấầẩẫậéèẻẽẹ", max_size=30))
def test_writing_a_name_twice_changes_nothing(name):
    assert plain(plain(name)) == plain(name)
    assert folded(plain(name)) == folded(name)
    assert plain(unicodedata.normalize("NFD", name.lower())) == plain(name)
