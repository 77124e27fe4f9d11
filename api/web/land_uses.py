"""How the map colours land by use: groups of purpose codes, each with a word; codes on no list are the last group's."""

from __future__ import annotations

from dataclasses import dataclass

from api.web.i18n import Words


@dataclass(frozen=True, slots=True)
class LandUse:
    """A colour of the map: the name of its token in `map.css`, and the purpose codes it stands for (TT 08/2024)."""

    key: str
    words: Words
    codes: tuple[str, ...] = ()


LAND_USES = (
    LandUse("home", Words("Đất ở", "Residential"), ("ONT", "ODT")),
    LandUse("rice", Words("Đất lúa", "Rice"), ("LUC", "LUK", "LUN", "LUA")),
    LandUse("annual", Words("Cây hằng năm khác", "Other annual crops"), ("BHK", "NHK", "HNK", "COC")),
    LandUse("perennial", Words("Cây lâu năm", "Perennial crops"), ("CLN", "LNC", "LNQ", "LNK")),
    LandUse("forest", Words("Rừng", "Forest"), ("RSX", "RPH", "RDD", "RST", "RSN", "RPT", "RPN", "RDT", "RDN")),
    LandUse(
        "water",
        Words("Nuôi trồng thủy sản, mặt nước", "Aquaculture, water"),
        ("NTS", "TSL", "TSN", "MNC", "SON", "MVB"),
    ),
    LandUse("other", Words("Đất khác", "Other land")),
)
