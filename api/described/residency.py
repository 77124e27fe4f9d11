"""The description of the look-up for residency services, where its own route does not say it."""

from __future__ import annotations

from api.described.operation import Operation, Operations
from api.schemas.residency import EXAMPLE

_ANSWER = {
    "status": "NO_RECORD",
    "request_id": EXAMPLE["request_id"],
    "access_id": 481516,
    "coverage_as_of": "2026-11-22T03:04:05+00:00",
    "record_version": None,
    "simulated": False,
    "withheld": [{"field": "house_type", "why": "SCOPE"}],
}
_FEED = {
    "changes": [
        {
            "record_ref": "5f0c7a3d9be2418c8a1f04d2c6b7e913",
            "former_refs": [],
            "kind": "CHANGED",
            "record_version": "9c41d7a2f06b83e5",
            "changed_at": "2026-11-20T02:15:07Z",
        },
        {
            "record_ref": "e07b1c55a3f94d6db2908c7716fa2d40",
            "former_refs": [],
            "kind": "GONE",
            "record_version": None,
            "changed_at": "2026-11-20T02:15:07Z",
        },
    ],
    "next_cursor": "qMMYcJ0yRkSxJmq2mWqk8cZ3k1s0nV7e",
    "has_more": False,
    "simulated": False,
}

_HEADS = {
    "head": {
        "seal_no": 4711,
        "head": "8f1d0c6a" * 8,
        "sealed_at": "2026-11-22T03:04:00Z",
        "key_id": "6d2f40a1b7c35e98",
        "signature": "5e" * 64,
    },
    "statements": [
        {
            "body": '{"format":"landdata-access-statement-1","client_id":"c06-residency","day":"2026-11-21","entries":2,'
            '"by_status":{"FOUND":2},"seal_no":4712,"head":"' + "8f1d0c6a" * 8 + '"}',
            "key_id": "6d2f40a1b7c35e98",
            "signature": "5e" * 64,
        }
    ],
    "keys": [
        {
            "key_id": "6d2f40a1b7c35e98",
            "public_key": "6d2f40a1b7c35e98" * 4,
            "from_seal": 1,
            "introduced_by": None,
            "signature": "",
        }
    ],
    "simulated": False,
}

OPERATIONS: Operations = {
    ("post", "/v1/residency/land-records:lookup"): Operation(
        "Một công dân",
        "One citizen",
        "Đối chiếu một công dân và trả các trường mà thỏa thuận và token cho phép.",
        answers={200: _ANSWER},
        codes={403: "AGREEMENT_MISSING", 409: "REQUEST_ID_REUSED", 429: "QUOTA_USED_UP"},
        given=EXAMPLE,
    ),
    ("post", "/v1/residency/land-records:batch"): Operation(
        "Nhiều công dân",
        "Many citizens",
        "Đối chiếu tới 1.000 công dân; mỗi dòng NDJSON là câu trả lời riêng, có mã truy cập riêng.",
        answers={200: {"position": 0, **_ANSWER}},
        given={"requests": [EXAMPLE]},
    ),
    ("get", "/v1/residency/changes"): Operation(
        "Luồng thay đổi",
        "The change feed",
        "Hồ sơ đã thay đổi của những công dân mà hệ thống này từng được trả lời; không có dữ liệu cá nhân.",
        answers={200: _FEED},
        codes={403: "AGREEMENT_MISSING", 410: "CURSOR_EXPIRED", 422: "CURSOR_INVALID"},
    ),
    ("get", "/v1/residency/access-log/heads"): Operation(
        "Đầu chuỗi niêm phong và số yêu cầu từng ngày",
        "Heads of the access log, and counts by day",
        "Niêm phong mới nhất của nhật ký truy cập và bản kê có chữ ký về số yêu cầu từng ngày của chính hệ thống đang hỏi.",
        answers={200: _HEADS},
    ),
}
