"""The same rules for answers of the population platform: what a certificate says beside the citizen the number led to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from landdata.matching import answers, linking, sides
from landdata.matching.likeness import Likeness
from landdata.matching.linking import Links
from landdata.matching.pairs import compare
from landdata.matching.reasons import Reason, of_mask
from landdata.model.persons import Citizen, Claim, ClaimStatus


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a claim is about the citizen: VERIFIED, MISMATCH, or INCOMPLETE where the claim says too little to tell.

    `share`: letters in a hundred that the names have in common; `years` between the births, None where one is unknown.
    """

    status: ClaimStatus
    reasons: tuple[Reason, ...]
    share: int
    years: int | None


def judge(claims: Sequence[Claim], citizens: Sequence[Citizen]) -> list[Judgement]:
    """Judge each claim beside the citizen at the same place; ValueError when they are not of one length.

    The platform never says where a citizen lives, so whatever only a common place could settle is a MISMATCH here.
    """
    if len(claims) != len(citizens):
        raise ValueError(f"{len(claims)} claims beside {len(citizens)} citizens")
    if not claims:
        return []
    holders, people = _holders(claims), _people(citizens)
    row = np.arange(len(claims))
    pairs = compare(holders, people, row, row)
    incomplete = (holders.name.code < 0) | (holders.birth <= 0) | holders.name.of_rows(holders.name.company)
    status = np.where(pairs.enough, linking.VERIFIED, linking.MISMATCH)
    status[incomplete & ~pairs.enough] = linking.INCOMPLETE
    none, nobody = np.zeros(len(row), np.int64), np.zeros(0, np.int64)
    mask = answers.masks(holders, people, Links(status, row, pairs, row, none + 1, none, nobody, nobody, none))
    share = np.where(pairs.likeness == Likeness.SAME, 100, pairs.share)
    known = (holders.birth > 0) & (people.birth > 0)
    years = np.abs(holders.birth // 10_000 - people.birth // 10_000)
    return [
        Judgement(
            status=linking.STATUSES[status[at]],
            reasons=of_mask(int(mask[at])),
            share=int(share[at]),
            years=int(years[at]) if known[at] else None,
        )
        for at in row.tolist()
    ]


def _holders(claims: Sequence[Claim]) -> sides.Holders:
    births = [one.birth_date.isoformat() if one.birth_date else f"{one.birth_year:04d}" for one in claims]
    return sides.holders(
        _table(holder_name=[one.name for one in claims], id_number=[one.id_number for one in claims], birth_date=births)
    )


def _people(citizens: Sequence[Citizen]) -> sides.People:
    return sides.people(
        _table(
            person_id=[one.person_ref for one in citizens],
            id_number=[one.id_number for one in citizens],
            old_id_number=[one.old_id_number for one in citizens],
            full_name=[one.full_name for one in citizens],
            date_of_birth=[one.date_of_birth for one in citizens],
            status=["ALIVE" if one.alive else "DEAD" for one in citizens],
        )
    )


def _table(**columns: Sequence[str | None]) -> pa.Table:
    return pa.table(
        {name: pa.array([value or None for value in values], pa.string()) for name, values in columns.items()}
    )
