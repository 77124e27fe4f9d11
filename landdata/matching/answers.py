"""Links told as rows: holder, status, person and reasons with their evidence."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.matching import linking
from landdata.matching.births import Birth
from landdata.matching.likeness import Kind, Likeness
from landdata.matching.linking import STATUSES, VERIFIED, Links
from landdata.matching.numbers import Shape
from landdata.matching.reasons import Reason, codes
from landdata.matching.sides import UNSAID, Holders, People, gender_said, province_known, year_said
from landdata.matching.thresholds import NEAR_SHARE
from landdata.model.parcels import Booleans, Integers

COLUMNS = ("holder_id", "status", "person_id", "reasons")
_OF_KIND = {
    Kind.MARKS_LOST: Reason.NAME_MARKS_LOST, Kind.ABBREVIATED: Reason.NAME_ABBREVIATED,
    Kind.LETTERS_LOST: Reason.NAME_LETTERS_LOST, Kind.TYPO: Reason.NAME_TYPO,
    Kind.SYLLABLE_LEFT_OUT: Reason.NAME_SYLLABLE_LEFT_OUT, Kind.ORDER: Reason.NAME_ORDER, Kind.NEAR_WORD: Reason.NAME_NEAR,
}  # fmt: skip
_OF_BIRTH = {
    Birth.MONTH: Reason.BIRTH_YEAR_ONLY, Birth.YEAR: Reason.BIRTH_YEAR_ONLY, Birth.PLACEHOLDER: Reason.BIRTH_PLACEHOLDER,
    Birth.SWAPPED: Reason.BIRTH_SWAPPED, Birth.SLIP: Reason.BIRTH_SLIP,
    Birth.NEXT_YEAR: Reason.BIRTH_NEXT_YEAR, Birth.DIFFERS: Reason.BIRTH_DIFFERS,
}  # fmt: skip

_WITH_EVIDENCE = sum(
    1 << one
    for one in (
        Reason.NAME_NEAR, Reason.NAME_DIFFERS, Reason.BIRTH_DIFFERS, Reason.NUMBER_SHARED, Reason.RIVAL, Reason.CANDIDATES_MANY,
    )
)  # fmt: skip


def answers(holder_ids: pa.Array, holders: Holders, people: People, links: Links, mask: Integers) -> pa.Table:
    """A row for each holder, in their order, of COLUMNS; `mask` as from `masks`; `person_id` for verified ones only."""
    person = np.where(links.status == VERIFIED, links.person, -1)
    return pa.table(
        {
            "holder_id": holder_ids,
            "status": pa.DictionaryArray.from_arrays(
                pa.array(links.status.astype(np.int8)), pa.array([one.value for one in STATUSES])
            ),
            "person_id": linking.ids(people, person),
            "reasons": _reasons(holders, people, links, mask),
        }
    )


def masks(holders: Holders, people: People, links: Links) -> Integers:
    """The set of reasons of each holder, a bit each."""
    mask = np.zeros(len(holders), np.int64)

    def add(reason: Reason, where: Booleans) -> None:
        mask[where] |= 1 << reason

    shape, status = holders.number.shape, links.status
    add(Reason.NUMBER_MISSING, shape == Shape.MISSING)
    add(Reason.NUMBER_SHAPE, shape == Shape.UNREADABLE)
    add(Reason.NUMBER_PADDED, shape == Shape.PADDED)
    add(Reason.NUMBER_UNKNOWN, (holders.number.key >= 0) & (links.bearers == 0))
    add(Reason.NUMBER_SHARED, links.bearers > 1)
    add(Reason.NAME_MISSING, holders.name.code < 0)
    add(Reason.NAME_NOT_A_PERSON, holders.name.of_rows(holders.name.company))
    add(Reason.NAME_TIDIED, holders.name.of_rows(holders.name.tidied))
    add(Reason.BIRTH_MISSING, holders.birth == 0)
    add(Reason.BIRTH_UNREADABLE, holders.birth < 0)
    add(Reason.CANDIDATES_MANY, links.crowd > 0)
    add(Reason.RIVAL, links.rivals > 0)
    _of_pairs(holders, people, links, add)
    doubted = (status != VERIFIED) & holders.number.twelve
    key = holders.number.key
    add(Reason.NUMBER_PROVINCE, doubted & ~province_known(key))
    add(Reason.NUMBER_YEAR, doubted & (holders.birth > 0) & (year_said(key) != holders.birth // 10_000))
    add(Reason.NUMBER_GENDER, doubted & (holders.gender != UNSAID) & (gender_said(key) != holders.gender))
    return mask


def _of_pairs(holders: Holders, people: People, links: Links, add: Callable[[Reason, Booleans], None]) -> None:
    there = (links.pair >= 0) & (holders.name.code >= 0)
    if not len(links.pairs.holder):
        return
    pair, pairs = np.where(there, links.pair, 0), links.pairs
    like, kind, birth = pairs.likeness[pair], pairs.kind[pair], pairs.birth[pair]
    add(Reason.NUMBER_OLD, there & (holders.number.key != people.number.key[links.person]))
    add(Reason.NAME_ONE_OF, there & (like < Likeness.OTHER) & (pairs.slot[pair] == 1))
    add(Reason.NAME_FORMER, there & (like < Likeness.OTHER) & pairs.former[pair])
    for one, reason in _OF_KIND.items():
        add(reason, there & (like < Likeness.OTHER) & (kind == one))
    add(Reason.NAME_NEAR, there & (like == Likeness.OTHER) & (pairs.share[pair] >= NEAR_SHARE))
    add(Reason.NAME_DIFFERS, there & (like == Likeness.OTHER) & (pairs.share[pair] < NEAR_SHARE))
    for level, reason in _OF_BIRTH.items():
        add(reason, there & (birth == level))
    add(Reason.GENDER_DIFFERS, there & pairs.gender_differs[pair])
    add(Reason.PERSON_DEAD, (links.status == VERIFIED) & people.dead[links.person])
    add(Reason.DIED_BEFORE_CERTIFICATE, there & pairs.died_before[pair])
    add(Reason.BORN_AFTER_CERTIFICATE, there & pairs.born_after[pair])


def _reasons(holders: Holders, people: People, links: Links, mask: Integers) -> pa.Array:
    verified = links.status == VERIFIED
    # What comes with evidence is said with it, not twice.
    sets = pc.dictionary_encode(pa.array(np.where(verified, mask, mask & ~_WITH_EVIDENCE)))
    base = pa.array([codes(one) for one in sets.dictionary.to_pylist()], pa.string()).take(sets.indices)
    told = np.flatnonzero(~verified)
    if not len(told):
        return base
    evidence = _evidence(holders, people, links, told, mask)
    parts = [base.take(pa.array(told)), *evidence]
    parts = [pc.if_else(pc.equal(one, ""), None, one) for one in parts]
    joined = pc.binary_join_element_wise(*parts, ";", null_handling="skip")
    return pc.replace_with_mask(base, pa.array(~verified), joined)


def _evidence(holders: Holders, people: People, links: Links, rows: Integers, mask: Integers) -> list[pa.Array]:
    """Reasons with figures or ids, a column each, null where they do not apply."""
    pairs, pair = links.pairs, links.pair[rows]
    there = (pair >= 0) & (holders.name.code[rows] >= 0)

    def told(reason: Reason, values: Integers) -> pa.Array:
        text = pa.array(values, mask=(mask[rows] >> reason & 1) == 0).cast(pa.string())
        return pc.binary_join_element_wise(reason.name, text, "=")

    found = []
    if len(pairs.holder):
        years = np.abs(holders.birth[rows] // 10_000 - people.birth[links.person[rows]] // 10_000)
        found = [told(one, pairs.share[pair].astype(np.int64)) for one in (Reason.NAME_NEAR, Reason.NAME_DIFFERS)]
        found.append(told(Reason.BIRTH_DIFFERS, years))
    found += [told(Reason.NUMBER_SHARED, links.bearers[rows]), told(Reason.RIVAL, links.rivals[rows])]
    found.append(_named(Reason.BEARER, _safe(linking.ids(people, np.where(there, links.person[rows], -1)))))
    found.append(told(Reason.CANDIDATES_MANY, links.crowd[rows]))
    found.append(_named(Reason.CANDIDATE, _candidates(people, links, rows)))
    return found


def _named(reason: Reason, ids: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(reason.name, ids, "=")


def _candidates(people: People, links: Links, rows: Integers) -> pa.Array:
    """The ids of the people who fit each of these rows, by comma."""
    order = np.lexsort((people.number.key[links.candidate], links.candidate_of))
    ids = _safe(linking.ids(people, links.candidate[order]))
    ends = np.cumsum(np.bincount(links.candidate_of, minlength=len(links.status)))
    starts = np.concatenate([[0], ends])
    lists = pa.ListArray.from_arrays(pa.array(starts, pa.int32()), pc.fill_null(ids, "")).take(pa.array(rows))
    joined = pc.binary_join(lists, ",")
    return pc.if_else(pc.equal(joined, ""), None, joined)


def _safe(ids: pa.Array) -> pa.Array:
    """Ids without the marks that part reasons, as percent codes."""
    return (
        pa.array([None if one is None else quote(one, safe="") for one in ids.to_pylist()], pa.string())
        if _any_mark(ids)
        else ids
    )


def _any_mark(ids: pa.Array) -> bool:
    """Whether an id holds `;`, `,`, `=` or `%`."""
    return bool(pc.any(pc.match_substring_regex(ids, "[;,=%]")).as_py())
