"""Every error the domain can raise: a stable code, a sentence in two languages, and the way to mend it; no HTTP here."""

from __future__ import annotations

from typing import ClassVar


class LandDataError(Exception):
    """Base of all domain errors.

    `details` are plain, non-personal values that fill the sentences; a citizen number or a name never goes in.
    """

    code: ClassVar[str]
    vi: ClassVar[str]
    en: ClassVar[str]
    mend_vi: ClassVar[str]
    mend_en: ClassVar[str]

    def __init__(self, **details: str | int) -> None:
        self.details = details
        super().__init__(f"{self.code}: {self.sentence('en')}")

    def sentence(self, language: str) -> str:
        """The sentence in `vi` or `en`, filled in."""
        return (self.vi if language == "vi" else self.en).format(**self.details)

    def mend(self, language: str) -> str:
        """What to do about it, in `vi` or `en`, filled in."""
        return (self.mend_vi if language == "vi" else self.mend_en).format(**self.details)


def all_errors() -> list[type[LandDataError]]:
    """Every concrete error class, by code; the documentation page and the policy tests are made from it."""
    found: list[type[LandDataError]] = []
    waiting: list[type[LandDataError]] = [LandDataError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if "code" in kind.__dict__:
            found.append(kind)
    return sorted(found, key=lambda kind: kind.code)


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


class DatabaseUnavailable(LandDataError):
    code = "DATABASE_UNAVAILABLE"
    vi = "Không kết nối được với cơ sở dữ liệu."
    en = "The database cannot be reached."
    mend_vi = "Kiểm tra LANDDATA_DATABASE_URL và máy chủ PostgreSQL rồi thử lại."
    mend_en = "Check LANDDATA_DATABASE_URL and the PostgreSQL server, then try again."


class DatabaseNotReady(LandDataError):
    code = "DATABASE_NOT_READY"
    vi = "Cơ sở dữ liệu còn thiếu: {missing}."
    en = "The database lacks: {missing}."
    mend_vi = "Người quản trị chạy `landdata db bootstrap` với tài khoản superuser, rồi `landdata db migrate`."
    mend_en = "An administrator runs `landdata db bootstrap` as a superuser, then `landdata db migrate`."


class DataFolderNotWritable(LandDataError):
    code = "DATA_FOLDER_NOT_WRITABLE"
    vi = "Không ghi được vào thư mục dữ liệu {folder}."
    en = "The data folder {folder} is not writable."
    mend_vi = "Cấp quyền ghi, hoặc đặt LANDDATA_DATA_DIR vào thư mục khác."
    mend_en = "Give write permission, or point LANDDATA_DATA_DIR to another folder."


class ReferenceDataDamaged(LandDataError):
    code = "REFERENCE_DATA_DAMAGED"
    vi = "Tệp dữ liệu tham chiếu {file} bị hỏng: {reason}."
    en = "The reference file {file} is damaged: {reason}."
    mend_vi = "Lấy lại tệp từ bản phát hành rồi chạy `landdata reference load`."
    mend_en = "Restore the file from the release, then run `landdata reference load`."


class ClientUnknown(LandDataError):
    code = "CLIENT_UNKNOWN"
    vi = "Không có ứng dụng khách {client_id}."
    en = "There is no client {client_id}."
    mend_vi = "Xem danh sách bằng `landdata clients list`."
    mend_en = "See the list with `landdata clients list`."


class ClientExists(LandDataError):
    code = "CLIENT_EXISTS"
    vi = "Ứng dụng khách {client_id} đã được đăng ký với nội dung khác."
    en = "The client {client_id} is registered already, with other contents."
    mend_vi = "Chọn mã khác; khóa của một ứng dụng đã đăng ký không được thay bằng cách đăng ký lại."
    mend_en = "Choose another id; registering again never replaces the keys of a registered client."


class ClientUnfit(LandDataError):
    code = "CLIENT_UNFIT"
    vi = "Không đăng ký được ứng dụng khách: {reason_vi}."
    en = "The client cannot be registered: {reason_en}."
    mend_vi = (
        "Gửi lại mã [A-Za-z0-9_-], 1 đến 5 khóa công khai EC P-256 (JWKS) và các phạm vi mà loại cơ quan đó được có."
    )
    mend_en = (
        "Send an id of [A-Za-z0-9_-], 1 to 5 public EC P-256 keys (JWKS), and scopes that this kind of office may have."
    )


class PublicUrlUnfit(LandDataError):
    code = "PUBLIC_URL_UNFIT"
    vi = "Địa chỉ công khai {url} không dùng được."
    en = "The public address {url} cannot be used."
    mend_vi = "Đặt LANDDATA_PUBLIC_URL là https://tên-máy[:cổng], không có đường dẫn; http chỉ cho máy cục bộ."
    mend_en = "Set LANDDATA_PUBLIC_URL to https://host[:port] without a path; http is for the local machine only."


class SigningKeyUnusable(LandDataError):
    code = "SIGNING_KEY_UNUSABLE"
    vi = "Không dùng được khóa ký token trong tệp {file}: {reason}."
    en = "The token signing key in {file} cannot be used: {reason}."
    mend_vi = "Tệp phải là khóa riêng EC P-256 dạng PEM, quyền 0600, thuộc tài khoản chạy dịch vụ."
    mend_en = "The file must be an EC P-256 private key in PEM, mode 0600, owned by the account that runs the service."


class DeliveryRefused(LandDataError):
    """Base of what refuses a whole delivery: nothing of it is taken, and the reason names the way to mend."""


class FormatUnknown(DeliveryRefused):
    code = "FORMAT_UNKNOWN"
    vi = "Không nhận ra định dạng của tệp."
    en = "The format of the file is not recognised."
    mend_vi = "Gửi GeoPackage, Shapefile nén .zip hoặc GeoJSON; nội dung tệp quyết định, không phải phần mở rộng."
    mend_en = "Send a GeoPackage, a zipped Shapefile or GeoJSON; the content decides, not the file name."


class FileUnreadable(DeliveryRefused):
    code = "FILE_UNREADABLE"
    vi = "Không đọc được tệp {format}: {reason}."
    en = "The {format} file cannot be read: {reason}."
    mend_vi = "Mở tệp bằng phần mềm đã xuất ra nó, xuất lại rồi gửi lại."
    mend_en = "Open the file in the program that wrote it, export it again and send it again."


class ArchiveRefused(DeliveryRefused):
    code = "ARCHIVE_REFUSED"
    vi = "Tệp nén bị từ chối: {reason}."
    en = "The archive is refused: {reason}."
    mend_vi = "Nén đúng một bộ .shp, .shx, .dbf (kèm .prj, .cpg nếu có), không mật khẩu, không thư mục lồng nhau."
    mend_en = "Zip exactly one set of .shp, .shx, .dbf (with .prj, .cpg if any), no password, nothing nested."


class ReaderLimit(DeliveryRefused):
    code = "READER_LIMIT"
    vi = "Đọc tệp vượt giới hạn về {limit}."
    en = "Reading the file went over the limit on {limit}."
    mend_vi = "Chia tệp nhỏ hơn (ví dụ mỗi huyện một tệp) rồi gửi lại."
    mend_en = "Split the file (for example one per district) and send the parts."


class LayersUnclear(DeliveryRefused):
    code = "LAYERS_UNCLEAR"
    vi = "Tệp có {layers} lớp dữ liệu; hồ sơ `flat` chỉ nhận một lớp."
    en = "The file has {layers} layers; profile `flat` takes exactly one."
    mend_vi = "Xuất một lớp duy nhất, mỗi dòng một tổ hợp giấy chứng nhận, thửa, chủ, tài sản."
    mend_en = "Export one layer only, a row for each certificate, parcel, holder and asset."


class ColumnsMissing(DeliveryRefused):
    code = "COLUMNS_MISSING"
    vi = "Thiếu cột bắt buộc: {columns}."
    en = "Required columns are missing: {columns}."
    mend_vi = "Đặt tên cột theo hồ sơ `flat` (tiếng Anh hoặc tên ngắn tiếng Việt)."
    mend_en = "Name the columns as in profile `flat` (English or Vietnamese short names)."


class ColumnTwice(DeliveryRefused):
    code = "COLUMN_TWICE"
    vi = "Cột {column} có hai lần dưới các tên khác nhau."
    en = "Column {column} stands twice under different spellings."
    mend_vi = "Chỉ giữ một trong các cột đó."
    mend_en = "Keep only one of them."


class NoRows(DeliveryRefused):
    code = "NO_ROWS"
    vi = "Tệp không có dòng nào."
    en = "The file has no row."
    mend_vi = "Kiểm tra bộ lọc khi xuất dữ liệu."
    mend_en = "Check the filter used for the export."


class CrsUndeclared(DeliveryRefused):
    code = "CRS_UNDECLARED"
    vi = "Không biết hệ tọa độ: tệp không ghi, người gửi không khai, và đơn vị có {zones} múi chiếu."
    en = "The coordinate system is unknown: not in the file, not declared, and the office has {zones} zones."
    mend_vi = "Khai mã EPSG của múi chiếu VN-2000 khi gửi."
    mend_en = "Declare the EPSG code of the VN-2000 zone with the delivery."


class CrsNotAZone(DeliveryRefused):
    code = "CRS_NOT_A_ZONE"
    vi = "Tệp dùng hệ tọa độ {crs}, không phải múi chiếu VN-2000 TM-3."
    en = "The file uses {crs}, which is not a VN-2000 TM-3 zone."
    mend_vi = "Xuất tọa độ gốc của bản đồ địa chính (VN-2000, múi 3°), không chuyển sang WGS 84."
    mend_en = "Export the cadastral map's own coordinates (VN-2000, 3° zone), not converted to WGS 84."


class CrsContradiction(DeliveryRefused):
    code = "CRS_CONTRADICTION"
    vi = "Người gửi khai EPSG:{declared} nhưng tệp ghi EPSG:{found}."
    en = "EPSG:{declared} was declared but the file says EPSG:{found}."
    mend_vi = "Kiểm tra múi chiếu của bản đồ rồi khai lại cho khớp."
    mend_en = "Check the zone of the map and declare the one that is true."


class CrsWrong(DeliveryRefused):
    code = "CRS_WRONG"
    vi = "{outside} % số thửa nằm ngoài tỉnh + 5 km khi đọc theo EPSG:{epsg}; hợp hơn: {likely}."
    en = "{outside} % of the parcels lie outside the province + 5 km when read as EPSG:{epsg}; a better fit: {likely}."
    mend_vi = "Kiểm tra múi chiếu và thứ tự trục, rồi gửi lại với hệ tọa độ đúng."
    mend_en = "Check the zone and the order of the axes, then send again with the right system."


class DeliveryUnknown(LandDataError):
    code = "DELIVERY_UNKNOWN"
    vi = "Không có lần giao nộp này."
    en = "There is no such delivery."
    mend_vi = "Kiểm tra mã lần giao nộp; mỗi cơ quan chỉ thấy lần giao nộp của mình."
    mend_en = "Check the delivery id; an office sees only its own deliveries."


class DeliveryKeyReused(LandDataError):
    code = "DELIVERY_KEY_REUSED"
    vi = "Khóa chống gửi trùng này đã dùng cho một tệp hoặc một khai báo khác."
    en = "This idempotency key was used for another file or other declarations."
    mend_vi = "Dùng khóa mới cho lần giao nộp mới."
    mend_en = "Use a new key for a new delivery."


class DeliveryTooLarge(LandDataError):
    code = "DELIVERY_TOO_LARGE"
    vi = "Tệp lớn hơn giới hạn {limit} byte."
    en = "The file is larger than the limit of {limit} bytes."
    mend_vi = "Chia tệp theo huyện hoặc xã rồi gửi từng phần."
    mend_en = "Split the file by district or commune and send the parts."


class DeliveryEmpty(LandDataError):
    code = "DELIVERY_EMPTY"
    vi = "Không nhận được byte nào."
    en = "Not a single byte arrived."
    mend_vi = "Gửi nội dung tệp trong thân yêu cầu."
    mend_en = "Send the content of the file as the body of the request."


class BackfillNotAllowed(LandDataError):
    code = "BACKFILL_NOT_ALLOWED"
    vi = "Ngày hiệu lực {day} đã qua; cơ quan {office_code} không có quyền giao nộp lùi ngày."
    en = "The effective day {day} has passed; office {office_code} has no right to back-date."
    mend_vi = "Bỏ ngày hiệu lực, hoặc xin Bộ cấp quyền lùi ngày (hai người duyệt)."
    mend_en = "Leave the day out, or ask the ministry for the back-fill right (approved by a second person)."


class OfficeUnknown(LandDataError):
    code = "OFFICE_UNKNOWN"
    vi = "Không có cơ quan mã {office_code}."
    en = "There is no office {office_code}."
    mend_vi = "Xem danh sách: `landdata offices list`."
    mend_en = "See the list: `landdata offices list`."


class OfficeWithoutUnits(LandDataError):
    code = "OFFICE_WITHOUT_UNITS"
    vi = "Cơ quan {office_code} không phụ trách tỉnh nào vào ngày {day}."
    en = "Office {office_code} is in charge of no province on {day}."
    mend_vi = "Kiểm tra ngày hiệu lực và địa bàn của cơ quan."
    mend_en = "Check the effective day and the office's units."


class DiskFull(LandDataError):
    code = "DISK_FULL"
    vi = "Hết chỗ trên đĩa dữ liệu; chưa nhận gì."
    en = "The data disk is full; nothing was taken."
    mend_vi = "Người vận hành giải phóng chỗ trống; sau đó gửi lại cùng khóa."
    mend_en = "The operator makes room; then send again with the same key."


class KeysDamaged(LandDataError):
    code = "KEYS_DAMAGED"
    vi = "Tệp khóa {file} bị hỏng hoặc không đọc được."
    en = "Key file {file} is damaged or not readable."
    mend_vi = "Khôi phục tệp khóa từ bản sao lưu; không tạo khóa mới, dữ liệu cũ sẽ không đọc được."
    mend_en = "Restore the key file from its backup; a new key could not read the old data."


class PopulationUnavailable(LandDataError):
    code = "POPULATION_UNAVAILABLE"
    vi = "Nền tảng dân cư không trả lời ({reason})."
    en = "The population platform does not answer ({reason})."
    mend_vi = "Công việc sẽ tự thử lại; kiểm tra LANDDATA_POPULATION_URL nếu kéo dài."
    mend_en = "The job tries again by itself; check LANDDATA_POPULATION_URL if it lasts."


class AgreementMissing(LandDataError):
    code = "AGREEMENT_MISSING"
    vi = "Không có thỏa thuận chia sẻ đang hiệu lực cho hệ thống này."
    en = "There is no sharing agreement in force for this client."
    mend_vi = "Liên hệ Bộ để ký hoặc khôi phục thỏa thuận."
    mend_en = "Ask the ministry to sign or restore the agreement."


class ProcedureNotAgreed(LandDataError):
    code = "PROCEDURE_NOT_AGREED"
    vi = "Thủ tục này không có trong thỏa thuận."
    en = "This procedure is not part of the agreement."
    mend_vi = "Dùng mã thủ tục đã thỏa thuận."
    mend_en = "Use a service code of the agreement."


class AgencyNotAgreed(LandDataError):
    code = "AGENCY_NOT_AGREED"
    vi = "Cơ quan này không có trong thỏa thuận."
    en = "This agency is not part of the agreement."
    mend_vi = "Dùng mã cơ quan đã thỏa thuận."
    mend_en = "Use an agency code of the agreement."


class UnitNotAgreed(LandDataError):
    code = "UNIT_NOT_AGREED"
    vi = "Địa bàn này không có trong thỏa thuận, hoặc không phải đơn vị hành chính của cách phân chia đã nêu."
    en = "This unit is not part of the agreement, or no unit of the division named."
    mend_vi = "Kiểm tra mã đơn vị, cấp và cách phân chia (2023 hoặc 2025)."
    mend_en = "Check the unit's code, level and division (2023 or 2025)."


class QuotaUsedUp(LandDataError):
    code = "QUOTA_USED_UP"
    vi = "Đã hết số công dân được hỏi trong ngày theo thỏa thuận."
    en = "The agreement's number of citizens for today is used up."
    mend_vi = "Thử lại sau nửa đêm (giờ Việt Nam) hoặc xin nâng hạn mức."
    mend_en = "Try again after midnight (Vietnam) or ask for a larger quota."


class RequestIdReused(LandDataError):
    code = "REQUEST_ID_REUSED"
    vi = "request_id này đã dùng cho một yêu cầu khác, hoặc đã quá 24 giờ."
    en = "This request_id was used for another request, or is older than 24 hours."
    mend_vi = "Dùng request_id mới."
    mend_en = "Use a new request_id."


class NoFieldsLeft(LandDataError):
    code = "NO_FIELDS_LEFT"
    vi = "Không còn trường nào được phép sau khi áp dụng thỏa thuận và phạm vi của token."
    en = "No field is left once the agreement and the token's scopes are applied."
    mend_vi = "Xin token có phạm vi trường cần dùng."
    mend_en = "Ask for a token with the scopes of the fields you need."


class NothingAccepted(DeliveryRefused):
    code = "NOTHING_ACCEPTED"
    vi = "Cả {rows} dòng đều bị từ chối, mỗi dòng có lý do riêng."
    en = "All {rows} rows are refused, each with its own reason."
    mend_vi = "Xem lý do từng dòng, sửa rồi gửi lại."
    mend_en = "See the reason of each row, mend them and send again."


class PersonUnknown(LandDataError):
    code = "PERSON_UNKNOWN"
    vi = "Không có cán bộ {login} đang hoạt động ở Bộ."
    en = "There is no active person {login} at the ministry."
    mend_vi = "Kiểm tra tên đăng nhập, hoặc đăng ký bằng `landdata offices add-person`."
    mend_en = "Check the sign-in name, or register with `landdata offices add-person`."


class SecondPersonNeeded(LandDataError):
    code = "SECOND_PERSON_NEEDED"
    vi = "Việc này cần hai người khác nhau: một người đề nghị, một người duyệt."
    en = "This needs two different persons: one who asks and one who approves."
    mend_vi = "Nhờ người thứ hai duyệt."
    mend_en = "Have a second person approve it."


class AgreementUnknown(LandDataError):
    code = "AGREEMENT_UNKNOWN"
    vi = "Không có thỏa thuận {agreement} đã duyệt."
    en = "There is no approved agreement {agreement}."
    mend_vi = "Xem danh sách: `landdata agreements list`."
    mend_en = "See the list: `landdata agreements list`."
