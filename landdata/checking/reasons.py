"""Why a commune, or a whole delivery, waits for a second person: rules see that something is odd, not whether it is wrong."""

from __future__ import annotations

from landdata.checking.check import Check, Example
from landdata.model.deliveries import Severity

_WAITS = Severity.WAITS

_ALL = (
    Check("RETIRES_MANY", _WAITS,
          "Xã này sẽ mất {lost} trong {before} thửa mà không có thửa thay thế.",
          "The commune would lose {lost} of its {before} parcels with nothing in their place.",
          "Nếu đúng là các thửa không còn: người thứ hai duyệt. Nếu tệp thiếu thửa: từ chối, rồi giao nộp đủ.",
          "If the parcels really are gone, a second person approves. If the file lacks them: reject, then deliver all.",
          Example(beside="hồ sơ có nhiều thửa mà tệp không có / the record has many parcels the file lacks")),
    Check("COUNT_JUMPS", _WAITS,
          "Số thửa của xã sẽ tăng từ {before} lên {after}.", "The commune's parcels would grow from {before} to {after}.",
          "Kiểm tra có gộp nhầm xã khác hoặc giao nộp trùng không, rồi duyệt hoặc từ chối.",
          "See whether another commune was mixed in or parcels come twice, then approve or reject.",
          Example(beside="tệp có nhiều thửa hơn hẳn hồ sơ / the file has far more parcels than the record")),
    Check("COMMUNE_EMPTY", _WAITS,
          "Lần giao nộp khai xã này nhưng không có dòng nào được nhận; {before} thửa đang lưu sẽ bị xóa.",
          "The delivery names this commune, but no row of it was accepted; the {before} parcels on record would go.",
          "Duyệt nếu xã thật sự không còn thửa nào; nếu không thì từ chối, sửa tệp rồi giao nộp lại.",
          "Approve if the commune really has no parcel left; otherwise reject, mend the file and deliver again.",
          Example(beside="xã được khai, không dòng nào được nhận / a commune named, and no row accepted")),
    Check("OVERTAKEN", _WAITS,
          "Một lần giao nộp đến sau đã được công bố cho xã này; lần này sẽ ghi đè dữ liệu mới hơn.",
          "A delivery that came later was published for this commune; this one would overwrite newer data.",
          "Từ chối; dòng nào vẫn đúng thì giao nộp lại.",
          "Reject it; deliver again those of its rows that still hold.",
          Example(beside="lần giao nộp bị bỏ dở, làm lại sau lần đến sau / left undone, taken up after a later one")),
    # about the delivery as a whole: its coordinates may not be what they are said to be
    Check("CRS_SHIFT_UNEXPLAINED", _WAITS,
          "{matched} thửa đã có trong hồ sơ nay lệch đều {shift_m} m về phía {wind}; "
          "không múi chiếu hay tham số nào giải thích được.",
          "{matched} parcels on record now lie {shift_m} m to the {wind}, all alike; no zone and no parameters explain it.",
          "Hỏi văn phòng đã đo vẽ lại hay nắn chuyển bản đồ cũ; đồng ý khi lý do rõ.",
          "Ask the office whether there was a new survey or an old map was moved; agree when the reason is plain.",
          Example(beside="≥ 10 thửa lệch đều so với hồ sơ / 10 parcels or more shifted alike against the record")),
    Check("CRS_RECORD_DISAGREES", _WAITS,
          "{matched} thửa lệch đều {shift_m} m về phía {wind} so với hồ sơ, đúng như khi bản đang có trong hồ sơ bị đọc "
          "theo {likely}.",
          "{matched} parcels lie {shift_m} m to the {wind} of the record, just as if what is on record had been read as "
          "{likely}.",
          "Kiểm tra lần giao nộp cũ; nếu bản cũ sai thì đồng ý với lần này, nếu không thì từ chối.",
          "Look at the earlier delivery; agree to this one if that one was wrong, refuse it if not.",
          Example(beside="hồ sơ cũ sai tham số / the earlier delivery had wrong parameters")),
    Check("CRS_POSITION_UNDECIDED", _WAITS,
          "{outside} % số thửa nằm ngoài tỉnh + 5 km khi đọc theo EPSG:{epsg}; đọc theo {likely} thì gần như không.",
          "{outside} % of the parcels lie outside the province + 5 km when read as EPSG:{epsg}; read as {likely} hardly any.",
          "Hỏi văn phòng kinh tuyến trục của bản đồ này; vị trí của vài thửa đã biết là đủ rõ.",
          "Ask the office for the map's central meridian; the place of a few known parcels settles it.",
          Example(beside="từ 2 % đến 50 % số thửa ở ngoài tỉnh / 2 % to 50 % of the parcels outside the province")),
    Check("CRS_DATUM_UNDECIDED", _WAITS,
          "Tệp ghi phép chiếu của EPSG:{epsg} nhưng trên WGS 84; nếu đúng là WGS 84 thì mọi thửa lệch khoảng 225 m.",
          "The file names the projection of EPSG:{epsg}, but on WGS 84; if that is true, everything lies about 225 m off.",
          "Hỏi văn phòng đây là tọa độ gốc VN-2000 hay đã chuyển sang WGS 84; là tọa độ gốc thì đồng ý.",
          "Ask whether these are the map's own VN-2000 coordinates or converted ones; agree to its own.",
          Example(beside="tệp .prj ghi D_WGS_1984 / the .prj says D_WGS_1984")),
    Check("CRS_PARAMETERS_UNDECIDED", _WAITS,
          "Tham số TOWGS84 trong tệp đặt thửa lệch {shift_m} m so với tham số quốc gia (QĐ 05/2007).",
          "The TOWGS84 parameters in the file place parcels {shift_m} m away from the national ones (QĐ 05/2007).",
          "Hỏi văn phòng tọa độ đã từng chuyển qua WGS 84 bằng tham số này chưa; chưa thì đồng ý.",
          "Ask whether the coordinates were ever converted with these parameters; if never, agree.",
          Example(beside="tệp ghi dấu góc xoay như bản in / the file holds the rotation signs as printed")),
    Check("CRS_ZONE_UNUSUAL", _WAITS,
          "Tệp ghi EPSG:{epsg}, còn cơ quan này dùng {usual}; chỉ vị trí thì chưa phân biệt được.",
          "The file says EPSG:{epsg}, while this office works in {usual}; the place alone cannot tell them apart.",
          "Kiểm tra kinh tuyến trục của bản đồ; mỗi 15' sai làm lệch khoảng 27 km.",
          "Check the map's central meridian; every 15' of error moves it by about 27 km.",
          Example(beside="múi chiếu lạ, chưa có thửa trong hồ sơ / an unusual zone, nothing on record to compare with")),
)  # fmt: skip

REASONS: dict[str, Check] = {reason.code: reason for reason in _ALL}
