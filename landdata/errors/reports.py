"""What stands in the way of a report, of its signature, or of believing one."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class ReportUnfit(LandDataError):
    code = "REPORT_UNFIT"
    vi = "Không thể lập báo cáo này: {reason_vi}."
    en = "This report cannot be made: {reason_en}."
    mend_vi = "Chọn ngày không sau hôm nay, ngày so sánh trước ngày báo cáo, hoặc một báo cáo đã có."
    mend_en = "Choose a day not after today, one before it to compare with, or a report that is there."


class ReportUnknown(LandDataError):
    code = "REPORT_UNKNOWN"
    vi = "Không có báo cáo số {number}."
    en = "There is no report {number}."
    mend_vi = "Xem danh sách: `landdata reports list` hoặc trang /bao-cao."
    mend_en = "See the list: `landdata reports list` or the page /en/reports."


class ReportFileUnknown(LandDataError):
    code = "REPORT_FILE_UNKNOWN"
    vi = "Báo cáo số {number} không có tệp {name}, hoặc chưa lập xong."
    en = "Report {number} has no file {name}, or is not made yet."
    mend_vi = "Chờ báo cáo lập xong; tên tệp nằm trong `files` của báo cáo."
    mend_en = "Wait until the report is made; the names of its files are in its `files`."


class ReportFileDamaged(LandDataError):
    code = "REPORT_FILE_DAMAGED"
    vi = "Tệp {name} của báo cáo số {number} trên đĩa không còn nguyên vẹn."
    en = "File {name} of report {number} on disk is not what it was."
    mend_vi = "Khôi phục thư mục `reports` từ bản sao lưu; tệp này không được đưa ra."
    mend_en = "Restore the folder `reports` from its backup; the file is not given out."


class ReportKeyUnusable(LandDataError):
    code = "REPORT_KEY_UNUSABLE"
    vi = "Không dùng được khóa ký báo cáo {file}: {reason}."
    en = "The key that signs reports, {file}, cannot be used: {reason}."
    mend_vi = "Kiểm tra tệp, mật khẩu và quyền 0600 (docs/reports.md); báo cáo chờ, không phát hành bản không ký."
    mend_en = "See to the file, its password and mode 0600 (docs/reports.md); reports wait, none goes out unsigned."


class ReportKeyThere(LandDataError):
    code = "REPORT_KEY_THERE"
    vi = "Đã có khóa ký báo cáo {file}; không ghi đè."
    en = "There is a key that signs reports already, {file}; it is not written over."
    mend_vi = "Chuyển tệp cũ đi chỗ khác trước khi tạo khóa mới; giữ chứng thư cũ để kiểm tra báo cáo cũ."
    mend_en = "Move the old file away before making a new one; keep its certificate to verify earlier reports."


class ReportUnsigned(LandDataError):
    code = "REPORT_UNSIGNED"
    vi = "Tệp {file} không có chữ ký số, hoặc không phải PDF."
    en = "{file} bears no signature, or is no PDF."
    mend_vi = "Lấy lại bản đã ký từ trang /bao-cao hoặc `landdata reports save`."
    mend_en = "Get the signed one from the page /en/reports or by `landdata reports save`."


class ReportAltered(LandDataError):
    code = "REPORT_ALTERED"
    vi = "Tệp {file} đã bị thay đổi sau khi ký, hoặc chữ ký không đúng."
    en = "{file} was changed after it was signed, or its signature does not hold."
    mend_vi = "Không dùng tệp này; lấy lại bản gốc và báo cho người đã gửi."
    mend_en = "Do not use it; get the original again, and tell whoever sent it."


class ReportSignerUnknown(LandDataError):
    code = "REPORT_SIGNER_UNKNOWN"
    vi = "Tệp {file} còn nguyên vẹn nhưng do chứng thư lạ ký: {signer}."
    en = "{file} is whole, but a certificate that is not known here signed it: {signer}."
    mend_vi = "Hỏi người gửi chứng thư của họ rồi dùng `--certificate TỆP`; không tin tệp trước khi biết ai ký."
    mend_en = "Ask the sender for their certificate and name it by `--certificate FILE`; do not trust the file before."


class ReportStampMissing(LandDataError):
    code = "REPORT_STAMP_MISSING"
    vi = "Cơ quan cấp dấu thời gian {url} không đóng dấu cho báo cáo."
    en = "The time-stamping authority {url} did not stamp the report."
    mend_vi = "Báo cáo được lập lại khi tới lượt; kiểm tra LANDDATA_TSA_URL và đường ra."
    mend_en = "The report is made again in its turn; look at LANDDATA_TSA_URL and the way out."


class ReportUnsettled(LandDataError):
    code = "REPORT_UNSETTLED"
    vi = "Một lần công bố bắt đầu trước thời điểm của báo cáo số {number} chưa kết thúc."
    en = "A publication that began before the moment of report {number} is not through yet."
    mend_vi = "Không cần làm gì: báo cáo được lập khi lần công bố đó xong."
    mend_en = "Nothing to do: the report is made when that publication is through."
