"""Gives refused rows back as the sender wrote them, each with why it comes back; no database, nothing kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.errors import DeliveryRefused, NothingRefused
from landdata.flows.check import limits_of
from landdata.flows.verdict import words
from landdata.model.deliveries import Finding, Severity
from landdata.model.parcels import REASON_COLUMNS, Integers
from landdata.reading.columns import KEY_COLUMNS
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import Limits, open_layer
from landdata.settings import Settings
from landdata.writing.isolated import Written, write_entities, write_rows


def names_of(path: Path, *, limits: Limits, scratch: Path) -> pa.Array | None:
    """commune.sheet.parcel of each row, null where one is empty; None for a file whose rows cannot be told."""
    try:
        with open_layer(path, limits=limits, scratch=scratch) as layer:
            found = [
                pc.binary_join_element_wise(
                    *(rows.columns[name] for name in KEY_COLUMNS), ".", null_handling="emit_null"
                )
                for rows in FlatLayer(layer).batches()
            ]
            return pa.concat_arrays(found)
    except DeliveryRefused:
        return None


def give_back(path: Path, findings: Iterable[Finding], *, epsg: int, settings: Settings, folder: Path) -> Written:
    """The rows that findings refuse, as a file in `folder` in the format and coordinates of the one at `path`.

    `epsg` is the zone the file was read in. Raises NothingRefused, or what the reader raises for limits.
    """
    by_row = _refusing(findings)
    if not by_row:
        raise NothingRefused
    rows, told = _told(by_row)
    limits = limits_of(settings)
    with open_layer(path, limits=limits, scratch=folder / "reading") as layer:
        sources = FlatLayer(layer).sources(rows)
        if sources is not None:
            return write_entities(layer, told, _with_faulty(by_row, sources), limits=limits, folder=folder)
        return write_rows(layer, rows, told, crs=f"EPSG:{epsg}", limits=limits, folder=folder)


def reasons(findings: Iterable[Finding]) -> tuple[Integers, pa.Table]:
    """The refused rows (indices from 0, ascending) and for each why, as a table of REASON_COLUMNS."""
    return _told(_refusing(findings))


def _refusing(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    by_row: dict[int, list[Finding]] = {}
    for one in findings:
        if one.row_no is not None and one.severity is Severity.REFUSES_RECORD:
            by_row.setdefault(one.row_no, []).append(one)
    return dict(sorted(by_row.items()))


def _with_faulty(by_row: dict[int, list[Finding]], sources: list[str]) -> list[str]:
    """What each row came from, and the entities something was wrong with: a right alone may be all there is of a row."""
    return [
        ", ".join(dict.fromkeys([source, *(str(one.details["entity"]) for one in found if "entity" in one.details)]))
        for source, found in zip(sources, by_row.values(), strict=True)
    ]


def _told(by_row: dict[int, list[Finding]]) -> tuple[Integers, pa.Table]:
    numbers = list(by_row)
    columns: list[list[str]] = [[], [], [], []]
    for number in numbers:
        said = [words(one) for one in by_row[number]]
        parts = (
            [one.code for one in by_row[number]],
            *([one[name] for one in said] for name in ("vi", "en", "mend_vi")),
        )
        for column, part, mark in zip(columns, parts, (";", " ", " ", " "), strict=True):
            column.append(mark.join(dict.fromkeys(part)))
    told = [pa.array(column, pa.string()) for column in columns]
    table = pa.table([*told, pa.array(numbers, pa.int64())], names=list(REASON_COLUMNS))
    return np.array(numbers, dtype=np.int64) - 1, table
