"""The catalogue of checks: stable code, severity, a sentence and a way to mend in two languages; pages are made from it."""

from __future__ import annotations

from dataclasses import dataclass

from landdata.model.deliveries import Severity


@dataclass(frozen=True, slots=True)
class Check:
    """One check. Sentences are filled with the finding's details."""

    code: str
    severity: Severity
    vi: str
    en: str
    mend_vi: str
    mend_en: str


_REFUSES, _WARNS = Severity.REFUSES_RECORD, Severity.WARNING

_ALL = (
    Check("COMMUNE_UNKNOWN", _REFUSES,
          "Không có xã mã {value} vào ngày hiệu lực.", "There is no commune {value} on the effective day.",
          "Dùng mã xã đang có hiệu lực vào ngày đó (5 chữ số).", "Use the code in force on that day (5 digits)."),
    Check("COMMUNE_NOT_OF_OFFICE", _REFUSES,
          "Xã {value} không thuộc địa bàn của cơ quan giao nộp.", "Commune {value} is not in the delivering office's area.",
          "Bỏ dòng này, hoặc sửa mã xã.", "Leave the row out, or correct the code."),
    Check("SHEET_NUMBER_INVALID", _REFUSES,
          "Số tờ bản đồ phải là số nguyên lớn hơn 0.", "The map sheet must be a whole number above 0.",
          "Ghi số tờ mới; số cũ dạng chữ để ở cột to_cu.", "Give the present number; old text numbers go to map_sheet_old."),
    Check("PARCEL_NUMBER_INVALID", _REFUSES,
          "Số thửa phải là số nguyên lớn hơn 0.", "The parcel number must be a whole number above 0.",
          "Ghi số thửa mới; số cũ dạng chữ để ở cột thua_cu.", "Give the present number; old text numbers go to parcel_old."),
    Check("VALUE_MISSING", _REFUSES,
          "Thiếu giá trị bắt buộc ở cột {column}.", "Column {column} must have a value.",
          "Điền giá trị như trên giấy chứng nhận hoặc sổ địa chính.", "Fill it in from the certificate or the register."),
    Check("NUMBER_UNREADABLE", _REFUSES,
          "Giá trị ở cột {column} không phải số thập phân không âm.", "Column {column} is not a decimal number of 0 or more.",
          "Dùng dấu chấm thập phân, không kèm đơn vị hay dấu gạch chéo.", "Use a decimal point, no unit and no slash."),
    Check("DATE_UNREADABLE", _REFUSES,
          "Ngày ở cột {column} không đọc được.", "The date in column {column} cannot be read.",
          "Ghi theo dạng dd/MM/yyyy.", "Write it as dd/MM/yyyy."),
    Check("PURPOSES_UNREADABLE", _REFUSES,
          "Không đọc được mục đích sử dụng.", "The purposes cannot be read.",
          "Ghi theo dạng ONT:100.0;CLN:250.5.", "Write them as ONT:100.0;CLN:250.5."),
    Check("ORIGINS_UNREADABLE", _REFUSES,
          "Không đọc được nguồn gốc sử dụng.", "The origins cannot be read.",
          "Ghi theo dạng ONT:CNQ-CTT+3;CLN:CNQ-KTT.", "Write them as ONT:CNQ-CTT+3;CLN:CNQ-KTT."),
    Check("PARCEL_UID_INVALID", _REFUSES,
          "Mã định danh thửa phải có đúng 12 ký tự.", "The parcel id must have exactly 12 characters.",
          "Ghi mã như đã cấp, hoặc để trống.", "Give it as issued, or leave it empty."),
    Check("TEXT_INVALID", _REFUSES,
          "Cột {column} có ký tự điều khiển hoặc dài quá 2.000 ký tự.",
          "Column {column} has control characters or more than 2,000 characters.",
          "Xóa ký tự lạ, rút gọn nội dung.", "Remove the characters, shorten the text."),
    Check("GEOMETRY_MISSING", _REFUSES,
          "Thửa không có hình.", "The parcel has no geometry.",
          "Vẽ hình thửa trên bản đồ địa chính rồi xuất lại.", "Draw the parcel on the cadastral map and export again."),
    Check("GEOMETRY_NOT_POLYGON", _REFUSES,
          "Hình của thửa không phải vùng khép kín.", "The geometry is not a polygon.",
          "Chuyển đường hoặc điểm thành vùng.", "Turn the line or point into an area."),
    Check("GEOMETRY_NOT_FINITE", _REFUSES,
          "Hình có tọa độ không phải số hữu hạn.", "The geometry has a coordinate that is no finite number.",
          "Xóa đỉnh lỗi rồi xuất lại.", "Remove the faulty vertex and export again."),
    Check("GEOMETRY_TOO_LARGE", _REFUSES,
          "Hình có {value} đỉnh, nhiều hơn mức cho phép.", "The geometry has {value} vertices, more than allowed.",
          "Đơn giản hóa đường ranh trong phạm vi sai số đo đạc.", "Simplify the outline within the survey's accuracy."),
    Check("GEOMETRY_INVALID", _REFUSES,
          "Đường ranh tự cắt hoặc hình không hợp lệ.", "The outline crosses itself or is not valid.",
          "Sửa điểm tự cắt trong phần mềm bản đồ.", "Mend the crossing in the mapping program."),
    Check("GEOMETRY_OUTSIDE_PROVINCE", _REFUSES,
          "Thửa nằm ngoài tỉnh quá 5 km.", "The parcel lies more than 5 km outside the province.",
          "Kiểm tra múi chiếu và tọa độ của thửa.", "Check the parcel's zone and coordinates."),
    Check("PARCEL_TWICE", _REFUSES,
          "Thửa {value} có hai nội dung khác nhau trong tệp.", "Parcel {value} stands twice with different content.",
          "Giữ một nội dung đúng.", "Keep the one that is true."),
    Check("REFUSED_WITH_RECORD", _REFUSES,
          "Dòng này cùng hồ sơ với dòng {value} bị từ chối.", "This row belongs to the record of row {value}, which is refused.",
          "Sửa dòng kia rồi gửi lại cả hồ sơ.", "Mend that row and send the whole record again."),
    Check("HELD_WITH_RECORD", _REFUSES,
          "Hồ sơ này thay thế một hồ sơ mà một phần đang bị từ chối.",
          "This record would replace one of which another part is refused.",
          "Sửa các dòng bị từ chối rồi gửi lại tất cả.", "Mend the refused rows and send all of them again."),
    Check("COMMUNE_HELD", _REFUSES,
          "Lần giao nộp này sẽ xóa quá nhiều thửa của xã mà không có thửa thay thế; xã được giữ nguyên.",
          "This delivery would retire too many parcels of the commune with nothing in their place; the commune is left as it is.",
          "Giao nộp đủ mọi thửa của xã, hoặc liên hệ Bộ nếu đúng là các thửa không còn.",
          "Deliver all parcels of the commune, or contact the ministry if they really are gone."),
    Check("PURPOSES_SUM", _WARNS,
          "Tổng diện tích các mục đích lệch diện tích pháp lý {value} m².", "The purposes differ from the legal area by {value} m2.",
          "Đối chiếu với giấy chứng nhận.", "Compare with the certificate."),
    Check("AREA_DIFFERS", _WARNS,
          "Diện tích pháp lý lệch diện tích đo trên bản đồ {value} m².", "Legal and measured area differ by {value} m2.",
          "Kiểm tra hình thửa và giấy chứng nhận.", "Check the geometry and the certificate."),
    Check("PURPOSE_CODE_UNKNOWN", _WARNS,
          "Mã mục đích {value} không có trong danh mục.", "Purpose code {value} is not in the list.",
          "Dùng mã của Thông tư đang áp dụng.", "Use a code of the circular in force."),
    Check("ORIGIN_CODE_UNKNOWN", _WARNS,
          "Mã nguồn gốc {value} không có trong danh mục.", "Origin code {value} is not in the list.",
          "Dùng mã nguồn gốc theo danh mục, ví dụ CNQ-CTT+3.", "Use a code of the list, for example CNQ-CTT+3."),
    Check("ID_NUMBER_SHAPE", _WARNS,
          "Số giấy tờ không có 9 hoặc 12 chữ số.", "The identity number has neither 9 nor 12 digits.",
          "Đối chiếu với giấy tờ; chủ này chưa được xác thực.", "Compare with the paper; the holder cannot be verified yet."),
    Check("ID_NUMBER_CONTRADICTS", _WARNS,
          "Số định danh mâu thuẫn với {what} trên dòng.", "The personal number contradicts the row's {what}.",
          "Đối chiếu số, giới tính và năm sinh.", "Compare number, gender and year of birth."),
    Check("BIRTH_UNREADABLE", _WARNS,
          "Ngày sinh không đọc được.", "The date of birth cannot be read.",
          "Ghi dd/MM/yyyy hoặc yyyy.", "Write dd/MM/yyyy or yyyy."),
    Check("BIRTH_YEAR_IMPLAUSIBLE", _WARNS,
          "Năm sinh {value} không hợp lý.", "Year of birth {value} is not plausible.",
          "Đối chiếu với giấy tờ tùy thân.", "Compare with the identity paper."),
    Check("SERIAL_PATTERN", _WARNS,
          "Số phát hành không đúng mẫu.", "The serial does not follow the pattern.",
          "Ghi chữ cái và dãy số như trên giấy, ví dụ DB 123456.", "Write letters and digits as printed, for example DB 123456."),
    Check("SERIAL_TWICE", _WARNS,
          "Một số phát hành đứng trên hai giấy chứng nhận khác nhau.", "One serial stands on two different certificates.",
          "Kiểm tra số phát hành và số vào sổ.", "Check serial and registry number."),
    Check("COUPLE_NOT_TWO", _WARNS,
          "Giấy chứng nhận của vợ chồng không có đủ hai người.", "A couple's certificate does not name two persons.",
          "Bổ sung người còn lại.", "Add the other person."),
    Check("HOUSEHOLD_NO_HEAD", _WARNS,
          "Hộ gia đình không có chủ hộ.", "A household without its head.",
          "Ghi vai trò CHU_HO cho chủ hộ.", "Give the head the role CHU_HO."),
)  # fmt: skip

CATALOGUE: dict[str, Check] = {check.code: check for check in _ALL}
