"""What stops the access log, and what is wrong with a look into it."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class AccessLogUnanchored(LandDataError):
    code = "ACCESS_LOG_UNANCHORED"
    vi = "Tạm dừng cung cấp dữ liệu cá nhân: nhật ký truy cập đã hơn 4 giờ chưa được niêm phong và neo ra ngoài."
    en = "Personal data is not given for now: entries of the access log have waited more than 4 hours for an anchored seal."
    mend_vi = "Thử lại sau; đơn vị vận hành xem tác vụ `seal` của worker và các nơi giữ neo."
    mend_en = "Try again later; the operator looks at the worker's job `seal` and at the anchors."


class AnchorsMissing(LandDataError):
    code = "ANCHORS_MISSING"
    vi = "Thư mục neo {folder} không có {file}, dù nhật ký truy cập đã có niêm phong; không tạo danh sách mới."
    en = "The anchors' folder {folder} has no {file}, though the access log has seals; no new list is begun."
    mend_vi = "Gắn lại thư mục LANDDATA_ANCHOR_DIR, hoặc trả bản sao mới nhất về; mất hẳn: docs/access_log.md."
    mend_en = (
        "Mount the folder LANDDATA_ANCHOR_DIR again, or bring its newest copy back; lost for good: docs/access_log.md."
    )


class SealsAhead(LandDataError):
    code = "SEALS_AHEAD"
    vi = "Số giao dịch của cơ sở dữ liệu ({now}) ở sau niêm phong cuối ({sealed}): bản kết xuất được nạp vào máy chủ mới."
    en = "The database's transactions ({now}) lie behind the last seal ({sealed}): a dump was loaded into a new server."
    mend_vi = "Khôi phục từ bản sao nền và WAL (docs/backup.md); nhật ký của bản pg_dump không niêm phong tiếp được."
    mend_en = "Restore from a base backup and WAL (docs/backup.md); the log of a pg_dump cannot be sealed any further."


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
