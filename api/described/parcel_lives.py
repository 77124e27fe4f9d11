"""The description of parcels found by number, and of their lives."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_KEY: dict[str, Any] = {"commune_code": "07201", "map_sheet_number": 1}
_VERSION = {
    "effective_from": "2023-03-28", "effective_to": None, "recorded_at": "2023-03-28T09:12:00+07:00", "ended_at": None,
    "restored": False, "withdrawn": False, "parcel_uid": None, "legal_area_m2": 100.0, "map_area_m2": 100.2, "epsg": 9214,
    "office_vi": "Văn phòng đăng ký đất đai tỉnh Bắc Giang", "office_en": "Land office of Bac Giang",
    "purposes": [
        {
            "code": "ONT", "name_vi": "Đất ở tại nông thôn", "name_en": "Rural residential land", "area_m2": 100.0,
            "term": "Lâu dài",
        }
    ],
}  # fmt: skip
_LIFE = {
    "id": "3935.1.11", "commune_name": "Phường Thọ Xương", "province_name": "Tỉnh Bắc Giang", "parcel_number": 11, **_KEY,
    "bbox": [106.19, 21.27, 106.191, 21.271], "versions": [_VERSION],
    "made_from": [{"id": "3935.1.1", "parcel_number": 1, **_KEY}], "became": [],
}  # fmt: skip
_FOUND = {
    "parcels": [
        {"id": "3935.1.7", "commune_name": "Phường Thọ Xương", "parcel_number": 7, "area_m2": 100.0, "purpose": "ONT", **_KEY}
    ],
    "communes": [], "more_communes": 0,
}  # fmt: skip
_CODES = {403: "ROLE_MISSING", 404: "FEATURE_UNKNOWN"}

OPERATIONS: Operations = {
    ("get", "/v1/parcels"): Operation(
        "Tìm thửa đất", "Find parcels",
        "Tìm theo xã, số tờ/số thửa hoặc mã thửa đất; không có thông tin về chủ sử dụng.", answers={200: _FOUND}, codes=_CODES,
    ),
    ("get", "/v1/parcels/{parcel_id}"): Operation(
        "Lịch sử một thửa đất", "The life of a parcel",
        "Mọi phiên bản của thửa đất, hình thành từ đâu và đã thành thửa nào; không có thông tin về chủ sử dụng.",
        answers={200: _LIFE}, codes=_CODES,
    ),
}  # fmt: skip
