"""What is wrong with a step of a source, a promise, or a rule of alerts."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class SourceUnknown(LandDataError):
    code = "SOURCE_UNKNOWN"
    vi = "Không có nguồn dữ liệu {source}."
    en = "There is no source {source}."
    mend_vi = "Xem danh sách bằng `landdata sources list`; văn phòng được đăng ký bằng `landdata offices`."
    mend_en = "See the list with `landdata sources list`; offices are registered with `landdata offices`."


class SourceStepUnfit(LandDataError):
    code = "SOURCE_STEP_UNFIT"
    vi = "Nguồn {office_code} đang ở trạng thái {state}: không thực hiện được bước {step}."
    en = "The source {office_code} is {state}: {step} is not possible now."
    mend_vi = "Chỉ tạm dừng nguồn đang hoạt động, chỉ tiếp tục nguồn đã tạm dừng hoặc kết thúc."
    mend_en = "Pause one that is at work; resume one that was paused or ended."


class PromiseUnfit(LandDataError):
    code = "PROMISE_UNFIT"
    vi = "Cam kết không dùng được: {reason_vi}."
    en = "The promise cannot be noted: {reason_en}."
    mend_vi = "Nêu ít nhất một điều: chu kỳ từ 1 đến 3660 ngày, hạn giao nộp lần đầu, số xã từ 1, hoặc nơi liên hệ."
    mend_en = "Name at least one: a cadence of 1 to 3660 days, a first due day, communes from 1, or a contact."


class AlertRuleUnknown(LandDataError):
    code = "ALERT_RULE_UNKNOWN"
    vi = "Không có quy tắc cảnh báo {rule}."
    en = "There is no rule of alerts {rule}."
    mend_vi = "Xem danh sách bằng `landdata alerts rules`."
    mend_en = "See the list with `landdata alerts rules`."


class AlertRuleUnfit(LandDataError):
    code = "ALERT_RULE_UNFIT"
    vi = "Không đổi được quy tắc {rule}: ngưỡng phải là số dương hữu hạn, thời gian lặng từ 0 phút."
    en = "The rule {rule} cannot be changed so: a threshold is a positive finite number, a calm time 0 minutes or more."
    mend_vi = "Nêu ngưỡng theo đơn vị của quy tắc; SHARE là phần của một, ví dụ 0.05."
    mend_en = "Name the threshold in the rule's unit; SHARE is a part of one, such as 0.05."
