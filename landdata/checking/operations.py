"""What rows ask for: to write their record, or, in a delivery of changes, to retire a parcel that is no more."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow.compute as pc

from landdata.checking.components import any_in_group
from landdata.errors import ColumnsMissing
from landdata.model.deliveries import Kind
from landdata.model.parcels import OPERATION, RETIRE, UPSERT, Booleans, FlatRows, Found, Integers

# All that can be wrong with a row that says no more than which parcel is gone.
_OF_RETIRED = frozenset(
    {
        "COMMUNE_UNKNOWN", "COMMUNE_NOT_OF_OFFICE", "COMMUNE_NOT_NAMED", "SHEET_NUMBER_INVALID", "PARCEL_NUMBER_INVALID",
        "OPERATION_UNKNOWN", "OPERATION_CONTRADICTS",
    }
)  # fmt: skip


def operations(rows: FlatRows, kind: Kind) -> tuple[Booleans, list[Found]]:
    """Which rows retire a parcel, and what is wrong with operations; nothing is guessed where a row says none."""
    given = pc.fill_null(pc.utf8_lower(rows.columns[OPERATION]), UPSERT if kind is Kind.FULL else "")
    retires = pc.equal(given, RETIRE).to_numpy(zero_copy_only=False)
    if kind is Kind.FULL:
        return np.zeros(len(rows), dtype=np.bool_), [Found("RETIRE_IN_FULL", np.flatnonzero(retires))]
    known = pc.equal(given, UPSERT).to_numpy(zero_copy_only=False) | retires
    return retires, [Found("OPERATION_UNKNOWN", np.flatnonzero(~known))]


def require(found: Iterable[Found], rows: int) -> None:
    """Raises ColumnsMissing for changes of which no row says what to do: to guess is not ours."""
    if sum(len(one.rows) for one in found if one.code == "OPERATION_UNKNOWN") == rows:
        raise ColumnsMissing(columns=f"{OPERATION} / thao_tac")


def contradictions(retires: Booleans, parcel: Integers) -> list[Found]:
    """Rows of parcels that one row writes and another retires; `parcel` is negative where a row names none."""
    named = np.flatnonzero(parcel >= 0)
    group = parcel[named]
    both = any_in_group(retires[named], group) & any_in_group(~retires[named], group)
    return [Found("OPERATION_CONTRADICTS", named[both])]


def without_retired(found: Iterable[Found], retires: Booleans) -> list[Found]:
    """Findings that count: rows that retire a parcel need nothing but its commune, sheet and number."""
    return [one.where(~retires[one.rows]) if one.code not in _OF_RETIRED else one for one in found]
