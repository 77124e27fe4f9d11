"""The six socio-economic regions by province code, for each division of the country; membership only."""

from __future__ import annotations

from dataclasses import dataclass

from api.web.i18n import Words


@dataclass(frozen=True, slots=True)
class Region:
    """A planning region: the key stands in the address bar, so it is never renamed."""

    key: str
    name: Words
    short: Words
    provinces: frozenset[str]


def _region(key: str, name: Words, short: Words, codes: str) -> Region:
    return Region(key, name, short, frozenset(codes.split()))


_NORTH = Words("Trung du và miền núi phía Bắc", "Northern midlands and mountains")
_RED = Words("Đồng bằng sông Hồng", "Red River delta")
_SOUTH_EAST = Words("Đông Nam Bộ", "South-east")
_MEKONG = Words("Đồng bằng sông Cửu Long", "Mekong delta")
_NORTH_SHORT = Words("Núi phía Bắc", "Northern uplands")
_RED_SHORT = Words("ĐB sông Hồng", "Red River delta")
_MEKONG_SHORT = Words("ĐB sông Cửu Long", "Mekong delta")

REGIONS: dict[str, tuple[Region, ...]] = {
    # Resolution 81/2023/QH15, national master plan 2021-2030: 14 + 11 + 14 + 5 + 6 + 13 provinces.
    "2023": (
        _region("nui-phia-bac", _NORTH, _NORTH_SHORT, "02 04 06 08 10 11 12 14 15 17 19 20 24 25"),
        _region("song-hong", _RED, _RED_SHORT, "01 22 26 27 30 31 33 34 35 36 37"),
        _region(
            "mien-trung",
            Words("Bắc Trung Bộ và duyên hải miền Trung", "North-central and central coast"),
            Words("Miền Trung", "Central coast"),
            "38 40 42 44 45 46 48 49 51 52 54 56 58 60",
        ),
        _region(
            "tay-nguyen",
            Words("Tây Nguyên", "Central highlands"),
            Words("Tây Nguyên", "Central highlands"),
            "62 64 66 67 68",
        ),
        _region("dong-nam-bo", _SOUTH_EAST, _SOUTH_EAST, "70 72 74 75 77 79"),
        _region("cuu-long", _MEKONG, _MEKONG_SHORT, "80 82 83 84 86 87 89 91 92 93 94 95 96"),
    ),
    # The plan as adjusted for 34 provinces (Government resolution 306/NQ-CP of 2025): 9 + 6 + 5 + 6 + 3 + 5.
    "2025": (
        _region("nui-phia-bac", _NORTH, _NORTH_SHORT, "04 08 11 12 14 15 19 20 25"),
        _region("song-hong", _RED, _RED_SHORT, "01 22 24 31 33 37"),
        _region(
            "bac-trung-bo",
            Words("Bắc Trung Bộ", "North-central"),
            Words("Bắc Trung Bộ", "North-central"),
            "38 40 42 44 46",
        ),
        _region(
            "nam-trung-bo-tay-nguyen",
            Words("Duyên hải Nam Trung Bộ và Tây Nguyên", "South-central coast and highlands"),
            Words("Nam Trung Bộ, Tây\N{NO-BREAK SPACE}Nguyên", "South-central, highlands"),
            "48 51 52 56 66 68",
        ),
        _region("dong-nam-bo", _SOUTH_EAST, _SOUTH_EAST, "75 79 80"),
        _region("cuu-long", _MEKONG, _MEKONG_SHORT, "82 86 91 92 96"),
    ),
}


def region_of(division: str, code: str) -> Region | None:
    """The region a province belongs to; None for a code the division does not know."""
    return next((one for one in REGIONS.get(division, ()) if code in one.provinces), None)
