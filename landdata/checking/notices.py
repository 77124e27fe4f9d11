"""Warnings about what is possible but hardly true, signs of invented data, and what is mended safely, in words."""

from __future__ import annotations

from landdata.checking.check import Check
from landdata.model.deliveries import Severity

_WARNS, _REPAIRED = Severity.WARNING, Severity.REPAIRED

NOTICES = (
    # outlines
    Check("SPIKE", _WARNS,
          "Đường ranh có góc nhọn dưới 1° tại E {east}, N {north}.",
          "The outline has a corner sharper than 1° at E {east}, N {north}.",
          "Xóa đỉnh thừa nếu đó là gai do số hóa.", "Remove the vertex if it is a spike of digitising."),
    Check("CORNERS_TOO_CLOSE", _WARNS,
          "Hai đỉnh cách nhau chưa đến 1 mm tại E {east}, N {north}.",
          "Two corners lie less than 1 mm apart at E {east}, N {north}.",
          "Gộp hai đỉnh làm một, ở cả thửa bên cạnh.", "Make them one corner, in the neighbouring parcel too."),
    Check("PARCEL_IN_PARTS", _WARNS,
          "Thửa gồm {parts} phần rời nhau.", "The parcel consists of {parts} separate parts.",
          "Mỗi phần đất khép kín là một thửa; tách thửa hoặc bỏ phần vẽ nhầm.",
          "Each closed piece of land is a parcel of its own; split it, or remove the part drawn by mistake."),
    Check("PARCEL_TOO_LARGE", _WARNS,
          "Thửa rộng {value} ha, hơn 10.000 ha.", "The parcel covers {value} ha, more than 10,000.",
          "Kiểm tra đơn vị (m²) và hình thửa.", "Check the unit (m2) and the outline."),
    # parcels
    Check("PARCEL_UID_TWICE", _WARNS,
          "Một mã định danh thửa đứng ở hai thửa khác nhau.", "One national parcel id stands on two different parcels.",
          "Mã định danh chỉ cấp một lần cho một thửa; đối chiếu với nơi cấp.",
          "An id is issued once, for one parcel; compare with who issued it."),
    Check("USE_EXCEEDS_AREA", _WARNS,
          "Diện tích sử dụng riêng và chung vượt diện tích thửa {value} m².",
          "Private and common use together exceed the parcel by {value} m2.",
          "Đối chiếu với giấy chứng nhận.", "Compare with the certificate."),
    Check("PURPOSE_OF_OTHER_ERA", _WARNS,
          "Mã mục đích {value} không thuộc danh mục của thời điểm đó (Thông tư 08/2024 có hiệu lực từ 01/8/2024).",
          "Purpose code {value} is not of the list of that time (Circular 08/2024 is in force from 1 August 2024).",
          "Dùng mã của Thông tư có hiệu lực khi cấp giấy; BHK, NHK nay là HNK.",
          "Use a code of the circular in force at the issue; BHK and NHK are HNK now."),
    Check("TERM_ENDS_BEFORE_ISSUE", _WARNS,
          "Thời hạn sử dụng hết trước ngày cấp giấy.", "The term of use ends before the certificate was issued.",
          "Đối chiếu thời hạn và ngày cấp.", "Compare the term with the day of issue."),
    Check("CODE_UNKNOWN", _WARNS,
          "Mã ở cột {column} không có trong danh mục.", "The code in column {column} is not in the list.",
          "Xem danh mục của cột này trong tài liệu giao nộp.", "See the column's list in the guide for deliveries."),
    # certificates
    Check("CERTIFICATE_DATE_IMPLAUSIBLE", _WARNS,
          "Ngày cấp giấy ở năm {value}: trước Luật Đất đai 1987, hoặc sau ngày hiệu lực của lần giao nộp.",
          "The certificate is of {value}: before the Land Law of 1987, or after the delivery's effective day.",
          "Đối chiếu ngày cấp trên giấy.", "Compare with the day on the paper."),
    Check("CERTIFICATE_TYPE_TOO_EARLY", _WARNS,
          "Loại giấy {value} chưa có vào ngày cấp.", "Certificate type {value} did not exist on the day of issue.",
          "Kiểm tra loại giấy và ngày cấp.", "Check the type and the day of issue."),
    # holders
    Check("ID_NUMBER_TWO_NAMES", _WARNS,
          "Cùng một số giấy tờ đứng với các tên khác nhau trong tệp.",
          "The same identity number stands with different names in the file.",
          "Đối chiếu giấy tờ của từng người; một trong các dòng sai số hoặc sai tên.",
          "Compare each person's paper; one of the rows has a wrong number or name."),
    # assets
    Check("APARTMENT_UNNAMED", _WARNS,
          "Căn hộ thiếu tên nhà chung cư hoặc số căn hộ.", "An apartment without its building's name or its number.",
          "Ghi ten_ncc và so_canho như trên giấy chứng nhận.", "Give both as on the certificate."),
    Check("FLOOR_AREA_SMALL", _WARNS,
          "Diện tích sàn nhỏ hơn một nửa diện tích xây dựng.", "The floor area is less than half of the construction area.",
          "Kiểm tra hai diện tích; có thể đã ghi đổi chỗ.", "Check both areas; they may have been exchanged."),
    # signs of invented data: figures about a commune, told at its first row
    Check("SIGN_ORIGIN_BY_PURPOSE", _WARNS,
          "Ở xã {commune}, nguồn gốc của cả {count} mục đích đều suy ra được từ mã mục đích: có thể đã điền hàng loạt.",
          "In commune {commune} all {count} origins follow from the purpose codes: they may have been filled in bulk.",
          "Đối chiếu nguồn gốc với hồ sơ giấy của vài thửa; hệ thống không tự sửa.",
          "Compare some origins with the paper files; nothing is corrected here."),
    Check("SIGN_REGISTRY_WITHOUT_DIGIT", _WARNS,
          "Ở xã {commune}, {count} giấy chứng nhận ({share} %) có số vào sổ không chứa chữ số nào.",
          "In commune {commune}, {count} certificates ({share} %) have a registry number without any digit.",
          "Bổ sung số vào sổ từ sổ cấp giấy; để trống nếu không có.",
          "Add the number from the register of certificates; leave it empty where there is none."),
    # mended without changing any area; the file is kept as it came
    Check("RING_CLOSED", _REPAIRED,
          "Đường ranh chưa khép kín: đã nối điểm cuối về điểm đầu.",
          "The outline was not closed: its end was joined to its start.",
          "Không phải làm gì; nên xuất lại từ phần mềm khép kín vùng.", "Nothing to do; better export closed polygons."),
    Check("POINT_TWICE", _REPAIRED,
          "Đã bỏ {value} đỉnh lặp liền nhau.", "{value} vertices that repeat the one before were removed.",
          "Không phải làm gì.", "Nothing to do."),
    Check("SPIKE_REMOVED", _REPAIRED,
          "Đã bỏ {value} đỉnh gai có bề rộng bằng 0.", "{value} vertices of spikes without any width were removed.",
          "Không phải làm gì; kiểm tra lại hình nếu thấy lạ.", "Nothing to do; look at the outline if that is a surprise."),
    Check("RINGS_REORDERED", _REPAIRED,
          "Vành trong được ghi trước vành ngoài: đã đổi lại thứ tự.", "A hole stood before the outline: they changed places.",
          "Không phải làm gì.", "Nothing to do."),
)  # fmt: skip
