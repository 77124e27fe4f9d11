"""The description of the questions about coverage: the summary, units, the ladder, and the course over time."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_ASKED = {
    "on": "2023-03-28", "division": "2023", "register_on": "2023-03-28", "known_at": None, "rule": 2,
    "backfilled": True, "simulated": True,
}  # fmt: skip


def _count(least: int, most: int | None = None) -> dict[str, int]:
    return {"at_least": least, "at_most": least if most is None else most}


_UNIT: dict[str, Any] = {
    "level": "province", "code": "24", "name": "Bắc Giang", "full_name": "Tỉnh Bắc Giang", "connected": _count(1),
    "districts_connected": _count(6), "districts_total": 10, "communes_connected": _count(82), "communes_total": 209,
    "parcels": _count(2460), "certificates": _count(1640), "holders": _count(2210), "refused_share": 0.012,
    "last_effective_on": "2023-03-28", "last_recorded_at": "2026-11-21T08:15:00+07:00",
}  # fmt: skip
_LEVELS = [
    {"level": "province", "connected": _count(57), "total": 63},
    {"level": "district", "connected": _count(355), "total": 705},
    {"level": "commune", "connected": _count(4829), "total": 10599},
]
_AMOUNTS = {"parcels": _count(24429), "certificates": _count(20415), "holders": _count(31270)}
_LADDER = {
    **{name: value for name, value in _ASKED.items() if name not in {"rule", "backfilled"}}, "level": "country",
    "units": [
        {
            "level": "country", "code": "", "name": "Cả nước", "full_name": "Cả nước",
            "rungs": [
                {
                    "rung": "CONNECTED", "rule": 2, "basis": True, "stands": None, "levels": _LEVELS,
                    "communes_based": 4829, "numerator": 24429, "denominator": None, "share": None, **_AMOUNTS,
                },
            ],
        },
    ],
}  # fmt: skip
_RUNGS = {
    "rungs": [
        {
            "rung": "ON_TIME", "vi": "Đúng hạn", "en": "On time",
            "formula_vi": "Lần giao nộp mới nhất đã công bố của xã có hiệu lực không quá số ngày quy định trước ngày đó.",
            "formula_en": "The commune's newest published delivery counts from no more than the set number of days before.",
            "numerator": "stats.delivery_event.effective_on, state PUBLISHED", "denominator": "", "public": True,
            "rules": [
                {
                    "rule": 3, "effective_from": None, "recorded_at": "2026-11-21T08:15:00+07:00", "within_days": 92,
                    "commune_share": None, "district_communes": 1, "district_share": None, "province_communes": 1,
                    "province_share": None, "reason": "Một quý / a quarter",
                },
            ],
        },
    ],
}  # fmt: skip
_SERIES = {
    "from": "2023-02-28", "to": "2023-03-28", "step": "month", "division": None, "unit": "", "known_at": None,
    "simulated": True, "breaks": [],
    "points": [{"on": "2023-03-28", "register_from": "2023-01-01", "rule": 2, "levels": _LEVELS, **_AMOUNTS}],
    "published": [
        {
            "on": "2023-03-28", "exact": True, "dated": "2023-03-28", "scope": "national",
            "vi": "Báo cáo CCHC quý 1/2023 Bộ TN&MT", "en": "MONRE Q1-2023 administrative reform report",
            "source": "ministry report quoted in the press, 2023-03-28", "provinces": {"connected": 57, "total": 63},
            "districts": {"connected": 355, "total": 705}, "communes": {"connected": 4829, "total": 10599},
            "parcels_million": ">24", "note": "6 provinces not connected", "confidence": "high",
        },
    ],
}  # fmt: skip
_TOLD = "Số đơn vị đã kết nối trên tổng số theo từng cấp, và số thửa, giấy chứng nhận, chủ sử dụng trong đó."
_TOLD_UNITS = "Mọi đơn vị của một cấp, với phần đã kết nối bên trong."
_TOLD_LADDER = (
    "Cả nước, một đơn vị, hoặc mọi đơn vị của một cấp đứng trên những bậc nào. Các bậc về chất lượng dành cho Bộ, hệ thống "
    "đọc thống kê, và văn phòng đối với tỉnh của mình. Không có cơ sở (`basis` false) không phải là số 0."
)
_TOLD_SERIES = "Theo thời gian, của cả nước hoặc một đơn vị; số liệu do nơi khác công bố đứng trong danh sách riêng."
_TABLE_SUMMARY = (
    "\ufeffon,division,rule,level,connected_at_least,connected_at_most,total\n2023-03-28,2023,2,province,57,57,63\n"
)
_UNKNOWN = {404: "DIVISION_UNKNOWN"}

OPERATIONS: Operations = {
    ("get", "/v1/coverage"): Operation(
        "Mức độ kết nối cả nước", "Coverage of the country", _TOLD,
        answers={200: {**_ASKED, "levels": _LEVELS, "parcels": 24429, "certificates": 20415, "holders": 31270}},
        codes=_UNKNOWN,
    ),
    ("get", "/v1/coverage.csv"): Operation(
        "Mức độ kết nối cả nước, dạng bảng", "Coverage of the country, as a table", _TOLD,
        answers={200: _TABLE_SUMMARY}, codes=_UNKNOWN,
    ),
    ("get", "/v1/coverage/units"): Operation(
        "Mức độ kết nối của từng đơn vị", "Coverage unit by unit", _TOLD_UNITS,
        answers={200: {**_ASKED, "level": "province", "parent": None, "units": [_UNIT]}}, codes=_UNKNOWN,
    ),
    ("get", "/v1/coverage/units.csv"): Operation(
        "Mức độ kết nối của từng đơn vị, dạng bảng", "Coverage unit by unit, as a table", _TOLD_UNITS,
        answers={200: "\ufeffon,division,rule,level,code,unit\n2023-03-28,2023,2,province,24,Tỉnh Bắc Giang\n"},
        codes=_UNKNOWN,
    ),
    ("get", "/v1/coverage/rungs"): Operation(
        "Ý nghĩa các bậc", "What the rungs mean",
        "Mỗi bậc có nghĩa gì: công thức bằng lời, đếm từ đâu, và mọi phiên bản quy tắc.",
        answers={200: _RUNGS},
    ),
    ("get", "/v1/coverage/ladder"): Operation(
        "Các bậc của độ bao phủ", "The ladder of coverage", _TOLD_LADDER, answers={200: _LADDER}, codes=_UNKNOWN,
    ),
    ("get", "/v1/coverage/ladder.csv"): Operation(
        "Các bậc của độ bao phủ, dạng bảng", "The ladder of coverage, as a table", _TOLD_LADDER,
        answers={200: "\ufeffon,division,level,code,unit,rung,rule,basis\n2023-03-28,2023,country,,Cả nước,CONNECTED,2,yes\n"},
        codes=_UNKNOWN,
    ),
    ("get", "/v1/coverage/series"): Operation(
        "Độ bao phủ theo thời gian", "Coverage over time", _TOLD_SERIES, answers={200: _SERIES}, codes=_UNKNOWN,
    ),
    ("get", "/v1/coverage/series.csv"): Operation(
        "Độ bao phủ theo thời gian, dạng bảng", "Coverage over time, as a table", _TOLD_SERIES,
        answers={200: "\ufeffkind,on,unit,division_begins,rule\ncounted,2023-03-28,,,2\n"}, codes=_UNKNOWN,
    ),
}  # fmt: skip
