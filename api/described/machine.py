"""The description of the OAuth endpoints and of the health of the process."""

from __future__ import annotations

from api.described.operation import Operation, Operations

_EXAMPLE = (
    "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6InBNcnlvcXAifQ.eyJpc3MiOiJodHRwczovL2xhbmQuZXhhbXBsZSJ9."
    "c2lnbmF0dXJlLW9mLWFuLWV4YW1wbGU"
)
_ASSERTION = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJodHRwczovL2xhbmQuZXhhbXBsZSJ9.c2lnbmF0dXJl"
_PROOF = {
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": _ASSERTION,
}
_OAUTH_ERRORS = {400: {"error": "invalid_scope"}, 401: {"error": "invalid_client"}}

OPERATIONS: Operations = {
    ("post", "/oauth2/token"): Operation(
        "Lấy access token",
        "Get an access token",
        "Cấp access token theo client credentials; hệ thống tự chứng minh bằng `private_key_jwt`.",
        answers={
            200: {
                "token_type": "Bearer",
                "access_token": _EXAMPLE,
                "expires_in": 300,
                "scope": "land.fields.parcel land.residency.read",
            },
            **_OAUTH_ERRORS,
        },
        given={"grant_type": "client_credentials", "scope": "land.residency.read", **_PROOF},
    ),
    ("post", "/oauth2/revoke"): Operation(
        "Thu hồi access token",
        "Revoke an access token",
        "Kết thúc access token trước hạn; token lạ cũng được trả lời như đã thu hồi (RFC 7009).",
        answers={200: {}, **_OAUTH_ERRORS, 400: {"error": "invalid_request"}},
        given={"token": _EXAMPLE, **_PROOF},
    ),
    ("post", "/oauth2/introspect"): Operation(
        "Kiểm tra access token",
        "Introspect an access token",
        "Cho biết token có đang được tin hay không; dành cho chính hệ thống giữ token và các máy chủ tài nguyên đã đăng ký.",
        answers={200: {"active": False}, **_OAUTH_ERRORS, 400: {"error": "invalid_request"}},
        given={"token": _EXAMPLE, **_PROOF},
    ),
    ("get", "/oauth2/jwks"): Operation(
        "Khóa công khai",
        "Public keys",
        "Khóa công khai để kiểm tra access token: khóa đang ký, khóa sắp dùng và khóa đã thôi dùng.",
        answers={
            200: {
                "keys": [
                    {
                        "kty": "EC",
                        "crv": "P-256",
                        "x": "Wo2Usr1jGWXuvndJRIAFK-9s2zPz3Wueiv_JBjd-SXo",
                        "y": "4axX0i3w8sekcHkuzd2DScGsFPthZGMEOVbNyTuCFGI",
                        "use": "sig",
                        "alg": "ES256",
                        "kid": "pMryoqC2r-5fdjsSBB79wjFMWZht8pym295_drxj64Y",
                    }
                ]
            }
        },
    ),
    ("get", "/.well-known/oauth-authorization-server"): Operation(
        "Khả năng của máy chủ cấp quyền",
        "Authorization server metadata",
        "Máy chủ cấp quyền làm được gì: địa chỉ, phạm vi, cách chứng minh, thuật toán (RFC 8414).",
        answers={
            200: {
                "issuer": "https://land.example",
                "token_endpoint": "https://land.example/oauth2/token",
                "jwks_uri": "https://land.example/oauth2/jwks",
                "revocation_endpoint": "https://land.example/oauth2/revoke",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
            }
        },
    ),
    ("get", "/health"): Operation(
        "Tiến trình còn sống",
        "Alive",
        "Tiến trình còn sống; không hỏi ai, để cơ sở dữ liệu chậm không làm tiến trình bị tắt oan.",
        answers={200: {"status": "alive", "version": "0.1.0"}},
    ),
    ("get", "/ready"): Operation(
        "Sẵn sàng phục vụ",
        "Ready",
        "Cơ sở dữ liệu trả lời, có đúng lược đồ mà chương trình cần và đã nạp danh mục.",
        answers={200: {"status": "ready", "version": "0.1.0", "access_log": "sealed"}},
        codes={503: "DATABASE_NOT_READY"},
    ),
    ("get", "/metrics"): Operation(
        "Số đo vận hành",
        "Figures",
        "Số đo theo định dạng Prometheus; không có dữ liệu cá nhân.",
        answers={200: 'landdata_http_requests_total{method="GET",route="/health",status="200"} 3.0\n'},
    ),
}
