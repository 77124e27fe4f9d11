"""What states, stages and kinds are called on the pages, in both languages, and with which mark they stand."""

from __future__ import annotations

from dataclasses import dataclass

from api.web.i18n import Words
from landdata.model import cases, connections, sources
from landdata.model.deliveries import CommuneState, Kind, Profile, Severity, State
from landdata.model.jobs import Outcome
from landdata.model.movements import CauseKind
from landdata.model.persons import ClaimStatus
from landdata.model.progress import Stage
from landdata.model.webhooks import WebhookState


@dataclass(frozen=True, slots=True)
class Mark:
    """A word with its shape and colour: `ok`, `wait`, `bad` or `off`."""

    kind: str
    words: Words


STATES = {
    State.RECEIVED: Mark("wait", Words("Đã nhận", "Received")),
    State.READ: Mark("wait", Words("Đang kiểm tra", "Being checked")),
    State.CHECKED: Mark("wait", Words("Đang xử lý", "Under way")),
    State.WAITING: Mark("wait", Words("Chờ người thứ hai", "Waits for a second person")),
    State.PUBLISHED: Mark("ok", Words("Đã công bố", "Published")),
    State.SUPERSEDED: Mark("off", Words("Đã được thay", "Superseded")),
    State.REFUSED: Mark("bad", Words("Bị từ chối", "Refused")),
    State.WITHDRAWN: Mark("off", Words("Đã rút", "Withdrawn")),
}
STAGES = {
    Stage.RECEIVED: Words("Tệp đã giữ, chờ tới lượt", "The file is kept and waits for its turn"),
    Stage.READING: Words("Đọc tệp: định dạng, hệ tọa độ, cột", "Reading: format, coordinates, columns"),
    Stage.CHECKING: Words(
        "Kiểm tra từng dòng: thuộc tính, hình học, chồng lấn", "Checking each row: values, geometry, overlaps"
    ),
    Stage.COMPARING: Words("So với dữ liệu đang có", "Comparing with what is on record"),
    Stage.PUBLISHING: Words("Công bố từng xã", "Publishing commune by commune"),
    Stage.DONE: Words("Xong", "Done"),
}
COMMUNES = {
    CommuneState.WAITING: Mark("wait", Words("Đang chờ", "Waits")),
    CommuneState.APPROVED: Mark("wait", Words("Đã duyệt, sắp công bố", "Approved, to be published")),
    CommuneState.REJECTED: Mark("bad", Words("Đã trả lại", "Sent back")),
    CommuneState.PUBLISHED: Mark("ok", Words("Đã công bố", "Published")),
    CommuneState.LEFT: Mark("off", Words("Giữ nguyên", "Left as it was")),
    CommuneState.WITHDRAWN: Mark("off", Words("Đã rút", "Withdrawn")),
}
SEVERITIES = {
    Severity.REFUSES_DELIVERY: Mark("bad", Words("Cả tệp bị từ chối", "The file is refused")),
    Severity.WAITS: Mark("wait", Words("Chờ người thứ hai", "Waits for a second person")),
    Severity.REFUSES_RECORD: Mark("bad", Words("Hồ sơ bị từ chối", "Record refused")),
    Severity.WARNING: Mark("wait", Words("Cảnh báo", "Warning")),
    Severity.REPAIRED: Mark("ok", Words("Đã tự sửa", "Repaired")),
}
KINDS = {
    Kind.FULL: Words("Toàn bộ các xã có trong tệp", "The communes of the file, whole"),
    Kind.CHANGES: Words("Chỉ những thay đổi", "Changes only"),
}
PROFILES = {
    Profile.FLAT: Words("Bảng phẳng, mỗi dòng một quyền", "Flat table, one right a row"),
    Profile.VBDLIS: Words("Thực thể VBDLIS", "VBDLIS entities"),
}
VERDICTS = {
    "APPROVE": Words("Đồng ý công bố", "Agreed to publish"),
    "REJECT": Words("Trả lại", "Sent back"),
    "WITHDRAW": Words("Yêu cầu rút", "Asked to withdraw"),
}
CLAIMS = {
    ClaimStatus.MISMATCH: Mark("bad", Words("Không khớp", "Does not match")),
    ClaimStatus.NOT_FOUND: Mark("bad", Words("Không có trong dữ liệu dân cư", "Not in the citizen database")),
    ClaimStatus.INCOMPLETE: Mark("wait", Words("Thiếu thông tin", "Not enough said")),
    ClaimStatus.AMBIGUOUS: Mark("wait", Words("Nhiều người cùng khớp", "Several people match")),
}
MARKS = {
    cases.Mark.WAITING: Mark("wait", Words("Chờ người thứ hai", "Waits for a second person")),
    cases.Mark.ASKING: Mark("wait", Words("Đang hỏi lại", "Being asked again")),
    cases.Mark.CONTRADICTED: Mark("bad", Words("Bị trả lời mới bác lại", "Contradicted by a newer answer")),
}
RULINGS = {
    cases.Kind.CONFIRM: Words("Xác nhận đúng người", "Confirm: the same person"),
    cases.Kind.CORRECT: Words("Sửa số, họ tên hoặc năm sinh", "Correct number, name or birth"),
    cases.Kind.REJECT: Words("Bác bỏ: số không phải của người này", "Reject: not this holder's number"),
}
RULING_STATES = {
    cases.State.WAITING: Mark("wait", Words("Chờ người thứ hai", "Waits for a second person")),
    cases.State.IN_FORCE: Mark("ok", Words("Đang có hiệu lực", "In force")),
    cases.State.REFUSED: Mark("bad", Words("Không được duyệt", "Turned down")),
    cases.State.WITHDRAWN: Mark("off", Words("Đã rút", "Taken back")),
    cases.State.REPLACED: Mark("off", Words("Đã được thay", "Replaced")),
}
STEPS = {
    cases.Step.ASKED: Words("Đề nghị", "Asked for"),
    cases.Step.APPROVED: Words("Duyệt", "Approved"),
    cases.Step.REFUSED: Words("Không duyệt", "Turned down"),
    cases.Step.WITHDRAWN: Words("Rút", "Taken back"),
    cases.Step.REPLACED: Words("Thay bằng quyết định khác", "Replaced by another decision"),
    cases.Step.ANSWERED: Words("Nền tảng dân cư đã trả lời", "The population platform answered"),
    cases.Step.CONTRADICTED: Words("Trả lời mới trái với quyết định", "A newer answer speaks against it"),
    cases.Step.HELD: Words("Không thể áp dụng", "Could not be applied"),
}
MOVES = {
    CauseKind.DELIVERY: Mark("ok", Words("Giao nộp", "Delivery")),
    CauseKind.WITHDRAWAL: Mark("bad", Words("Rút lại", "Withdrawal")),
    CauseKind.MENDING: Mark("wait", Words("Sửa sau kiểm đếm", "Mended after a recount")),
    CauseKind.SUCCESSION: Mark("off", Words("Sắp xếp đơn vị", "Units rearranged")),
    CauseKind.RULE: Mark("wait", Words("Đổi quy tắc", "Rule changed")),
    CauseKind.FRESHNESS: Mark("wait", Words("Quá hạn, hoặc giao lại", "Too old, or renewed")),
}
SOURCE_STATES = {
    sources.State.NEVER_CONNECTED: Mark("off", Words("Chưa kết nối", "Never connected")),
    sources.State.CONNECTING: Mark("wait", Words("Đang kết nối", "Connecting")),
    sources.State.CONNECTED: Mark("ok", Words("Đã kết nối", "Connected")),
    sources.State.LATE: Mark("wait", Words("Trễ hạn", "Late")),
    sources.State.FAILING: Mark("bad", Words("Bị từ chối", "Failing")),
    sources.State.PAUSED: Mark("off", Words("Tạm dừng", "Paused")),
    sources.State.ENDED: Mark("off", Words("Đã kết thúc", "Ended")),
}
CAUSES = {
    sources.Cause.REGISTERED: Words("Văn phòng được đăng ký", "The office was registered"),
    sources.Cause.RECEIVED: Words("Nhận được một lần giao nộp", "A delivery came in"),
    sources.Cause.PUBLISHED: Words("Một lần giao nộp được công bố", "A delivery was published"),
    sources.Cause.REFUSED: Words("Một lần giao nộp bị từ chối toàn bộ", "A delivery was refused as a whole"),
    sources.Cause.WITHDRAWN: Words("Một lần giao nộp được rút lại", "A delivery was taken back"),
    sources.Cause.MISSED: Words("Lỡ hạn cam kết", "A promised day was missed"),
    sources.Cause.PROMISED: Words("Ghi cam kết mới", "A new promise was noted"),
    sources.Cause.PAUSED: Words("Bộ tạm dừng nguồn", "The ministry paused the source"),
    sources.Cause.RESUMED: Words("Bộ mở lại nguồn", "The ministry resumed the source"),
    sources.Cause.ENDED: Words("Bộ kết thúc nguồn", "The ministry ended the source"),
    sources.Cause.PULLED: Words("Lấy được dữ liệu từ dịch vụ của tỉnh", "The province's service was pulled"),
    sources.Cause.PULL_FAILED: Words("Nhiều lần không lấy được dữ liệu", "Pulls of the service failed in a row"),
}
PULLS = {
    connections.Outcome.DELIVERED: Mark("ok", Words("Đã lấy, thành lần giao nộp", "Pulled, became a delivery")),
    connections.Outcome.UNCHANGED: Mark("ok", Words("Không có gì mới", "Nothing new")),
    connections.Outcome.FAILED: Mark("bad", Words("Không lấy được", "Failed")),
    connections.Outcome.KILLED: Mark("wait", Words("Bị ngắt, sẽ làm lại", "Cut off, begun anew")),
}
STANDINGS = {
    connections.Standing.PROPOSED: Mark("wait", Words("Chờ người thứ hai duyệt", "Waits for a second person")),
    connections.Standing.ACTIVE: Mark("ok", Words("Đang lấy", "Active")),
    connections.Standing.SUSPENDED: Mark("wait", Words("Tạm dừng", "Suspended")),
    connections.Standing.ENDED: Mark("bad", Words("Đã kết thúc", "Ended")),
}
OUTCOMES = {
    Outcome.RUNNING: Mark("wait", Words("Đang chạy", "Under way")),
    Outcome.DONE: Mark("ok", Words("Xong", "Done")),
    Outcome.RETRY: Mark("wait", Words("Lỗi, sẽ thử lại", "Failed, tried again")),
    Outcome.FAILED: Mark("bad", Words("Lỗi, đã thôi thử", "Failed, given up")),
    Outcome.KILLED: Mark("bad", Words("Bị ngắt", "Cut off")),
}
WEBHOOKS = {
    WebhookState.WORKING: Mark("ok", Words("Đang dùng", "In use")),
    WebhookState.FAILING: Mark("wait", Words("Đang lỗi, sẽ gửi lại", "Failing, tried again")),
    WebhookState.DISABLED: Mark("bad", Words("Đã thôi gửi", "Given up")),
}
# What became of a message where no HTTP status came back.
NO_ANSWERS = {
    "TIMEOUT": Words("không trả lời trong 5 giây", "no answer within 5 seconds"),
    "UNREACHABLE": Words("không kết nối được", "could not be reached"),
    "ADDRESS_REFUSED": Words("địa chỉ không được phép gọi", "an address that may not be called"),
}
