"""What is wrong with mending what a recount found."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class MendingUnfit(LandDataError):
    code = "MENDING_UNFIT"
    vi = "Không sửa được: {reason_vi}."
    en = "This cannot be mended: {reason_en}."
    mend_vi = "Xem các lần kiểm đếm: `landdata coverage recounts`."
    mend_en = "See the recounts: `landdata coverage recounts`."
