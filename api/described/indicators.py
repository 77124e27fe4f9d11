"""The description of indicators."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_INDICATOR: dict[str, Any] = {
    "code": "RESULT_SYNC", "vi": "Đồng bộ kết quả giải quyết hồ sơ lên Cổng Dịch vụ công quốc gia",
    "en": "Dossier results synchronised to the national portal", "kind": "DONE_OF_TOTAL",
    "subject_kinds": ["UNIT", "AGENCY"], "levels": ["all", "province", "district", "commune"], "noun_vi": "thủ tục",
    "noun_en": "procedures", "target_share": 1.0, "target_vi": "100 % thủ tục", "target_en": "100 % of procedures",
    "letter": "4013", "letter_vi": "Công văn 4013 của Văn phòng Chính phủ, 16/6/2021",
    "letter_en": "Government office letter 4013, 16 June 2021", "issued_on": "2021-06-16", "states": [],
}  # fmt: skip
_ASKED = {"indicator": _INDICATOR, "effective_on": "2021-06-16", "known_at": None, "division": None}
_FIGURE: dict[str, Any] = {
    "subject_kind": "UNIT", "subject": "Bắc Giang", "unit_code": "24", "level": "commune", "basis": "WHOLE",
    "on_date": "2020-12-31", "exact": False, "done": {"at_least": 7, "at_most": 7}, "total": {"at_least": 175, "at_most": 175},
    "share": 0.04, "state": None, "states": {}, "reached": False, "reached_on": None, "due": "", "due_from": None,
    "due_on": None, "timing": "NO_DUE", "days_late": 0, "parts": 1, "parts_known": 1, "listed": True, "lead": "", "note": "",
    "flags": [], "version": 1, "source": "Công văn 4013 của Văn phòng Chính phủ, 16/6/2021",
}  # fmt: skip
_TOTALS = {
    "subject_kind": "UNIT", "level": "commune", "subjects": 63, "done": {"at_least": 1462, "at_most": 1462},
    "total": {"at_least": 9513, "at_most": 9513}, "share": 0.1537, "reached": 0, "states": {}, "timings": {"NO_DUE": 63},
    "flagged": 0, "unlisted": 0, "without_basis": 0,
}  # fmt: skip
_VERSION = {
    "subject": "Bạc Liêu", "level": "all", "on_date": "2021-06-16", "version": 2, "recorded_at": "2026-11-22T09:00:00+07:00",
    "done": None, "total": 608, "remaining": None, "state": None, "due": "", "reached_on": None,
    "source": "Công văn đính chính", "reason": "Văn bản đính chính", "by": None,
}  # fmt: skip
_UID = "0f9f5e0c-6a1c-4f0e-9f2f-6f7c2f1b8a10"
_DRAFT = {
    "upload": _UID, "indicator": "RESULT_SYNC", "on_date": "2026-09-30", "source": "Báo cáo quý III năm 2026",
    "file_name": "quy3.xlsx", "recordable": True, "counts": {"NEW": 1, "CHANGED": 0, "UNCHANGED": 0, "REFUSED": 0},
    "rows": [{"row": 1, "change": "NEW", "subject": "Bắc Ninh", "level": "commune", "on_date": "2026-09-30", "findings": []}],
}  # fmt: skip
_CODES = {401: "SIGN_IN_NEEDED", 403: "ROLE_MISSING", 404: "INDICATOR_UNKNOWN"}
_TAKEN = {**_CODES, 413: "BODY_TOO_LARGE", 422: "INDICATOR_TABLE_UNREADABLE"}

OPERATIONS: Operations = {
    ("get", "/v1/indicators"): Operation(
        "Các chỉ tiêu", "Indicators", "Mỗi chỉ tiêu đo gì, mục tiêu, các trạng thái và công văn giao.",
        answers={200: {"indicators": [_INDICATOR]}}, codes=_CODES,
    ),
    ("get", "/v1/indicators/{code}/values"): Operation(
        "Số liệu của một chỉ tiêu", "Figures of an indicator",
        "Từng đối tượng vào một ngày: đã làm trên tổng số hoặc trạng thái, so với hạn; dòng không khớp được đánh dấu.",
        answers={200: {**_ASKED, "values": [_FIGURE]}}, codes=_CODES,
    ),
    ("get", "/v1/indicators/{code}/values.csv"): Operation(
        "Số liệu của một chỉ tiêu, dạng bảng", "Figures of an indicator, as a table",
        "Cùng số liệu, mỗi đối tượng và cấp một dòng.",
        answers={200: "effective_on,known_at,division,indicator,...\n2021-06-16,,,RESULT_SYNC,...\n"}, codes=_CODES,
    ),
    ("get", "/v1/indicators/{code}/summary"): Operation(
        "Tổng hợp một chỉ tiêu", "An indicator together", "Mọi đối tượng cùng loại, cùng cấp được cộng lại.",
        answers={200: {**_ASKED, "on_date": "2020-12-31", "exact": False, "totals": [_TOTALS]}}, codes=_CODES,
    ),
    ("get", "/v1/indicators/{code}/versions"): Operation(
        "Các phiên bản đã đính chính", "Versions of corrected values",
        "Mọi phiên bản của số liệu đã sửa, kèm lý do; cán bộ Bộ thấy ai đã sửa.",
        answers={200: {"versions": [_VERSION]}}, codes=_CODES,
    ),
    ("post", "/v1/indicators/{code}/uploads"): Operation(
        "Gửi một bảng số liệu", "Send a table of figures",
        "Từng dòng được kiểm tra và trả lời; chưa có gì được tính cho tới khi ghi nhận.",
        answers={201: _DRAFT}, codes=_TAKEN, given="doi_tuong,cap,da_lam,tong_so\nBắc Ninh,cấp xã,30,100\n",
    ),
    ("get", "/v1/indicators/uploads/{upload}"): Operation(
        "Bảng đang chờ ghi nhận", "A table that waits", "Bảng của chính mình, như sẽ được ghi nhận bây giờ.",
        answers={200: _DRAFT}, codes={**_CODES, 404: "INDICATOR_UPLOAD_UNKNOWN"},
    ),
    ("post", "/v1/indicators/uploads/{upload}/records"): Operation(
        "Ghi nhận một bảng số liệu", "Record a table of figures",
        "Ghi nhận cả bảng; số liệu thay đổi thành phiên bản mới, kèm lý do và người ghi.",
        answers={201: {"upload": _UID, "new": 1, "changed": 0, "unchanged": 0}},
        codes={**_CODES, 404: "INDICATOR_UPLOAD_UNKNOWN", 422: "INDICATOR_REASON_MISSING"},
        given={"reason": "Văn bản đính chính số 12"},
    ),
}  # fmt: skip
