"""What is wrong with questions about indicators and with tables of their figures."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class IndicatorUnknown(LandDataError):
    code = "INDICATOR_UNKNOWN"
    vi = "Không có chỉ tiêu {code}."
    en = "There is no indicator {code}."
    mend_vi = "Dùng một trong các mã: {known}."
    mend_en = "Use one of these codes: {known}."


class IndicatorTableUnreadable(LandDataError):
    code = "INDICATOR_TABLE_UNREADABLE"
    vi = "Không đọc được bảng số liệu: {reason_vi}."
    en = "The table of figures cannot be read: {reason_en}."
    mend_vi = "Tải mẫu CSV hoặc XLSX, điền vào đó và gửi lại; công thức phải được dán thành giá trị."
    mend_en = "Take the CSV or XLSX template, fill it in and send it again; formulas must be pasted as values."


class IndicatorTableRefused(LandDataError):
    code = "INDICATOR_TABLE_REFUSED"
    vi = "Bảng còn {rows} dòng sai; dòng đầu tiên là {row}: {reason_vi}"
    en = "{rows} rows of the table are wrong; the first is {row}: {reason_en}"
    mend_vi = "Sửa các dòng đó và gửi lại cả bảng; chưa có gì được ghi nhận."
    mend_en = "Mend those rows and send the whole table again; nothing was recorded."


class IndicatorReasonMissing(LandDataError):
    code = "INDICATOR_REASON_MISSING"
    vi = "Bảng thay đổi {rows} số liệu đã công bố mà không nêu lý do."
    en = "The table changes {rows} values that stand, and says no reason."
    mend_vi = "Nêu lý do (văn bản đính chính nào); số liệu cũ vẫn được giữ và xem được."
    mend_en = "Say why (which letter corrects them); what stood before is kept and can be seen."


class IndicatorUploadUnknown(LandDataError):
    code = "INDICATOR_UPLOAD_UNKNOWN"
    vi = "Không có bảng số liệu {upload} đang chờ ghi nhận."
    en = "No table of figures {upload} waits to be recorded."
    mend_vi = "Gửi lại bảng: bảng chờ quá 7 ngày, đã ghi nhận hoặc của người khác thì không còn ở đây."
    mend_en = "Send the table again: one that waited for 7 days, was recorded, or is somebody else's, is not here."


class IndicatorValueUnknown(LandDataError):
    code = "INDICATOR_VALUE_UNKNOWN"
    vi = "Không có số liệu của {subject} ngày {day}."
    en = "There is no value of {subject} of {day}."
    mend_vi = "Xem `landdata indicators show`; số liệu mới thì nạp bằng `landdata indicators load`."
    mend_en = "See `landdata indicators show`; a new value is loaded with `landdata indicators load`."
