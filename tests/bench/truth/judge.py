"""The judge: an ANSWER.csv against the labels. VERIFIED is right when it names the very person, and wrong otherwise."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from tests.bench.truth.damages import AS_LIFE_IS, Damage

STATUSES = ("VERIFIED", "MISMATCH", "NOT_FOUND", "INCOMPLETE", "AMBIGUOUS")
_TEXT = pa.string()
_TAIL = 0.025  # the lower end of a two-sided 95 % interval: stricter than a one-sided bound
_SHOWN_REASONS = 12

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one kind of record; statuses as in STATUSES, VERIFIED counted in `right` and `wrong`."""

    kind: str
    holders: int
    linkable: int
    linked: int  # linkable and VERIFIED as the right person
    right: int
    wrong: int
    others: tuple[int, ...]

    @property
    def recall(self) -> float | None:
        return self.linked / self.linkable if self.linkable else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of one answer; `wrong_holders` are those verified as somebody else."""

    total: Line
    number_right: int
    number_right_verified: int
    damaged: int
    wrong_numbers: int
    kin_or_homonym: int
    by_damage: tuple[Line, ...]
    by_wrong_number: tuple[Line, ...]
    missed: tuple[tuple[str, int], ...]  # reasons given for linkable records that were not verified
    wrong_holders: tuple[str, ...]

    @property
    def precision(self) -> float:
        verified = self.total.right + self.total.wrong
        return self.total.right / verified if verified else 0.0

    @property
    def precision_bound(self) -> float:
        return lower_bound(self.total.wrong, self.total.right + self.total.wrong)

    @property
    def recall(self) -> float:
        return self.total.recall or 0.0


def lower_bound(errors: int, trials: int) -> float:
    """Exact (Clopper-Pearson) lower end of the two-sided 95 % interval of the share without error.

    The bound p is where so few errors or fewer would come by chance in one of forty: 0 of 150,000 give 0.999975.
    """
    if errors >= trials:
        return 0.0
    k = np.arange(errors + 1)
    steps = np.log(trials - k[:-1]) - np.log(k[1:])
    ways = np.concatenate([[0.0], np.cumsum(steps)])  # logarithms of the binomial coefficients
    low, high = errors / trials, 1.0
    for _ in range(100):
        rate = (low + high) / 2
        terms = ways + k * math.log(rate) + (trials - k) * math.log1p(-rate) if rate < 1 else np.array([-math.inf])
        top = float(terms.max())
        chance = math.exp(top) * float(np.exp(terms - top).sum()) if top > -math.inf else 0.0
        low, high = (rate, high) if chance > _TAIL else (low, rate)
    return 1.0 - high


def judge(labels: Path, answer: Path) -> Verdict:
    """Figures of an answer; ValueError where it is not an answer to these holders: one line each, known statuses."""
    truth = _read(labels, ("holder_id", "person_id", "linkable", "number_right", "wrong_number", "damages"))
    given = _read(answer, ("holder_id", "status", "person_id", "reasons"))
    at = _places(truth["holder_id"], given["holder_id"])
    status = given["status"].take(at)
    strange = set(pc.unique(status).to_pylist()) - set(STATUSES)
    if strange:
        raise ValueError(f"unknown statuses: {sorted(strange)}")
    same = pc.and_(pc.equal(truth["person_id"], given["person_id"].take(at)), pc.not_equal(truth["person_id"], ""))
    table = _Table(
        np.array([STATUSES.index(one) for one in pc.unique(status).to_pylist()], dtype=np.int8)[
            status.dictionary_encode().indices.to_numpy()
        ],
        same.to_numpy(zero_copy_only=False),
        pc.equal(truth["linkable"], "1").to_numpy(zero_copy_only=False),
    )
    number_right = pc.equal(truth["number_right"], "1").to_numpy(zero_copy_only=False)
    wrong_number = truth["wrong_number"].to_numpy(zero_copy_only=False)
    done = {one: _with(truth["damages"], one) for one in Damage}
    untouched = pc.equal(truth["damages"], "").to_numpy(zero_copy_only=False)
    verified_wrong = (table.status == 0) & ~table.same
    missed = table.linkable & ~((table.status == 0) & table.same)
    kinds = [str(one) for one in np.unique(wrong_number.astype(str)) if one != "NONE"]
    return Verdict(
        total=table.line("all", np.ones(len(at), dtype=bool)),
        number_right=int(number_right.sum()),
        number_right_verified=int((number_right & (table.status == 0) & table.same).sum()),
        damaged=int(np.logical_or.reduce([part for one, part in done.items() if one not in AS_LIFE_IS]).sum()),
        wrong_numbers=int((wrong_number != "NONE").sum()),
        kin_or_homonym=int((~np.isin(wrong_number.astype(str), ["NONE", "STRANGER", "CHANCE"])).sum()),
        by_damage=(table.line("none", untouched), *(table.line(one.name, done[one]) for one in Damage)),
        by_wrong_number=tuple(table.line(one, wrong_number == one) for one in kinds),
        missed=_reasons(given["reasons"].take(at).filter(pa.array(missed)), status.filter(pa.array(missed))),
        wrong_holders=tuple(truth["holder_id"].filter(pa.array(verified_wrong)).to_pylist()),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    status: NDArray[np.int8]
    same: Flags
    linkable: Flags

    def line(self, kind: str, part: Flags) -> Line:
        verified = part & (self.status == 0)
        return Line(
            kind,
            int(part.sum()),
            int((part & self.linkable).sum()),
            int((verified & self.linkable & self.same).sum()),
            int((verified & self.same).sum()),
            int((verified & ~self.same).sum()),
            tuple(int((part & (self.status == at)).sum()) for at in range(1, len(STATUSES))),
        )


def _read(path: Path, columns: tuple[str, ...]) -> dict[str, pa.Array]:
    options = csv.ConvertOptions(include_columns=columns, column_types=dict.fromkeys(columns, _TEXT))
    table = csv.read_csv(path, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options)
    return {name: table[name].combine_chunks() for name in columns}


def _places(holders: pa.Array, answered: pa.Array) -> pa.Array:
    """The line of each holder's answer."""
    if len(pc.unique(answered)) != len(answered):
        raise ValueError("a holder is answered twice")
    at = pc.index_in(holders, answered)
    if at.null_count or len(answered) != len(holders):
        raise ValueError(f"{at.null_count} holders are not answered, {len(answered)} lines for {len(holders)} holders")
    return at


def _with(done: pa.Array, damage: Damage) -> Flags:
    found = pc.match_substring_regex(done, rf"(^|\+){damage.name}(\+|$)")
    flags: Flags = found.to_numpy(zero_copy_only=False)
    return flags


def _reasons(reasons: pa.Array, status: pa.Array) -> tuple[tuple[str, int], ...]:
    codes = pc.replace_substring_regex(
        reasons, r"=[^;]*", ""
    )  # how far off, or who else, differs from record to record
    together = pc.binary_join_element_wise(status, codes, " ").to_pylist()
    return tuple(Counter(together).most_common(_SHOWN_REASONS))
