"""What is wrong with the files of a match at a desk."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class MatchFileUnreadable(LandDataError):
    code = "MATCH_FILE_UNREADABLE"
    vi = "Không đọc được tệp {file}: {reason}."
    en = "The file {file} cannot be read: {reason}."
    mend_vi = "Lưu lại bảng thành CSV UTF-8 có dòng tiêu đề (dấu phẩy, chấm phẩy hoặc tab) rồi chạy lại."
    mend_en = (
        "Save the table again as UTF-8 CSV with a line of column names (comma, semicolon or tab), then run it again."
    )


class MatchColumnsMissing(LandDataError):
    code = "MATCH_COLUMNS_MISSING"
    vi = "Tệp {file} thiếu cột: {columns}."
    en = "The file {file} lacks the columns: {columns}."
    mend_vi = "Thêm các cột này vào dòng tiêu đề; ô của cột có thể để trống (docs/matching.md)."
    mend_en = "Add these columns to the first line; their cells may be empty (docs/matching.md)."


class MatchColumnTwice(LandDataError):
    code = "MATCH_COLUMN_TWICE"
    vi = "Tệp {file} có hai cột cùng tên {column}."
    en = "The file {file} has two columns of the name {column}."
    mend_vi = "Xóa hoặc đổi tên một trong hai cột."
    mend_en = "Delete or rename one of the two."


class MatchRowUneven(LandDataError):
    code = "MATCH_ROW_UNEVEN"
    vi = "Dòng {row} của tệp {file} có {values} giá trị, trong khi có {columns} cột."
    en = "Row {row} of {file} has {values} values where there are {columns} columns."
    mend_vi = "Đặt giá trị có dấu phân cách trong ngoặc kép, rồi xuất lại; số dòng không kể dòng tiêu đề."
    mend_en = (
        "Put values with the separator in them into quotation marks and export again; rows are counted without the first "
        "line."
    )


class MatchTextNotUtf8(LandDataError):
    code = "MATCH_TEXT_NOT_UTF8"
    vi = "Dòng {row} của tệp {file} không phải UTF-8."
    en = "Row {row} of {file} is not UTF-8."
    mend_vi = "Lưu lại bảng dưới dạng «CSV UTF-8»; số dòng không kể dòng tiêu đề."
    mend_en = "Save the table as “CSV UTF-8”; rows are counted without the first line."


class MatchAnswerUnwritable(LandDataError):
    code = "MATCH_ANSWER_UNWRITABLE"
    vi = "Không ghi được kết quả vào {file}: {reason}. Chưa ghi gì."
    en = "The answer cannot be written to {file}: {reason}. Nothing was written."
    mend_vi = "Chọn một tệp khác, trong thư mục có quyền ghi và còn chỗ trống, không phải tệp đầu vào."
    mend_en = "Name another file, in a folder with write permission and room, and not one of the files that are read."


class ExtractBusy(LandDataError):
    code = "EXTRACT_BUSY"
    vi = "Một bản trích dân cư khác đang được đối soát."
    en = "Another extract of the population platform is being matched."
    mend_vi = "Đợi lệnh kia chạy xong rồi chạy lại."
    mend_en = "Wait until the other command ends, then run this one again."


class CaseUnknown(LandDataError):
    code = "CASE_UNKNOWN"
    vi = "Cơ quan này không có hồ sơ đối chiếu đó."
    en = "This office has no such case."
    mend_vi = "Mở lại danh sách: mã hồ sơ đổi khi khóa được thay."
    mend_en = "Open the list again: the names of cases change when a key is renewed."


class CaseStepUnfit(LandDataError):
    code = "CASE_STEP_UNFIT"
    vi = "Không làm được bước này: {reason_vi}."
    en = "This step cannot be taken: {reason_en}."
    mend_vi = "Mở lại hồ sơ và xem các quyết định trước."
    mend_en = "Open the case again and see what was decided before."


class NoCases(LandDataError):
    code = "NO_CASES"
    vi = "Trong lần giao nộp gần nhất không có dòng nào thuộc danh sách này."
    en = "No row of the last delivery is on this list."
    mend_vi = "Chọn địa bàn hoặc trạng thái khác, hoặc tải danh sách dạng CSV, XLSX."
    mend_en = "Name another unit or status, or take the list as CSV or XLSX."


class DecisionUnknown(LandDataError):
    code = "DECISION_UNKNOWN"
    vi = "Hồ sơ này không có quyết định đó."
    en = "The case has no such decision."
    mend_vi = "Xem các quyết định trong hồ sơ."
    mend_en = "See the decisions in the case."


class DecisionUnfit(LandDataError):
    code = "DECISION_UNFIT"
    vi = "Quyết định không dùng được: {reason_vi}."
    en = "The decision cannot be used: {reason_en}."
    mend_vi = "Sửa lại rồi gửi; lý do và số hiệu văn bản là bắt buộc, không ghi số định danh vào đó."
    mend_en = "Correct it and send it again; reason and document are needed, and hold no identity number."
