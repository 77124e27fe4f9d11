"""Why a commune, or a whole delivery, waits for a second person: rules see that something is odd, not whether it is wrong."""

from __future__ import annotations

from landdata.checking.catalogue import Check
from landdata.model.deliveries import Severity

_WAITS = Severity.WAITS

_ALL = (
    Check("RETIRES_MANY", _WAITS,
          "Xã này sẽ mất {lost} trong {before} thửa mà không có thửa thay thế.",
          "The commune would lose {lost} of its {before} parcels with nothing in their place.",
          "Nếu đúng là các thửa không còn: người thứ hai duyệt. Nếu tệp thiếu thửa: từ chối, rồi giao nộp đủ.",
          "If the parcels really are gone, a second person approves. If the file lacks them: reject, then deliver all."),
    Check("COUNT_JUMPS", _WAITS,
          "Số thửa của xã sẽ tăng từ {before} lên {after}.", "The commune's parcels would grow from {before} to {after}.",
          "Kiểm tra có gộp nhầm xã khác hoặc giao nộp trùng không, rồi duyệt hoặc từ chối.",
          "See whether another commune was mixed in or parcels come twice, then approve or reject."),
    Check("COMMUNE_EMPTY", _WAITS,
          "Lần giao nộp khai xã này nhưng không có dòng nào được nhận; {before} thửa đang lưu sẽ bị xóa.",
          "The delivery names this commune, but no row of it was accepted; the {before} parcels on record would go.",
          "Duyệt nếu xã thật sự không còn thửa nào; nếu không thì từ chối, sửa tệp rồi giao nộp lại.",
          "Approve if the commune really has no parcel left; otherwise reject, mend the file and deliver again."),
)  # fmt: skip

REASONS: dict[str, Check] = {reason.code: reason for reason in _ALL}
