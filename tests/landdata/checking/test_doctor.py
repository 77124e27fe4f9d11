"""The doctor against made-up misreadings of true places, in several zones; and nothing to say of honest surveys.

The faults are made by PROJ's own way from system to system, not by the readings they are told apart with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from fixtures.generators import register
from fixtures.generators.parcels import anchors, outline
from landdata.checking import doctor
from landdata.checking.doctor import Evidence, examine
from landdata.checking.geometry import FENCE_DEGREES
from landdata.errors import CrsShifted, CrsWrong
from landdata.model.crs import to_wgs84_arrays, zone
from landdata.model.declared import declared

PLACES = {"24": 9214, "01": 5897, "79": 9210, "96": 9207, "11": 9205, "48": 5899}
PRINTED = "-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,-0.00427372,0.252906278"
OWN = 900
UTM_49 = zone(5898).proj4text.replace("+lon_0=108", "+lon_0=111").replace("0.9999", "0.9996")


class Province:
    """A province with some hundred parcels where its communes are: `x`, `y` true in its zone, `lon`, `lat` true."""

    def __init__(self, code: str) -> None:
        self.zone = zone(PLACES[code])
        self.rng = np.random.default_rng(int(code))
        places = np.array(list(anchors(register.province(code)).values()))
        some = places[self.rng.choice(len(places), min(len(places), 80), replace=False)]
        around = np.repeat(some, 5, axis=0) + self.rng.uniform(0, 400, (5 * len(some), 2))
        self.x, self.y = np.round(around, 2).T
        self.lon, self.lat = to_wgs84_arrays(self.zone.epsg, self.x, self.y)
        fence = shapely.transform(outline(code), lambda xy: np.column_stack(to_wgs84_arrays(self.zone.epsg, *xy.T)))
        self.fences = {OWN: shapely.buffer(fence, FENCE_DEGREES)}

    def to(self, system: str):
        """The true places in another system."""
        there = pyproj.Transformer.from_crs("+proj=longlat +datum=WGS84", system, always_xy=True)
        return there.transform(self.lon, self.lat)

    def evidence(self, x, y, *, known: int = 400, noise: float = 0.0, **changed: Any) -> Evidence:
        """A delivery of these coordinates, of which `known` parcels stand on record at their true place."""
        centre = np.column_stack([x, y]) + self.rng.normal(0, noise or 1e-9, (len(self.x), 2))
        lon, lat = to_wgs84_arrays(self.zone.epsg, *centre.T)
        inside = np.isfinite(lon) & shapely.contains_xy(
            self.fences[OWN], np.nan_to_num(lon, posinf=0), np.nan_to_num(lat, posinf=0)
        )
        matched = self.rng.choice(len(self.x), min(known, len(self.x)), replace=False)
        self.matched = matched
        made = Evidence(
            self.zone.epsg,
            centre,
            np.full(len(self.x), OWN),
            ~inside,
            self.fences,
            centre[matched],
            self.lon[matched],
            self.lat[matched],
            usual=(self.zone.epsg,),
        )
        return replace(made, **changed)


@pytest.fixture(scope="module", params=list(PLACES))
def here(request):
    return Province(request.param)


def codes(doubts):
    return [one.code for one in doubts]


def wrong_signs(here):
    return here.to(f"{here.zone.projection} +towgs84={PRINTED}")


def twice_converted(here):
    """Out to WGS 84 with the printed signs, and back with the right ones."""
    false = pyproj.CRS(f"{here.zone.projection} +towgs84={PRINTED}")
    lon, lat = pyproj.Transformer.from_crs(false, "+proj=longlat +datum=WGS84", always_xy=True).transform(
        here.x, here.y
    )
    back = pyproj.Transformer.from_crs("+proj=longlat +datum=WGS84", here.zone.proj4text, always_xy=True)
    return back.transform(lon, lat)


FAULTS = {
    "WGS 84, múi": lambda here: here.to(f"{here.zone.projection} +datum=WGS84"),
    "rotation signs wrong": wrong_signs,
    "EPSG:5898": lambda here: here.to(zone(5898).proj4text),
    "EPSG:5896": lambda here: here.to(zone(5896).proj4text),
    "axes swapped": lambda here: (here.y, here.x),
    "longitude, latitude": lambda here: (here.lon, here.lat),
    "latitude, longitude": lambda here: (here.lat, here.lon),
    "WGS 84 / UTM 48N": lambda here: here.to("EPSG:32648"),
    "VN-2000 / UTM 49N": lambda here: here.to(UTM_49),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("noise", [0.0, 0.08])
def test_a_misreading_is_proven_by_what_stands_on_record(here, fault, noise):
    with pytest.raises((CrsShifted, CrsWrong)) as caught:
        examine(here.evidence(*FAULTS[fault](here), noise=noise if "tude" not in fault else 0.0))
    assert fault in caught.value.details["likely"]
    if fault == "rotation signs wrong":
        assert 0.5 < float(caught.value.details["shift_m"]) < 0.85
    if fault.startswith("WGS 84, múi"):
        assert 222 < float(caught.value.details["shift_m"]) < 226


@pytest.mark.parametrize("fault", ["EPSG:5896", "axes swapped", "longitude, latitude", "latitude, longitude"])
def test_the_place_alone_proves_what_lies_far_out(fault):
    here = Province("48")
    with pytest.raises(CrsWrong, match=fault):
        examine(here.evidence(*FAULTS[fault](here), known=0))


def test_where_the_place_says_nothing_the_words_of_the_file_raise_doubts(here):
    """WGS 84 in a VN-2000 coat and wrong signs do not show by place: 225 m and 0.8 m."""
    for fault in ("WGS 84, múi", "rotation signs wrong"):
        x, y = FAULTS[fault](here)
        assert examine(here.evidence(x, y, known=0)) == ()
    said = {
        "CRS_DATUM_UNDECIDED": {"declared": declared(f"{here.zone.projection} +datum=WGS84")},
        "CRS_PARAMETERS_UNDECIDED": {"declared": declared(f"{here.zone.projection} +towgs84={PRINTED}")},
        "CRS_ZONE_UNUSUAL": {"usual": (5898 if here.zone.epsg != 5898 else 5897,)},
    }
    for code, changed in said.items():
        assert codes(examine(here.evidence(here.x, here.y, known=9, **changed))) == [code]
        # The same words are no matter where the record shows everything in its place.
        assert examine(here.evidence(here.x, here.y, known=10, **changed)) == ()
    right = declared(here.zone.proj4text)
    assert examine(here.evidence(here.x, here.y, known=0, declared=right)) == ()


def test_out_and_back_with_other_signs_may_be_the_record_s_fault_too(here):
    [doubt] = examine(here.evidence(*twice_converted(here)))
    assert doubt.code == "CRS_RECORD_DISAGREES"
    assert "rotation" in doubt.details["likely"]


def test_a_record_that_was_read_wrongly_is_not_held_against_the_right_file(here):
    x, y = FAULTS["WGS 84, múi"](here)
    lon, lat = to_wgs84_arrays(here.zone.epsg, np.asarray(x), np.asarray(y))
    evidence = here.evidence(here.x, here.y)
    doubts = examine(replace(evidence, lon=lon[here.matched], lat=lat[here.matched]))
    assert codes(doubts) == ["CRS_RECORD_DISAGREES"]


def test_honest_surveys_raise_nothing(here):
    rng = here.rng
    size = len(here.x)
    moved = np.where(rng.random((size, 1)) < 0.1, rng.uniform(-80, 80, (size, 2)), 0.0)
    for away in (np.zeros((size, 2)), moved, rng.normal(0, 0.15, (size, 2)), np.full((size, 2), 0.15), 2 * moved):
        x, y = (np.column_stack([here.x, here.y]) + away).T
        assert examine(here.evidence(x, y, noise=0.05)) == ()
        assert examine(here.evidence(x, y, known=0)) == ()


def test_other_parcels_under_the_same_numbers_prove_nothing(here):
    """Sheets were renumbered: what stands on record under these numbers lies anywhere in the province."""
    mixed = here.rng.permutation(len(here.x))
    evidence = here.evidence(here.x, here.y)
    elsewhere = evidence.centre[mixed[: len(evidence.lon)]]
    assert examine(replace(evidence, matched=elsewhere)) == ()


@pytest.mark.parametrize(("shift", "code"), [(2.0, ["CRS_SHIFT_UNEXPLAINED"]), (0.4, [])])
def test_a_shift_nothing_explains_waits_when_it_is_large(here, shift, code):
    found = examine(here.evidence(here.x + shift, here.y, noise=0.05))
    assert codes(found) == code
    if found:
        assert (found[0].details["wind"], found[0].details["shift_m"]) == ("đông / east", pytest.approx(2.0, abs=0.05))


def test_a_part_outside_is_a_doubt_when_another_zone_takes_it_in():
    """A file of Bắc Giang in the zone next to its own: part of it leaves the province, most stays inside."""
    here = Province("24")
    for epsg in (9213, 9215):
        evidence = here.evidence(*here.to(zone(epsg).proj4text), known=0)
        share = evidence.outside.mean()
        if 0.02 < share <= 0.5:
            [doubt] = [one for one in examine(evidence) if one.code == "CRS_POSITION_UNDECIDED"]
            assert doubt.details["outside"] == round(100 * share)
        else:
            with pytest.raises(CrsWrong):
                examine(evidence)


def test_few_and_none():
    here = Province("24")
    assert examine(here.evidence(here.x + 400_000, here.y, known=0, centre=np.zeros((0, 2)))) == ()
    assert doctor.spread(0, 5).tolist() == []
    assert doctor.spread(10, 3).tolist() == [0, 4, 9]
