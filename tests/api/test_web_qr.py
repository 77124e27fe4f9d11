"""The QR code: module by module what another encoder draws, and what a reader of such codes read."""

from __future__ import annotations

import hashlib
import re

from api.web.qr import MOST_BYTES, QUIET, SIZE, path

ADDRESS = "otpauth://totp/Land%20Data:bui.thi.doi?secret=UDYR5OCBREPSW6LS2WOWLYMEKCOCULOP&issuer=Land%20Data"


def print_of(text: str) -> str:
    dark = {(int(y), int(x)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path(text))}
    assert all(QUIET <= one < SIZE + QUIET for place in dark for one in place)
    every = range(QUIET, SIZE + QUIET)
    return hashlib.sha256("".join("01"[(y, x) in dark] for y in every for x in every).encode()).hexdigest()


def test_a_full_one_is_what_segno_draws():
    assert print_of("x" * MOST_BYTES) == "fcf6199d8b88b33dd28c873089c04a9a165e4d759a090faed11746b70110779b"


def test_an_address_is_what_zxing_read():
    assert print_of(ADDRESS) == "1e744a88360f40cdf40d4647dfc553bfce7ae0c4c6e8fc0d3294538edba6c21f"


def test_what_is_too_long_is_not_drawn():
    assert path("x" * (MOST_BYTES + 1)) == ""
    assert path("Đ" * 68) == ""
