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
    vi = "Không có thỏa thuận {agreement} đã duyệt."
    en = "There is no approved agreement {agreement}."
    mend_vi = "Xem danh sách: `landdata agreements list`."
    mend_en = "See the list: `landdata agreements list`."


class TooManyLookups(LandDataError):
    code = "TOO_MANY_LOOKUPS"
    vi = "Đang có quá nhiều tra cứu chờ trả lời."
    en = "Too many look-ups are waiting for their answer."
    mend_vi = "Gửi lại sau một giây với cùng request_id."
    mend_en = "Send it again in a second with the same request_id."
