"""Lists where the profile knows one value: a repeated element of GML, an array of GeoJSON. The row is named, not the file."""

from __future__ import annotations

import pytest
from carriers import ogr
from landworld import COMMUNES, geojson, row

from landdata.flows import returns
from landdata.model.deliveries import State

HOME = COMMUNES[0]
ROWS = [
    row(HOME, 1, parcel_number=[1], nguon=["a", "b"]),
    row(HOME, 2, parcel_number=[2, 3]),
    row(HOME, 3, parcel_number=[3], purposes=["ONT:50.0", "ONT:50.0"]),
    row(HOME, 4, parcel_number=[4], holder_name=["Nguyễn Văn A"]),
]


def delivered(kind: str, folder) -> bytes:
    if kind == "geojson":
        return geojson(ROWS)
    data = ogr(ROWS, folder, "GML", "a.gml").read_bytes()
    assert data.count(b"<ogr:purposes>") == len(ROWS) + 1  # repeated in one of them
    return data


@pytest.mark.parametrize("kind", ["geojson", "gml"])
def test_a_list_is_a_finding_of_its_row_and_a_list_of_one_is_its_value(desk, tmp_path, kind):
    view = desk.deliver(delivered(kind, tmp_path), file_name=f"thua.{kind}")
    assert view.state is State.PUBLISHED
    told = {(one.row_no, one.details.get("column")) for one in view.findings if one.code == "VALUE_MANIFOLD"}
    assert told == {(2, "parcel_number"), (3, "purposes")}
    assert desk.rows("SELECT parcel_number FROM land.parcel ORDER BY 1") == [(1,), (4,)]
    assert desk.rows("SELECT DISTINCT name FROM land.holder") == [("Nguyễn Văn A",)]
    back = returns.refused_rows(
        desk.db, settings=desk.settings, keys=desk.keys, caller=None, delivery_uid=view.delivery_uid
    )
    with back.content as content:
        assert content.read().count(b"VALUE_MANIFOLD") == 2
