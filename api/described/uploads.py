"""The description of uploads that go on after a cut (tus)."""

from __future__ import annotations

from api.described.operation import Operation, Operations

_UID = "7c1df2a4-52a8-4a4e-9a53-0f3f1e5f6a11"
_ONE = "/v1/uploads/{upload_uid}"
_UNKNOWN = {404: "UPLOAD_UNKNOWN"}
_PIECE = {
    **_UNKNOWN, 409: "UPLOAD_OFFSET_WRONG", 410: "UPLOAD_GONE", 413: "UPLOAD_TOO_LONG", 423: "UPLOAD_IN_USE",
    460: "UPLOAD_CHECKSUM_WRONG", 503: "DISK_LOW",
}  # fmt: skip
_LISTED = {
    "uploads": [
        {"upload_uid": _UID, "address": f"/v1/uploads/{_UID}", "file_name": "bac_giang_2023_03.gpkg",
         "idempotency_key": "bg-2026-11-21-01", "size_bytes": 1204224000, "received_bytes": 503316480,
         "expires_at": "2026-11-28T08:15:00+07:00"},
    ]
}  # fmt: skip

OPERATIONS: Operations = {
    ("options", "/v1/uploads"): Operation(
        "Dịch vụ biết gì của giao thức tus",
        "What the service can of the tus protocol",
        "Phiên bản, các phần mở rộng và kích thước lớn nhất của giao thức tải lên tus.",
    ),
    ("get", "/v1/uploads"): Operation(
        "Các lượt tải lên còn dở",
        "Unfinished uploads",
        "Các lượt tải lên còn dở của chính mình: đã nhận bao nhiêu, còn giữ đến khi nào.",
        answers={200: _LISTED},
    ),
    ("post", "/v1/uploads"): Operation(
        "Bắt đầu tải lên một tệp lớn",
        "Begin an upload",
        "Bắt đầu một lượt tải lên có thể gửi tiếp sau khi đứt đường truyền; có thân thì đó là phần đầu của tệp.",
        codes={**_PIECE, 400: "DELIVERY_EMPTY", 413: "DELIVERY_TOO_LARGE", 429: "UPLOADS_TOO_MANY"},
        given="(bytes)",
    ),
    ("head", _ONE): Operation(
        "Đã nhận được bao nhiêu",
        "How far an upload is",
        "Số byte của lượt tải lên đã nằm chắc trên đĩa.",
        codes=_UNKNOWN,
    ),
    ("patch", _ONE): Operation(
        "Gửi tiếp",
        "Send on",
        "Gửi tiếp từ byte đã nhận; byte cuối cùng biến lượt tải lên thành một lần giao nộp, đúng một lần.",
        codes=_PIECE,
        given="(bytes)",
    ),
    ("delete", _ONE): Operation(
        "Bỏ một lượt tải lên",
        "Give an upload up",
        "Bỏ một lượt tải lên còn dở; lần giao nộp đã thành thì vẫn còn.",
        codes=_UNKNOWN,
    ),
}
