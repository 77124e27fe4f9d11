"""Refused records of profile `vbdlis` come back as the entities they are made of, to be mended and delivered again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from copy import deepcopy

import pyogrio
import pytest
from dossiers import made_of
from landworld import DAY, EPSG

from fixtures.generators import vbdlis
from landdata.flows import desk
from landdata.flows.desk import Asked
from landdata.flows.giveback import give_back
from landdata.flows.verdict import Verdict
from landdata.model.deliveries import Kind, Profile, Severity
from landdata.settings import Settings
from landdata.writing.isolated import Written

SETTINGS = Settings()
WRITERS = {"gpkg": vbdlis.write_geopackage, "xml": vbdlis.write_xml}


def checked(path, kind=Kind.FULL):
    return desk.check([path], Asked(DAY, kind), settings=SETTINGS)


def refusing(verdict):
    return [one for one in verdict.findings if one.severity is Severity.REFUSES_RECORD]


def told(verdict):
    """Which entities are refused for what; which rows they stand in is another thing in another file."""
    return sorted((one.code, one.details["source"]) for one in refusing(verdict))


@pytest.fixture(scope="module")
def small():
    return made_of(1, 45)


@pytest.fixture
def returned(tmp_path, small):
    """Spoil a household's head, a certificate and a right; hand in; what comes back, and what was said of the whole."""

    def give(carrier: str) -> tuple[vbdlis.Tables, Verdict, Written]:
        made = deepcopy(small)
        made["DC_CaNhan"][0]["hoTen"] = made["DC_GiayChungNhan"][9]["soPhatHanh"] = None
        made["DC_QuyenSuDungDat"][-1]["thuaDatId"] = 99_999
        path = tmp_path / f"delivery.{carrier}"
        WRITERS[carrier](path, made, EPSG)
        verdict = checked(path)
        (folder := tmp_path / "back").mkdir()
        return made, verdict, give_back(path, verdict.findings, epsg=EPSG, settings=SETTINGS, folder=folder)

    return give


def mend_gpkg(path, small, made):
    right = made["DC_QuyenSuDungDat"][-1]["quyenSuDungDatId"]
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE DC_CaNhan SET hoTen = ? WHERE caNhanId = 1", [small["DC_CaNhan"][0]["hoTen"]])
        file.execute(
            "UPDATE DC_GiayChungNhan SET soPhatHanh = ? WHERE giayChungNhanId = 10",
            [small["DC_GiayChungNhan"][9]["soPhatHanh"]],
        )
        file.execute(
            "UPDATE DC_QuyenSuDungDat SET thuaDatId = ? WHERE quyenSuDungDatId = ?",
            [small["DC_QuyenSuDungDat"][-1]["thuaDatId"], right],
        )


def mend_xml(path, small, made):
    text = path.read_text(encoding="utf-8")
    name, serial = small["DC_CaNhan"][0]["hoTen"], small["DC_GiayChungNhan"][9]["soPhatHanh"]
    for before, after in (
        ("<caNhanId>1</caNhanId>", f"<caNhanId>1</caNhanId><hoTen>{name}</hoTen>"),
        (
            "<giayChungNhanId>10</giayChungNhanId><loai",
            f"<giayChungNhanId>10</giayChungNhanId><soPhatHanh>{serial}</soPhatHanh><loai",
        ),
        ("<thuaDatId>99999</thuaDatId>", f"<thuaDatId>{small['DC_QuyenSuDungDat'][-1]['thuaDatId']}</thuaDatId>"),
    ):
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("carrier", ["gpkg", "xml"])
def test_what_comes_back_is_the_refused_records_mended_and_taken(returned, small, carrier):
    made, verdict, back = returned(carrier)
    assert back.ending == f".{carrier}"
    again = checked(back.path)

    assert (again.profile, again.rows_refused) == (Profile.VBDLIS, verdict.rows_refused)
    # And the parcel that lost its right, without which the right could not be mended.
    assert again.rows_read == again.rows_refused + 1
    assert 0 < verdict.rows_refused < verdict.rows_read // 2
    assert told(again) == told(verdict)
    assert not [name for name in again.unknown_columns if name not in verdict.unknown_columns]
    {"gpkg": mend_gpkg, "xml": mend_xml}[carrier](back.path, small, made)
    for kind in Kind:
        assert not refusing(checked(back.path, kind))


def test_reasons_stand_beside(returned):
    _, verdict, back = returned("gpkg")
    said = pyogrio.read_arrow(back.path, layer="LY_DO")[1].to_pylist()
    assert len(said) == verdict.rows_refused
    assert {"TAG_MISSING", "REFERENCE_DANGLING"} <= {code for one in said for code in one["ma_loi"].split(";")}
    assert any("DC_CaNhan 1" in one["nguon"].split(", ") for one in said)


def test_reasons_of_an_earlier_return_make_room(tmp_path, returned):
    _, verdict, back = returned("xml")
    marks = back.path.read_text(encoding="utf-8").count("<!-- TRẢ LẠI")
    assert marks == verdict.rows_refused
    (folder := tmp_path / "again").mkdir()
    twice = give_back(back.path, checked(back.path).findings, epsg=EPSG, settings=SETTINGS, folder=folder)
    assert twice.path.read_text(encoding="utf-8").count("<!-- TRẢ LẠI") == marks
