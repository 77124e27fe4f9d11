"""What is wrong with questions about coverage and with its rules."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class CoverageRuleUnfit(LandDataError):
    code = "COVERAGE_RULE_UNFIT"
    vi = "Không đặt được quy tắc này: {reason_vi}."
    en = "This rule cannot be set: {reason_en}."
    mend_vi = "Xem các quy tắc: `landdata coverage rules list`; quy tắc chỉ có hiệu lực từ hôm nay trở đi."
    mend_en = "See the rules: `landdata coverage rules list`; a rule counts from today on at the earliest."


class CoverageTooWide(LandDataError):
    code = "COVERAGE_TOO_WIDE"
    vi = "Không trả lời mọi bậc của mọi xã trong cả nước cùng một lúc."
    en = "All rungs of all communes of the country are not told at once."
    mend_vi = "Nêu một bậc (`rung`), hoặc tỉnh, huyện chứa các xã (`parent`)."
    mend_en = "Name one rung (`rung`), or the province or district they lie in (`parent`)."


class SeriesUnfit(LandDataError):
    code = "SERIES_UNFIT"
    vi = "Chuỗi số liệu cần ngày đầu không sau ngày cuối, và không quá {most} điểm."
    en = "A series needs a first day not after its last, and at most {most} points."
    mend_vi = "Rút ngắn khoảng thời gian hoặc chọn bước (`step`) dài hơn."
    mend_en = "Ask for a shorter time, or a longer step (`step`)."
