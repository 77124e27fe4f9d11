"""What stops a country from being rebuilt from its raw bytes."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class RebuildTargetNotEmpty(LandDataError):
    code = "REBUILD_TARGET_NOT_EMPTY"
    vi = "Cơ sở dữ liệu đích đã có dữ liệu ({table}), không phải do lần dựng lại này ghi."
    en = "The database to rebuild into holds rows already ({table}), and no rebuild of this kind put them there."
    mend_vi = "Chọn một cơ sở dữ liệu mới, rỗng."
    mend_en = "Name a new, empty database."


class RebuildSchemaDiffers(LandDataError):
    code = "REBUILD_SCHEMA_DIFFERS"
    vi = "Phiên bản lược đồ khác nhau: nguồn {source}, đích {target}, chương trình {program}."
    en = "The databases are not of the program's migrations: source {source}, target {target}, program {program}."
    mend_vi = "Chạy `landdata db migrate` trên cơ sở dữ liệu cũ hơn, hoặc dùng đúng bản chương trình."
    mend_en = "Run `landdata db migrate` on the older one, or use the program of that version."


class RebuildSameDatabase(LandDataError):
    code = "REBUILD_SAME_DATABASE"
    vi = "Nguồn và đích là cùng một cơ sở dữ liệu, hoặc một lần dựng lại khác đang chạy ở đó."
    en = "Source and target are one database, or another rebuild is at work there."
    mend_vi = "Chọn cơ sở dữ liệu khác, hoặc chờ lần kia xong."
    mend_en = "Name another database, or wait for the other one to end."


class RebuildUnderWay(LandDataError):
    code = "REBUILD_SOURCE_UNDER_WAY"
    vi = "{count} lần giao nộp đang được công bố dở trong cơ sở dữ liệu nguồn."
    en = "{count} deliveries are half published in the source database."
    mend_vi = "Chờ tiến trình nền xử lý xong rồi dừng nó lại, sau đó chạy lại lệnh."
    mend_en = "Let the worker end them, then stop it and give the command again."


class RebuildDiverged(LandDataError):
    code = "REBUILD_DIVERGED"
    vi = "Lần giao nộp {delivery} nay thay đổi xã mà sổ công bố ghi là không đổi: {communes}."
    en = (
        "Delivery {delivery} now changes communes in which the register of publications knows of no change: {communes}."
    )
    mend_vi = "Dùng đúng bản chương trình và cài đặt đã công bố nó, hoặc bỏ nó ra bằng --without."
    mend_en = "Use the program and settings that published it, or leave it out by --without."


class RebuildRefused(LandDataError):
    code = "REBUILD_REFUSED"
    vi = "Lần giao nộp {delivery} nay bị từ chối ({reason}), trước đây thì không."
    en = "Delivery {delivery} is refused now ({reason}), and was not then."
    mend_vi = "Cho trình đọc đủ bộ nhớ và thời gian, dùng đúng bản chương trình; hoặc bỏ nó ra bằng --without."
    mend_en = "Let the reader have the memory and time it needs, use the program of then; or leave it out by --without."


class PrintsUnreadable(LandDataError):
    code = "PRINTS_UNREADABLE"
    vi = "Không đọc được tệp dấu vân {file}."
    en = "File {file} holds no prints of a country."
    mend_vi = "Dùng tệp do `landdata rebuild --prints` ghi."
    mend_en = "Use one that `landdata rebuild --prints` wrote."
