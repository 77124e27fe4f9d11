"""Records and their hashes: order and repetition say nothing, every change says something."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

import numpy as np
import pytest
from landworld import COMMUNES, Row, row, square
from shapely import Polygon, from_wkb

from landdata.checking.records import build, certificate_uids, outline
from landdata.model.parcels import CONTENT_COLUMNS, CheckedRows

HOME, OTHER = COMMUNES[0], COMMUNES[1]


@pytest.fixture(scope="module")
def judge(flat_rules):
    """Checks rows and hands all of them out again."""

    def judged(rows: list[Row], **changed: Any) -> CheckedRows:
        return flat_rules(rows, **changed).take(np.arange(len(rows)))

    return judged


def hashes(plan) -> set[tuple[int, bytes]]:
    return {(int(unit), content.tobytes()) for unit, content in zip(plan.commune_id, plan.content_hash, strict=True)}


PAPER = {"certificate_serial": "DB 777777", "registry_number": "CH7"}
ROWS = [
    row(HOME, 1), row(HOME, 2, **PAPER), row(HOME, 3, **PAPER), row(HOME, 3, **PAPER, holder_name="B"),
    row(OTHER, 1, **PAPER), row(OTHER, 9),
]  # fmt: skip


def test_a_record_is_what_parcels_and_certificates_tie_within_a_commune(judge):
    plan = outline(judge(ROWS))
    assert plan.record_of_row.tolist()[1:4] == [plan.record_of_row[1]] * 3
    assert len(set(plan.record_of_row.tolist())) == len(plan.commune_id) == 4
    assert sorted(plan.row_count.tolist()) == [1, 1, 1, 3]
    tables = build(judge(ROWS), plan, np.arange(4)).tables
    assert {name: table.num_rows for name, table in tables.items()} == {
        "parcel": 5, "purpose": 5, "lineage": 0, "certificate": 4, "holder": 6, "land_right": 6, "asset": 0,
    }  # fmt: skip
    uids = tables["certificate"]["certificate_uid"].to_pylist()
    assert sorted(uids.count(one) for one in set(uids)) == [1, 1, 2]


def test_order_and_repetition_change_nothing(judge):
    wanted = hashes(outline(judge(ROWS)))
    chance = random.Random(7)
    for _ in range(10):
        mixed = [*ROWS, *chance.choices(ROWS, k=chance.randrange(4))]
        chance.shuffle(mixed)
        plan = outline(judge(mixed))
        assert hashes(plan) == wanted
        # What is repeated counts as read, and says nothing new.
        assert plan.row_count.sum() == len(mixed)
        assert plan.speaks.sum() == len(ROWS)


VALUES = {
    "map_sheet_number": 8, "area_m2": 100.4, "private_m2": 99, "common_m2": 1, "purposes": "ONT:99.9", "use_term": "50 năm",
    "origins": "ONT:CNQ-KTT", "certificate_type": 12, "holder_kind": 2, "gender": 0, "birth_date": "1971",
    "certificate_date": "16/10/2019", "id_number": "024070000009", "parcel_uid": "w7er8gfn1s8n", "asset_kind": 7,
    "parent_parcels": f"{HOME}.1.8",
    "ownership_form": 1, "floor_area_m2": 1.5, "construction_area_m2": 2.5, "commune_code": OTHER, "parcel_number": 77,
}  # fmt: skip


@pytest.mark.parametrize("column", CONTENT_COLUMNS)
def test_any_change_of_any_column_changes_the_hash(judge, column):
    changed = [row(HOME, 1) | {column: VALUES.get(column, "khác")}]
    assert not judge(changed).refused.any()
    assert hashes(outline(judge([row(HOME, 1)]))).isdisjoint(hashes(outline(judge(changed))))


def test_a_moved_corner_and_the_key_change_the_hash(judge):
    plain = hashes(outline(judge([row(HOME, 1)])))
    ring = square(HOME, 1)
    moved = [ring[0], (ring[1][0] + 0.001, ring[1][1]), *ring[2:]]
    assert plain.isdisjoint(hashes(outline(judge([row(HOME, 1, ring=moved)]))))
    assert plain.isdisjoint(hashes(outline(judge([row(HOME, 1)], hash_keys=((1, b"x" * 32),)))))


def test_cells_cannot_run_into_each_other(judge):
    one = [row(HOME, 1, holder_role="A", user_type="B")]
    other = [row(HOME, 1, holder_role="AB", user_type=None)]
    assert hashes(outline(judge(one))).isdisjoint(hashes(outline(judge(other))))


def test_what_the_tables_say(judge):
    rows = [
        row(
            HOME, 1, purposes="ONT:60.0;CLN:40.0", use_term="ONT:Lâu dài;CLN:Đến ngày 15/10/2043",
            origins="CLN:CNQ-KTT+2;ONT:CNQ-CTT;ONT:CNQ-KTT", asset_kind=8, common_items='Hành lang "A":40.0:12;Sân:15',
            gender=7, birth_date="05/01/1970",
        ),
        row(HOME, 2, certificate_serial=None, registry_number=None, holder_name=None, use_term="50 năm", floor_area_m2=12.5),
    ]  # fmt: skip
    checked = judge(rows)
    plan = outline(checked)
    tables = {name: table.to_pylist() for name, table in build(checked, plan, np.arange(2)).tables.items()}
    first, second = sorted(plan.record_of_row.tolist())
    said = ("record", "code", "area_m2", "term_text", "term_end", "origins")
    assert [tuple(one[name] for name in said) for one in tables["purpose"]] == [
        (first, "ONT", "60.0", "Lâu dài", None, '{"CNQ-CTT","CNQ-KTT"}'),
        (first, "CLN", "40.0", "Đến ngày 15/10/2043", "2043-10-15", '{"CNQ-KTT+2"}'),
        (second, "ONT", "100.0", "50 năm", None, '{"CNQ-CTT+3"}'),
    ]
    assert [one["asset_kind"] for one in tables["asset"]] == ["8", "7"]
    assert json.loads(tables["asset"][0]["common_items"]) == [
        {"name": 'Hành lang "A"', "area_m2": "40.0", "floor": "12"},
        {"name": "Sân", "area_m2": "15", "floor": None},
    ]
    [holder] = tables["holder"]
    assert (holder["gender"], holder["birth_date"], holder["birth_year"]) == (None, "1970-01-05", 1970)
    assert len(tables["certificate"]) == len(tables["land_right"]) == 1
    assert tables["asset"][1]["certificate_no"] is None


def test_a_certificates_uid_is_what_is_printed_on_it(judge):
    checked = judge(
        [row(HOME, 1, **PAPER, certificate_date="01/02/2020"), row(HOME, 2, **PAPER, certificate_date="1/2/2020")]
    )
    first, second = certificate_uids(checked.rows.columns)
    assert first == second
    words = "DB 777777\x1fCH7\x1f11\x1f2020-02-01"
    assert first.replace("-", "") == hashlib.blake2b(words.encode(), digest_size=16).hexdigest()


def test_shapes_come_out_in_wgs84(judge):
    checked = judge([row(HOME, 1)])
    [made] = build(checked, outline(checked), np.arange(1)).tables["parcel"].to_pylist()
    placed = from_wkb(made["geom"])
    assert made["map_area_m2"] == 100.0
    assert placed.geom_type in {"Polygon", "MultiPolygon"}
    assert 105.8 < placed.centroid.x < 107.2
    assert 20.9 < placed.centroid.y < 21.8
    assert Polygon(square(HOME, 1)).area == pytest.approx(100)
