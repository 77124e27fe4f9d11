"""What stays in memory of every row of a delivery, however large its file is; the rest stays on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from landdata.model.parcels import Booleans, Integers, Objects


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry a row, 107 bytes in all.

    `commune`, `sheet` and `number` are 0 where unknown. `content` stands for all that is said of the parcel, `certificate`
    for the certificate as printed, `serial` for its serial, `person` for the holder where a couple is named, `uid` for the
    national parcel id, `id_number` and `name` for a natural person's, `origins` for the cell of origins: equal numbers,
    equal text; 0 where there is none. `registry` as `signs` has it. `box` is west, south, east, north of a usable shape in
    metres of the zone, rounded outwards; not a number where there is none.
    """

    commune: npt.NDArray[np.int32]
    sheet: npt.NDArray[np.int32]
    number: npt.NDArray[np.int32]
    row_hash: npt.NDArray[np.uint64]
    content: Integers
    certificate: Integers
    serial: Integers
    person: Integers
    uid: Integers
    id_number: Integers
    name: Integers
    origins: Integers
    registry: npt.NDArray[np.int8]
    box: npt.NDArray[np.float32]
    refused: Booleans
    retires: Booleans
    couple: Booleans
    household: Booleans
    head: Booleans
    outside: Booleans

    def __len__(self) -> int:
        return len(self.commune)


def joined(blocks: list[Kept]) -> Kept:
    """Blocks of rows as one; the list is emptied, so that nothing is held twice for longer than a column takes."""
    parts: dict[str, list[npt.NDArray[Any]]] = {
        one.name: [getattr(block, one.name) for block in blocks] for one in fields(Kept)
    }
    blocks.clear()
    return Kept(**{name: _one(parts, name) for name in list(parts)})


def _one(parts: dict[str, list[npt.NDArray[Any]]], name: str) -> npt.NDArray[Any]:
    return np.concatenate(parts.pop(name))


def outwards(box: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Boxes in half the bytes, none of them smaller than it was."""
    with np.errstate(over="ignore"):  # what is beyond goes to infinity, which is outwards
        near = box.astype(np.float32)
    low, high = near[:, :2], near[:, 2:]
    return np.concatenate(
        [
            np.where(low > box[:, :2], np.nextafter(low, np.float32(-np.inf)), low),
            np.where(high < box[:, 2:], np.nextafter(high, np.float32(np.inf)), high),
        ],
        axis=1,
    )


def prints(values: Sequence[Any] | Objects) -> Integers:
    """A number for each text or each run of bytes, equal where they are; 0 for None.

    Python's own hash: 64 bits under a key that every process makes for itself, so no file can be written to meet it.
    """
    return np.fromiter((0 if one is None else hash(one) or 1 for one in values), np.int64, len(values))
