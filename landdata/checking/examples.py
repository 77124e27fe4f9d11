"""An example of each check: the least rows that call it, as a land office might have written them.

A row holds only the columns by which it differs from a row in order; a test makes sure that each calls its check.
"""

from __future__ import annotations

from collections.abc import Mapping

from landdata.checking.check import Example

_SQUARE = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"
_DEEP = "POLYGON ((9 0, 19 0, 19 10, 9 10, 9 0))"
_HEAP = "nhiều thửa chồng lên nhau hơn mức kiểm tra được / more parcels in a heap than can be tested"
_COUPLE = {"holder_kind": "1", "holder_role": "CHONG"}


def _rows(*rows: Mapping[str, str | None]) -> Example:
    return Example(rows)


EXAMPLES: dict[str, Example] = {
    "TAG_MISSING": Example(beside="`DC_ThuaDat` không có `soThuTuThua` / without its number"),
    "TAG_UNREADABLE": Example(beside="`dienTich` ghi `385/2` / an area written as a fraction"),
    "TAG_EMPTY": Example(beside="thẻ bắt buộc nhưng không dùng ở đây để trống / an empty tag that is not used here"),
    "TAG_TOO_LONG": Example(beside="`hoTen` dài hơn mức của từ điển / a name longer than the dictionary allows"),
    "REFERENCE_DANGLING": Example(beside="quyền trỏ tới giấy không có trong tệp / a right without its certificate"),
    "ENTITY_TWICE": Example(beside="hai `DC_ThuaDat` cùng mã, khác nội dung / two of one id that differ"),
    "ENTITY_UNUSED": Example(beside="`DC_CaNhan` không có quyền nào / a person whom no right names"),
    "COMMUNE_UNKNOWN": _rows({"commune_code": "99999"}),
    "COMMUNE_NOT_OF_OFFICE": _rows({"commune_code": "00001"}),
    "COMMUNE_NOT_NAMED": Example(beside="lần giao nộp khai các xã khác / the delivery names other communes"),
    "SHEET_NUMBER_INVALID": _rows({"map_sheet_number": "PL9"}),
    "PARCEL_NUMBER_INVALID": _rows({"parcel_number": "12a"}),
    "VALUE_MISSING": _rows({"parcel_address": None}),
    "VALUE_MANIFOLD": Example(
        beside='GeoJSON ghi `"so_thua": [3, 4]`; GML lặp lại `<so_thua>` / a list, or an element repeated'
    ),
    "NUMBER_UNREADABLE": _rows({"area_m2": "385/2"}),
    "DATE_UNREADABLE": _rows({"certificate_date": "31/02/2020"}),
    "PURPOSES_UNREADABLE": _rows({"purposes": "đất ở"}),
    "ORIGINS_UNREADABLE": _rows({"origins": "CNQ-CTT"}),
    "PARCEL_UID_INVALID": _rows({"parcel_uid": "w7er8gfn1s8"}),
    "TEXT_INVALID": _rows({"parcel_address": "Thôn\x071"}),
    "GEOMETRY_MISSING": _rows({"geometry": None}),
    "GEOMETRY_NOT_POLYGON": _rows({"geometry": "LINESTRING (0 0, 10 0, 10 10)"}),
    "GEOMETRY_NOT_FINITE": _rows({"geometry": "POLYGON ((0 0, 10 inf, 10 10, 0 0))"}),
    "GEOMETRY_TOO_LARGE": Example(beside="hình có hơn 20.000 đỉnh / an outline of more than 20,000 vertices"),
    "GEOMETRY_INVALID": _rows({"geometry": "POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))"}),
    "GEOMETRY_OUTSIDE_PROVINCE": _rows(
        {}, {}, {"geometry": "POLYGON ((300000 0, 300010 0, 300010 10, 300000 10, 300000 0))"}
    ),
    "PARCEL_TWICE": _rows({"parcel_number": "7"}, {"parcel_number": "7", "parcel_address": "Thôn 2"}),
    "REFUSED_WITH_RECORD": _rows({"parcel_number": "7"}, {"parcel_number": "7", "holder_name": "B\x07"}),
    "HELD_WITH_RECORD": Example(beside="một phần hồ sơ cũ đang bị từ chối / part of the old record is refused"),
    "RECORD_INCOMPLETE": Example(
        beside="lần giao nộp biến động thiếu một thửa của hồ sơ / changes that leave out a parcel of the record"
    ),
    "PARCEL_NOT_ON_RECORD": Example(beside="retire một thửa chưa giao nộp / retire of a parcel never delivered"),
    "OPERATION_UNKNOWN": Example(beside="kind=changes, thao_tac = xóa / delete"),
    "OPERATION_CONTRADICTS": Example(beside="kind=changes, một thửa có upsert và retire / one parcel with both"),
    "RETIRE_IN_FULL": _rows({"operation": "retire"}),
    "PARENTS_UNREADABLE": _rows({"parent_parcels": "thửa 12"}),
    "COMMUNE_REJECTED": Example(beside="người thứ hai từ chối / the second person rejects"),
    "PURPOSES_SUM": _rows({"area_m2": "100.0", "purposes": "ONT:60.0;CLN:39.0"}),
    "AREA_DIFFERS": _rows({"area_m2": "150.0", "purposes": "ONT:150.0", "geometry": _SQUARE}),
    "OVERLAP": _rows({"geometry": _SQUARE}, {"geometry": _DEEP}),
    "SLIVER": _rows({"geometry": _SQUARE}, {"geometry": "POLYGON ((9.95 0, 19 0, 19 10, 9.95 10, 9.95 0))"}),
    "GAP": _rows(
        {"geometry": "POLYGON ((0 0, 10.9 0, 10.9 10, 0 10, 0 0))"},
        {"geometry": "POLYGON ((10.9 0, 20 0, 20 10.9, 10.9 10.9, 10.9 0))"},
        {"geometry": "POLYGON ((10 10.9, 20 10.9, 20 20, 10 20, 10 10.9))"},
        {"geometry": "POLYGON ((0 10, 10 10, 10 20, 0 20, 0 10))"},
    ),
    "OVERLAPS_MANY": _rows({"geometry": _SQUARE}, *({"geometry": _DEEP} for _ in range(11))),
    "OVERLAPS_UNTESTED": Example(beside=_HEAP),
    "GAPS_UNTESTED": Example(beside=_HEAP),
    "PURPOSE_CODE_UNKNOWN": _rows({"purposes": "ZZZ:100.0"}),
    "ORIGIN_CODE_UNKNOWN": _rows({"origins": "ONT:ABC+3"}),
    "NUMBER_MISPLACED": _rows({"id_type": "024070000001"}),
    "ID_NUMBER_SHAPE": _rows({"id_type": "CCCD", "id_number": "02407000001"}),
    "ID_NUMBER_CONTRADICTS": _rows({"id_number": "024170000001", "gender": "1"}),
    "BIRTH_UNREADABLE": _rows({"birth_date": "13/13/1970"}),
    "BIRTH_YEAR_IMPLAUSIBLE": _rows({"birth_date": "1017", "id_number": None}),
    "SERIAL_PATTERN": _rows({"certificate_serial": "số 12"}),
    "SERIAL_TWICE": _rows(
        {"certificate_serial": "DB 123456", "registry_number": "CH00001"},
        {"certificate_serial": "DB 123456", "registry_number": "CH00002"},
    ),
    "COUPLE_NOT_TWO": _rows(_COUPLE),
    "HOUSEHOLD_NO_HEAD": _rows({"holder_kind": "2", "holder_role": "VO"}),
    "SPIKE": _rows({"geometry": "POLYGON ((0 0, 10 0, 10 4.99, 25 5, 10 5.01, 10 10, 0 10, 0 0))"}),
    "CORNERS_TOO_CLOSE": _rows({"geometry": "POLYGON ((0 0, 10 0, 10.0005 0.0002, 10 10, 0 10, 0 0))"}),
    "PARCEL_IN_PARTS": _rows(
        {"geometry": "MULTIPOLYGON (((0 0, 5 0, 5 10, 0 10, 0 0)), ((6 0, 11 0, 11 10, 6 10, 6 0)))"}
    ),
    "PARCEL_TOO_LARGE": _rows({"area_m2": "150000000.0", "purposes": "ONT:150000000.0"}),
    "PARCEL_UID_TWICE": _rows({"parcel_uid": "w7er8gfn1s8n"}, {"parcel_uid": "w7er8gfn1s8n"}),
    "USE_EXCEEDS_AREA": _rows({"area_m2": "100.0", "private_m2": "100.0", "common_m2": "20.0"}),
    "PURPOSE_OF_OTHER_ERA": _rows({"purposes": "BHK:100.0", "certificate_date": "15/10/2024"}),
    "TERM_ENDS_BEFORE_ISSUE": _rows({"use_term": "ONT:15/10/2013", "certificate_date": "15/10/2019"}),
    "CODE_UNKNOWN": _rows({"certificate_type": "55"}),
    "CERTIFICATE_DATE_IMPLAUSIBLE": _rows({"certificate_date": "15/10/2091", "certificate_type": "98"}),
    "CERTIFICATE_TYPE_TOO_EARLY": _rows({"certificate_type": "98", "certificate_date": "15/10/2019"}),
    "ID_NUMBER_TWO_NAMES": _rows(
        {"id_number": "024070099999", "holder_name": "Nguyễn Văn A"},
        {"id_number": "024070099999", "holder_name": "Trần B"},
    ),
    "APARTMENT_UNNAMED": _rows({"asset_kind": "8", "apartment_number": "1204", "floor_area_m2": "70.0"}),
    "FLOOR_AREA_SMALL": _rows({"asset_kind": "7", "floor_area_m2": "40.0", "construction_area_m2": "90.0"}),
    "SIGN_ORIGIN_BY_PURPOSE": _rows(
        *({"purposes": "ONT:100.0", "origins": "ONT:CNQ-CTT"} for _ in range(15)),
        *({"purposes": "CLN:100.0", "origins": "CLN:CNQ-KTT"} for _ in range(15)),
    ),
    "SIGN_REGISTRY_WITHOUT_DIGIT": _rows({"registry_number": "--\\--"}),
    "RING_CLOSED": Example(beside="điểm cuối của vành khác điểm đầu / the last point of a ring is not its first"),
    "POINT_TWICE": _rows({"geometry": "POLYGON ((0 0, 10 0, 10 0, 10 10, 0 10, 0 0))"}),
    "SPIKE_REMOVED": _rows({"geometry": "POLYGON ((0 0, 10 0, 10 5, 25 5, 10 5, 10 10, 0 10, 0 0))"}),
    "RINGS_REORDERED": _rows({"geometry": "POLYGON ((2 2, 4 2, 4 4, 2 4, 2 2), (0 0, 10 0, 10 10, 0 10, 0 0))"}),
}
