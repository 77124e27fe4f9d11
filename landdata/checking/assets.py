"""Checks of houses and apartments row by row: what an asset of its kind cannot be without, areas that contradict."""

from __future__ import annotations

import numpy as np

from landdata.checking.values import decimals, is_null, matches
from landdata.model.parcels import FlatRows, Found

_HOUSE, _APARTMENT = "^7$", "^8$"  # loaiTaiSan (domain.md 2.10)
# Walls are part of the construction area, not of the floor: one storey has somewhat less floor than ground.
_LEAST_SHARE = 0.5


def check(rows: FlatRows) -> list[Found]:
    """Warnings. That grade or floor area is absent says nothing: QR certificates do not print them."""
    kind = rows.columns["asset_kind"]
    unnamed = is_null(rows.columns["apartment_building_name"]) | is_null(rows.columns["apartment_number"])
    floor, ground = (
        decimals(rows.columns[name])[0].to_numpy(zero_copy_only=False)
        for name in ("floor_area_m2", "construction_area_m2")
    )
    small = np.less(floor, _LEAST_SHARE * ground)
    return [
        Found("APARTMENT_UNNAMED", np.flatnonzero(matches(kind, _APARTMENT) & unnamed)),
        Found("FLOOR_AREA_SMALL", np.flatnonzero(matches(kind, _HOUSE) & small)),
    ]
