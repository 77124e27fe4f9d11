"""What is wrong with a connection to a province's own service, and why a pull of it brought nothing."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class ConnectionUnknown(LandDataError):
    code = "CONNECTION_UNKNOWN"
    vi = "Không có kết nối {connection}."
    en = "There is no connection {connection}."
    mend_vi = "Xem danh sách bằng `landdata connections list`."
    mend_en = "See the list with `landdata connections list`."


class ConnectionUnfit(LandDataError):
    code = "CONNECTION_UNFIT"
    vi = "Kết nối không dùng được: {reason_vi}."
    en = "The connection cannot be used: {reason_en}."
    mend_vi = "Sửa các điều khoản rồi đăng ký lại bằng `landdata connections add`; xem docs/connections.md."
    mend_en = "Mend the terms and register it again with `landdata connections add`; see docs/connections.md."


class ConnectionStepUnfit(LandDataError):
    code = "CONNECTION_STEP_UNFIT"
    vi = "Kết nối đang ở trạng thái {state}: không thực hiện được bước {step}."
    en = "The connection is {state}: {step} is not possible now."
    mend_vi = "Duyệt kết nối mới đăng ký; tạm dừng kết nối đang chạy; kết nối đã kết thúc thì đăng ký kết nối khác."
    mend_en = "Approve one that was just registered, suspend one that runs; for one that ended register another."


class ConnectionSecretUnreadable(LandDataError):
    code = "CONNECTION_SECRET_UNREADABLE"
    vi = "Không dùng được tệp bí mật {file} của kết nối."
    en = "The connection's secret file {file} cannot be used."
    mend_vi = "Đặt tệp vào thư mục `connections` của thư mục khóa, chỉ chủ sở hữu đọc được (chmod 600), đúng nội dung."
    mend_en = (
        "Put the file into `connections` in the keys folder, readable by its owner alone (chmod 600), as described."
    )


class PullFailed(LandDataError):
    """Why a pull brought nothing; what was there stays as it is, and the next pull tries again."""


class PullUnreachable(PullFailed):
    code = "PULL_UNREACHABLE"
    vi = "Không kết nối được tới dịch vụ của tỉnh ({reason})."
    en = "The province's service cannot be reached ({reason})."
    mend_vi = "Kiểm tra dịch vụ có chạy không, tường lửa, tên miền và chứng chỉ."
    mend_en = "See whether the service runs, and the firewall, the name and the certificate."


class PullTimedOut(PullFailed):
    code = "PULL_TIMED_OUT"
    vi = "Dịch vụ của tỉnh không trả lời xong trong {seconds} giây."
    en = "The province's service did not finish within {seconds} seconds."
    mend_vi = "Giảm số dòng mỗi trang, tăng LANDDATA_PULL_SECONDS, hoặc hỏi tỉnh vì sao chậm."
    mend_en = "Ask for fewer rows a page, raise LANDDATA_PULL_SECONDS, or ask the province why it is slow."


class PullDenied(PullFailed):
    code = "PULL_DENIED"
    vi = "Dịch vụ của tỉnh không chấp nhận cách xác thực ({status})."
    en = "The province's service does not accept our credentials ({status})."
    mend_vi = "Xin lại mật khẩu, khóa hoặc quyền đọc; thay tệp bí mật của kết nối."
    mend_en = "Ask for a new password, key or the right to read, and replace the connection's secret file."


class PullRefused(PullFailed):
    code = "PULL_REFUSED"
    vi = "Dịch vụ của tỉnh từ chối yêu cầu ({answer})."
    en = "The province's service refuses the request ({answer})."
    mend_vi = "Kiểm tra địa chỉ, tên lớp và tham số bằng `landdata connections test`."
    mend_en = "Check the address, the collection and the parameters with `landdata connections test`."


class PullAbsent(PullFailed):
    code = "PULL_ABSENT"
    vi = "Dịch vụ của tỉnh không có {what}."
    en = "The province's service has no {what}."
    mend_vi = "Kiểm tra tên lớp dữ liệu hoặc thư mục; đăng ký lại kết nối nếu tỉnh đã đổi tên."
    mend_en = "Check the name of the collection or folder; register the connection anew if the province renamed it."


class PullUnreadable(PullFailed):
    code = "PULL_UNREADABLE"
    vi = "Câu trả lời của dịch vụ không đọc được ({reason})."
    en = "The service's answer cannot be read ({reason})."
    mend_vi = "Tỉnh cần trả GeoJSON đúng RFC 7946 hoặc GML đúng WFS 2.0, không có DOCTYPE."
    mend_en = "The province has to answer with GeoJSON by RFC 7946 or GML by WFS 2.0, without a DOCTYPE."


class PullLeadsAway(PullFailed):
    code = "PULL_LEADS_AWAY"
    vi = "Dịch vụ của tỉnh dẫn tới địa chỉ khác nơi đã đăng ký ({where})."
    en = "The province's service leads to another place than the registered one ({where})."
    mend_vi = "Tỉnh cần đặt đúng địa chỉ công khai của dịch vụ; nếu dịch vụ đã chuyển thì đăng ký kết nối mới."
    mend_en = "The province has to set the service's public address; if it moved, register a new connection."


class PullForbiddenAddress(PullFailed):
    code = "PULL_FORBIDDEN_ADDRESS"
    vi = "Địa chỉ của dịch vụ không được phép: {reason_vi}."
    en = "The service's address is not allowed: {reason_en}."
    mend_vi = "Dùng https; mạng riêng phải có trong LANDDATA_PULL_NETWORKS."
    mend_en = "Use https; a private network has to stand in LANDDATA_PULL_NETWORKS."


class PullCircle(PullFailed):
    code = "PULL_CIRCLE"
    vi = "Dịch vụ của tỉnh dẫn vòng tròn: trang {page} đã được trả trước đó."
    en = "The province's service leads in a circle: page {page} was given before."
    mend_vi = "Tỉnh cần sửa liên kết `next` hoặc `startIndex` của dịch vụ."
    mend_en = "The province has to mend the service's `next` links or `startIndex`."


class PullCountWrong(PullFailed):
    code = "PULL_COUNT_WRONG"
    vi = "Dịch vụ của tỉnh báo có {said} dòng nhưng gửi {received}; không nhận dữ liệu thiếu hoặc thừa."
    en = "The province's service says that there are {said} rows and sent {received}; a part is never taken for the whole."
    mend_vi = "Nếu dữ liệu đang được sửa trong lúc lấy thì lần sau sẽ đúng; nếu lặp lại, tỉnh cần sửa dịch vụ."
    mend_en = (
        "If rows were edited meanwhile the next pull will do; if it stays so, the province has to mend the service."
    )


class PullRowsTwice(PullFailed):
    code = "PULL_ROWS_TWICE"
    vi = "Dịch vụ của tỉnh gửi {rows} dòng hai lần khi phân trang; có thể đã sót dòng khác."
    en = "The province's service sent {rows} rows twice across pages; others may be missing."
    mend_vi = "Tỉnh cần sắp xếp ổn định theo khóa khi phân trang, hoặc tăng số dòng mỗi trang."
    mend_en = "The province has to page in a stable order, by key; or ask for more rows a page."


class PullTooLarge(PullFailed):
    code = "PULL_TOO_LARGE"
    vi = "Dịch vụ của tỉnh gửi quá nhiều: {what} vượt {limit}."
    en = "The province's service sends too much: {what} beyond {limit}."
    mend_vi = "Giảm số dòng mỗi trang, chia nhỏ lớp dữ liệu, hoặc tăng giới hạn trong cấu hình."
    mend_en = "Ask for fewer rows a page, split the collection, or raise the limit in the settings."


class PullCrs(PullFailed):
    code = "PULL_CRS"
    vi = "Dịch vụ của tỉnh không trả tọa độ EPSG:{epsg} (VN-2000) như đã đăng ký; nhận được: {given}."
    en = "The province's service does not give coordinates in EPSG:{epsg} (VN-2000) as registered; it gives: {given}."
    mend_vi = "Tỉnh bật hệ VN-2000 cho lớp dữ liệu (tham số `crs`, `srsName`), hoặc hai người duyệt `--wgs84`."
    mend_en = "The province offers VN-2000 for the collection (`crs`, `srsName`), or two persons agree to `--wgs84`."


class PullHostKey(PullFailed):
    code = "PULL_HOST_KEY"
    vi = "Máy chủ SFTP không chứng minh được bằng khóa đã đăng ký."
    en = "The SFTP server does not prove itself by the registered key."
    mend_vi = "Hỏi tỉnh qua kênh khác: nếu đã đổi khóa thì đăng ký kết nối mới; nếu không, có thể bị giả mạo."
    mend_en = (
        "Ask the province by another way: if its key changed register anew; if not, somebody may pretend to be it."
    )


class PullEmpty(PullFailed):
    code = "PULL_EMPTY"
    vi = "Dịch vụ của tỉnh không có dòng nào; bản đang có được giữ nguyên."
    en = "The province's service has no row at all; what is on record stays."
    mend_vi = "Hỏi tỉnh: lớp dữ liệu có bị xóa hoặc đang nạp lại không."
    mend_en = "Ask the province whether the collection was emptied or is being loaded."
