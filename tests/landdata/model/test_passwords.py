"""Passwords are judged by length and by what everybody chooses, not by kinds of letters."""

from __future__ import annotations

import pytest

from landdata.model.passwords import fault


@pytest.mark.parametrize(
    "password",
    [
        "matkhau", "matkhau123", "123456789012", "123123123123", "qwertyuiop12", "aaaaaaaaaaaaaaa", "abcabcabcabcabc",
        "password1234", "P@ssword!2024", "Mật khẩu 123456", "anhyeuem123456", "Vietnam@2026!!", "Matkhau@123456",
        "nguyen.thi.lan", "nguyenthilan2026", "NguyenThiLan!!", "zxcvbnmasdfghjkl", "210987654321", "x" * 257,
    ],
)  # fmt: skip
def test_common_short_and_own_names_are_refused(password):
    vi, en = fault(password, "nguyen.thi.lan") or ("", "")
    assert vi
    assert en


@pytest.mark.parametrize(
    "password", ["con trâu đi trước cái cày", "correct horse battery", "kjhw8 9sd7f", "tôi ở Bắc Giang từ bé"]
)
def test_a_long_phrase_is_taken_whatever_its_letters(password):
    assert (fault(password, "nguyen.thi.lan") is None) == (len(password) >= 12)
