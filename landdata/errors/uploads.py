"""What stands in the way of an upload that goes on after a cut; what is wrong with the file itself comes later."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class UploadUnknown(LandDataError):
    code = "UPLOAD_UNKNOWN"
    vi = "Không có lượt tải lên này."
    en = "There is no such upload."
    mend_vi = "Bắt đầu lượt tải lên mới; mỗi hệ thống chỉ thấy lượt của mình, và lượt bỏ dở được giữ 7 ngày."
    mend_en = "Begin a new upload; a client sees only its own, and one that was left is kept for 7 days."


class UploadGone(LandDataError):
    code = "UPLOAD_GONE"
    vi = "Phần đã nhận của lượt tải lên này không còn trên đĩa."
    en = "What had come of this upload is no longer on disk."
    mend_vi = "Bắt đầu lượt tải lên mới, với cùng Idempotency-Key."
    mend_en = "Begin a new upload, with the same Idempotency-Key."


class UploadInUse(LandDataError):
    code = "UPLOAD_IN_USE"
    vi = "Một yêu cầu khác đang gửi vào lượt tải lên này."
    en = "Another request is sending to this upload."
    mend_vi = "Chờ vài giây, hỏi lại Upload-Offset bằng HEAD rồi gửi tiếp từ đó."
    mend_en = "Wait a few seconds, ask for Upload-Offset by HEAD and go on from there."


class UploadOffsetWrong(LandDataError):
    code = "UPLOAD_OFFSET_WRONG"
    vi = "Lượt tải lên đã có {received} byte; yêu cầu gửi từ byte {offset}."
    en = "The upload holds {received} bytes; the request begins at byte {offset}."
    mend_vi = "Hỏi lại Upload-Offset bằng HEAD rồi gửi tiếp đúng từ đó."
    mend_en = "Ask for Upload-Offset by HEAD and go on from just there."


class UploadChecksumWrong(LandDataError):
    code = "UPLOAD_CHECKSUM_WRONG"
    vi = "Các byte nhận được không khớp Upload-Checksum; không byte nào của yêu cầu này được giữ."
    en = "The bytes that came do not match Upload-Checksum; none of this request is kept."
    mend_vi = "Gửi lại phần này từ Upload-Offset cũ."
    mend_en = "Send this piece again from the same Upload-Offset."


class UploadTooLong(LandDataError):
    code = "UPLOAD_TOO_LONG"
    vi = "Nhiều byte hơn Upload-Length đã khai: {size}."
    en = "More bytes came than Upload-Length said: {size}."
    mend_vi = "Kiểm tra tệp có thay đổi trong khi gửi không; bắt đầu lượt tải lên mới với độ dài đúng."
    mend_en = "See whether the file changed while it was sent; begin a new upload with its true length."


class UploadsTooMany(LandDataError):
    code = "UPLOADS_TOO_MANY"
    vi = "Đã có {most} lượt tải lên còn dở."
    en = "There are {most} unfinished uploads already."
    mend_vi = "Gửi tiếp hoặc xóa (DELETE) các lượt còn dở; GET /v1/uploads liệt kê chúng."
    mend_en = "Go on with them or end them by DELETE; GET /v1/uploads lists them."
