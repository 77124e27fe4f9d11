"""What stops the machine: database, disk, keys, reference data, outside systems."""

from __future__ import annotations

from landdata.errors.base import LandDataError


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


class ReferenceDataMissing(LandDataError):
    code = "REFERENCE_DATA_MISSING"
    vi = "Cơ sở dữ liệu chưa nạp danh mục: {files}."
    en = "The database holds no reference data of: {files}."
    mend_vi = "Chạy `landdata reference load`."
    mend_en = "Run `landdata reference load`."


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


class DiskFull(LandDataError):
    code = "DISK_FULL"
    vi = "Hết chỗ trên đĩa dữ liệu; chưa nhận gì."
    en = "The data disk is full; nothing was taken."
    mend_vi = "Người vận hành giải phóng chỗ trống; sau đó gửi lại cùng khóa."
    mend_en = "The operator makes room; then send again with the same key."


class DiskLow(LandDataError):
    code = "DISK_LOW"
    vi = "Đĩa chỉ còn trống {free_percent} %; tạm ngừng nhận tệp, chưa nhận gì. Tra cứu vẫn chạy."
    en = "Only {free_percent} % of a disk is free: no files are taken for now, and nothing was. Look-ups go on."
    mend_vi = "Người vận hành giải phóng chỗ trống (docs/backup.md); sau đó gửi lại cùng khóa."
    mend_en = "The operator makes room (docs/backup.md); then send again with the same key."


class UploadNoRoom(LandDataError):
    code = "UPLOAD_NO_ROOM"
    vi = "Tệp dài {size} byte; đĩa dữ liệu lúc này chỉ nhận được {room} byte. Chưa nhận gì."
    en = "The file has {size} bytes, and the data disk takes {room} for now; nothing was taken."
    mend_vi = "Chia tệp nhỏ hơn, hoặc người vận hành giải phóng chỗ trống (docs/backup.md); sau đó gửi lại cùng khóa."
    mend_en = "Split the file, or the operator makes room (docs/backup.md); then send again with the same key."


class ReaderKilled(LandDataError):
    code = "READER_KILLED"
    vi = "Tiến trình đọc tệp bị tín hiệu {signal} từ bên ngoài dừng giữa chừng; tệp chưa bị đánh giá, công việc tự chạy lại."
    en = "The process that read the file was ended from outside by signal {signal}; that says nothing of the file."
    mend_vi = (
        "Không cần gửi lại. Nếu lặp lại với cùng một tệp: xem nhật ký nhân (thiếu bộ nhớ?), thêm bộ nhớ hoặc giảm "
        "LANDDATA_READER_MEMORY_BYTES."
    )
    mend_en = (
        "Nothing has to be sent again: the job is. Where it happens to one file again and again look into the kernel's log "
        "(out of memory?), add memory or lower LANDDATA_READER_MEMORY_BYTES."
    )


class AccessLogUnwritten(LandDataError):
    code = "ACCESS_LOG_UNWRITTEN"
    vi = "Không ghi được nhật ký truy cập nên không trả dữ liệu nào."
    en = "The access log cannot be written, so no data is given."
    mend_vi = "Người vận hành khôi phục việc ghi nhật ký (đĩa, quyền, phân vùng); sau đó gửi lại cùng request_id."
    mend_en = "The operator restores the log (disk, rights, partitions); then send again with the same request_id."


class RawFileDamaged(LandDataError):
    code = "RAW_FILE_DAMAGED"
    vi = "Tệp gốc {sha256} của một lần giao nộp không còn nguyên vẹn: {reason}."
    en = "The raw file {sha256} of a delivery is not as it was kept: {reason}."
    mend_vi = "Khôi phục tệp (và khóa keys/raw.key) từ bản sao lưu, hoặc nhờ cơ quan gửi lại đúng tệp đó; việc sẽ tự tiếp tục."
    mend_en = "Restore the file (and keys/raw.key) from the backup, or have the office send it again; the work goes on."


class SandboxAbsent(LandDataError):
    code = "SANDBOX_ABSENT"
    vi = "Ở đây không có môi trường mô phỏng."
    en = "There is no sandbox here."
    mend_vi = "Chỉ bản mô phỏng (LANDDATA_SIMULATED) có nền tảng dân cư giả để điều khiển."
    mend_en = "Only a simulation (LANDDATA_SIMULATED) has a mock population platform that can be told what to do."


class PopulationUnavailable(LandDataError):
    code = "POPULATION_UNAVAILABLE"
    vi = "Nền tảng dân cư không trả lời ({reason})."
    en = "The population platform does not answer ({reason})."
    mend_vi = "Công việc sẽ tự thử lại; kiểm tra LANDDATA_POPULATION_URL nếu kéo dài."
    mend_en = "The job tries again by itself; check LANDDATA_POPULATION_URL if it lasts."

    def __init__(self, *, reason: str, wait_seconds: float = 0.0) -> None:
        """`wait_seconds`: for how long the platform itself asks us to stay away."""
        super().__init__(reason=reason)
        self.wait_seconds = wait_seconds


class PopulationRefuses(LandDataError):
    code = "POPULATION_REFUSES"
    vi = "Nền tảng dân cư không nhận yêu cầu này ({reason})."
    en = "The population platform does not take this request ({reason})."
    mend_vi = (
        "Công việc tự chia nhỏ đợt hỏi để tìm hồ sơ gây ra; nếu mọi đợt đều bị từ chối, kiểm tra hợp đồng kết nối."
    )
    mend_en = (
        "The job divides the batch until the claim at fault is found; if every batch is refused, check the interface."
    )


class PopulationQuotaUsed(LandDataError):
    code = "POPULATION_QUOTA_USED"
    vi = "Đã dùng hết {quota} lượt hỏi dân cư của hôm nay."
    en = "Today's {quota} questions to the population platform are used up."
    mend_vi = "Công việc tự tiếp tục vào ngày mai; hạn mức đặt ở LANDDATA_MATCH_DAILY_QUOTA."
    mend_en = "The job goes on by itself tomorrow; LANDDATA_MATCH_DAILY_QUOTA sets the limit."


class ServiceUnavailable(LandDataError):
    code = "SERVICE_UNAVAILABLE"
    vi = "Dịch vụ dữ liệu đất đai không trả lời ({reason})."
    en = "The land data service does not answer ({reason})."
    mend_vi = "Kiểm tra địa chỉ và đường mạng rồi gửi lại với cùng khóa: không bao giờ thành hai lần giao nộp."
    mend_en = "Check the address and the network, then send again with the same key: it never becomes two deliveries."


class ServiceRefused(LandDataError):
    code = "SERVICE_REFUSED"
    vi = "Dịch vụ từ chối: {status} {answer}: {words}"
    en = "The service refused: {status} {answer}: {words}"
    mend_vi = "Tra mã lỗi đó trong trang các lỗi của dịch vụ."
    mend_en = "Look that code up in the service's page of errors."


class ServiceAddressUnsafe(LandDataError):
    code = "SERVICE_ADDRESS_UNSAFE"
    vi = "Địa chỉ {url} không phải https."
    en = "The address {url} is not https."
    mend_vi = "Dùng địa chỉ https của dịch vụ; http chỉ dùng được trên chính máy này."
    mend_en = "Use the service's https address; http is for this very machine only."


class ClientKeyUnreadable(LandDataError):
    code = "CLIENT_KEY_UNREADABLE"
    vi = "Không đọc được khóa riêng P-256 trong tệp {file}."
    en = "File {file} holds no readable private P-256 key."
    mend_vi = "Chỉ đến tệp JWK hoặc PEM của khóa riêng mà khóa công khai đã đăng ký."
    mend_en = "Name the JWK or PEM file of the private key whose public key is registered."
