"""The description of what land offices do: deliver, follow, decide, withdraw, and get back."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_UID = "0b6f3a0e-8f0a-4c53-9a55-6f2f8a1f5a20"
_FINDING = {
    "code": "AREA_DIFFERS", "details": {"value": 12.5}, "severity": "WARNING", "layer": "parcels", "row_no": 17,
    "detail": "Diện tích pháp lý lệch diện tích đo trên bản đồ 12.5 m².",
    "detail_en": "Legal and measured area differ by 12.5 m2.",
    "mend": "Kiểm tra hình thửa và giấy chứng nhận.", "mend_en": "Check the geometry and the certificate.",
}  # fmt: skip
_DELIVERY: dict[str, Any] = {
    "delivery_uid": _UID, "office_code": "LO-24", "file_name": "bac_giang_2023_03.gpkg", "format": "gpkg", "kind": "full",
    "profile": "flat", "named": None, "effective_on": "2023-03-28", "recorded_at": "2026-11-21T08:15:00+07:00",
    "finished_at": "2026-11-21T08:15:09+07:00", "state": "PUBLISHED", "backfilled": True, "progress_done": 2475,
    "progress_total": 2475, "stage": "DONE", "stage_done": 2475, "stage_total": 2475, "seconds_left": None,
    "ahead": None, "refusal": None, "doubts": [],
    "decisions": [], "findings": [_FINDING], "findings_total": 1, "simulated": True,
    "ledger": [
        {"layer": "parcels", "rows_read": 2475, "rows_new": 2460, "rows_changed": 0, "rows_unchanged": 0,
         "rows_refused": 15, "records_refused": 14, "rows_waiting": 0, "unknown_columns": []},
    ],
    "communes": [
        {"code": "07201", "name": "Phường Thọ Xương", "parcels_before": 0, "parcels_new": 31, "parcels_retired": 0,
         "parcels_after": 31, "state": "PUBLISHED", "reasons": [], "rows_new": 31, "rows_changed": 0,
         "rows_unchanged": 0, "rows_held": 0, "rows_waiting": 0, "unclaimed": 0},
    ],
}  # fmt: skip
_RECEIPT = {
    "delivery_uid": _UID, "state": "RECEIVED", "size_bytes": 1204224, "repeated": False,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}  # fmt: skip
_WHO = {"person": "nguyen.thi.lan", "reason": "Đã đối chiếu với hồ sơ địa chính."}
_UNKNOWN = {404: "DELIVERY_UNKNOWN"}
_BASE = "/v1/deliveries/{delivery_uid}"
# A file as bytes has no example that can be read; it says what it is.
_FILE = "(bytes)"

OPERATIONS: Operations = {
    ("post", "/v1/deliveries"): Operation(
        "Giao nộp một tệp",
        "Deliver a file",
        "Giao nộp một tệp. Tệp được lưu trước khi đọc; câu trả lời cho biết xem kết quả ở đâu.",
        answers={202: _RECEIPT, 200: {**_RECEIPT, "repeated": True}},
        codes={409: "DELIVERY_KEY_REUSED", 408: "UPLOAD_STALLED", 413: "DELIVERY_TOO_LARGE", 400: "DELIVERY_EMPTY"},
        given=_FILE,
    ),
    ("get", _BASE): Operation(
        "Xem một lần giao nộp",
        "A delivery as it stands",
        "Trạng thái, sổ cái và các phát hiện của lần giao nộp của chính cơ quan mình.",
        answers={200: _DELIVERY},
        codes=_UNKNOWN,
    ),
    ("get", f"{_BASE}/events"): Operation(
        "Theo dõi tiến độ",
        "Follow a delivery",
        "Tiến độ của lần giao nộp dưới dạng server-sent events, đến khi kết thúc hoặc trong bốn phút; rồi hỏi lại.",
        answers={
            200: 'retry: 3000\n\nevent: end\nid: end.PUBLISHED\ndata: {"state": "PUBLISHED"}\n\n',
        },
        codes={**_UNKNOWN, 503: "BUSY"},
    ),
    ("post", f"{_BASE}/decisions"): Operation(
        "Quyết định phần đang chờ",
        "Decide about what waits",
        "Người thứ hai đồng ý với các xã đang chờ hoặc trả lại; hệ thống đã giao nộp không được tự quyết định.",
        answers={202: {"communes": 2}},
        codes={**_UNKNOWN, 403: "DECIDER_DELIVERED", 409: "NOTHING_WAITS"},
        given={**_WHO, "decision": "approve", "communes": ["07201", "07204"]},
    ),
    ("post", f"{_BASE}/withdrawal"): Operation(
        "Rút lại lần giao nộp",
        "Withdraw a delivery",
        "Khôi phục đúng những gì có trước đó; bị từ chối nếu lần giao nộp sau đã đổi hoặc xác nhận cùng hồ sơ.",
        answers={202: None},
        codes={**_UNKNOWN, 409: "NOT_WITHDRAWABLE"},
        given=_WHO,
    ),
    ("get", f"{_BASE}/refused"): Operation(
        "Tải các dòng bị trả lại",
        "The refused rows",
        "Các dòng bị trả lại, đúng định dạng và hệ tọa độ đã nhận, kèm lý do từng dòng: sửa rồi giao nộp lại.",
        answers={200: _FILE},
        codes={404: "NOTHING_REFUSED", 409: "DELIVERY_UNFINISHED"},
    ),
    ("get", f"{_BASE}/report"): Operation(
        "Tải báo cáo",
        "The report",
        "Mọi phát hiện với câu giải thích và cách sửa bằng hai thứ tiếng; dạng JSON có cả nội dung của lần giao nộp.",
        answers={200: _FILE},
        codes={**_UNKNOWN, 409: "DELIVERY_UNFINISHED"},
    ),
    ("get", f"{_BASE}/map"): Operation(
        "Tải bản đồ lỗi",
        "The map of faults",
        "Các thửa bị trả lại hoặc bị cảnh báo: tất cả dưới dạng GeoJSON, 240 thửa nặng nhất dưới dạng hình vẽ.",
        answers={200: _FILE},
        codes={404: "NOTHING_TO_DRAW", 409: "DELIVERY_UNFINISHED"},
    ),
}
