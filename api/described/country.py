"""The description of the public questions about units."""

from __future__ import annotations

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
}
