"""Profile `vbdlis`: its entities, their tags, what must be there, and the column of profile `flat` each tag feeds.

The table is the exchange dictionary's (fixtures/reference/vbdlis_dictionary.csv; a test compares the two). What is done
with a tag is ours: docs/vbdlis.md is made from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Need(StrEnum):
    """What it means that a tag is empty, by its mark in the table below."""

    FREE = ""  # the dictionary lets it be empty
    REFUSES = "!"  # required, and the shared model or a tie rests on it
    WARNS = "?"  # required, but nothing of it is taken over
    LAWFUL = "~"  # marked required, yet empty says something: no transfer, no second purpose, not printed on the paper


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of an entity: `kind` as in the dictionary, `length` in characters (0: any), `feeds` a column of `flat`."""

    name: str
    kind: str
    length: int
    need: Need
    feeds: str | None

    @property
    def ties(self) -> bool:
        """Whether it says which entity belongs to which, so that it has done its work once rows are joined."""
        return self.name in _TYING


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity: `key` is its own id, `within` the key of the entity it stands in (a column of its own in a table)."""

    name: str
    key: str
    within: str | None
    tags: tuple[Tag, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Its tags, and the key of the entity around it where it has one."""
        named = (*(tag.name for tag in self.tags), *_UNLISTED.get(self.name, ()))
        return named if self.within is None else (*named, self.within)


# Members of a household may be couples: the exchange format has a tag for it that the dictionary leaves out.
_UNLISTED = {"DC_HoGiaDinh": ("voChongId",)}
_TYING = frozenset(
    [
        "voId",
        "chongId",
        "chuHoId",
        "voChongChuHoId",
        "caNhanId",
        "thuaDatId",
        "mucDichSuDungId",
        "nhaChungCuId",
        "khuChungCuId",
        "chuId",
        "taiSanId",
        "hangMucTaiSanId",
        "giayChungNhanId",
        "diaChiId",
        "loaiTaiSan",
        "loaiDoiTuong",
    ]
)
_KINDS = {"i": "Integer", "s": "String", "d": "Double", "t": "Date", "b": "Boolean"}

# One entity a paragraph: name, < entity around it >, tags as `name:kind+length mark>column`. Kinds: _KINDS.
_TABLE = """
DC_ThuaDat
  thuaDatId:i! maXa:s5!>commune_code soHieuToBanDo:i!>map_sheet_number soThuTuThua:i!>parcel_number
  soHieuToBanDoCu:s50>map_sheet_old soThuTuThuaCu:s50>parcel_old dienTich:d? dienTichPhapLy:d~>area_m2
  laDoiTuongChiemDat:b? diaChi:s!>parcel_address inSoLieuCu:b? loaiThuaDat:s taiLieuDoDacId:i diaChiId:i>parcel_address
DC_MucDichSuDung < DC_ThuaDat
  mucDichSuDungId:i! soThuTuMucDichSuDung:i!>purposes maMucDichSuDung:s3!>purposes maMucDichSuDungPhu:s3~
  maMucDichSuDungQuyHoach:s3 dienTich:d!>purposes thoiHanSuDung:s50>use_term ngayHetHanSuDung:t>use_term
DC_NguonGocDat < DC_MucDichSuDung
  nguonGocDatId:i! nguonGoc:s50!>origins nguonGocChuyenQuyen:s50~>origins nguonGocChiTiet:s250 dienTich:d
DC_GiayChungNhan
  giayChungNhanId:i! loaiGiayChungNhan:i!>certificate_type soHoSoGoc:i soHoSoGocCu:s soVaoSo:s10!>registry_number
  soVaoSoCu:s10 soPhatHanh:s10!>certificate_serial maVach:s15 ngayCap:t>certificate_date tenNguoiKy:s150
  daCongNhanPhapLy:b donViCap:i ghiChuTrang:s banQuet:s
DC_CaNhan
  caNhanId:i! loaiDoiTuongSuDungDat:s!>user_type hoTen:s255!>holder_name ngaySinh:t>birth_date namSinh:i!>birth_date
  namMat:i gioiTinh:b!>gender maSoThue:s20 soDienThoai:s20 email:s maSoDinhDanh:s>id_number quocTichId:s? danTocId:i?
  diaChi:s255? diaChiId:i
DC_GiayToTuyThan < DC_CaNhan
  giayToTuyThanId:i! loaiGiayToTuyThan:i!>id_type soGiayTo:s30!>id_number ngayCap:t noiCap:s100?
DC_VoChong
  voChongId:i! voId:i!>holder_role chongId:i!>holder_role inVoTruoc:b>holder_role
DC_HoGiaDinh
  hoGiaDinhId:i! chuHoId:i!>holder_role voChongChuHoId:i>holder_role diaChi:s150? diaChiId:i caNhanId:i>holder_role
DC_ToChuc
  toChucId:i! loaiDoiTuongSuDungDat:s!>user_type tenToChuc:s150!>holder_name tenVietTat:s30 tenToChucTa:s120
  nguoiDaiDienId:i? soQuyetDinh:s30 ngayQuyetDinh:s loaiQuyetDinhThanhLap:s150 maDoanhNghiep:s30 maSoThue:s20
  loaiToChuc:i diaChi:s255? diaChiId:i
DC_CongDong
  congDongId:i! loaiDoiTuongSuDungDat:s!>user_type tenCongDong:s120!>holder_name nguoiDaiDienId:i diaDanhCuTru:s150?
  diaChiId:i
DC_DiaChi
  diaChiId:i! maXa:s5? soNha:s50>parcel_address tenDuongPho:s50>parcel_address tenToDanPho:s50>parcel_address
  tenXa:s50>parcel_address tenQuan:s50>parcel_address tenTinh:s50>parcel_address diaChiChiTiet:s255>parcel_address
DC_NhaRiengLe
  nhaRiengLeId:i! maXa:s5? loaiNhaRiengLe:i>house_type loaiQuyenSoHuuNhaRiengLe:i soNha:s100
  thoiHanSoHuu:s100>ownership_term dienTichXayDung:d~>construction_area_m2 dienTichSuDung:d
  dienTichSan:d~>floor_area_m2 dienTichSanPhu:d soTang:s150 soTangHam:s150 namHoanThanh:i capHang:s150>house_grade
  diaChi:s255 ketCau:s255 diaChiId:i thuaDatId:i!
DC_KhuChungCu
  khuChungCuId:i! maXa:s5? tenKhu:s255!>apartment_building_name dienTichKhu:d? diaChi:s255? diaChiId:i thuaDatId:i!
DC_NhaChungCu
  nhaChungCuId:i! khuChungCuId:i loaiNhaChungCu:i>house_type tenChungCu:s255!>apartment_building_name
  dienTichXayDung:d~>construction_area_m2 dienTichSan:d~>floor_area_m2 tongSoCan:i soTang:s150 soTangHam:s150
  namXayDung:i namHoanThanh:i thoiHanSoHuu:s50>ownership_term capHang:s150>house_grade diaChi:s255 diaChiId:i
  thuaDatId:i!
DC_HangMucSoHuuChung < DC_NhaChungCu
  hangMucSoHuuChungId:i! tenHangMuc:s255!>common_items dienTich:d!>common_items viTriTang:s150>common_items ghiChu:s255
DC_CanHo
  canHoId:i! nhaChungCuId:i! loaiCanHo:i>house_type loaiQuyenSoHuuCanHo:i soHieuCanHo:s20!>apartment_number tangSo:i
  dienTichSan:d~>floor_area_m2 dienTichSuDung:d?
DC_CongTrinhXayDung
  congTrinhXayDungId:i! maXa:s5? tenCongTrinh:s255? loaiQuyenSoHuuCongTrinhXayDung:i
  dienTichXayDung:d~>construction_area_m2 dienTichSan:d~>floor_area_m2 soTang:s150 soTangHam:s150 namXayDung:i
  namHoanThanh:i thoiHanSoHuu:s50>ownership_term capHang:s150>construction_grade diaChi:s255 diaChiId:i thuaDatId:i!
DC_HangMucCongTrinh < DC_CongTrinhXayDung
  hangMucCongTrinhId:i! tenHangMuc:s255? congNang:s150? dienTichXayDung:d~>construction_area_m2
  dienTichSan:d~>floor_area_m2 soTang:s150 soTangHam:s150 ketCau:s255 namXayDung:i namHoanThanh:i
  thoiHanSoHuu:s50>ownership_term capHang:s150>construction_grade diaChiChiTiet:s255
DC_CongTrinhNgam
  congTrinhNgamId:i! maXa:s5? tenCongTrinh:s255? loaiCongTrinhNgam:s50 loaiQuyenSoHuuCongTrinhNgam:i
  dienTichCongTrinh:d~>construction_area_m2 doSauToiDa:s150 viTriDauNoi:s150 namXayDung:i namHoanThanh:i
  thoiHanSoHuu:s150>ownership_term diaChi:s255 diaChiId:i thuaDatId:i!
DC_RungTrong
  rungTrongId:i! tenRung:s150? loaiCayRung:s255 dienTich:d? diaChi:s255 diaChiId:i thuaDatId:i!
DC_CayLauNam
  cayLauNamId:i! tenCayLauNam:s150? loaiCayTrong:s255 dienTich:d? diaChi:s255 diaChiId:i thuaDatId:i!
DC_QuyenSuDungDat
  quyenSuDungDatId:i! loaiDoiTuong:i!>holder_kind chuId:i! thuaDatId:i! mucDichSuDungId:i! giayChungNhanId:i
  nghiaVuTaiChinhId:i hanCheQuyenId:i
DC_QuyenSoHuuTaiSanGanLienVoiDat
  quyenSoHuuTaiSanGanLienVoiDatId:i! loaiDoiTuong:i!>holder_kind chuId:i! loaiTaiSan:i!>asset_kind taiSanId:i!
  hangMucTaiSanId:i~>common_items giayChungNhanId:i nghiaVuTaiChinhId:i hanCheQuyenId:i
DC_QuyenQuanLyDat
  quyenQuanLyDatId:i! loaiDoiTuong:i? chuId:i? thuaDatId:i? mucDichSuDungId:i?
DC_DangKyChungRieng
  dangKyChungRiengId:i! loaiTaiSan:i! taiSanId:i! hangMucTaiSanId:i dienTich:d!>private_m2,common_m2
  suDungChung:b!>ownership_form duDieuKien:b? ngayBatDau:t ngayHetHan:t thoiHan:s150 loaiDoiTuong:i! chuId:i!
"""

PARCEL, PURPOSE, ORIGIN, CERTIFICATE = "DC_ThuaDat", "DC_MucDichSuDung", "DC_NguonGocDat", "DC_GiayChungNhan"
PERSON, PAPER, COUPLE, HOUSEHOLD = "DC_CaNhan", "DC_GiayToTuyThan", "DC_VoChong", "DC_HoGiaDinh"
ORGANISATION, COMMUNITY, ADDRESS = "DC_ToChuc", "DC_CongDong", "DC_DiaChi"
HOUSE, COMPLEX, BUILDING, COMMON_ITEM = "DC_NhaRiengLe", "DC_KhuChungCu", "DC_NhaChungCu", "DC_HangMucSoHuuChung"
APARTMENT, WORKS, WORKS_ITEM = "DC_CanHo", "DC_CongTrinhXayDung", "DC_HangMucCongTrinh"
UNDERGROUND, FOREST, TREES = "DC_CongTrinhNgam", "DC_RungTrong", "DC_CayLauNam"
LAND_RIGHT, ASSET_RIGHT = "DC_QuyenSuDungDat", "DC_QuyenSoHuuTaiSanGanLienVoiDat"
MANAGING, REGISTRATION = "DC_QuyenQuanLyDat", "DC_DangKyChungRieng"

# loaiDoiTuong and loaiTaiSan (domain.md 2.8, 2.10): which entity an id is of.
OWNERS = {"0": PERSON, "1": COUPLE, "2": HOUSEHOLD, "3": ORGANISATION, "4": COMMUNITY}
LAND = "6"
ASSETS = {
    "7": HOUSE, "8": APARTMENT, "9": BUILDING, "10": COMPLEX, "11": WORKS, "12": UNDERGROUND, "13": FOREST, "14": TREES,
}  # fmt: skip
# Around one dossier in exchange XML; entities of the dossier before a change stand in it once more, and are history.
DOSSIER, BEFORE_CHANGE = "HoSoXml", "HoSoTruocBienDong"
PREFIX = "DC_"
# A table of ours beside the entities that are given back: why. It says nothing when they come again.
REASONS = "LY_DO"


def is_entities(names: Iterable[str]) -> bool:
    """Whether these are names of elements or columns of the profile: an entity, and its own id as well."""
    there = set(names)
    return any(entity.key in there for name, entity in ENTITIES.items() if name in there)


def _tag(written: str) -> Tag:
    name, _, rest = written.partition(":")
    rest, _, feeds = rest.partition(">")
    need = Need(rest[-1]) if rest[-1] in "!?~" else Need.FREE
    size = rest.rstrip("!?~")[1:]
    return Tag(name, _KINDS[rest[0]], int(size or 0), need, feeds or None)


def _entities() -> dict[str, Entity]:
    found: dict[str, Entity] = {}
    for paragraph in _TABLE.strip().replace("\n  ", " ").splitlines():
        head, *words = paragraph.split()
        within = found[words[1]].key if words[0] == "<" else None
        tags = tuple(_tag(word) for word in (words[2:] if within else words))
        found[head] = Entity(head, tags[0].name, within, tags)
    return found


ENTITIES: dict[str, Entity] = _entities()
