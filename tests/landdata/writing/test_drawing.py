"""The drawn map: well-formed, self-contained, bounded, and it says in both languages what it shows and what it leaves out."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import shapely
from landmaps import EAST, NORTH, spoiled

from landdata.model.faults import Fault, FaultMap, Faulty
from landdata.writing import drawing

NAMES = {"07201": "Phường <Thọ & Xương>"}


def fault_map(shapes, worst: list[int], *, communes: tuple[str, ...] = ("07201",), gaps=()) -> FaultMap:
    """Parcels numbered from 1, in communes by turns."""
    why = {"codes": ("VALUE_MISSING",), "why": ("Thiếu <ô>.", "No.")}
    faulty = tuple(
        Faulty(at, Fault(one), communes[at % len(communes)], "1", str(at + 1), (at + 1,), **why)
        for at, one in enumerate(worst)
        if one
    )
    commune = np.arange(len(shapes)) % len(communes)
    return FaultMap(9214, np.array(shapes, dtype=object), np.array(worst), commune, faulty, tuple(gaps))


def drawn(tmp_path, parcels: FaultMap, title: str = "a & <b>.gpkg"):
    target = tmp_path / "map.svg"
    drawing.write(parcels, target, title=title, names=NAMES)
    text = target.read_text()
    return text, ET.fromstring(text)  # noqa: S314 - our own file


def words(tree) -> list[str]:
    return ["".join(one.itertext()) for one in tree.iter() if one.tag.endswith("}text")]


def row_of(number: int) -> list[shapely.Polygon]:
    return [shapely.box(EAST + 12 * at, NORTH, EAST + 12 * at + 12, NORTH + 20) for at in range(number)]


def test_it_is_self_contained_and_says_what_it_shows(tmp_path):
    text, tree = drawn(tmp_path, fault_map(row_of(8), [0, 2, 0, 1, 0, 0, 0, 0], gaps=[(EAST + 30, NORTH + 5)]))
    names = {one.tag.rpartition("}")[2] for one in tree.iter()}
    assert {"title", "desc"} <= names
    assert not names & {"script", "image", "foreignObject", "use", "a"}
    assert not re.search(r"(href|src|on\w+)\s*=|url\(|@import", text)
    said = words(tree)
    assert "Bản đồ thửa lỗi" in said
    assert "bị từ chối / refused" in said
    assert "1 thửa bị từ chối / refused · 1 có cảnh báo / warned about" in said
    assert "Xã / commune 07201 Phường <Thọ & Xương>" in said
    assert any("a & <b>.gpkg" in one for one in said)
    assert [one for one in said if re.fullmatch(r"\d+ m", one)] == ["10 m"]
    # The numbers of the faulty parcels stand in the picture, those of the others do not.
    labels = [one for one in tree.iter() if one.get("class", "").startswith("l ")]
    assert sorted((one.text, one.get("class")) for one in labels) == [("2", "l rl"), ("4", "l wl")]
    assert text.count('class="gap"') == 2  # in the legend and where it is
    paths = [one.get("class") for one in tree.iter() if one.tag.endswith("}path")]
    assert (paths.count("r"), paths.count("w"), paths.count("n")) == (1, 1, 1)


def test_labels_stand_in_their_parcels_and_pictures_in_the_page(tmp_path):
    shapes = spoiled(np.random.default_rng(3), 200)
    _, tree = drawn(tmp_path, fault_map(shapes, [2 - at % 2 for at in range(len(shapes))]))
    width, height = float(tree.get("width")), float(tree.get("height"))
    for one in tree.iter():
        if one.get("class") == "l rl":
            assert 0 <= float(one.get("x")) <= drawing.CELL
            assert 0 <= float(one.get("y")) <= drawing.PICTURE
        if one.tag.endswith("}g") and one.get("transform") and "1128" not in one.get("transform"):
            x, y = map(float, re.findall(r"[\d.]+", one.get("transform")))
            assert x + drawing.CELL <= width
            assert y + drawing.PICTURE <= height


def test_a_large_map_is_cut_and_says_so(tmp_path):
    side = 60
    corners = [(EAST + 12 * (at % side), NORTH + 20 * (at // side)) for at in range(side * side)]
    shapes = [shapely.box(x, y, x + 12, y + 20) for x, y in corners]
    text, tree = drawn(tmp_path, fault_map(shapes, [1] * 3000 + [2] * 600))
    assert len(text) < 1_000_000
    [said] = [one for one in words(tree) if "bản GeoJSON có đủ" in one]
    assert f"Only {drawing.MOST_DRAWN} are drawn" in said
    # The gravest first: nothing that was only warned about took the place of what was refused.
    assert tree.findtext("{http://www.w3.org/2000/svg}desc") == f"{drawing.MOST_DRAWN} / 3600"
    assert "▲" not in words(tree)


def test_a_card_for_each_commune(tmp_path):
    text, tree = drawn(tmp_path, fault_map(row_of(40), [2] * 40, communes=("07201", "07204")))
    said = words(tree)
    assert [one for one in said if one.startswith("Xã / commune")] == [
        "Xã / commune 07201 Phường <Thọ & Xương>",
        "Xã / commune 07204",
    ]
    assert sum("overview of" in one for one in said) == 2
    assert "Only" not in text


@pytest.mark.parametrize(
    "shape",
    [
        shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH + 9), (EAST + 9, NORTH), (EAST, NORTH + 9)]),
        shapely.Polygon([(EAST, NORTH)] * 4),
        shapely.MultiPolygon(row_of(3)[::2]),
        shapely.box(EAST - 90_000, NORTH - 90_000, EAST + 90_000, NORTH + 90_000),
        shapely.box(EAST, NORTH, EAST + 0.01, NORTH + 0.01),
    ],
)  # fmt: skip
def test_faulty_shapes_can_be_drawn(tmp_path, shape):
    text, _ = drawn(tmp_path, fault_map([shape, *row_of(2)], [2, 0, 0]))
    assert "nan" not in text
    assert "inf" not in text


def test_parcels_without_a_shape_are_counted(tmp_path):
    _, tree = drawn(tmp_path, fault_map([None, *row_of(2)], [2, 1, 0]))
    assert any("1 không có hình để vẽ / without a shape to draw" in one for one in words(tree))
    _, tree = drawn(tmp_path, fault_map([None], [2]))
    assert any("1 không có hình để vẽ" in one for one in words(tree))


def test_no_commune_takes_all_the_room(tmp_path):
    """Six hundred refused parcels in one commune come first in the file; the other commune's one is drawn all the same."""
    shapes = [shapely.box(EAST + 40 * at, NORTH, EAST + 40 * at + 12, NORTH + 20) for at in range(601)]
    parcels = fault_map(shapes, [2] * 601)
    last = Faulty(600, Fault.REFUSED, "07204", "1", "777", (601,), ("VALUE_MISSING",), ("Thiếu.", "No."))
    moved = FaultMap(9214, parcels.shapes, parcels.worst, parcels.commune, (*parcels.faulty[:-1], last), ())
    _, tree = drawn(tmp_path, moved)
    assert "777" in words(tree)
