"""Exchange XML: hostile documents end with their code, GML is read as GDAL reads it, history stays out."""

from __future__ import annotations

import socket
import subprocess
import zipfile

import pytest
import shapely
from landworld import COMMUNES, EPSG, geojson, row, square
from lxml import etree
from opening import Beside, everything

from fixtures.generators import vbdlis
from landdata.checking.geometry import shapes
from landdata.errors import DeliveryRefused, DoctypeRefused
from landdata.model.deliveries import Profile
from landdata.model.parcels import FlatRows
from landdata.reading import exchange, gml
from landdata.reading.isolated import Limits, open_layer

LIMITS = Limits(1 << 30, 30, 100 << 20)
GML = 'xmlns:gml="http://www.opengis.net/gml/3.2"'
RING = " ".join(f"{x} {y}" for x, y in square(COMMUNES[0]))


def polygon(pos_list: str = RING, system: str = f"EPSG:{EPSG}") -> str:
    return (
        f'<gml:Polygon srsName="{system}"><gml:exterior><gml:LinearRing><gml:posList>{pos_list}</gml:posList>'
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def parcel(number: int = 1, inside: str = "", key: int | None = None) -> str:
    return (
        f"<DC_ThuaDat><thuaDatId>{key or number}</thuaDatId><maXa>{COMMUNES[0]}</maXa><soHieuToBanDo>1</soHieuToBanDo>"
        f"<soThuTuThua>{number}</soThuTuThua><diaChi>Thôn 1</diaChi>"
        "<ThongTinMucDichSuDung><DC_MucDichSuDung><mucDichSuDungId>"
        f"{number}</mucDichSuDungId><soThuTuMucDichSuDung>1</soThuTuMucDichSuDung><maMucDichSuDung>ONT</maMucDichSuDung>"
        f"<dienTich>100</dienTich></DC_MucDichSuDung></ThongTinMucDichSuDung>{inside or polygon()}</DC_ThuaDat>"
    )


def document(*inside: str, head: str = "", root: str = "HoSoXml") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<{root} {GML}>{"".join(inside)}</{root}>'.encode()


@pytest.fixture
def read(tmp_path):
    def open_it(data: bytes, limits: Limits = LIMITS) -> tuple[FlatRows, Beside]:
        path = tmp_path / "delivery"
        path.write_bytes(data)
        with open_layer(path, limits=limits, scratch=tmp_path / "scratch") as layer:
            assert layer.profile is Profile.VBDLIS
            return everything(layer)

    return open_it


@pytest.fixture
def refused(read):
    def code(data: bytes, limits: Limits = LIMITS) -> str:
        with pytest.raises(DeliveryRefused) as caught:
            read(data, limits)
        assert all((caught.value.sentence("vi"), caught.value.mend("vi"), caught.value.mend("en")))
        return caught.value.code

    return code


LAUGHS = (
    '<!DOCTYPE HoSoXml [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
OUTSIDE = '<!DOCTYPE HoSoXml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [LAUGHS, OUTSIDE, '<!DOCTYPE HoSoXml SYSTEM "http://127.0.0.1:9/x.dtd">'])
@pytest.mark.parametrize("before", ["", f"<!-- {'-x' * 40_000} -->"])  # behind more than is looked at first
def test_a_doctype_is_refused_wherever_it_stands(refused, head, before):
    assert refused(document(parcel(inside="<diaChi>&x;</diaChi>"), head=before + head)) in {
        "DOCTYPE_REFUSED",
        "FORMAT_UNKNOWN",  # when nothing that it could be recognised by comes in time
    }


def test_the_child_itself_takes_no_doctype(tmp_path):
    """Though what opens the file has looked before."""
    (tmp_path / "a.xml").write_bytes(document(parcel(), head=OUTSIDE))
    with pytest.raises(DoctypeRefused):
        exchange.read(tmp_path / "a.xml")


def test_a_doctype_behind_the_first_element_is_no_xml(refused):
    assert refused(document(parcel(), OUTSIDE)) == "FILE_UNREADABLE"


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<a>" * 70 + "</a>" * 70, "MARKUP_REFUSED"),
        ("<a>" * 200_000, "MARKUP_REFUSED"),
        ("".join(f"<a{number}/>" for number in range(3_000)), "MARKUP_REFUSED"),
        (f"<DC_CaNhan><hoTen>{'x' * 70_000}</hoTen></DC_CaNhan>", "MARKUP_REFUSED"),
        (parcel(inside=polygon("1 " * (9 << 20))), "MARKUP_REFUSED"),
        ("<DC_CaNhan><hoTen>&x;</hoTen></DC_CaNhan>", "FILE_UNREADABLE"),
        ("<DC_CaNhan><hoTen>&#0;</hoTen></DC_CaNhan>", "FILE_UNREADABLE"),
        ("<DC_CaNhan><hoTen>a</DC_CaNhan>", "FILE_UNREADABLE"),
    ],
)
def test_what_no_land_record_needs_is_refused(refused, inside, code):
    assert refused(document(parcel(), inside)) == code


def test_a_file_cut_short_is_refused(refused):
    whole = document(*(parcel(number) for number in range(1, 40)))
    assert {refused(whole[: len(whole) * part // 10]) for part in (3, 6, 9)} == {"FILE_UNREADABLE"}
    assert refused(whole[:-3]) == "FILE_UNREADABLE"


def test_one_endless_attribute_ends_at_the_limit_of_memory(refused):
    assert refused(document(f'<a b="{"x" * (90 << 20)}"/>', parcel()), Limits(1 << 28, 30, 100 << 20)) == "READER_LIMIT"


def test_links_and_schema_locations_are_not_followed(read):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        there = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        link = f'<hinhThe xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{there}" xlink:show="embed"/>'
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{there}"/>'
        schema = f'<x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a {there}"/>'
        rows, _ = read(document(parcel(), link, include, schema, f'<?xml-stylesheet href="{there}"?>'))
        assert len(rows) == 1
        with pytest.raises(TimeoutError):
            listener.accept()


def test_dossiers_share_their_entities_and_what_was_before_a_change_stays_out(read):
    before = parcel(9).replace("Thôn 1", "Thôn cũ")
    change = f"<DC_GiaoDich><giaoDichId>1</giaoDichId><HoSoTruocBienDong>{before}</HoSoTruocBienDong></DC_GiaoDich>"
    one = f"<HoSoXml>{parcel(1)}{change}</HoSoXml>"
    two = f"<HoSoXml>{parcel(1)}{parcel(2)}</HoSoXml>"
    rows, beside = read(document(one, two, root="DanhSach"))
    assert rows.columns["parcel_number"].to_pylist() == ["1", "2"]
    assert beside.crs == f"EPSG:{EPSG}"
    assert "DC_GiaoDich" in rows.unknown_columns
    assert {one.code for one in beside.found} <= {"TAG_EMPTY"}


def test_an_address_by_reference_a_day_by_the_hour_and_a_card_by_its_number(read):
    address = (
        "<DC_DiaChi><diaChiId>4</diaChiId><soNha>12</soNha><tenDuongPho>Lê Lợi</tenDuongPho><tenXa>Xã A</tenXa>"
        "</DC_DiaChi>"
    )
    land = parcel(1).replace("<diaChi>Thôn 1</diaChi>", "<DiaChiChuan><diaChiId>4</diaChiId></DiaChiChuan>")
    holder = (
        "<DC_CaNhan><caNhanId>5</caNhanId><hoTen>Trần B</hoTen><ngaySinh>1970-02-01T00:00:00</ngaySinh>"
        "<gioiTinh>true</gioiTinh><maSoDinhDanh>024070000001</maSoDinhDanh><loaiDoiTuongSuDungDat>GDC</loaiDoiTuongSuDungDat><DC_GiayToTuyThan>"
        "<giayToTuyThanId>1</giayToTuyThanId><loaiGiayToTuyThan>CMND</loaiGiayToTuyThan><soGiayTo>123456789</soGiayTo>"
        "</DC_GiayToTuyThan></DC_CaNhan>"
    )
    rows, beside = read(document(right(1, 5), holder, address, land))
    told = {name: column.to_pylist() for name, column in rows.columns.items()}
    assert told["parcel_address"] == ["12, Lê Lợi, Xã A"]
    assert (told["birth_date"], told["gender"]) == (["01/02/1970"], ["1"])
    assert (told["id_type"], told["id_number"]) == (["CCCD"], ["024070000001"])
    assert beside.sources == ["DC_ThuaDat 1, DC_CaNhan 5"]


def test_a_document_of_another_writer(read):
    """lxml: its own prefixes, a namespace around it all, CDATA, UTF-16."""
    land = etree.fromstring(document(parcel(1), parcel(2)))
    root = etree.Element("{urn:office}DanhSach", nsmap={None: "urn:office", "g": "http://www.opengis.net/gml/3.2"})
    root.append(land)
    for one in root.iter("diaChi"):
        one.text = etree.CDATA("Thôn Đông <1>")
    for encoding in ("UTF-8", "UTF-16"):
        rows, beside = read(etree.tostring(root, encoding=encoding, xml_declaration=True, pretty_print=True))
        assert rows.columns["parcel_address"].to_pylist() == ["Thôn Đông <1>"] * 2
        assert shapely.from_wkb(rows.geometry[0]).area == pytest.approx(100)
        assert beside.crs == f"EPSG:{EPSG}"


def right(number: int, owner: int, kind: int = 0) -> str:
    return (
        f"<DC_QuyenSuDungDat><quyenSuDungDatId>{number}</quyenSuDungDatId><loaiDoiTuong>{kind}</loaiDoiTuong>"
        f"<chuId>{owner}</chuId><thuaDatId>{number}</thuaDatId><mucDichSuDungId>{number}</mucDichSuDungId></DC_QuyenSuDungDat>"
    )


def person(key: int, name: str) -> str:
    return (
        f"<DC_CaNhan><caNhanId>{key}</caNhanId><hoTen>{name}</hoTen><namSinh>1970</namSinh><gioiTinh>1</gioiTinh>"
        "<loaiDoiTuongSuDungDat>GDC</loaiDoiTuongSuDungDat></DC_CaNhan>"
    )


def test_what_is_wrong_with_a_person_is_said_of_every_row_they_are_in(read):
    _, beside = read(document(parcel(1), parcel(2), right(1, 5), right(2, 5), person(5, "")))
    [missing] = [one for one in beside.found if one.code == "TAG_MISSING"]
    assert missing.rows.tolist() == [0, 1]
    assert {one["entity"] for one in missing.details} == {"DC_CaNhan 5"}


def test_a_household_of_couples_names_everybody_once(read):
    couples = "".join(
        f"<DC_VoChong><voChongId>{key}</voChongId><voId>{wife}</voId><chongId>{husband}</chongId></DC_VoChong>"
        for key, wife, husband in ((1, 11, 12), (2, 13, 14))
    )
    members = "".join(
        f"<ThanhVienHoGiaDinh><{tag}>{key}</{tag}></ThanhVienHoGiaDinh>"
        for tag, key in (("caNhanId", 15), ("voChongId", 2), ("caNhanId", 11), ("caNhanId", 16))
    )
    household = (
        "<DC_HoGiaDinh><hoGiaDinhId>1</hoGiaDinhId><chuHoId>12</chuHoId><voChongChuHoId>1</voChongChuHoId>"
        f"<ThongTinThanhVienHoGiaDinh>{members}</ThongTinThanhVienHoGiaDinh></DC_HoGiaDinh>"
    )
    persons = "".join(person(key, f"Người {key}") for key in range(11, 17))
    rows, beside = read(document(parcel(1), right(1, 1, kind=2), persons, couples, household))
    names, roles = (rows.columns[name].to_pylist() for name in ("holder_name", "holder_role"))
    assert list(zip(names, roles, strict=True)) == [
        ("Người 12", "CHU_HO"), ("Người 11", "VO"), ("Người 15", "THANH_VIEN"), ("Người 16", "THANH_VIEN"),
        ("Người 14", "THANH_VIEN"), ("Người 13", "THANH_VIEN"),
    ]  # fmt: skip
    assert {one.code for one in beside.asides} <= {"TAG_EMPTY"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (f"EPSG:{EPSG}", f"EPSG:{EPSG}"),
        (f"epsg:{EPSG}", f"EPSG:{EPSG}"),
        (f"urn:ogc:def:crs:EPSG::{EPSG}", f"EPSG:{EPSG}"),
        (f"urn:ogc:def:crs:EPSG:9.2:{EPSG}", f"EPSG:{EPSG}"),
        (f"urn:x-ogc:def:crs:EPSG:{EPSG}", f"urn:x-ogc:def:crs:EPSG:{EPSG}"),
        (f"http://www.opengis.net/def/crs/EPSG/0/{EPSG}", f"EPSG:{EPSG}"),
        (f"http://www.opengis.net/gml/srs/epsg.xml#{EPSG}", f"EPSG:{EPSG}"),
        ("VN-2000 / TM-3 107-00", "VN-2000 / TM-3 107-00"),
    ],
)
def test_spellings_of_a_system(written, meant):
    assert gml.system(written) == meant


def test_two_systems_in_one_file_are_refused(refused):
    assert refused(document(parcel(1), parcel(2, polygon(system="EPSG:9205")))) == "CRS_MIXED"


CORNERS = A, B, C, D, E = tuple(f"{x} {y}" for x, y in square(COMMUNES[0]))
MEMBER = "<gml:curveMember><gml:{0}>{1}<gml:posList>{2}</gml:posList>{3}</gml:{0}></gml:curveMember>"
SEGMENTS = "<gml:segments><gml:LineStringSegment>", "</gml:LineStringSegment></gml:segments>"
ARCS = "<gml:segments><gml:Arc>", "</gml:Arc></gml:segments>"


def ring_of(*members: str) -> str:
    return f"<gml:Polygon><gml:exterior><gml:Ring>{''.join(members)}</gml:Ring></gml:exterior></gml:Polygon>"


def drawn(numbers: str) -> str:
    return f"<gml:Polygon><gml:exterior><gml:LinearRing>{numbers}</gml:LinearRing></gml:exterior></gml:Polygon>"


@pytest.mark.parametrize(
    "shape",
    [
        drawn(f'<gml:posList srsDimension="3">{" ".join(f"{one} 5.5" for one in CORNERS)}</gml:posList>'),
        drawn("".join(f"<gml:pos>{one}</gml:pos>" for one in CORNERS)),
        drawn(f"<gml:coordinates>{' '.join(one.replace(' ', ',') for one in CORNERS)}</gml:coordinates>"),
        drawn(
            f'<gml:coordinates decimal="," cs=" " ts=";">{";".join(f"{one} 0,5" for one in CORNERS)}</gml:coordinates>'
        ),
        ring_of(
            MEMBER.format("LineString", "", f"{A} {B} {C}", ""),
            MEMBER.format("Curve", SEGMENTS[0], f"{C} {D} {E}", SEGMENTS[1]),
        ),
        (
            f"<gml:boundedBy><gml:Envelope><gml:lowerCorner>{A}</gml:lowerCorner></gml:Envelope></gml:boundedBy>"
            f"<nhan><gml:Point><gml:pos>{A}</gml:pos></gml:Point></nhan>{polygon()}"
        ),
        f"<gml:MultiPolygon><gml:polygonMember>{polygon()}</gml:polygonMember></gml:MultiPolygon>",
    ],
)
def test_every_way_to_draw_the_same_square(read, shape):
    rows, _ = read(document(parcel(1, shape)))
    assert shapely.equals(shapely.from_wkb(rows.geometry[0]), shapely.Polygon(square(COMMUNES[0])))


@pytest.mark.parametrize(
    "shape",
    [
        f"<gml:Point><gml:pos>{A}</gml:pos></gml:Point>",
        polygon(f"{A} {B} {C} {D}"),
        ring_of(MEMBER.format("Curve", ARCS[0], f"{A} {B} {C}", ARCS[1]), MEMBER.format("LineString", "", f"{C} {D} {E}", "")),
    ],
)  # fmt: skip
def test_what_is_no_straight_polygon_is_not_made_one(read, shape):
    rows, _ = read(document(parcel(1, shape)))
    [found] = [one for one in shapes(rows.geometry, max_vertices=100).findings if len(one.rows)]
    assert found.code == "GEOMETRY_NOT_POLYGON"


@pytest.mark.parametrize("numbers", ["1 2 3", "a b c d", "nan nan 1 1 2 2 nan nan", "0 0 1 inf 2 2 0 0"])
def test_numbers_that_cannot_be_read_are_no_numbers(read, numbers):
    rows, _ = read(document(parcel(1, polygon(numbers))))
    [found] = [one for one in shapes(rows.geometry, max_vertices=100).findings if len(one.rows)]
    assert found.code == "GEOMETRY_NOT_FINITE"


@pytest.mark.parametrize("format_", ["GML2", "GML3", "GML3.2"])
def test_what_gdal_writes_is_read_as_gdal_means_it(tmp_path, read, format_):
    lines = [parcel_table(number) for number in (1, 2, 3)]
    tables = {"DC_ThuaDat": lines, "DC_MucDichSuDung": [purpose_table(number) for number in (1, 2, 3)]}
    vbdlis.write_geopackage(tmp_path / "a.gpkg", tables, EPSG)
    target = tmp_path / "a.gml"
    subprocess.run(
        ["ogr2ogr", "-f", "GML", "-dsco", f"FORMAT={format_}", target, tmp_path / "a.gpkg"],
        check=True,
        capture_output=True,
    )
    rows, beside = read(target.read_bytes())
    same, _ = read((tmp_path / "a.gpkg").read_bytes())
    assert beside.crs == f"EPSG:{EPSG}"
    assert {name: column.to_pylist() for name, column in rows.columns.items()} == {
        name: column.to_pylist() for name, column in same.columns.items()
    }
    assert shapely.equals(shapely.from_wkb(rows.geometry), shapely.from_wkb(same.geometry)).all()


def parcel_table(number: int):
    ring = square(COMMUNES[0], number)
    x, y = ring[0]
    hole = [(x + 1, y + 1), (x + 1, y + 2), (x + 2, y + 2), (x + 2, y + 1), (x + 1, y + 1)]
    return {
        "thuaDatId": number, "maXa": COMMUNES[0], "soHieuToBanDo": 1, "soThuTuThua": number, "diaChi": "Thôn 1",
        "dienTichPhapLy": 99.0, "rings": (ring, hole) if number == 2 else (ring,),
    }  # fmt: skip


def purpose_table(number: int):
    return {
        "mucDichSuDungId": number, "thuaDatId": number, "soThuTuMucDichSuDung": 1, "maMucDichSuDung": "ONT", "dienTich": 99.0
    }  # fmt: skip


def test_alone_in_an_archive_and_refused_beside_a_table(tmp_path, read, refused):
    def packed(**members: bytes) -> bytes:
        path = tmp_path / "packed"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name.replace("_", "."), data)
        return path.read_bytes()

    assert len(read(packed(hoso_xml=document(parcel())))[0]) == 1
    table = b"ma_xa,so_to,so_thua,dia_chi,dt_phaply,muc_dich,ten_chu\n07201,1,1,a,1,ONT:1,A\n"
    assert refused(packed(hoso_xml=document(parcel()), bang_csv=table)) == "ARCHIVE_REFUSED"


def test_a_layer_that_only_bears_the_name_is_of_the_other_profile(tmp_path):
    rows = geojson([row(COMMUNES[0], 1)])
    (tmp_path / "a.geojson").write_bytes(rows)
    for driver, name in (("GPKG", "b.gpkg"), ("GML", "b.gml")):
        target = tmp_path / name
        command = ["ogr2ogr", "-f", driver, "-nln", "DC_ThuaDat", target, tmp_path / "a.geojson"]
        subprocess.run(command, check=True, capture_output=True)
        with open_layer(target, limits=LIMITS, scratch=tmp_path / "scratch") as layer:
            assert layer.profile is Profile.FLAT
            assert everything(layer)[0].columns["parcel_number"].to_pylist() == ["1"]
