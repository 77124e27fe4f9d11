"""What stops the access log, and what is wrong with a look into it."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class AccessLogUnanchored(LandDataError):
    code = "ACCESS_LOG_UNANCHORED"
    vi = "Tạm dừng cung cấp dữ liệu cá nhân: nhật ký truy cập đã hơn 4 giờ chưa được niêm phong và neo ra ngoài."
    en = "Personal data is not given for now: entries of the access log have waited more than 4 hours for an anchored seal."
    mend_vi = "Thử lại sau; đơn vị vận hành xem tác vụ `seal` của worker và các nơi giữ neo."
    mend_en = "Try again later; the operator looks at the worker's job `seal` and at the anchors."


class TimestampRefused(LandDataError):
    code = "TIMESTAMP_REFUSED"
    vi = "Không lấy được dấu thời gian đáng tin từ {url}."
    en = "No trustworthy time stamp could be had from {url}."
    mend_vi = "Kiểm tra LANDDATA_TSA_URL, LANDDATA_TSA_CERTIFICATES và đường mạng tới tổ chức cấp dấu thời gian."
    mend_en = "Check LANDDATA_TSA_URL, LANDDATA_TSA_CERTIFICATES and the way to the time-stamping authority."


class EntryUnknown(LandDataError):
    code = "ENTRY_UNKNOWN"
    vi = "Nhật ký truy cập không có dòng {access_id}."
    en = "The access log has no entry {access_id}."
    mend_vi = "Kiểm tra lại số; số trong khoảng trống là yêu cầu đã bị hủy: `landdata access-log verify`."
    mend_en = "Check the number; one in a gap was rolled back: `landdata access-log verify`."


class EntryUnsealed(LandDataError):
    code = "ENTRY_UNSEALED"
    vi = "Dòng {access_id} chưa được niêm phong, hoặc niêm phong không còn khớp với các dòng."
    en = "Entry {access_id} has no seal yet, or its seal no longer fits the entries."
    mend_vi = "Đợi niêm phong tiếp theo (mỗi phút), hoặc chạy `landdata access-log verify`."
    mend_en = "Wait for the next seal (every minute), or run `landdata access-log verify`."


class InspectionUnfit(LandDataError):
    code = "INSPECTION_UNFIT"
    vi = "Lần kiểm tra này không dùng được: {reason_vi}."
    en = "This inspection cannot be used: {reason_en}."
    mend_vi = "Nêu lý do, số hồ sơ của lần kiểm tra và điều cần tìm."
    mend_en = "Give the reason, the inspection's own file number, and what is looked for."


class SecrecyUnknown(LandDataError):
    code = "SECRECY_UNKNOWN"
    vi = "Không có việc hoãn cho xem số {secrecy}."
    en = "There is no delay {secrecy}."
    mend_vi = "Xem danh sách: `landdata access-log delays`."
    mend_en = "See the list: `landdata access-log delays`."


class SecrecyUnfit(LandDataError):
    code = "SECRECY_UNFIT"
    vi = "Việc hoãn cho xem không dùng được: {reason_vi}."
    en = "The delay cannot be used: {reason_en}."
    mend_vi = "Cần hệ thống, căn cứ pháp lý, lý do, và đúng một giới hạn: số ngày hoặc đến ngày."
    mend_en = "It needs a client, a legal ground, a reason, and exactly one limit: days, or until a day."
