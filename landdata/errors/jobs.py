"""What can go wrong when somebody asks about the worker's jobs."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class JobUnknown(LandDataError):
    code = "JOB_UNKNOWN"
    vi = "Không có công việc định kỳ tên {job}."
    en = "There is no such job: {job}."
    mend_vi = "Dùng một trong: {known}. Danh sách có sau lần khởi động đầu tiên của tiến trình nền."
    mend_en = "Use one of: {known}. The list is there once a worker was started."
