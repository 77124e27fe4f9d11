"""The description of the worker's jobs and their journal."""

from __future__ import annotations

from api.described.operation import Operation, Operations

_RUN = {
    "run_no": 184467, "job": "deliver", "subject": "6f1c1f6e-3d1b-4f57-9a53-0c5f6f0f3a11", "slot": None,
    "caught_up": False, "attempt": 2, "queued_at": "2026-11-22T02:11:00Z", "started_at": "2026-11-22T02:11:09Z",
    "ended_at": None, "outcome": "RUNNING", "failure": None, "worker": "worker-1/4711",
    "progress": {"stage": "PUBLISHING", "done": 42000, "total": 61250, "seconds_left": 12},
}  # fmt: skip
_BEFORE = {
    **_RUN, "run_no": 184460, "attempt": 1, "started_at": "2026-11-22T02:11:01Z", "ended_at": "2026-11-22T02:11:04Z",
    "outcome": "RETRY", "failure": "DATABASE_UNAVAILABLE", "progress": None,
}  # fmt: skip
_JOB = {
    "job": "seal", "cron": "* * * * *", "next_at": "2026-11-22T02:13:00Z", "done_at": "2026-11-22T02:12:01Z",
    "promise": {
        "vi": "mọi dòng nhật ký truy cập đã được niêm phong", "en": "every entry of the access log is sealed",
        "seconds": 120, "kept": True, "broken_since": None,
    },
    "waiting": 0, "running": 0, "waiting_since": None, "failures": 3, "kills": 1,
}  # fmt: skip

OPERATIONS: Operations = {
    ("get", "/v1/runs"): Operation(
        "Nhật ký công việc", "Journal of jobs",
        "Mỗi lần chạy của mỗi công việc nền, mới nhất trước: kết thúc thế nào, lỗi mã gì. Dành cho cán bộ của Bộ.",
        answers={200: {"runs": [_RUN, _BEFORE], "next_cursor": "MTg0NDYw"}},
        codes={401: "SIGN_IN_NEEDED", 403: "ROLE_MISSING", 404: "JOB_UNKNOWN", 422: "CURSOR_INVALID"},
    ),
    ("get", "/v1/runs/schedule"): Operation(
        "Lịch công việc", "Schedule of jobs",
        "Từng công việc nền: lần tới, lần xong gần nhất, lời hứa có được giữ không, hàng đợi dài bao nhiêu.",
        answers={200: {"at": "2026-11-22T02:12:30Z", "jobs": [_JOB]}},
        codes={401: "SIGN_IN_NEEDED", 403: "ROLE_MISSING"},
    ),
}  # fmt: skip
