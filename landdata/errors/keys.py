"""What is wrong with a key: its file is gone or damaged, values still need it, or it is too early to change it."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class KeysDamaged(LandDataError):
    code = "KEYS_DAMAGED"
    vi = "Tệp khóa {file} bị hỏng hoặc không đọc được."
    en = "Key file {file} is damaged or not readable."
    mend_vi = "Khôi phục tệp khóa từ bản sao lưu; không tạo khóa mới, dữ liệu cũ sẽ không đọc được."
    mend_en = "Restore the key file from its backup; a new key could not read the old data."


class KeysExposed(LandDataError):
    code = "KEYS_EXPOSED"
    vi = "Tệp khóa {file} mở cho mọi tài khoản trên máy."
    en = "Key file {file} is open to every account of the machine."
    mend_vi = "Đặt quyền 0400 hoặc 0440; coi như khóa đã lộ và đổi khóa: `landdata keys rotate`."
    mend_en = "Set its mode to 0400 or 0440; take the key for leaked and change it: `landdata keys rotate`."


class KeysMissing(LandDataError):
    code = "KEYS_MISSING"
    vi = "Không có tệp khóa {file}."
    en = "There is no key file {file}."
    mend_vi = "Khôi phục từ bản sao lưu. Chỉ khi cài mới, lúc chưa có dữ liệu: `landdata keys make`."
    mend_en = "Restore it from its backup. Only when installing, before there is data: `landdata keys make`."


class KeysLost(LandDataError):
    code = "KEYS_LOST"
    vi = "Tệp khóa {file} không còn, nhưng {count} giá trị đã được tạo bằng khóa đó; không tạo khóa mới."
    en = "Key file {file} is gone, but {count} values were made with it; no new key is made."
    mend_vi = "Khôi phục tệp khóa từ bản sao lưu: khóa mới không đọc được các giá trị ấy."
    mend_en = "Restore the key file from its backup: a new key could not read those values."


class KeyVersionMissing(LandDataError):
    code = "KEY_VERSION_MISSING"
    vi = "Tệp khóa {file} không có phiên bản {version} mà dữ liệu cần."
    en = "Key file {file} lacks version {version}, which the data needs."
    mend_vi = "Khôi phục bản sao lưu của tệp khóa có phiên bản đó, hoặc chép tệp mới nhất sang máy này."
    mend_en = "Restore the backup of the key file that has this version, or copy the newest file to this machine."


class KeyStillNeeded(LandDataError):
    code = "KEY_STILL_NEEDED"
    vi = "Chưa thể bỏ khóa {purpose} phiên bản {version}: còn {count} giá trị dùng khóa đó."
    en = "Version {version} of key {purpose} cannot be retired: {count} values are still under it."
    mend_vi = "Chờ việc `renew` của tiến trình nền chạy xong (xem `landdata keys status`) rồi thử lại."
    mend_en = "Wait until the worker's `renew` job is through (see `landdata keys status`), then try again."


class KeyRetireTooEarly(LandDataError):
    code = "KEY_RETIRE_TOO_EARLY"
    vi = "Khóa {purpose} phiên bản {version} chỉ được bỏ sau {minutes} phút nữa."
    en = "Version {version} of key {purpose} can be retired in {minutes} minutes."
    mend_vi = "Chờ đến lúc đó; khóa đã lộ: dừng tiến trình nền rồi dùng `--at-once` (xem docs/keys.md)."
    mend_en = "Wait until then; key leaked: stop the worker, then `--at-once` (see docs/keys.md)."


class KeyChangeUnderWay(LandDataError):
    code = "KEY_CHANGE_UNDER_WAY"
    vi = "Khóa {purpose} đang đổi: phiên bản {version} chưa được bỏ."
    en = "Key {purpose} is being changed: version {version} is not retired yet."
    mend_vi = "Chạy `landdata keys status`, đợi, rồi `landdata keys retire {purpose}` trước khi đổi lần nữa."
    mend_en = "See `landdata keys status`, wait, then `landdata keys retire {purpose}` before changing it again."


class SealingKeyLost(LandDataError):
    code = "SEALING_KEY_LOST"
    vi = "Khóa niêm phong {file} không còn hoặc không phải khóa cuối trong danh sách; không tự tạo khóa mới."
    en = "The sealing key {file} is gone, or is not the last one of the list; no new one is made by itself."
    mend_vi = "Khôi phục từ bản sao lưu; mất hẳn: `landdata access-log keys rotate --lost`, giao khóa mới trên giấy."
    mend_en = "Restore it from its backup; lost for good: `landdata access-log keys rotate --lost`, hand the key over on paper."


class CopiesMissing(LandDataError):
    code = "COPIES_MISSING"
    vi = "{count} tệp gốc không có bản sao ở {folder}: không biết các bản sao ấy dùng khóa nào."
    en = "{count} raw files have no copy in {folder}: nobody knows under which key the copies are."
    mend_vi = "Gắn lại đĩa sao lưu, hoặc chạy `backup.sh files`, rồi thử lại."
    mend_en = "Mount the backup's disk again, or run `backup.sh files`, then try again."
