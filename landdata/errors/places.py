"""What is wrong with a place: units, divisions, zones, coordinates."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class UnknownUnit(LandDataError):
    code = "UNIT_UNKNOWN"
    vi = "Không có đơn vị hành chính mã {unit_code} ở cấp {level} vào ngày {day}."
    en = "There is no administrative unit {unit_code} at level {level} on {day}."
    mend_vi = "Kiểm tra mã, cấp và ngày; mã được dùng lại với nghĩa khác sau ngày 01/7/2025."
    mend_en = "Check the code, the level and the date; codes got other meanings on 1 July 2025."


class UnknownDivision(LandDataError):
    code = "DIVISION_UNKNOWN"
    vi = "Không có cách phân chia hành chính tên {division}."
    en = "There is no division of the country named {division}."
    mend_vi = "Dùng một trong: {known}, hoặc bỏ trống để lấy cách phân chia có hiệu lực vào ngày được hỏi."
    mend_en = "Use one of: {known}, or leave it out for the division in force on the day asked."


class UnknownZone(LandDataError):
    code = "ZONE_UNKNOWN"
    vi = "EPSG:{epsg} không phải là múi chiếu VN-2000 đang dùng."
    en = "EPSG:{epsg} is not a VN-2000 zone in use."
    mend_vi = "Dùng một trong: {known}."
    mend_en = "Use one of: {known}."


class CoordinateOutOfRange(LandDataError):
    code = "COORDINATE_OUT_OF_RANGE"
    vi = "Tọa độ ({x}, {y}) nằm ngoài phạm vi của {crs}."
    en = "The coordinate ({x}, {y}) lies outside the range of {crs}."
    mend_vi = "Kiểm tra thứ tự trục (đông trước, bắc sau) và múi chiếu."
    mend_en = "Check the axis order (easting first, then northing) and the zone."
