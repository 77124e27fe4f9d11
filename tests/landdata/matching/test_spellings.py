"""A column of names at once reads every text as the rules for one text do, and damage finds its way back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landdata.matching import likeness, parties, spellings
from landdata.matching.legacy import mended
from landdata.matching.likeness import Likeness

FAMILY = ["Nguyễn", "Trần", "Lê", "Ông", "Hồ", "Võ", "Đỗ", "Bá", "Lã", "H'Biên", "Rơ", "Vo", "Ho"]
WORDS = [
    "Văn",
    "Thị",
    "Gia",
    "Đình",
    "Anh",
    "Bà",
    "Và",
    "Hùng",
    "Hòa",
    "Út",
    "Mỹ",
    "Niê",
    "Vợ",
    "Ba",
    "Chi",
    "A",
    "Hưngg",
]
TITLES = ["", "", "Ông ", "Bà ", "Hộ ông ", "Hộ gia đình bà ", "Ô. ", "Anh ", "Ông: ", "HỘ "]
BETWEEN = [" và ", ", ", " - ", " và vợ ", "; ", " & ", " và chồng là ông "]
NOTES = ["", "", "", " (đã chết)", " (chủ hộ)", " (SN 1960)"]

names = st.builds(
    lambda family, rest: " ".join([family, *rest]),
    st.sampled_from(FAMILY),
    st.lists(st.sampled_from(WORDS), max_size=3),
)
persons = st.builds("{}{}{}".format, st.sampled_from(TITLES), names, st.sampled_from(NOTES))
fields = st.one_of(persons, st.builds("{}{}{}".format, persons, st.sampled_from(BETWEEN), persons))
cased = st.builds(lambda text, case: case(text), fields, st.sampled_from([str, str.upper, str.lower, str.swapcase]))


def as_windows(data):
    """What a program shows that takes bytes for Windows-1252; holes stay control characters, as in most of them."""
    return "".join(bytes([one]).decode("cp1252", "ignore") or chr(one) for one in data)


def as_tcvn3(text):
    """What TCVN3 shows where its font is missing; letters it has not stay."""
    return "".join(TCVN3.get(letter, letter) for letter in text)


TCVN3 = dict(
    zip(
        "ăâêôơưđễùịòảữàốáúỹỗấíợồệ",
        "\xa8\xa9\xaa\xab\xac\xad\xae\xd4\xef\xde\xdf\xb6\xf7\xb5\xe8\xb8\xf3\xfc\xe7\xca\xdd\xee\xe5\xd6",
        strict=True,
    )
)
damaged = st.builds(
    lambda text, damage: damage(text), cased, st.sampled_from([str, as_tcvn3, lambda text: as_windows(text.encode())])
)


@given(st.lists(damaged, min_size=1, max_size=8, unique=True))
def test_all_at_once_reads_as_one_by_one(texts):
    found = spellings.written(pa.array(texts))
    for code, text in zip(found.code.tolist(), texts, strict=True):
        one = [found.words(np.array([code]), slot)[code] for slot in range(spellings.SLOTS)]
        assert one == parties.readings(text)


@pytest.mark.parametrize("text", ["Cộng đồng dân cư Lũng", "Chùa Hòa Bình", "Ban quản lý Hòa An", "UBND: xã Hòa Bình"])
def test_an_organisation_is_no_person(text):
    assert spellings.written(pa.array([text])).company.all()


plain_names = st.builds(
    lambda family, rest: " ".join([family, *rest]),
    st.sampled_from(["Nguyễn", "Hồ", "Bá", "Rơ"]),
    st.lists(st.sampled_from(["Văn", "Gia", "Đình", "Anh", "Hòa", "Út", "Niê", "Hưngg"]), min_size=1, max_size=3),
)


@given(plain_names)
def test_what_is_said_of_a_name_is_said_of_it_with_a_title(name):
    official = spellings.official(pa.array([name]))
    found = spellings.written(pa.array([f"Hộ ông {name}", name]))
    assert all(official.folded[0, 0] in found.folded[code] for code in found.code.tolist())


@given(
    st.lists(
        st.sampled_from(["Nguyễn", "Đặng", "Thị", "Văn", "Hùng", "Mỹ", "Hạnh", "Thọ", "Dương"]), min_size=2, max_size=4
    )
)
def test_utf_8_read_as_windows_comes_back(words):
    name = " ".join(words)
    assert mended(as_windows(name.encode())) == name
    assert mended(as_windows(as_windows(name.encode()).encode())) == name


@pytest.mark.parametrize("name", ["Nguyễn Thúy Hoà", "Mlô Niê", "tRIỆU mÙI", "VÕ THỊ ÁNH", "H'Ngăm Êban", "Lã Thị Hà"])
def test_what_is_not_damaged_stays(name):
    assert mended(name) == name


words = st.sampled_from(["NGUYỄN", "VĂN", "THỊ", "HÙNG", "HƯNG", "HÒA", "HOÀ", "HOA", "LAN", "LOAN", "MINH", "ANH"])


@given(st.lists(words, min_size=2, max_size=4), st.lists(words, min_size=2, max_size=4))
def test_names_of_other_letters_are_never_the_same(one, other):
    """SAME and LOST lose no letter and change no mark."""
    found = likeness.compare(one, other)
    if found.likeness <= Likeness.LOST:
        assert "".join(map(parties.straight, one)).translate(BARE) == "".join(map(parties.straight, other)).translate(
            BARE
        )
    if found.likeness is Likeness.SAME:
        assert likeness.compare(other, one).likeness is Likeness.SAME


BARE = str.maketrans("ỄĂỊÙƯÒÀ", "EAIUUOA")
