"""The description of the public questions about units and coverage."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_OLD = {
    "level": "province", "code": "24", "name": "Bắc Giang", "name_ascii": "Bac Giang", "type": "tỉnh",
    "full_name": "Tỉnh Bắc Giang", "parent_code": None, "valid_from": None, "valid_to": "2025-07-01",
}  # fmt: skip
_NEW = {
    "level": "province", "code": "24", "name": "Bắc Ninh", "name_ascii": "Bac Ninh", "type": "tỉnh",
    "full_name": "Tỉnh Bắc Ninh", "parent_code": None, "valid_from": "2025-07-01", "valid_to": None,
}  # fmt: skip
_STEP = {
    "kind": "merge", "effective_on": "2025-07-01", "extent": "full", "old": _OLD, "new": _NEW,
    "legal_ref": "202/2025/QH15; 19/2025/QĐ-TTg", "confidence": "high", "note": "code kept, name changed",
}  # fmt: skip
_ASKED = {
    "on": "2023-03-28", "division": "2023", "register_on": "2023-03-28", "known_at": None, "backfilled": True,
    "simulated": True,
}  # fmt: skip


def _count(least: int, most: int | None = None) -> dict[str, int]:
    return {"at_least": least, "at_most": least if most is None else most}


_UNIT: dict[str, Any] = {
    "level": "province", "code": "24", "name": "Bắc Giang", "full_name": "Tỉnh Bắc Giang", "connected": _count(1),
    "districts_connected": _count(6), "districts_total": 10, "communes_connected": _count(82), "communes_total": 209,
    "parcels": _count(2460), "certificates": _count(1640), "holders": _count(2210), "refused_share": 0.012,
    "last_effective_on": "2023-03-28", "last_recorded_at": "2026-11-21T08:15:00+07:00",
}  # fmt: skip

OPERATIONS: Operations = {
    ("get", "/v1/units/{level}/{code}"): Operation(
        "Đơn vị mang mã này vào một ngày",
        "What a code meant on a day",
        "Đơn vị hành chính mang mã này vào ngày đó: nhiều mã đổi nghĩa từ ngày 1/7/2025.",
        answers={200: {"on": "2023-03-28", "unit": _OLD}},
        codes={404: "UNIT_UNKNOWN"},
    ),
    ("get", "/v1/units/{level}/{code}/versions"): Operation(
        "Mọi đơn vị từng mang mã này",
        "Every unit that had this code",
        "Mọi phiên bản đơn vị từng mang mã này, cũ nhất trước.",
        answers={200: {"level": "province", "code": "24", "versions": [_OLD, _NEW]}},
    ),
    ("get", "/v1/units/{level}/{code}/successors"): Operation(
        "Đơn vị đã thành gì",
        "What became of a unit",
        "Đơn vị của ngày đó về sau thành những đơn vị nào, từng bước.",
        answers={200: {"on": "2023-03-28", "level": "province", "code": "24", "steps": [_STEP]}},
        codes={404: "UNIT_UNKNOWN"},
    ),
    ("get", "/v1/units/{level}/{code}/predecessors"): Operation(
        "Đơn vị được lập từ gì",
        "What a unit was made from",
        "Đơn vị của ngày đó được lập từ những đơn vị nào.",
        answers={200: {"on": "2026-11-22", "level": "province", "code": "24", "steps": [_STEP]}},
        codes={404: "UNIT_UNKNOWN"},
    ),
    ("get", "/v1/coverage"): Operation(
        "Mức độ kết nối cả nước",
        "Coverage of the country",
        "Số đơn vị đã kết nối trên tổng số theo từng cấp, và số thửa, giấy chứng nhận, chủ sử dụng trong đó.",
        answers={
            200: {
                **_ASKED,
                "levels": [
                    {"level": "province", "connected": _count(57), "total": 63},
                    {"level": "district", "connected": _count(355), "total": 705},
                    {"level": "commune", "connected": _count(4829), "total": 10599},
                ],
                "parcels": 24429,
                "certificates": 20415,
                "holders": 31270,
            }
        },
        codes={404: "DIVISION_UNKNOWN"},
    ),
    ("get", "/v1/coverage/units"): Operation(
        "Mức độ kết nối của từng đơn vị",
        "Coverage unit by unit",
        "Mọi đơn vị của một cấp, với phần đã kết nối bên trong.",
        answers={200: {**_ASKED, "level": "province", "parent": None, "units": [_UNIT]}},
        codes={404: "DIVISION_UNKNOWN"},
    ),
}
