"""The rules without a database: rows of profile `flat` as the reader hands them on, and a small known world."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from landworld import COMMUNES, EPSG, Row

from fixtures.generators.parcels import outline
from landdata.checking.flat import Context
from landdata.checking.geometry import FENCE_DEGREES, to_wgs84
from landdata.checking.whole import Checked, check
from landdata.model.parcels import FLAT_COLUMNS, FlatRows

OWN, FOREIGN = 900, 901


def flat(rows) -> FlatRows:
    """Rows as text columns and WKB; a row's `shape` (geometry or bytes) stands instead of its `ring`."""
    columns = {}
    for one in FLAT_COLUMNS:
        texts = [None if row.get(one.name) is None else str(row[one.name]).removesuffix(".0") for row in rows]
        texts = [text if one.name != "purposes" else row.get("purposes") for text, row in zip(texts, rows, strict=True)]
        columns[one.name] = pa.array([text or None for text in texts], pa.string())
    shapes = np.empty(len(rows), dtype=object)
    for at, one in enumerate(rows):
        made = one.get("shape", shapely.Polygon(one["ring"]) if one.get("ring") else None)
        shapes[at] = None if made is None else made if isinstance(made, bytes) else shapely.to_wkb(made)
    return FlatRows("thua", columns, shapes, ())


@pytest.fixture(scope="session")
def context():
    """Bắc Giang with two communes, a foreign one, and short code lists."""
    fence = shapely.buffer(to_wgs84(np.array([outline("24")]), EPSG)[0], FENCE_DEGREES)
    lists = {
        "land_use_purpose": frozenset({"ONT", "CLN"}),
        "land_use_origin": frozenset({"CNQ-CTT", "CNQ-KTT"}),
        "certificate_type": frozenset({"1", "2", "6", "11", "12", "18", "97", "98"}),
    }
    communes = {COMMUNES[0]: (1, OWN), COMMUNES[1]: (2, OWN), "00001": (3, FOREIGN)}
    return Context(EPSG, communes, frozenset({OWN}), {OWN: fence}, lists, date(2023, 3, 28), 200, ((1, b"k" * 32),))


@pytest.fixture(scope="session")
def flat_rules(context):
    """Checks rows, in the known world or one with something changed."""

    def judge(rows: list[Row], **changed: Any) -> Checked:
        kept = {name: getattr(context, name) for name in Context.__slots__}
        return check(flat(rows), Context(**kept | changed))

    return judge
