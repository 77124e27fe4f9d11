"""Where parcels came from: `07954.1.2;07954.1.3` names what one was split or merged from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.checking.values import items
from landdata.model.parcels import Found, Integers

_PARENT = r"^(?P<commune>\d{5})\.0*(?P<sheet>[1-9]\d{0,8})\.0*(?P<number>[1-9]\d{0,8})$"


@dataclass(frozen=True, slots=True)
class Parents:
    """Entry i: the cell (index into the column) and the parent it names. Unreadable ones are in `unreadable` only."""

    cell: Integers
    commune: pa.Array
    sheet: Integers
    number: Integers
    unreadable: Integers


def parents(column: pa.Array) -> Parents:
    """Take `thua_goc` apart; its order is kept."""
    split = items(column, 1)
    parts = pc.extract_regex(split.parts[0], _PARENT)
    good = pc.is_valid(parts).to_numpy(zero_copy_only=False)
    read = parts.filter(pa.array(good))
    return Parents(
        cell=split.parent[good],
        commune=pc.struct_field(read, "commune"),
        sheet=_integers(pc.struct_field(read, "sheet")),
        number=_integers(pc.struct_field(read, "number")),
        unreadable=np.unique(split.parent[~good]),
    )


def check(column: pa.Array) -> list[Found]:
    """Cells that name no parent in the way agreed."""
    return [Found("PARENTS_UNREADABLE", parents(column).unreadable)]


def _integers(column: pa.Array) -> Integers:
    return pc.cast(column, pa.int64()).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
