"""The description of the figures of matching."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations
from landdata.model.matching_quality import SIGNS

_NOW: dict[str, Any] = {
    "claims": 2210, "verified": 1480, "mismatch": 310, "not_found": 170, "incomplete": 210, "ambiguous": 30, "pending": 10,
    "left_out": 0, "match_rate": 0.6727,
    "reasons": {"NAME_DIFFERS": 240, "NUMBER_MISSING": 190, "NUMBER_UNKNOWN": 170},
    "signs": [
        {"code": "NUMBER_SHARED", "vi": SIGNS["NUMBER_SHARED"].vi, "en": SIGNS["NUMBER_SHARED"].en, "found": 22,
         "of": 2000, "share": 0.011},
    ],
}  # fmt: skip
_BEFORE = {
    **_NOW,
    "verified": 1590,
    "mismatch": 200,
    "match_rate": 0.7227,
    "reasons": {"NUMBER_MISSING": 190},
    "signs": [],
}
_LIST = {
    "on": "2026-11-22", "since": "2026-10-22", "division": "2025", "register_on": "2026-11-22", "level": "province",
    "simulated": True,
    "units": [
        {"level": "province", "code": "24", "name": "Bắc Ninh", "full_name": "Tỉnh Bắc Ninh", "now": _NOW,
         "before": _BEFORE, "change": {"match_rate": -0.05, "deviations": -3.61, "drift": "DOWN"}},
    ],
}  # fmt: skip
_TOLD = (
    "Số chủ sử dụng đất đã khớp với dữ liệu dân cư, lý do của phần chưa khớp, thay đổi so với một ngày khác và dấu hiệu "
    "dữ liệu bịa, theo từng đơn vị. Chỉ có số đếm, không có dữ liệu cá nhân."
)

_TABLE = (
    "on,since,division,level,code,unit,claims,verified,...\n2026-11-22,,2025,province,24,Tỉnh Bắc Ninh,2210,1480,...\n"
)

OPERATIONS: Operations = {
    ("get", "/v1/matching/quality"): Operation(
        "Chất lượng đối sánh", "Quality of matching", _TOLD,
        answers={200: _LIST}, codes={404: "DIVISION_UNKNOWN"},
    ),
    ("get", "/v1/matching/quality.csv"): Operation(
        "Chất lượng đối sánh, dạng bảng", "Quality of matching, as a table", _TOLD,
        answers={200: _TABLE},
        codes={404: "DIVISION_UNKNOWN"},
    ),
}  # fmt: skip
