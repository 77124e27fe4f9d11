"""Profile `vbdlis` to its end on real PostGIS: what was published as `flat` is the same, and reports name entities."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dossiers import lines_of
from landworld import EPSG, PROVINCE

from fixtures.generators import vbdlis, writers
from landdata.model.deliveries import Profile, State


def spelt_out(row):
    """As rows of entities are: no national id of the parcel, which the structure has no tag for, and a term a purpose."""
    term = row["use_term"]
    if term and ":" not in term:
        term = ";".join(f"{item.partition(':')[0]}:{term}" for item in row["purposes"].split(";"))
    return row | {"parcel_uid": None, "use_term": term}


@pytest.fixture
def files(tmp_path):
    lines = [replace(line, values=spelt_out(line.values)) for line in lines_of(PROVINCE, 2, 25)]
    tables = vbdlis.entities(lines)
    layer = writers.Layer("thua", EPSG, writers.Spelling.ENGLISH, multi=False, text_numbers=False, lines=lines)
    writers.write_geopackage(tmp_path / "flat.gpkg", layer)
    vbdlis.write_geopackage(tmp_path / "entities.gpkg", tables, EPSG)
    vbdlis.write_xml(tmp_path / "exchange.xml", tables, EPSG)
    tables["DC_CaNhan"][0]["hoTen"] = None
    tables["DC_CaNhan"].append(tables["DC_CaNhan"][1] | {"caNhanId": 77_777})
    vbdlis.write_xml(tmp_path / "faulty.xml", tables, EPSG)
    return {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}


def test_the_same_records_in_three_shapes_are_published_once(desk, files):
    first = desk.deliver(files["flat.gpkg"])
    assert (first.state, first.profile) == (State.PUBLISHED, Profile.FLAT)
    land = desk.sizes("land")
    for name in ("entities.gpkg", "exchange.xml"):
        again = desk.deliver(files[name])
        assert (again.state, again.profile, again.format) == (State.PUBLISHED, Profile.VBDLIS, name.rpartition(".")[2])
        [line] = again.ledger
        assert (line.rows_unchanged, line.rows_read) == (first.ledger[0].rows_read,) * 2
    assert desk.sizes("land") == land


def test_findings_say_which_entities(desk, files):
    view = desk.deliver(files["faulty.xml"])
    found = {one.code: one for one in view.findings}
    missing, unused = found["TAG_MISSING"], found["ENTITY_UNUSED"]
    assert (missing.details["entity"], missing.details["tag"]) == ("DC_CaNhan 1", "hoTen")
    assert "DC_CaNhan 1" in missing.details["source"].split(", ")
    assert (unused.row_no, unused.details["entity"]) == (None, "DC_CaNhan 77777")
    assert view.state is State.PUBLISHED


def test_another_profile_than_declared_refuses(desk, files):
    receipt = desk.send(files["exchange.xml"])
    assert desk.view(receipt.delivery_uid).profile is None
    view = desk.deliver(files["exchange.xml"], profile=Profile.FLAT)
    assert (view.state, view.refusal["code"]) == (State.REFUSED, "PROFILE_CONTRADICTION")
    assert desk.deliver(files["exchange.xml"], profile=Profile.VBDLIS).state is State.PUBLISHED
