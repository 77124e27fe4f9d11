"""The single table of the 18 shared fields; projection, response schema, scopes, mock, docs and tests are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a field stands in the answer, nested as the certificate is."""

    CERTIFICATE = "certificate"
    PARCEL = "parcel"
    PURPOSE = "purpose"
    ASSET = "asset"


class Sensitivity(StrEnum):
    """How the field is protected: personal data name or identify people, property data describe things."""

    PERSONAL = "personal"
    PROPERTY = "property"


class Group(StrEnum):
    """Field groups; each is one OAuth scope beside `land.residency.read`."""

    HOLDERS = "holders"
    PARCEL = "parcel"
    HOUSE = "house"
    WORKS = "works"

    @property
    def scope(self) -> str:
        return f"land.fields.{self.value}"


@dataclass(frozen=True, slots=True)
class SharedField:
    """One agreed field: `number` is its place in the published list, `name` its key in the answer."""

    number: int
    name: str
    name_vi: str
    name_en: str
    kind: str
    code_list: str | None
    place: Place
    group: Group
    sensitivity: Sensitivity
    source: str
    null_note: str | None

    @property
    def mask(self) -> int:
        """Bit of the field in access-log rows and agreements."""
        return 1 << (self.number - 1)


_P, _A, _U, _C = Place.PARCEL, Place.ASSET, Place.PURPOSE, Place.CERTIFICATE
_PERSONAL, _PROPERTY = Sensitivity.PERSONAL, Sensitivity.PROPERTY
_NOT_ON_QR = "not printed on certificates with QR code (from 1 January 2025)"

FIELDS: tuple[SharedField, ...] = (
    SharedField(1, "rights_holders", "Thông tin về người sử dụng đất, sở hữu tài sản gắn liền với đất",
                "Land users and owners of assets attached to land", "objects", "land_user_type", _C, Group.HOLDERS, _PERSONAL,
                "DC_CaNhan, DC_GiayToTuyThan", None),
    SharedField(2, "parcel_number", "Số hiệu thửa đất", "Parcel number", "integer", None, _P, Group.PARCEL, _PROPERTY,
                "DC_ThuaDat.soThuTuThua", None),
    SharedField(3, "map_sheet_number", "Tờ bản đồ số", "Map sheet number", "integer", None, _P, Group.PARCEL, _PROPERTY,
                "DC_ThuaDat.soHieuToBanDo", None),
    SharedField(4, "parcel_address", "Địa chỉ thửa đất", "Parcel address", "text", None, _P, Group.PARCEL, _PROPERTY,
                "DC_ThuaDat.diaChi", None),
    SharedField(5, "area_m2", "Diện tích", "Area, as on the certificate", "decimal", None, _P, Group.PARCEL, _PROPERTY,
                "DC_ThuaDat.dienTichPhapLy", "the certificate gives no area"),
    SharedField(6, "use_form", "Hình thức sử dụng", "Form of use", "object", "use_form", _P, Group.PARCEL, _PROPERTY,
                "DC_DangKyChungRieng.suDungChung, dienTich", "not digitised"),
    SharedField(7, "land_use_purpose", "Mục đích sử dụng", "Land use purpose", "code", "land_use_purpose", _U, Group.PARCEL,
                _PROPERTY, "DC_MucDichSuDung.maMucDichSuDung, dienTich", None),
    SharedField(8, "use_term", "Thời hạn sử dụng", "Term of use", "object", None, _U, Group.PARCEL, _PROPERTY,
                "DC_MucDichSuDung.thoiHanSuDung, ngayHetHanSuDung", "not digitised"),
    SharedField(9, "land_use_origin", "Nguồn gốc sử dụng", "Origin of use", "codes", "land_use_origin", _U, Group.PARCEL,
                _PROPERTY, "DC_NguonGocDat.nguonGoc, nguonGocChuyenQuyen", _NOT_ON_QR),
    SharedField(10, "house_type", "Loại nhà ở", "Type of house", "code", "house_type", _A, Group.HOUSE, _PROPERTY,
                "loaiNhaRiengLe / loaiCanHo / loaiNhaChungCu", "no house"),
    SharedField(11, "apartment_building_name", "Tên nhà chung cư", "Name of the apartment building", "object", None, _A,
                Group.HOUSE, _PROPERTY, "DC_NhaChungCu.tenChungCu, DC_CanHo.soHieuCanHo", "not an apartment"),
    SharedField(12, "floor_area_m2", "Diện tích sàn", "Floor area", "decimal", None, _A, Group.HOUSE, _PROPERTY,
                "dienTichSan", _NOT_ON_QR),
    SharedField(13, "ownership_form", "Hình thức sở hữu", "Form of ownership", "code", "ownership_form", _A, Group.HOUSE,
                _PROPERTY, "suDungChung of the asset", "not digitised"),
    SharedField(14, "house_grade", "Cấp hạng nhà ở", "Grade of the house", "graded text", "house_grade", _A, Group.HOUSE,
                _PROPERTY, "capHang of DC_NhaRiengLe / DC_NhaChungCu", _NOT_ON_QR),
    SharedField(15, "ownership_term", "Thời hạn sở hữu", "Term of ownership", "object", None, _A, Group.HOUSE, _PROPERTY,
                "thoiHanSoHuu", "not digitised"),
    SharedField(16, "common_ownership_items", "Hạng mục được sở hữu chung", "Items in common ownership", "objects", None, _A,
                Group.HOUSE, _PROPERTY, "DC_HangMucSoHuuChung", "not an apartment"),
    SharedField(17, "construction_grade", "Cấp công trình", "Grade of the construction work", "graded text",
                "construction_grade", _A, Group.WORKS, _PROPERTY, "DC_CongTrinhXayDung.capHang", "no works"),
    SharedField(18, "construction_area_m2", "Diện tích xây dựng", "Construction area", "decimal", None, _A, Group.WORKS,
                _PROPERTY, "dienTichXayDung", _NOT_ON_QR),
)  # fmt: skip

ALL_FIELDS_MASK = (1 << len(FIELDS)) - 1
BASE_SCOPE = "land.residency.read"


def names_of(mask: int) -> tuple[str, ...]:
    """Names of the fields whose bits are set, in the published order."""
    return tuple(field.name for field in FIELDS if mask & field.mask)


def mask_of(names: list[str] | tuple[str, ...]) -> int:
    """Bits of the named fields. Raises KeyError for a name that is not one of the 18."""
    by_name = {field.name: field.mask for field in FIELDS}
    mask = 0
    for name in names:
        mask |= by_name[name]
    return mask


def mask_of_scopes(scopes: frozenset[str]) -> int:
    """Bits of the fields that the granted scopes open."""
    return sum(field.mask for field in FIELDS if field.group.scope in scopes)


def mask_of_groups(groups: list[Group] | tuple[Group, ...]) -> int:
    """Bits of all fields of these groups."""
    return sum(field.mask for field in FIELDS if field.group in groups)


def groups_of(mask: int) -> tuple[Group, ...]:
    """Groups of which at least one field's bit is set."""
    return tuple(group for group in Group if mask & mask_of_groups((group,)))


def scopes_of(mask: int) -> frozenset[str]:
    """Scopes that open these fields: the base scope and one for each group; none for no field."""
    return frozenset({BASE_SCOPE, *(group.scope for group in groups_of(mask))}) if mask else frozenset()
