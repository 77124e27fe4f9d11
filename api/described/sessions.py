"""The description of how people sign in."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_HERE: dict[str, Any] = {
    "stage": "OPEN", "login": "nguyen.thi.lan", "full_name": "Nguyễn Thị Lan", "office_code": "LO-24",
    "roles": ["LAND_OFFICER"], "acts": ["deliver", "see-coverage", "see-deliveries"],
    "csrf_token": "pQ3v0Zb1y8m7sJt5kVxw2nD4cF6hR9aLgE0uYiTqBsM", "proved_at": "2026-11-22T08:15:00+07:00",
    "ends_at": "2026-11-22T20:15:00+07:00",
}  # fmt: skip
_ROW = {
    "session_uid": "0b6f3a0e-8f0a-4c53-9a55-6f2f8a1f5a20", "current": True, "stage": "OPEN",
    "started_at": "2026-11-22T08:15:00+07:00", "seen_at": "2026-11-22T08:20:00+07:00",
    "ends_at": "2026-11-22T20:15:00+07:00", "address": "203.0.113.7", "agent": "Mozilla/5.0",
}  # fmt: skip
_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - an example
_CODES = {401: "SIGN_IN_NEEDED", 403: "CROSS_SITE", 429: "TOO_MANY_TRIES"}

OPERATIONS: Operations = {
    ("post", "/v1/sessions"): Operation(
        "Đăng nhập",
        "Sign in",
        "Đăng nhập bằng tên và mật khẩu, hoặc mã một lần thay mật khẩu; mọi lý do từ chối có cùng một câu trả lời.",
        answers={200: {**_HERE, "stage": "SECOND_FACTOR", "acts": []}},
        codes={**_CODES, 401: "SIGN_IN_REFUSED", 503: "SIGN_IN_BUSY"},
        given={"login": "nguyen.thi.lan", "password": "con trâu đi trước cái cày"},
    ),
    ("get", "/v1/sessions"): Operation(
        "Các phiên của tôi",
        "One's own sessions",
        "Các phiên đang mở của chính mình, mới nhất trước.",
        answers={200: {"sessions": [_ROW]}},
        codes={**_CODES, 403: "STEP_NEEDED"},
    ),
    ("get", "/v1/sessions/current"): Operation(
        "Phiên này",
        "The session here",
        "Ai đang đăng nhập, bước nào còn chờ, và mã chống giả mạo cho các thay đổi.",
        answers={200: _HERE},
        codes=_CODES,
    ),
    ("delete", "/v1/sessions/current"): Operation(
        "Đăng xuất",
        "Sign out",
        "Đăng xuất: phiên bị xóa ở máy chủ, cookie bị xóa ở trình duyệt.",
        codes=_CODES,
    ),
    ("post", "/v1/sessions/current/proof"): Operation(
        "Xác thực yếu tố thứ hai",
        "Prove the second factor",
        "Xác thực bằng mã của ứng dụng hoặc mã khôi phục; trong phiên đã mở là xác thực lại cho việc nhạy cảm.",
        answers={200: _HERE},
        codes={**_CODES, 401: "SECOND_FACTOR_REFUSED"},
        given={"code": "492039"},
    ),
    ("put", "/v1/sessions/current/password"): Operation(
        "Đổi mật khẩu",
        "Change the password",
        "Đổi mật khẩu; mọi phiên khác kết thúc. Sau khi vào bằng mã một lần thì không cần mật khẩu cũ.",
        answers={200: _HERE},
        codes={**_CODES, 422: "PASSWORD_UNFIT"},
        given={"new": "gạo chợ nước sông năm 1986", "current": "con trâu đi trước cái cày"},
    ),
    ("post", "/v1/sessions/current/second-factor"): Operation(
        "Bắt đầu yếu tố thứ hai",
        "Begin a second factor",
        "Tạo khóa cho ứng dụng xác thực; chỉ có hiệu lực khi mã đầu tiên được xác nhận.",
        answers={
            200: {"secret": _SECRET, "address": f"otpauth://totp/Land%20Data:nguyen.thi.lan?secret={_SECRET}"},
        },
        codes={**_CODES, 403: "FRESH_PROOF_NEEDED"},
    ),
    ("put", "/v1/sessions/current/second-factor"): Operation(
        "Xác nhận yếu tố thứ hai",
        "Confirm a second factor",
        "Đưa yếu tố thứ hai vào dùng bằng mã đầu tiên; các mã khôi phục chỉ hiện một lần.",
        answers={200: {"state": "IN_FORCE", "recovery_codes": ["K7QF-2MZD-XW4A-9PTB"], "session": _HERE}},
        codes={**_CODES, 401: "SECOND_FACTOR_REFUSED", 409: "SECOND_FACTOR_MISSING"},
        given={"code": "492039"},
    ),
    ("get", "/v1/sessions/by-issuer"): Operation(
        "Đăng nhập qua OpenID Connect",
        "Sign in through OpenID Connect",
        "Chuyển trình duyệt tới bên cấp danh tính đã cấu hình; không cấu hình thì địa chỉ này không tồn tại.",
        codes={503: "IDENTITY_UNAVAILABLE"},
    ),
    ("get", "/v1/sessions/by-issuer/return"): Operation(
        "Trở về từ OpenID Connect",
        "Return from OpenID Connect",
        "Nhận kết quả của bên cấp danh tính; danh tính phải được quản trị liên kết với một tài khoản từ trước.",
        codes={401: "IDENTITY_REFUSED", 503: "IDENTITY_UNAVAILABLE"},
    ),
    ("delete", "/v1/sessions/{session_uid}"): Operation(
        "Kết thúc một phiên",
        "End a session",
        "Kết thúc một phiên khác của chính mình.",
        codes={**_CODES, 404: "SESSION_UNKNOWN"},
    ),
}
