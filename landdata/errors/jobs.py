"""What can go wrong when somebody asks about the worker's jobs."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class JobUnknown(LandDataError):
    code = "JOB_UNKNOWN"
    vi = "Không có công việc định kỳ tên {job}."
    en = "There is no such job: {job}."
    mend_vi = "Dùng một trong: {known}. Danh sách có sau lần khởi động đầu tiên của tiến trình nền."
    mend_en = "Use one of: {known}. The list is there once a worker was started."


class RunNotGivenUp(LandDataError):
    code = "RUN_NOT_GIVEN_UP"
    vi = "Lần chạy số {run_no} không phải là việc đã thôi thử, hoặc việc ấy đã được nhận lại."
    en = "Run {run_no} is none of a job that was given up, or that job was taken up again."
    mend_vi = "Xem lại nhật ký; với việc định kỳ, hãy yêu cầu chạy ngay: landdata jobs run."
    mend_en = "Look at the journal again; ask for a periodic job by landdata jobs run."
