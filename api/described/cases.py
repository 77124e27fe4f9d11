"""The description of how land offices clear holders that are not linked with a citizen."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_CASE_ID = "6f0e2f4e-3a0b-4f64-9a60-0d7b5f1e2c11"
_REASON = {"code": "NAME_DIFFERS", "detail": "Họ tên khác.", "detail_en": "The name is another."}
_CASE: dict[str, Any] = {
    "case": _CASE_ID, "status": "MISMATCH", "reasons": [_REASON], "name": "Nguyễn Văn Ân", "id_number": "024•••••••01",
    "id_number_whole": False, "birth": "1970", "name_share": 64, "years_apart": 0, "certificates": 3, "parcels": 4,
    "communes": ["07210"], "first_seen_at": "2026-11-21T08:15:09+07:00", "checked_at": "2026-11-21T08:16:00+07:00",
}  # fmt: skip
_COUNT = {"code": "MISMATCH", "cases": 812, "certificates": 1044, "parcels": 1310}
_DECISION: dict[str, Any] = {
    "number": 17, "kind": "CONFIRM", "state": "WAITING", "office_code": "LO-24", "asking": False, "contradicted": False,
    "steps": [
        {"step": "ASKED", "person": "bui.thi.doi", "reason": "Giấy khai sinh ghi hai tên.", "evidence": "Biên bản 15/BB-VPĐK",
         "at": "2026-11-22T09:00:00+07:00"},
    ],
}  # fmt: skip
_RECORD = {
    "commune_code": "07210", "commune_name": "Phường Thọ Xương", "record_id": 4711, "serial": "DB 07210000101",
    "registry_number": "CH00001", "issued_on": "2019-10-15", "holder_role": "CHU_HO", "parcels": ["1/1", "1/7"],
}  # fmt: skip
_SAID = {"reason": "Đã đối chiếu bản gốc giấy khai sinh.", "evidence": "Biên bản 15/BB-VPĐK"}
_BASE = "/v1/matching/cases"
_CODES = {401: "SIGN_IN_NEEDED", 403: "ROLE_MISSING", 404: "OFFICE_UNKNOWN"}
_ONE = {**_CODES, 404: "CASE_UNKNOWN", 409: "CASE_STEP_UNFIT"}
_FILE = "(bytes)"

OPERATIONS: Operations = {
    ("get", _BASE): Operation(
        "Danh sách cần đối chiếu",
        "The work list",
        "Chủ sử dụng chưa khớp với dữ liệu dân cư, của chính cơ quan; hồ sơ giải quyết được nhiều giấy nhất đứng trước.",
        answers={200: {"cases": [_CASE], "next_cursor": "My40LjE3MzIxNTE3MDkwMDAwMDAuNmYwZTJm"}},
        codes={**_CODES, 422: "CURSOR_INVALID"},
    ),
    ("get", f"{_BASE}/counts"): Operation(
        "Số lượng cần đối chiếu",
        "How much is on the list",
        "Số hồ sơ, giấy chứng nhận và thửa theo trạng thái, lý do và dấu hiệu.",
        answers={200: {"statuses": [_COUNT], "reasons": [{**_COUNT, "code": "NAME_DIFFERS"}], "marks": []}},
        codes=_CODES,
    ),
    ("get", f"{_BASE}/file"): Operation(
        "Tải danh sách",
        "The list as a file",
        "Danh sách dưới dạng các dòng của lần giao nộp gần nhất, đúng định dạng đã gửi, kèm lý do; hoặc CSV, XLSX.",
        answers={200: _FILE},
        codes={**_CODES, 404: "NO_CASES", 503: "BUSY"},
    ),
    ("get", f"{_BASE}/{{case}}"): Operation(
        "Một hồ sơ",
        "One case",
        "Giấy chứng nhận ghi gì, những giấy nào, vì sao chưa khớp, và các quyết định trước.",
        answers={200: {**_CASE, "records": [_RECORD], "decisions": [_DECISION]}},
        codes=_ONE,
    ),
    ("post", f"{_BASE}/{{case}}/decisions"): Operation(
        "Quyết định về một hồ sơ",
        "Decide about a case",
        "CONFIRM chờ người thứ hai; CORRECT (đọc lại số, tên, ngày sinh) và REJECT có hiệu lực ngay.",
        answers={201: {"number": 17, "state": "WAITING"}},
        codes={**_ONE, 422: "DECISION_UNFIT"},
        given={"kind": "CONFIRM", **_SAID},
    ),
    **{
        ("post", f"{_BASE}/{{case}}/decisions/{{number}}/{what}"): Operation(
            vi, en, told, codes={**_ONE, 422: "DECISION_UNFIT"}, given=_SAID
        )
        for what, vi, en, told in (
            ("approval", "Duyệt một xác nhận", "Approve a confirmation",
             "Người thứ hai duyệt; nền tảng dân cư được hỏi lại và câu trả lời quyết định kết quả."),
            ("refusal", "Trả lại một xác nhận", "Turn a confirmation down",
             "Người thứ hai trả lại; hồ sơ vẫn ở trong danh sách."),
            ("withdrawal", "Rút một quyết định", "Take a decision back",
             "Hồ sơ trở lại theo quy tắc; từ lúc đó không ai được trả lời theo quyết định này nữa."),
        )
    },
}  # fmt: skip
