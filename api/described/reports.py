"""The description of reports."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_REPORT: dict[str, Any] = {
    "number": 4, "kind": "QUARTERLY", "period_from": "2026-07-01",
    "now": {"on": "2026-09-30", "known_at": "2026-10-01T05:52:03+07:00", "division": "2025"},
    "before": {"on": "2026-06-30", "known_at": "2026-07-01T05:52:02+07:00", "division": "2025"}, "against": 3,
    "asked_by": None, "asked_at": "2026-10-01T05:52:03+07:00", "made_at": "2026-10-01T05:52:19+07:00",
    "steps": ["FIGURES", "VI", "EN"], "rule": 2,
    "content_sha256": "522e85e1358147775486623261cc7779d4978a80484e9f19d726265658c405f2",
    "signer": "CN=Bộ Nông nghiệp và Môi trường,C=VN",
    "files": [
        {"name": "vi.pdf", "sha256": "92b323b21befed08cb86a3f631de32e8adddfe69377264e39304fb879bcd430d", "size_bytes": 306748}
    ],
}  # fmt: skip
_ASKED = {
    **_REPORT, "number": 5, "kind": "ON_DEMAND", "against": 4, "asked_by": "nguyen.thi.lan", "made_at": None, "steps": [],
    "rule": None, "content_sha256": None, "signer": None, "files": [],
}  # fmt: skip
_CODES = {401: "SIGN_IN_NEEDED", 403: "ROLE_MISSING", 404: "REPORT_UNKNOWN", 503: "DATABASE_UNAVAILABLE"}

OPERATIONS: Operations = {
    ("get", "/v1/reports"): Operation(
        "Các báo cáo", "The reports", "Báo cáo cho Bộ, mới nhất trước, kể cả báo cáo đang lập.",
        answers={200: {"reports": [_REPORT], "next_cursor": None}}, codes=_CODES,
    ),
    ("post", "/v1/reports"): Operation(
        "Yêu cầu một báo cáo", "Ask for a report",
        "Tiến trình nền lập báo cáo; `Location` cho biết đến đâu. Bỏ trống thì là hôm nay, so với báo cáo gần nhất.",
        answers={202: _ASKED}, codes={**_CODES, 422: "REPORT_UNFIT"},
        given={"on": "2026-09-30", "division": "2025", "against": 4},
    ),
    ("get", "/v1/reports/{number}"): Operation(
        "Một báo cáo", "One report", "Nội dung so sánh, tiến độ, và tên các tệp khi đã lập xong.",
        answers={200: _REPORT}, codes=_CODES,
    ),
    ("get", "/v1/reports/{number}/files/{name}"): Operation(
        "Tải một tệp của báo cáo", "A file of a report", "Tệp đúng như khi lập và ký; ETag là mã băm của tệp.",
        answers={200: "(bytes)"}, codes={**_CODES, 404: "REPORT_FILE_UNKNOWN", 503: "REPORT_FILE_DAMAGED"},
    ),
}  # fmt: skip
