"""Matches two files at a desk, land records with a register of citizens; no database, nothing kept but the answer."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.errors import MatchAnswerUnwritable
from landdata.flows import halves
from landdata.matching import answers, linking, sides
from landdata.matching.places import Places, Succession
from landdata.matching.reasons import Reason
from landdata.model.persons import ClaimStatus
from landdata.model.progress import Report, Stage, silent
from landdata.reading import matchable, successors
from landdata.writing import whole

# Fewer holders are matched sooner by one processor than by two.
_WORTH_HALVING = 50_000
_HOLDERS_REPEAT = ("holder_name", "birth_date", "gender", "commune_code", "certificate_date")
_PEOPLE_REPEAT = (
    "full_name", "former_name", "date_of_birth", "gender", "residence_commune", "status", "died_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matched:
    """How many holders ended how, and how often each reason was given."""

    holders: int
    people: int
    statuses: Mapping[ClaimStatus, int]
    reasons: Mapping[Reason, int]


def match_files(
    holders_file: Path, register_file: Path, answer_file: Path, *, reference: Path, report: Report = silent
) -> Matched:
    """Match every holder and write the answer, whole or not at all. Raises what reading and writing raise.

    `reference`: the folder of the reference files, which say what became of the communes of certificates.
    """
    if answer_file.exists() and any(answer_file.samefile(one) for one in (holders_file, register_file)):
        raise MatchAnswerUnwritable(file=answer_file.name, reason="it is one of the files to be read")
    if not answer_file.absolute().parent.is_dir():
        raise MatchAnswerUnwritable(file=answer_file.name, reason="there is no such folder")
    report(Stage.READING)
    # Both sides at once: most of it is sorting and reading, which holds no lock.
    with _uncollected(), ThreadPoolExecutor(2) as beside:
        waiting, succession = beside.submit(_people, register_file), beside.submit(_succession, reference)
        table = matchable.read(holders_file, sides.HOLDER_COLUMNS, _HOLDERS_REPEAT, sides.UNREAD)
        report(Stage.CHECKING, 0, table.num_rows)
        land = sides.communes(table)
        people = waiting.result()
        places = linking.located(succession.result(), land, people)
    with _uncollected():
        report(Stage.COMPARING, 0, table.num_rows)
        told = halves.both(partial(_answered, people=people, places=places), *halves.of(table, _WORTH_HALVING))
        report(Stage.PUBLISHING, 0, table.num_rows)
        mask = told["mask"].to_numpy()
        whole.write(told.drop_columns("mask"), answer_file)
    report(Stage.DONE, table.num_rows, table.num_rows)
    counts = dict.fromkeys(linking.STATUSES, 0)
    for status, count in zip(
        *(one.to_pylist() for one in pc.value_counts(told["status"].cast(pa.string())).flatten()), strict=True
    ):
        counts[ClaimStatus(status)] = count
    return Matched(
        holders=table.num_rows,
        people=len(people),
        statuses=counts,
        reasons={one: count for one in Reason if (count := int(np.count_nonzero(mask >> one & 1)))},
    )


def _answered(table: pa.Table, *, people: sides.People, places: Places) -> pa.Table:
    """The answers to some of the holders, with a column `mask` of their reasons."""
    holders = sides.holders(table)
    links = linking.link(holders, people, places)
    mask = answers.masks(holders, people, links)
    told = answers.answers(table["holder_id"].combine_chunks(), holders, people, links, mask)
    return told.append_column("mask", pa.array(mask))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: there are none in names, and looking for them takes a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _people(file: Path) -> sides.People:
    return sides.people(matchable.read(file, sides.PERSON_COLUMNS, _PEOPLE_REPEAT, sides.UNREAD))


def _succession(reference: Path) -> Succession:
    table = successors.read(reference)
    former, current, province, then = (table[name].to_numpy() for name in table.column_names)
    birth, first = np.unique(then, return_index=True)
    return Succession(former, current, province, birth, province[first])
