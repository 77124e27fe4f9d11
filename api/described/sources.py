"""The description of sources and alerts."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_SOURCE: dict[str, Any] = {
    "office": "LO-24", "name": "Văn phòng đăng ký đất đai tỉnh Bắc Giang", "name_en": "Land office of Bac Giang",
    "provinces": [{"code": "24", "full_name": "Tỉnh Bắc Ninh"}], "method": "PUSH",
    "method_vi": "Văn phòng gửi qua API, dòng lệnh hoặc thư mục nhận",
    "method_en": "The office sends by API, command or drop folder", "state": "LATE", "since": "2026-11-21T00:05:00+07:00",
    "promise": {"cadence_days": 30, "first_due_on": None, "communes": 99, "contact": "Phòng Kỹ thuật, Văn phòng"},
    "last_on": "2026-10-21", "due_on": "2026-11-20", "days_late": 2, "communes": 82,
    "connections": [
        {"connection_uid": "5b6f0b7e-61d2-4a53-9a44-1c1a3d8ef101", "way": "OAPIF", "standing": "ACTIVE",
         "next_at": "2026-11-23T01:00:00+07:00", "failures": 0, "pulled_at": "2026-11-22T01:00:04+07:00",
         "outcome": "DELIVERED", "code": None},
    ],
}  # fmt: skip
_EVENTS = [
    {"step": 1, "at": "2026-01-05T09:00:00+07:00", "cause": "REGISTERED", "before": None, "after": "NEVER_CONNECTED",
     "delivery_uid": None, "due_on": None, "person": None, "reason": ""},
    {"step": 2, "at": "2026-01-12T09:00:00+07:00", "cause": "RECEIVED", "before": "NEVER_CONNECTED", "after": "CONNECTING",
     "delivery_uid": "0f9f5e0c-6a1c-4f0e-9f2f-6f7c2f1b8a10", "due_on": None, "person": None, "reason": ""},
    {"step": 3, "at": "2026-11-21T00:05:00+07:00", "cause": "MISSED", "before": "CONNECTED", "after": "LATE",
     "delivery_uid": None, "due_on": "2026-11-20", "person": None, "reason": ""},
]  # fmt: skip
_LIFE = {**_SOURCE, "events": _EVENTS}
_LIST = {
    "on": "2026-11-22", "division": "2025", "simulated": True, "sources": [_SOURCE],
    "without": [{"code": "01", "full_name": "Thành phố Hà Nội"}],
}  # fmt: skip
_TABLE = "on,division,province,province_name,office,...\n2026-11-22,2025,24,Tỉnh Bắc Ninh,LO-24,...\n"
_ALERT = {
    "alert": "b0b0a9c4-0f51-4a51-8f4e-0a3b6f0b7b11", "rule": "SOURCE_OVERDUE", "vi": "Nguồn quá hạn đã cam kết",
    "en": "A source is behind its promise", "mend_vi": "Liên hệ văn phòng.", "mend_en": "Turn to the office.",
    "subject": "LO-24", "office": "LO-24", "office_name": "Văn phòng đăng ký đất đai tỉnh Bắc Giang",
    "opened_at": "2026-11-21T00:05:00+07:00", "closed_at": None, "unit": "DAYS", "value": 1.0, "threshold": 1.0,
    "closed_value": None, "details": {"due_on": "2026-11-20"},
}  # fmt: skip
_CODES = {401: "SIGN_IN_NEEDED", 403: "ROLE_MISSING", 404: "SOURCE_UNKNOWN"}
_TOLD = (
    "Mỗi văn phòng giao nộp bằng cách nào, đã cam kết gì và đang ở trạng thái nào. Cán bộ Bộ xem tất cả, văn phòng xem "
    "nguồn của mình."
)

OPERATIONS: Operations = {
    ("get", "/v1/sources"): Operation(
        "Nguồn dữ liệu của các tỉnh", "Sources of the provinces", _TOLD,
        answers={200: _LIST}, codes={**_CODES, 404: "DIVISION_UNKNOWN"},
    ),
    ("get", "/v1/sources.csv"): Operation(
        "Nguồn dữ liệu, dạng bảng", "Sources, as a table", _TOLD,
        answers={200: _TABLE}, codes={**_CODES, 404: "DIVISION_UNKNOWN"},
    ),
    ("get", "/v1/sources/{province}"): Operation(
        "Nguồn dữ liệu của một tỉnh", "Sources of a province",
        "Nguồn của một tỉnh và mọi thay đổi của nó: lúc nào, do lần giao nộp nào, hạn nào bị lỡ hay ai quyết định.",
        answers={200: {"province": "24", "sources": [_LIFE]}}, codes=_CODES,
    ),
    ("post", "/v1/sources/{province}/steps"): Operation(
        "Tạm dừng, tiếp tục, kết thúc một nguồn", "Pause, resume or end a source",
        "Cán bộ Bộ nói rằng tạm thời không chờ dữ liệu, chờ lại, hoặc không chờ nữa; kèm lý do.",
        answers={200: _LIFE}, codes={**_CODES, 409: "SOURCE_STEP_UNFIT"},
        given={"office": "LO-24", "step": "PAUSE", "reason": "Văn phòng chuyển hệ thống trong tháng 12."},
    ),
    ("post", "/v1/sources/{province}/promises"): Operation(
        "Ghi cam kết của một nguồn", "Note what a source promises",
        "Cam kết mới thay toàn bộ cam kết trước và tính từ hôm nay; cam kết trước vẫn được lưu.",
        answers={201: _LIFE}, codes={**_CODES, 409: "SOURCE_STEP_UNFIT"},
        given={"office": "LO-24", "cadence_days": 30, "communes": 99, "contact": "Phòng Kỹ thuật, Văn phòng",
               "reason": "Theo công văn của văn phòng."},
    ),
    ("get", "/v1/alerts"): Operation(
        "Cảnh báo", "Alerts",
        "Cảnh báo đang mở hoặc đã khôi phục về nguồn, bên khai thác và công việc nền; văn phòng xem cảnh báo về mình.",
        answers={200: {"alerts": [_ALERT]}}, codes=_CODES,
    ),
}  # fmt: skip
