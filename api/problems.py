"""The problems that only HTTP has, each with a stable code; those of the domain are in landdata.errors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: stable code, status, and what to read and do in two languages."""

    code: str
    status: int
    vi: str
    en: str
    mend_vi: str
    mend_en: str


class HttpError(Exception):
    """Ends a request with a problem. `headers` go along; nothing of the caller's input ever goes in."""

    def __init__(
        self, kind: Kind, *, headers: dict[str, str] | None = None, where: list[dict[str, str]] | None = None
    ) -> None:
        self.kind = kind
        self.headers = headers or {}
        self.where = where
        super().__init__(kind.code)


REQUEST_MALFORMED = Kind(
    "REQUEST_MALFORMED",
    400,
    "Yêu cầu không đọc được.",
    "The request cannot be read.",
    "Gửi JSON hợp lệ theo UTF-8: không lặp khóa, không NaN, không ký tự điều khiển hay ký tự đổi chiều chữ.",
    "Send valid JSON in UTF-8: no repeated keys, no NaN, no control or direction characters.",
)
PARAMETERS_INVALID = Kind(
    "PARAMETERS_INVALID",
    400,
    "Tham số của yêu cầu thiếu hoặc sai; `errors` nêu tham số nào.",
    "A parameter of the request is missing or wrong; `errors` says which.",
    "Sửa theo /openapi.json.",
    "Mend it as /openapi.json says.",
)
PARAMETER_REPEATED = Kind(
    "PARAMETER_REPEATED",
    400,
    "Một tham số được gửi hai lần.",
    "A parameter was sent twice.",
    "Gửi mỗi tham số và mỗi header đúng một lần.",
    "Send every parameter and every header once.",
)
TOKEN_MISSING = Kind(
    "TOKEN_MISSING",
    401,
    "Cần một access token.",
    "An access token is needed.",
    "Lấy token tại /oauth2/token rồi gửi trong header Authorization: DPoP hoặc Bearer, theo token_type của token.",
    "Get a token at /oauth2/token and send it in the header Authorization: DPoP or Bearer, as its token_type says.",
)
TOKEN_INVALID = Kind(
    "TOKEN_INVALID",
    401,
    "Access token không hợp lệ, đã hết hạn hoặc đã bị thu hồi.",
    "The access token is not valid, has ended or was revoked.",
    "Lấy token mới tại /oauth2/token và gửi nguyên vẹn.",
    "Get a new token at /oauth2/token and send it unchanged.",
)
PROOF_INVALID = Kind(
    "PROOF_INVALID",
    401,
    "Bằng chứng DPoP thiếu, sai, quá cũ hoặc đã dùng.",
    "The DPoP proof is missing, wrong, too old or used before.",
    "Ký một bằng chứng mới cho đúng yêu cầu này (htm, htu, ath, iat, jti; nonce nếu có header DPoP-Nonce).",
    "Sign a new proof for this very request (htm, htu, ath, iat, jti; nonce when there is a header DPoP-Nonce).",
)
TOKEN_UNBOUND = Kind(
    "TOKEN_UNBOUND",
    401,
    "Token mở dữ liệu cá nhân phải gắn với khóa của bên giữ.",
    "A token that opens personal data must be bound to its holder's key.",
    "Lấy token mới kèm bằng chứng DPoP (RFC 9449) hoặc chứng thư máy khách (RFC 8705).",
    "Get a new token with a DPoP proof (RFC 9449) or a client certificate (RFC 8705).",
)
PROOFS_FULL = Kind(
    "PROOFS_FULL",
    503,
    "Máy chủ đang nhận quá nhiều bằng chứng DPoP.",
    "The server is taking too many DPoP proofs.",
    "Gửi lại sau ít giây với bằng chứng mới.",
    "Send it again in a few seconds with a new proof.",
)
SCOPE_INSUFFICIENT = Kind(
    "SCOPE_INSUFFICIENT",
    403,
    "Access token không có phạm vi mà địa chỉ này cần.",
    "The access token lacks the scope that this address needs.",
    "Xin token có phạm vi nêu trong header WWW-Authenticate; phạm vi do thỏa thuận chia sẻ quy định.",
    "Ask for a token with the scope named in WWW-Authenticate; scopes come from the sharing agreement.",
)
SIGN_IN_NEEDED = Kind(
    "SIGN_IN_NEEDED",
    401,
    "Chưa đăng nhập, hoặc phiên đã hết.",
    "Nobody is signed in, or the session has ended.",
    "Đăng nhập rồi thử lại.",
    "Sign in, then try again.",
)
GIS_KEY_INVALID = Kind(
    "GIS_KEY_INVALID",
    401,
    "Khóa GIS sai, đã hết hạn hoặc đã kết thúc, hoặc không phải của tên đăng nhập này.",
    "The GIS key is wrong, has ended, or is not this sign-in name's.",
    "Tạo khóa mới trên trang tài khoản rồi nhập làm mật khẩu bên tên đăng nhập.",
    "Make a new one on the page of the account, and give it as the password beside the sign-in name.",
)
CROSS_SITE = Kind(
    "CROSS_SITE",
    403,
    "Yêu cầu không đến từ trang của dịch vụ này.",
    "The request does not come from a page of this service.",
    "Gửi từ chính dịch vụ, kèm X-CSRF-Token của phiên.",
    "Send it from the service itself, with the session's X-CSRF-Token.",
)
ROLE_MISSING = Kind(
    "ROLE_MISSING",
    403,
    "Vai trò của tài khoản không cho phép việc này.",
    "The roles of this account do not allow this.",
    "Nhờ quản trị cấp vai trò phù hợp; bảng vai trò có trong trang về tài khoản.",
    "Ask an administrator for a fitting role; the page about accounts has the table of roles.",
)
NOT_FOUND = Kind(
    "NOT_FOUND",
    404,
    "Không có gì ở địa chỉ này.",
    "There is nothing at this address.",
    "Xem các địa chỉ trong /openapi.json.",
    "See the addresses in /openapi.json.",
)
METHOD_NOT_ALLOWED = Kind(
    "METHOD_NOT_ALLOWED",
    405,
    "Địa chỉ này không nhận phương thức đó.",
    "This address does not take that method.",
    "Dùng một phương thức nêu trong header Allow.",
    "Use a method named in the header Allow.",
)
TUS_VERSION_UNSUPPORTED = Kind(
    "TUS_VERSION_UNSUPPORTED",
    412,
    "Yêu cầu không nói phiên bản giao thức tải lên mà dịch vụ biết.",
    "The request does not name a version of the upload protocol that is spoken here.",
    "Gửi header Tus-Resumable: 1.0.0.",
    "Send the header Tus-Resumable: 1.0.0.",
)
UPLOAD_STALLED = Kind(
    "UPLOAD_STALLED",
    408,
    "Tệp ngừng tới giữa chừng.",
    "The file stopped coming.",
    "Gửi lại với cùng Idempotency-Key.",
    "Send it again with the same Idempotency-Key.",
)
BODY_TOO_LARGE = Kind(
    "BODY_TOO_LARGE",
    413,
    "Nội dung yêu cầu lớn quá mức cho phép.",
    "The body of the request is larger than allowed.",
    "Chia thành nhiều yêu cầu nhỏ hơn.",
    "Split it into several smaller requests.",
)
MEDIA_TYPE_UNSUPPORTED = Kind(
    "MEDIA_TYPE_UNSUPPORTED",
    415,
    "Không nhận loại nội dung hoặc cách nén này.",
    "This media type or content encoding is not taken.",
    "Gửi application/json cho tra cứu; gửi tệp nguyên dạng, không dùng Content-Encoding.",
    "Send application/json for look-ups; send files as they are, without Content-Encoding.",
)
REQUEST_INVALID = Kind(
    "REQUEST_INVALID",
    422,
    "Yêu cầu có trường không hợp lệ.",
    "The request has invalid fields.",
    "Sửa các trường nêu trong `errors` theo /openapi.json.",
    "Correct the fields named in `errors` as /openapi.json describes them.",
)
RATE_EXCEEDED = Kind(
    "RATE_EXCEEDED",
    429,
    "Hệ thống này gửi quá nhiều yêu cầu mỗi giây.",
    "This client sends too many requests a second.",
    "Đợi số giây nêu trong Retry-After; tốc độ theo thỏa thuận có trong RateLimit-Policy. Yêu cầu này chưa được xử lý.",
    "Wait as long as Retry-After says; the agreed rate stands in RateLimit-Policy. This request was not looked at.",
)
TOO_MANY_AT_ONCE = Kind(
    "TOO_MANY_AT_ONCE",
    429,
    "Hệ thống này có quá nhiều yêu cầu đang chờ trả lời cùng lúc.",
    "This client has too many requests under way at once.",
    "Chờ các yêu cầu trước được trả lời rồi gửi lại; yêu cầu này chưa được xử lý.",
    "Let earlier requests be answered, then send it again; this request was not looked at.",
)
INTERNAL = Kind(
    "INTERNAL",
    500,
    "Máy chủ gặp lỗi.",
    "The server met an error.",
    "Thử lại sau; nếu vẫn lỗi, báo cho đơn vị vận hành kèm request_id.",
    "Try again later; if it goes on, tell the operator the request_id.",
)
# Said by nginx, for the service that does not (docs/deploy/nginx.conf; 504 as well).
NO_ANSWER = Kind(
    "NO_ANSWER",
    502,
    "Dịch vụ không trả lời.",
    "The service does not answer.",
    "Gửi lại sau ít giây, với cùng request_id hoặc Idempotency-Key.",
    "Send it again in a few seconds, with the same request_id or Idempotency-Key.",
)
OVERLOADED = Kind(
    "OVERLOADED",
    503,
    "Máy chủ đang bận với quá nhiều yêu cầu.",
    "The server is busy with too many requests.",
    "Gửi lại sau ít giây; yêu cầu này chưa được xử lý.",
    "Send it again in a few seconds; this request was not looked at.",
)
BUSY = Kind(
    "BUSY",
    503,
    "Máy chủ đang nhận quá nhiều tệp cùng lúc.",
    "The server is taking too many files at once.",
    "Gửi lại sau ít giây với cùng Idempotency-Key.",
    "Send it again in a few seconds with the same Idempotency-Key.",
)

KINDS: tuple[Kind, ...] = tuple(
    sorted((value for value in globals().copy().values() if isinstance(value, Kind)), key=lambda kind: kind.code)
)
