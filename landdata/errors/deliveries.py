"""What is wrong with a delivery as a whole; single rows are the business of the checks."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class DeliveryRefused(LandDataError):
    """Base of what refuses a whole delivery: nothing of it is taken, and the reason names the way to mend."""


class FormatUnknown(DeliveryRefused):
    code = "FORMAT_UNKNOWN"
    vi = "Không nhận ra định dạng của tệp."
    en = "The format of the file is not recognised."
    mend_vi = (
        "Gửi GeoPackage, Shapefile nén .zip, GeoJSON, FlatGeobuf, GML, XML trao đổi, CSV (UTF-8) hoặc XLSX; nội dung tệp "
        "quyết định, không phải phần mở rộng. Dòng đầu của bảng phải là tên cột."
    )
    mend_en = (
        "Send a GeoPackage, a zipped Shapefile, GeoJSON, FlatGeobuf, GML, exchange XML, CSV (UTF-8) or XLSX; the content "
        "decides, not the file name. The first line of a table has to be the names of its columns."
    )


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
    mend_vi = (
        "Nén đúng một lớp bản đồ (Shapefile gồm .shp, .shx, .dbf, kèm .prj, .cpg nếu có), hoặc một bảng CSV/XLSX, "
        "hoặc một bảng cùng một lớp bản đồ, hoặc một tệp XML trao đổi; không mật khẩu, không tệp nén lồng nhau, không tệp khác."
    )
    mend_en = (
        "Zip exactly one map layer (a Shapefile is .shp, .shx, .dbf, with .prj, .cpg if any), or one CSV/XLSX table, "
        "or one table with one map layer, or one exchange XML; no password, no archive inside, nothing else."
    )


class FilesNotTogether(DeliveryRefused):
    code = "FILES_NOT_TOGETHER"
    vi = "Các tệp này không phải một lần giao nộp: {reason}."
    en = "These files are not one delivery: {reason}."
    mend_vi = "Đưa một tệp, hoặc một bảng CSV/XLSX không có cột `wkt` cùng một lớp bản đồ."
    mend_en = "Name one file, or one CSV/XLSX table without a `wkt` column and one map layer."


class ReaderLimit(DeliveryRefused):
    code = "READER_LIMIT"
    vi = "Đọc tệp vượt giới hạn về {limit}."
    en = "Reading the file went over the limit on {limit}."
    mend_vi = "Chia tệp nhỏ hơn (ví dụ mỗi huyện một tệp) rồi gửi lại."
    mend_en = "Split the file (for example one per district) and send the parts."


class DoctypeRefused(DeliveryRefused):
    code = "DOCTYPE_REFUSED"
    vi = "Phần XML của tệp {format} có khai báo DOCTYPE; khai báo này có thể kéo theo tệp khác hoặc nở ra vô hạn."
    en = "The XML of the {format} file declares a DOCTYPE, which can pull in other files or grow without end."
    mend_vi = "Xuất lại không có DOCTYPE; GML, XML trao đổi và XLSX không cần đến nó."
    mend_en = "Export it again without a DOCTYPE; none of GML, exchange XML and XLSX needs one."


class MarkupRefused(DeliveryRefused):
    code = "MARKUP_REFUSED"
    vi = "XML vượt mức mà một hồ sơ địa chính cần đến: {reason}."
    en = "The XML goes beyond what a land record can need: {reason}."
    mend_vi = "Xuất lại bằng chức năng xuất dữ liệu của phần mềm địa chính; kiểm tra thẻ chưa đóng."
    mend_en = "Export it again with the export function of the cadastral program; look for a tag left open."


class CodePageUnclear(DeliveryRefused):
    code = "CODE_PAGE_UNCLEAR"
    vi = "Không biết chắc bảng mã chữ của tệp .dbf: đọc theo {pages} đều chưa đủ rõ."
    en = "The code page of the .dbf is not certain: read as {pages}, no reading is clearly the right one."
    mend_vi = "Thêm vào tệp nén một tệp .cpg cùng tên, ghi một dòng: UTF-8, TCVN3, VNI hoặc windows-1258."
    mend_en = "Add a .cpg file of the same name to the archive, with one line: UTF-8, TCVN3, VNI or windows-1258."


class CodePageWrong(DeliveryRefused):
    code = "CODE_PAGE_WRONG"
    vi = "Tệp .cpg ghi {page}, nhưng {share} % số từ có dấu không đọc được theo bảng mã đó."
    en = "The .cpg file says {page}, but {share} % of the words with marks cannot be read so."
    mend_vi = "Sửa tệp .cpg cho đúng (UTF-8, TCVN3, VNI hoặc windows-1258), hoặc bỏ nó đi để hệ thống tự nhận."
    mend_en = "Name the true page in the .cpg (UTF-8, TCVN3, VNI or windows-1258), or leave it out to have it found."


class FormulaRefused(DeliveryRefused):
    code = "FORMULA_REFUSED"
    vi = "Ô {cell} của bảng tính chứa công thức hoặc giá trị lỗi, không phải giá trị."
    en = "Cell {cell} of the sheet holds a formula or an error, not a value."
    mend_vi = (
        "Chọn tất cả, sao chép, rồi dán dạng giá trị (Paste Values) và lưu lại: kết quả cũ của công thức có thể đã sai."
    )
    mend_en = "Select all, copy, paste as values and save: the stored result of a formula may be out of date or absent."


class TooManyColumns(DeliveryRefused):
    code = "TOO_MANY_COLUMNS"
    vi = "Tệp có {columns} cột, nhiều hơn giới hạn {limit}."
    en = "The file has {columns} columns, more than the limit of {limit}."
    mend_vi = "Chỉ giữ các cột của hồ sơ `flat`; kiểm tra dấu phân cách."
    mend_en = "Keep the columns of profile `flat` only; check the separator."


class ValueTooLong(DeliveryRefused):
    code = "VALUE_TOO_LONG"
    vi = "Dòng {row} có một ô dài hơn giới hạn {limit} ký tự."
    en = "Row {row} has a value longer than the limit of {limit} characters."
    mend_vi = "Kiểm tra dấu ngoặc kép chưa đóng trước dòng đó, hoặc giao hình thửa bằng lớp bản đồ kèm theo."
    mend_en = "Look for a quotation mark left open before that row, or deliver the geometry as a map layer."


class RowUneven(DeliveryRefused):
    code = "ROW_UNEVEN"
    vi = "Dòng {row} có {values} ô, trong khi dòng tên cột có {columns}."
    en = "Row {row} has {values} values, but there are {columns} column names."
    mend_vi = "Đặt các giá trị có chứa dấu phân cách trong ngoặc kép, rồi xuất lại."
    mend_en = "Put values that hold the separator in quotation marks and export again."


class LayersUnclear(DeliveryRefused):
    code = "LAYERS_UNCLEAR"
    vi = "Tệp có {layers} lớp dữ liệu; hồ sơ `flat` chỉ nhận một lớp, hồ sơ `vbdlis` cần bảng DC_ThuaDat."
    en = "The file has {layers} layers; profile `flat` takes exactly one, profile `vbdlis` needs DC_ThuaDat."
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


class CrsMixed(DeliveryRefused):
    code = "CRS_MIXED"
    vi = "Một tệp dùng hai hệ tọa độ: {first} và {second}."
    en = "One file uses two coordinate systems: {first} and {second}."
    mend_vi = "Xuất mỗi múi chiếu thành một tệp riêng."
    mend_en = "Export each zone as a file of its own."


class ProfileContradiction(DeliveryRefused):
    code = "PROFILE_CONTRADICTION"
    vi = "Người gửi khai hồ sơ `{declared}` nhưng tệp theo hồ sơ `{found}`."
    en = "Profile `{declared}` was declared but the file is of profile `{found}`."
    mend_vi = "Khai đúng hồ sơ, hoặc bỏ khai báo để hệ thống tự nhận."
    mend_en = "Declare the profile that is true, or none to have it found."


class CrsWrong(DeliveryRefused):
    code = "CRS_WRONG"
    vi = "{outside} % số thửa nằm ngoài tỉnh + 5 km khi đọc theo EPSG:{epsg}; hợp hơn: {likely}."
    en = "{outside} % of the parcels lie outside the province + 5 km when read as EPSG:{epsg}; a better fit: {likely}."
    mend_vi = "Kiểm tra múi chiếu và thứ tự trục, rồi gửi lại với hệ tọa độ đúng."
    mend_en = "Check the zone and the order of the axes, then send again with the right system."


class CrsShifted(DeliveryRefused):
    code = "CRS_SHIFTED"
    vi = (
        "{matched} thửa đã có trong hồ sơ nay lệch đều {shift_m} m về phía {wind} khi đọc theo EPSG:{epsg}; "
        "đọc theo {likely} thì chỉ còn lệch {rest_m} m."
    )
    en = (
        "{matched} parcels on record lie {shift_m} m to the {wind} of where they stand when read as EPSG:{epsg}; "
        "read as {likely} only {rest_m} m is left."
    )
    mend_vi = (
        "Xuất lại từ tọa độ gốc của bản đồ địa chính (VN-2000, đúng múi, tham số QĐ 05/2007); nếu chính hồ sơ cũ sai "
        "thì rút lần giao nộp cũ trước."
    )
    mend_en = (
        "Export again from the cadastral map's own coordinates (VN-2000, its zone, parameters of QĐ 05/2007); where "
        "the record itself is wrong, withdraw the delivery it came from first."
    )


class NothingAccepted(DeliveryRefused):
    code = "NOTHING_ACCEPTED"
    vi = "Cả {rows} dòng đều bị từ chối, mỗi dòng có lý do riêng."
    en = "All {rows} rows are refused, each with its own reason."
    mend_vi = "Xem lý do từng dòng, sửa rồi gửi lại."
    mend_en = "See the reason of each row, mend them and send again."


class NothingPublished(DeliveryRefused):
    code = "NOTHING_PUBLISHED"
    vi = "Không xã nào trong {communes} xã của lần giao nộp được chấp thuận."
    en = "None of the delivery's {communes} communes was agreed to."
    mend_vi = "Xem lý do ghi kèm quyết định của người thứ hai, sửa rồi giao nộp lại."
    mend_en = "See the reason given with the second person's decision, mend and deliver again."


class DeclarationsUnreadable(LandDataError):
    code = "DECLARATIONS_UNREADABLE"
    vi = "Không đọc được tệp khai báo .json bên cạnh tệp giao nộp: {reason}."
    en = "The .json with the declarations beside the file cannot be read: {reason}."
    mend_vi = (
        "Ghi một đối tượng JSON chỉ gồm: kind, profile, effective_on (yyyy-mm-dd), epsg, communes (danh sách mã xã), key; "
        "rồi đặt lại cả hai tệp."
    )
    mend_en = (
        "Write one JSON object of nothing but: kind, profile, effective_on (yyyy-mm-dd), epsg, communes (a list of codes), "
        "key; then put both files there again."
    )


class DeliveryUnknown(LandDataError):
    code = "DELIVERY_UNKNOWN"
    vi = "Không có lần giao nộp này."
    en = "There is no such delivery."
    mend_vi = "Kiểm tra mã lần giao nộp; mỗi cơ quan chỉ thấy lần giao nộp của mình."
    mend_en = "Check the delivery id; an office sees only its own deliveries."


class CommunesUnfit(LandDataError):
    code = "COMMUNES_UNFIT"
    vi = "Cơ quan không giao nộp được cho xã {communes} vào ngày {day}."
    en = "The office cannot deliver for commune {communes} on {day}."
    mend_vi = "Chỉ khai xã có hiệu lực vào ngày đó và thuộc địa bàn của cơ quan."
    mend_en = "Name only communes in force on that day and in the office's area."


class NothingWaits(LandDataError):
    code = "NOTHING_WAITS"
    vi = "Không có xã nào của lần giao nộp này đang chờ người thứ hai: {communes}."
    en = "No commune of this delivery waits for a second person: {communes}."
    mend_vi = "Xem trạng thái lần giao nộp rồi thử lại."
    mend_en = "See how the delivery stands, then try again."


class DeliveryOvertaken(LandDataError):
    code = "DELIVERY_OVERTAKEN"
    vi = "Xã {communes} đã có lần giao nộp sau được công bố; duyệt lần này sẽ ghi đè dữ liệu mới hơn."
    en = "A later delivery was published for commune {communes}; agreeing to this one would overwrite newer data."
    mend_vi = "Từ chối phần đang chờ; giao nộp lại nếu vẫn cần."
    mend_en = "Reject what waits; deliver again if it is still needed."


class DeciderDelivered(LandDataError):
    code = "DECIDER_DELIVERED"
    vi = "Hệ thống đã giao nộp không được tự quyết định về lần giao nộp đó."
    en = "The client that delivered cannot decide about its own delivery."
    mend_vi = "Dùng ứng dụng khách khác, do người thứ hai giữ."
    mend_en = "Use another client, held by the second person."


class NotWithdrawable(LandDataError):
    code = "NOT_WITHDRAWABLE"
    vi = "Chỉ rút được lần giao nộp đã công bố; lần này đang ở trạng thái {state}."
    en = "Only a published delivery can be withdrawn; this one is {state}."
    mend_vi = "Nếu còn xã đang chờ thì duyệt hoặc từ chối trước."
    mend_en = "Where communes still wait, approve or reject them first."


class WithdrawalBlocked(LandDataError):
    code = "WITHDRAWAL_BLOCKED"
    vi = "Không rút được: lần giao nộp sau ({later}) đã sửa hoặc xác nhận lại cùng hồ sơ ở xã {communes}."
    en = (
        "It cannot be withdrawn: a later delivery ({later}) changed or asserted the same records in commune {communes}."
    )
    mend_vi = "Rút lần giao nộp sau trước, hoặc giao nộp lại dữ liệu đúng."
    mend_en = "Withdraw the later delivery first, or deliver the right data again."


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


class DeliveryUnfinished(LandDataError):
    code = "DELIVERY_UNFINISHED"
    vi = "Lần giao nộp này còn đang được xử lý ({state})."
    en = "This delivery is still being worked on ({state})."
    mend_vi = "Chờ đến khi trạng thái là PUBLISHED, WAITING, REFUSED hoặc WITHDRAWN rồi tải lại."
    mend_en = "Wait until its state is PUBLISHED, WAITING, REFUSED or WITHDRAWN, then ask again."


class RefusedAsWhole(LandDataError):
    code = "REFUSED_AS_WHOLE"
    vi = "Cả tệp bị từ chối, không phải từng dòng, nên không có dòng nào để trả lại."
    en = "The file was refused as a whole, not row by row, so there is no row to give back."
    mend_vi = "Xem lý do trong báo cáo, sửa tệp rồi giao nộp lại cả tệp."
    mend_en = "See the reason in the report, mend the file and deliver all of it again."


class NothingRefused(LandDataError):
    code = "NOTHING_REFUSED"
    vi = "Không dòng nào bị từ chối, nên không có gì để trả lại."
    en = "No row was refused, so there is nothing to give back."
    mend_vi = "Không cần làm gì; các cảnh báo có trong báo cáo."
    mend_en = "Nothing needs to be done; warnings are in the report."


class NothingToDraw(LandDataError):
    code = "NOTHING_TO_DRAW"
    vi = "Không có thửa nào bị từ chối hay có cảnh báo để vẽ."
    en = "No parcel was refused or warned about, so there is nothing to draw."
    mend_vi = "Xem báo cáo: có thể không có lỗi nào, hoặc cả tệp bị từ chối trước khi đọc được thửa."
    mend_en = "See the report: either nothing was wrong, or the file was refused before its parcels could be read."
