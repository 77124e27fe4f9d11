"""Why a look-up is refused, and what is wrong with an agreement."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class AgreementMissing(LandDataError):
    code = "AGREEMENT_MISSING"
    vi = "Không có thỏa thuận chia sẻ đang hiệu lực cho hệ thống này."
    en = "There is no sharing agreement in force for this client."
    mend_vi = "Liên hệ Bộ để ký hoặc khôi phục thỏa thuận."
    mend_en = "Ask the ministry to sign or restore the agreement."


class ProcedureNotAgreed(LandDataError):
    code = "PROCEDURE_NOT_AGREED"
    vi = "Thủ tục này không có trong thỏa thuận."
    en = "This procedure is not part of the agreement."
    mend_vi = "Dùng mã thủ tục đã thỏa thuận."
    mend_en = "Use a service code of the agreement."


class AgencyNotAgreed(LandDataError):
    code = "AGENCY_NOT_AGREED"
    vi = "Cơ quan này không có trong thỏa thuận."
    en = "This agency is not part of the agreement."
    mend_vi = "Dùng mã cơ quan đã thỏa thuận."
    mend_en = "Use an agency code of the agreement."


class UnitNotAgreed(LandDataError):
    code = "UNIT_NOT_AGREED"
    vi = "Địa bàn này không có trong thỏa thuận, hoặc không phải đơn vị hành chính của cách phân chia đã nêu."
    en = "This unit is not part of the agreement, or no unit of the division named."
    mend_vi = "Kiểm tra mã đơn vị, cấp và cách phân chia (2023 hoặc 2025)."
    mend_en = "Check the unit's code, level and division (2023 or 2025)."


class BindingNotAgreed(LandDataError):
    code = "BINDING_NOT_AGREED"
    vi = "Thỏa thuận này chỉ trả lời token gắn với khóa của bên giữ."
    en = "This agreement answers only tokens that are bound to their holder's key."
    mend_vi = "Lấy token mới kèm bằng chứng DPoP (RFC 9449) hoặc chứng thư máy khách (RFC 8705)."
    mend_en = "Get a new token with a DPoP proof (RFC 9449) or a client certificate (RFC 8705)."


class QuotaUsedUp(LandDataError):
    code = "QUOTA_USED_UP"
    vi = "Đã hết số công dân được hỏi trong ngày theo thỏa thuận."
    en = "The agreement's number of citizens for today is used up."
    mend_vi = "Thử lại sau nửa đêm (giờ Việt Nam) hoặc xin nâng hạn mức."
    mend_en = "Try again after midnight (Vietnam) or ask for a larger quota."


class RequestIdReused(LandDataError):
    code = "REQUEST_ID_REUSED"
    vi = "request_id này đã dùng cho một yêu cầu khác, hoặc đã quá 24 giờ."
    en = "This request_id was used for another request, or is older than 24 hours."
    mend_vi = "Dùng request_id mới."
    mend_en = "Use a new request_id."


class NoFieldsLeft(LandDataError):
    code = "NO_FIELDS_LEFT"
    vi = "Không còn trường nào được phép sau khi áp dụng thỏa thuận và phạm vi của token."
    en = "No field is left once the agreement and the token's scopes are applied."
    mend_vi = "Xin token có phạm vi trường cần dùng."
    mend_en = "Ask for a token with the scopes of the fields you need."


class AgreementUnknown(LandDataError):
    code = "AGREEMENT_UNKNOWN"
    vi = "Không có thỏa thuận {agreement}."
    en = "There is no agreement {agreement}."
    mend_vi = "Xem danh sách: `landdata agreements list`."
    mend_en = "See the list: `landdata agreements list`."


class CursorInvalid(LandDataError):
    code = "CURSOR_INVALID"
    vi = "Con trỏ này không phải của hệ thống đang hỏi, hoặc đã bị sửa."
    en = "This cursor was not given to this client, or was changed."
    mend_vi = "Gửi nguyên vẹn next_cursor của lần đọc trước; lần đầu thì bỏ trống."
    mend_en = "Send next_cursor of the page before, unchanged; leave it out the first time."


class CursorExpired(LandDataError):
    code = "CURSOR_EXPIRED"
    vi = "Con trỏ này đã quá 90 ngày: các thay đổi sau nó không còn được giữ đủ."
    en = "This cursor is older than 90 days: not all changes after it are kept."
    mend_vi = "Đọc lại từ đầu (bỏ trống cursor) đến hết, rồi hỏi lại về từng công dân đang lưu."
    mend_en = "Read from the start (without a cursor) to the end, then ask anew about every citizen you hold."


class WebhookUnfit(LandDataError):
    code = "WEBHOOK_UNFIT"
    vi = "Địa chỉ nhận thông báo không dùng được: {reason_vi}."
    en = "The webhook's address cannot be used: {reason_en}."
    mend_vi = "Dùng địa chỉ https công khai; mạng riêng phải có trong LANDDATA_WEBHOOK_NETWORKS."
    mend_en = "Use a public https address; a private network has to stand in LANDDATA_WEBHOOK_NETWORKS."


class WebhookUnknown(LandDataError):
    code = "WEBHOOK_UNKNOWN"
    vi = "Hệ thống {client_id} chưa đăng ký địa chỉ nhận thông báo."
    en = "Client {client_id} has no webhook."
    mend_vi = "Đăng ký trên trang của hệ thống ấy hoặc bằng `landdata webhooks set`."
    mend_en = "Register one on the client's page or with `landdata webhooks set`."


class AgreementUnfit(LandDataError):
    code = "AGREEMENT_UNFIT"
    vi = "Nội dung thỏa thuận không dùng được: {reason_vi}."
    en = "The terms of the agreement cannot be used: {reason_en}."
    mend_vi = "Sửa nội dung rồi soạn lại; các mục có trong trang dành cho người vận hành."
    mend_en = "Correct the terms and draft again; the operator's page names all of them."


class AgreementStepUnfit(LandDataError):
    code = "AGREEMENT_STEP_UNFIT"
    vi = "Thỏa thuận {agreement} đang là {state}: không làm được bước {step}."
    en = "The agreement {agreement} is {state}: the step {step} cannot be taken."
    mend_vi = "Xem các bước đã làm: `landdata agreements show`. Đã kết thúc thì không mở lại; soạn thỏa thuận mới với mã khác."
    mend_en = "See its steps: `landdata agreements show`. What has ended stays so; draft a new one under another code."


class AgreementDraftChanged(LandDataError):
    code = "AGREEMENT_DRAFT_CHANGED"
    vi = "Bản dự thảo của thỏa thuận {agreement} nay là phiên bản {version}, không phải bản đã xem."
    en = "The draft of agreement {agreement} is version {version} now, not the one that was seen."
    mend_vi = "Xem lại bằng `landdata agreements show` rồi duyệt đúng phiên bản đó."
    mend_en = "Look again with `landdata agreements show`, then approve that version."


class TooManyLookups(LandDataError):
    code = "TOO_MANY_LOOKUPS"
    vi = "Đang có quá nhiều tra cứu chờ trả lời."
    en = "Too many look-ups are waiting for their answer."
    mend_vi = "Gửi lại sau một giây với cùng request_id."
    mend_en = "Send it again in a second with the same request_id."
