"""Parcels are found by what stands on their papers, and their lives are told to whoever may see them."""

from __future__ import annotations

from contextlib import closing

import pytest
from landworld import COMMUNES, row
from mapworld import COMMUNE_HERE, COMMUNE_THERE, MINISTRY, NOBODY, OFFICE, OTHER, PARCELS, MapWorld

from landdata.errors import FeatureUnknown
from landdata.flows import parcel_lives
from landdata.flows.commune_names import KEEP_SECONDS, CommuneNames
from landdata.model.parcel_lives import ParcelKey

SPLIT = COMMUNES[3]
GONE = {"commune_code": SPLIT, "map_sheet_number": 1, "parcel_number": 1, "operation": "retire"}


@pytest.fixture(scope="module")
def world(shared_desk):
    with pytest.MonkeyPatch.context() as patch, closing(MapWorld(shared_desk)) as made:
        patch.setattr("landdata.flows.check.open_layer", shared_desk.open_layer)
        shared_desk.deliver([row(SPLIT, n, parcel_uid=f"00000000a{n:03d}") for n in (1, 2, 3)])
        parents = {"parent_parcels": f"{SPLIT}.1.1"}
        shared_desk.change([GONE, row(SPLIT, 11, **parents), row(SPLIT, 12, **parents)])
        shared_desk.change([row(SPLIT, 2, purposes="LUC:100.0", use_term="Lâu dài")])
        yield made


def found(world, text, reader=MINISTRY, commune=""):
    return parcel_lives.search(world.windows, world.names, reader, text, commune=commune)


def numbers(finding):
    return [(one.commune_code, one.key.sheet, one.key.number) for one in finding.parcels]


def life(world, number, reader=MINISTRY):
    ((unit, *_), *_) = [(one.unit_id,) for one in found(world, SPLIT).communes]
    return parcel_lives.life(world.windows, reader, f"{unit}.1.{number}")


@pytest.mark.parametrize("text", [f"{COMMUNE_HERE}.1.7", f" {COMMUNE_HERE} 1/007 ", f"{COMMUNE_HERE}, 1 - 7"])
def test_by_commune_sheet_and_number(world, text):
    assert numbers(found(world, text)) == [(COMMUNE_HERE, 1, 7)]
    assert numbers(found(world, text, OFFICE)) == [(COMMUNE_HERE, 1, 7)]
    assert not found(world, text, OTHER).parcels
    assert not found(world, text, NOBODY).parcels


def test_within_a_commune_by_sheet_and_number_alone(world):
    assert numbers(found(world, "1/7", commune=COMMUNE_THERE)) == [(COMMUNE_THERE, 1, 7)]
    assert not found(world, "1/7").parcels


def test_by_the_national_id_as_issued(world):
    for typed in ("00000000a003", "00000000A003"):
        assert numbers(found(world, typed)) == [(SPLIT, 1, 3)]
    assert not found(world, "00000000a001").parcels, "it was split"
    assert not found(world, "00000000a003", OTHER).parcels


def test_a_commune_by_code_or_by_name_without_marks(world):
    (here,) = found(world, COMMUNE_HERE).communes
    assert (here.parcels, here.province_name) == (PARCELS, "Tỉnh Bắc Giang")
    plain = here.name.replace("đ", "d")
    assert here in found(world, plain).communes
    assert not found(world, COMMUNE_HERE, OTHER).communes
    assert not found(world, "không đâu cả").communes


def test_names_are_read_once_for_all_and_again_after_a_while(world):
    """A commune that is renamed is found by its new name after a while; who may see nothing finds none by it."""
    now = 0.0
    world.names, kept = CommuneNames(world.windows, clock=lambda: now), world.names
    try:
        (here,) = found(world, COMMUNE_HERE).communes
        rename = "UPDATE ref.unit SET full_name_vi = '{}' WHERE unit_id = {}".format
        world.desk.execute(rename("Xã Đổi Tên", here.unit_id))
        assert [one.unit_id for one in found(world, "doi ten").communes] == [here.unit_id]
        assert not found(world, "doi ten", OTHER).communes
        world.desk.execute(rename("Xã Tên Nữa", here.unit_id))
        assert not found(world, "ten nua").communes
        now += KEEP_SECONDS
        assert [one.name for one in found(world, "ten nua").communes] == ["Xã Tên Nữa"]
    finally:
        world.desk.execute(rename(here.name, here.unit_id))
        world.names = kept


def test_sheets_and_what_stands_on_them(world):
    commune, sheets = parcel_lives.commune(world.windows, MINISTRY, SPLIT)
    assert [(one.number, one.parcels) for one in sheets] == [(1, 4)]
    assert [one.key.number for one in parcel_lives.on_sheet(world.windows, MINISTRY, commune, 1)] == [2, 3, 11, 12]
    for reader, code in ((OTHER, SPLIT), (MINISTRY, "99999"), (MINISTRY, "x")):
        with pytest.raises(FeatureUnknown):
            parcel_lives.commune(world.windows, reader, code)


def test_a_split_is_told_from_both_sides(world):
    whole, part = life(world, 1), life(world, 11)
    assert [(one.sheet, one.number) for one in whole.children] == [(1, 11), (1, 12)]
    assert not whole.newest.stands
    assert whole.newest.until_on
    assert [one.key for one in part.parents] == [whole.key]
    assert part.newest.stands
    assert not part.children


def test_versions_newest_first_with_their_purposes_and_office(world):
    now, before = life(world, 2).versions
    assert [one.code for one in (*now.purposes, *before.purposes)] == ["LUC", "ONT"]
    assert (now.stands, before.stands) == (True, False)
    assert before.until_on == now.since_on
    assert before.purposes[0].area_m2 == 100
    assert before.purposes[0].name_vi == "Đất ở tại nông thôn"
    assert now.zone_epsg == 9214
    assert now.office_vi
    box = life(world, 2).box
    assert 105 < box[0] < box[2] < 107
    assert 20 < box[1] < box[3] < 22


def test_what_was_withdrawn_and_came_back_says_so(world):
    view = world.desk.change([row(SPLIT, 3, area_m2=101.0, purposes="ONT:101.0", private_m2=101.0)])
    world.desk.withdraw(view.delivery_uid)
    told = [(one.stands, one.restored, one.withdrawn) for one in life(world, 3).versions]
    assert told == [(True, True, False), (False, False, True), (False, False, False)]


def test_nobody_elses_life_is_told(world):
    assert life(world, 2, OFFICE)
    for reader in (OTHER, NOBODY):
        with pytest.raises(FeatureUnknown):
            life(world, 2, reader)


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "1.2.3.4", "-1.2.3", "99999999999.1.1", "a.b.c", "999999999.1.1", "1.2.3\n"]
)
def test_no_key_no_life(world, text):
    with pytest.raises(FeatureUnknown):
        parcel_lives.life(world.windows, MINISTRY, text)


def test_a_key_is_written_as_it_is_read():
    assert str(ParcelKey.read("7.1.12")) == "7.1.12"
