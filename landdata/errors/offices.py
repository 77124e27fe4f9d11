"""What is wrong with offices, people, their rights and their clients."""

from __future__ import annotations

from landdata.errors.base import LandDataError


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


class PersonUnknown(LandDataError):
    code = "PERSON_UNKNOWN"
    vi = "Không có cán bộ {login} đang hoạt động ở Bộ hay ở cơ quan được phép làm việc này."
    en = "There is no active person {login} at the ministry, or at the office that may do this."
    mend_vi = "Kiểm tra tên đăng nhập, hoặc đăng ký bằng `landdata offices add-person`."
    mend_en = "Check the sign-in name, or register with `landdata offices add-person`."


class SecondPersonNeeded(LandDataError):
    code = "SECOND_PERSON_NEEDED"
    vi = "Việc này cần hai người khác nhau: một người đề nghị, một người duyệt."
    en = "This needs two different persons: one who asks and one who approves."
    mend_vi = "Nhờ người thứ hai duyệt."
    mend_en = "Have a second person approve it."


class BackfillNotAllowed(LandDataError):
    code = "BACKFILL_NOT_ALLOWED"
    vi = "Ngày hiệu lực {day} đã qua; cơ quan {office_code} không có quyền giao nộp lùi ngày."
    en = "The effective day {day} has passed; office {office_code} has no right to back-date."
    mend_vi = "Bỏ ngày hiệu lực, hoặc xin Bộ cấp quyền lùi ngày (hai người duyệt)."
    mend_en = "Leave the day out, or ask the ministry for the back-fill right (approved by a second person)."


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


class KeyChangeTooEarly(LandDataError):
    code = "KEY_CHANGE_TOO_EARLY"
    vi = "Chưa có khóa nào công bố đủ lâu để ký token; còn {minutes} phút."
    en = "No key has been published long enough to sign tokens; {minutes} minutes to go."
    mend_vi = (
        "Chạy `landdata token-keys prepare`, chờ một giờ rồi `landdata token-keys activate`; khóa lộ: `--at-once`."
    )
    mend_en = (
        "Run `landdata token-keys prepare`, wait an hour, `landdata token-keys activate`; key leaked: `--at-once`."
    )


class ExternalIssuerUnfit(LandDataError):
    code = "EXTERNAL_ISSUER_UNFIT"
    vi = "Không dùng được bên cấp token ngoài {issuer}; phạm vi không tồn tại: {unknown}."
    en = "The external issuer {issuer} cannot be used; scopes that do not exist: {unknown}."
    mend_vi = (
        "Đặt LANDDATA_EXTERNAL_ISSUER là địa chỉ https, không có / ở cuối, khác địa chỉ của dịch vụ; "
        "LANDDATA_EXTERNAL_SCOPES chỉ nêu phạm vi của dịch vụ."
    )
    mend_en = (
        "Set LANDDATA_EXTERNAL_ISSUER to an https address without a last /, other than the service's own; "
        "name only scopes of the service in LANDDATA_EXTERNAL_SCOPES."
    )
