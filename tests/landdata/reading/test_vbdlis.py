"""Profile `vbdlis`: the same records as `flat` give, from files other writers made; every fault named; nothing lost."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from dossiers import lines_of, made_of
from landworld import DAY, EPSG
from opening import everything

from fixtures.generators import register as units
from fixtures.generators import vbdlis, writers
from landdata.checking import whole
from landdata.checking.records import build, outline
from landdata.flows import desk
from landdata.flows.desk import Asked
from landdata.flows.verdict import Verdict
from landdata.model.declared import declared
from landdata.model.deliveries import Profile, Severity
from landdata.model.parcels import FlatRows
from landdata.model.vbdlis import ENTITIES
from landdata.reading.isolated import Layer, Limits, open_layer
from landdata.reading.register import Register
from landdata.settings import Settings

LIMITS = Limits(4 << 30, 60, 200 << 20)
HANOI = "01"
REFERENCE = Path(__file__).parents[3] / "fixtures/reference"


@pytest.fixture(scope="module")
def lines():
    return lines_of(HANOI, 5, 60)


@pytest.fixture(scope="module")
def tables(lines):
    return vbdlis.entities(lines)


@pytest.fixture(scope="module")
def files(lines, tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    epsg = units.province(HANOI).epsg
    layer = writers.Layer("thua", epsg, writers.Spelling.ENGLISH, multi=False, text_numbers=False, lines=lines)
    writers.write_geopackage(folder / "flat.gpkg", layer)
    vbdlis.write_geopackage(folder / "entities.gpkg", tables, epsg)
    vbdlis.write_xml(folder / "exchange.xml", tables, epsg)
    return folder


@pytest.fixture
def opened(tmp_path):
    def read(path: Path) -> tuple[Layer, FlatRows, list[str] | None]:
        with open_layer(path, limits=LIMITS, scratch=tmp_path / "scratch") as layer:
            rows, beside = everything(layer)
            return layer, rows, beside.sources

    return read


def records(rows, province: str, epsg: int):
    """What would be written, told by content: numbers within records follow the rows' order, which is no content."""
    register = Register(Settings().reference_dir, DAY)
    own = (register.province(province),)
    every = whole.check(rows, desk._context(register, own, epsg, declared(None), Asked(DAY), Settings()))
    checked = every.take(np.arange(len(every)))
    plan = outline(checked)
    made = build(checked, plan, np.arange(len(plan.commune_id)))
    told = {name: table.to_pylist() for name, table in made.tables.items()}
    parcel = {
        (one["record"], one["parcel_no"]): (
            made.commune_id[one["record"]],
            one["map_sheet_number"],
            one["parcel_number"],
        )
        for one in told["parcel"]
    }
    paper = {(one["record"], one["certificate_no"]): one["certificate_uid"] for one in told["certificate"]}
    holder = {
        (one["record"], one["holder_no"]): tuple(
            one[name] for name in ("name", "id_number", "birth_year", "holder_role")
        )
        for one in told["holder"]
    }
    together = defaultdict(set)
    found = {"refused": Counter(checked.refused.tolist())}
    for name, ones in told.items():
        content = []
        for one in ones:
            at = one.pop("record")
            one["of_parcel"] = parcel.get((at, one.pop("parcel_no", None)))
            one["of_paper"] = paper.get((at, one.pop("certificate_no", None)))
            one["of_holder"] = holder.get((at, one.pop("holder_no", None)))
            for number in ("right_no", "asset_no", "parcel_uid"):  # the exchange structure has no tag for the last
                one.pop(number, None)
            if one["of_parcel"]:
                together[at].add(one["of_parcel"])
            content.append(tuple(sorted(one.items(), key=lambda pair: pair[0])))
        found[name] = Counter(map(str, content))
    found["records"] = Counter(map(frozenset, together.values()))
    return found


@pytest.mark.parametrize("name", ["entities.gpkg", "exchange.xml"])
def test_the_same_content_gives_the_same_records(name, files, opened):
    epsg = units.province(HANOI).epsg
    layer, rows, _ = opened(files / name)
    _, same, none = opened(files / "flat.gpkg")
    assert none is None
    assert (layer.profile, layer.crs, len(rows)) == (Profile.VBDLIS, f"EPSG:{epsg}", len(same))
    found, wanted = records(rows, HANOI, epsg), records(same, HANOI, epsg)
    for table, content in wanted.items():
        assert found[table] == content, table
        assert content or table == "lineage"  # the exchange structure has no tag for what a parcel came from
    assert sum(wanted["asset"].values()) > 50
    kinds = Counter(rows.columns["asset_kind"].to_pylist())
    assert set(kinds) >= {None, "7", "8", "11"}
    assert set(rows.columns["holder_kind"].to_pylist()) >= {None, "0", "1", "2", "3"}


def test_both_carriers_give_the_same_rows_letter_by_letter(files, opened):
    (_, tables, source), (_, xml, same) = opened(files / "entities.gpkg"), opened(files / "exchange.xml")
    assert {name: column.to_pylist() for name, column in tables.columns.items()} == {
        name: column.to_pylist() for name, column in xml.columns.items()
    }
    assert tables.geometry.tolist() == xml.geometry.tolist()
    assert source == same


@pytest.fixture(scope="module")
def small():
    """A few records of one commune: a couple, a household, persons, a house."""
    return made_of(1, 45)


@pytest.fixture
def judged(tmp_path, small):
    """Write entities with something changed, as XML or tables, and check them as at an office's desk."""

    def judge(change=None, *, carrier="xml", tables=None, asked=None) -> Verdict:
        made = deepcopy(tables or small)
        if change:
            change(made)
        path = tmp_path / f"delivery.{carrier}"
        {"xml": vbdlis.write_xml, "gpkg": vbdlis.write_geopackage}[carrier](path, made, EPSG)
        return desk.check([path], asked or Asked(DAY), settings=Settings())

    return judge


def of(verdict, code):
    return [one for one in verdict.findings if one.code == code]


def owner_of(tables, kind):
    return next(one for one in tables["DC_QuyenSuDungDat"] if one["loaiDoiTuong"] == kind)


def without(entity, tag):
    return dangling(entity, tag, to=None)


def dangling(entity, tag, to=999_999):
    def change(tables) -> None:
        tables[entity][0][tag] = to

    return change


def test_a_clean_file_is_taken_whole_and_says_where_rows_come_from(judged):
    def change(tables) -> None:
        tables["DC_CaNhan"][2]["diaChi"] = None
        for one in tables["DC_CaNhan"]:
            one["danTocId"] = None

    verdict = judged(change)
    assert verdict.accepted
    assert (verdict.profile, verdict.rows_refused) == (Profile.VBDLIS, 0)
    assert "profile vbdlis" in next(verdict.lines())
    assert "DC_ThuaDat.dienTich" in verdict.unknown_columns
    found = {one.details["tag"]: one for one in of(verdict, "TAG_EMPTY")}
    never, once = found["danTocId"], found["diaChi"]
    assert (never.row_no, never.details["entity"]) == (None, "DC_CaNhan")
    assert (once.severity, once.details["entity"]) == (Severity.WARNING, "DC_CaNhan 3")
    assert "DC_CaNhan 3" in once.details["source"].split(", ")
    assert "DC_ThuaDat" in once.details["source"]


@pytest.mark.parametrize(
    ("change", "code", "entity", "tag"),
    [
        (without("DC_CaNhan", "hoTen"), "TAG_MISSING", "DC_CaNhan 1", "hoTen"),
        (without("DC_GiayChungNhan", "soPhatHanh"), "TAG_MISSING", "DC_GiayChungNhan 1", "soPhatHanh"),
        (without("DC_GiayToTuyThan", "soGiayTo"), "TAG_MISSING", "DC_GiayToTuyThan 1", "soGiayTo"),
        (without("DC_NguonGocDat", "nguonGoc"), "TAG_MISSING", "DC_NguonGocDat 1", "nguonGoc"),
        (dangling("DC_DangKyChungRieng", "dienTich", to="3/4"), "TAG_UNREADABLE", "DC_DangKyChungRieng 1", "dienTich"),
        (without("DC_NhaRiengLe", "thuaDatId"), "TAG_MISSING", "DC_NhaRiengLe 1", "thuaDatId"),
        (without("DC_QuyenSuDungDat", "loaiDoiTuong"), "TAG_MISSING", "DC_QuyenSuDungDat 1", "loaiDoiTuong"),
        (dangling("DC_QuyenSuDungDat", "giayChungNhanId"), "REFERENCE_DANGLING", "DC_QuyenSuDungDat 1", "giayChungNhanId"),
        (dangling("DC_QuyenSuDungDat", "chuId"), "REFERENCE_DANGLING", "DC_QuyenSuDungDat 1", "chuId"),
        (dangling("DC_QuyenSuDungDat", "thuaDatId"), "REFERENCE_DANGLING", "DC_QuyenSuDungDat 1", "thuaDatId"),
        (dangling("DC_QuyenSuDungDat", "mucDichSuDungId"), "REFERENCE_DANGLING", "DC_QuyenSuDungDat 1", "mucDichSuDungId"),
        (dangling("DC_VoChong", "voId"), "REFERENCE_DANGLING", "DC_VoChong 1", "voId"),
        (dangling("DC_HoGiaDinh", "chuHoId"), "REFERENCE_DANGLING", "DC_HoGiaDinh 1", "chuHoId"),
        (dangling("DC_HoGiaDinh", "caNhanId"), "REFERENCE_DANGLING", "DC_HoGiaDinh 1", "caNhanId"),
        (
            dangling("DC_QuyenSoHuuTaiSanGanLienVoiDat", "taiSanId"),
            "REFERENCE_DANGLING", "DC_QuyenSoHuuTaiSanGanLienVoiDat 1", "taiSanId",
        ),
        (
            dangling("DC_QuyenSoHuuTaiSanGanLienVoiDat", "hangMucTaiSanId"),
            "REFERENCE_DANGLING", "DC_QuyenSoHuuTaiSanGanLienVoiDat 1", "hangMucTaiSanId",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_or_leads_nowhere_refuses_its_record(judged, change, code, entity, tag):
    verdict = judged(change)
    found = [one for one in of(verdict, code) if one.details["entity"] == entity and one.details["tag"] == tag]
    assert found
    assert {one.severity for one in found} == {Severity.REFUSES_RECORD}
    assert all(one.row_no for one in found)
    assert verdict.accepted
    assert 1 <= verdict.rows_refused < verdict.rows_read


@pytest.mark.parametrize("carrier", ["xml", "gpkg"])
def test_one_id_with_two_contents_refuses_and_word_for_word_again_does_not(judged, carrier):
    def again(tables) -> None:
        tables["DC_CaNhan"] += deepcopy(tables["DC_CaNhan"][:5])

    def other(tables) -> None:
        again(tables)
        tables["DC_CaNhan"][-1]["hoTen"] = "Người Khác"

    before = judged(carrier=carrier)
    assert judged(again, carrier=carrier).findings == before.findings
    verdict = judged(other, carrier=carrier)
    assert {one.details["entity"] for one in of(verdict, "ENTITY_TWICE")} == {"DC_CaNhan 5"}
    assert verdict.rows_refused > 0


def test_what_nothing_uses_is_named_without_a_row(judged):
    def change(tables) -> None:
        tables["DC_CaNhan"].append(tables["DC_CaNhan"][0] | {"caNhanId": 77_777})
        tables["DC_GiayChungNhan"].append(tables["DC_GiayChungNhan"][0] | {"giayChungNhanId": 77_778})
        tables["DC_NhaRiengLe"].append(tables["DC_NhaRiengLe"][0] | {"nhaRiengLeId": 77_779})

    verdict = judged(change, carrier="gpkg")
    found = of(verdict, "ENTITY_UNUSED")
    assert {one.details["entity"] for one in found} == {
        "DC_CaNhan 77777",
        "DC_GiayChungNhan 77778",
        "DC_NhaRiengLe 77779",
    }
    assert {(one.row_no, one.severity) for one in found} == {(None, Severity.WARNING)}
    assert verdict.rows_refused == 0
    assert any("DC_CaNhan 77777" in line for line in verdict.lines())


def test_what_is_too_long_is_taken_in_full_with_a_word(judged):
    def change(tables) -> None:
        tables["DC_GiayChungNhan"][0]["soVaoSo"] = "CH 0000000123"

    verdict = judged(change)
    [found] = of(verdict, "TAG_TOO_LONG")
    assert (found.details["entity"], found.details["tag"]) == ("DC_GiayChungNhan 1", "soVaoSo")
    assert verdict.rows_refused == 0


def test_the_profile_declared_has_to_be_the_one_found(judged):
    assert judged(asked=Asked(DAY, profile=Profile.VBDLIS)).accepted
    verdict = judged(asked=Asked(DAY, profile=Profile.FLAT))
    assert [one.code for one in verdict.findings] == ["PROFILE_CONTRADICTION"]


def test_the_table_in_code_is_the_dictionary():
    rows = defaultdict(dict)
    with (REFERENCE / "vbdlis_dictionary.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["entity"]].setdefault(row["tag"], row)
    for entity in ENTITIES.values():
        assert {tag.name for tag in entity.tags} == rows[entity.name].keys()
        for tag in entity.tags:
            row = rows[entity.name][tag.name]
            assert (tag.kind, str(tag.length or ""), bool(tag.need)) == (
                row["type"],
                row["length"],
                bool(row["required"]),
            )
