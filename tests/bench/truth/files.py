"""The three files of a truth set, written from a seed: PEOPLE.csv and HOLDERS.csv for the matcher, LABELS.csv for the judge."""

from __future__ import annotations

from csv import DictReader
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from fixtures.generators.register import REFERENCE
from tests.bench.truth import damages, holders, numbers, people
from tests.bench.truth.carried import KINDS
from tests.bench.truth.holders import Holders
from tests.bench.truth.people import People
from tests.bench.truth.words import Ints, words


@dataclass(frozen=True, slots=True)
class Files:
    """Where the three files are."""

    holders: Path
    people: Path
    labels: Path


def make(folder: Path, *, holder_count: int, people_count: int, seed: int = 1, current_units: bool = False) -> Files:
    """Write a truth set into `folder`, which exists; the same bytes for the same arguments. A million of each: a minute.

    `current_units`: the register gives residences in the communes of 2025, while certificates keep those of 2023.
    """
    found = Files(folder / "HOLDERS.csv", folder / "PEOPLE.csv", folder / "LABELS.csv")
    everybody = people.make(people_count, np.random.default_rng([seed, 1]))
    records = holders.make(everybody, holder_count, np.random.default_rng([seed, 2]))
    identifier = _identifiers(everybody, np.random.default_rng([seed, 3]))
    if current_units:
        everybody = replace(everybody, lives=_current(everybody.lives))
    csv.write_csv(_register(everybody, identifier, np.random.default_rng([seed, 4])), found.people)
    csv.write_csv(records.records, found.holders)
    csv.write_csv(_labels(records, identifier), found.labels)
    return found


def _current(communes: NDArray[np.str_]) -> NDArray[np.str_]:
    """The first commune of 2025 that the crosswalk names for each of 2023."""
    succession: dict[str, str] = {}
    with (REFERENCE / "admin" / "crosswalk_communes_2023_2025.csv").open(encoding="utf-8", newline="") as file:
        for line in DictReader(file):
            succession.setdefault(line["code_2023"], line["code_2025"])
    old, at = np.unique(communes, return_inverse=True)
    return np.array([succession.get(code, code) for code in old.tolist()])[at]


def _identifiers(everybody: People, chance: np.random.Generator) -> pa.Array:
    """P and nine digits that tell nothing; empty for the unlisted."""
    drawn = numbers.distinct(np.zeros(len(everybody), dtype=np.int64), 1_000_000_000, chance)
    text = pc.binary_join_element_wise("P", pc.utf8_lpad(pa.array(drawn).cast(pa.string()), 9, "0"), "")
    return pc.if_else(pa.array(everybody.listed), text, "")


def _register(everybody: People, identifier: pa.Array, chance: np.random.Generator) -> pa.Table:
    """The listed, in no order."""
    order = chance.permutation(np.flatnonzero(everybody.listed))
    some = everybody.take(order)
    born = pc.strftime(pa.array(some.born), "%Y-%m-%d")
    dead = ~np.isnat(some.died)
    return pa.table(
        {
            "person_id": identifier.take(pa.array(order)),
            "id_number": numbers.text(some.number, 12),
            "old_id_number": numbers.text(np.where(some.old_known, some.old, 0), 9),
            "full_name": words().written(some.name),
            "former_name": words().written(some.former),
            "date_of_birth": pc.if_else(pa.array(some.year_only), pc.utf8_slice_codeunits(born, 0, 4), born),
            "gender": pa.array(some.gender).cast(pa.string()),
            "birth_province": numbers.text(some.province, 3),
            "residence_commune": pa.array(some.lives.astype(object), pa.string()),
            "status": pc.if_else(pa.array(dead), "DEAD", "ALIVE"),
            "died_on": pc.fill_null(pc.strftime(pa.array(some.died), "%Y-%m-%d"), ""),
        }
    )


def _labels(records: Holders, identifier: pa.Array) -> pa.Table:
    """Who it is, what was done, whose number it carries; a person is empty where the register has none."""
    owner: Ints = records.number.owner
    return pa.table(
        {
            "holder_id": records.records["holder_id"],
            "person_id": identifier.take(pa.array(records.who)),
            "linkable": pa.array(damages.linkable(records.bits).astype(np.int8)),
            "number_right": pa.array(damages.number_right(records.bits).astype(np.int8)),
            "wrong_number": pa.array([one.name for one in KINDS]).take(pa.array(records.number.wrong)),
            "number_of": pc.fill_null(identifier.take(pa.array(owner, mask=owner < 0)), ""),
            "damages": pa.array(damages.names(records.bits), pa.string()),
        }
    )
