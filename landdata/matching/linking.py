"""Holders linked with people of a register, set-wise: by number first; by name, birth and place for candidates only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from landdata.matching.births import Birth
from landdata.matching.likeness import Likeness
from landdata.matching.pairs import Pairs, compare
from landdata.matching.places import NOWHERE, UNKNOWN, Places, Succession
from landdata.matching.rivals import Index, pairs
from landdata.matching.sides import Holders, People, province_said
from landdata.matching.spellings import SLOTS, Hashes
from landdata.matching.thresholds import BELIEVED_BESIDE_NAMESAKES, EXPECTED_ANYWAY, MOST_CANDIDATES
from landdata.model.parcels import Booleans, Integers
from landdata.model.persons import ClaimStatus

STATUSES = (
    ClaimStatus.NOT_FOUND, ClaimStatus.INCOMPLETE, ClaimStatus.MISMATCH, ClaimStatus.AMBIGUOUS, ClaimStatus.VERIFIED,
)  # fmt: skip
NOT_FOUND, INCOMPLETE, MISMATCH, AMBIGUOUS, VERIFIED = range(5)


@dataclass(frozen=True, slots=True)
class Links:
    """What became of each holder: `status` by its place in STATUSES; `person` the bearer that was looked at, or -1.

    `pairs` are all holders beside bearers of their number, `pair` which of them speaks for each holder (-1: nobody bears it),
    `bearers` how many there are, `rivals` how many others in the commune of the land could be meant. `candidate_of` and
    `candidate` name people who fit without a number; `crowd` counts them where there are too many to name.
    """

    status: Integers
    person: Integers
    pairs: Pairs
    pair: Integers
    bearers: Integers
    rivals: Integers
    candidate_of: Integers
    candidate: Integers
    crowd: Integers


def link(holders: Holders, people: People, places: Places | None = None) -> Links:
    """Link all holders with all people; `places`: where the land of these or of more holders lies, None as it is written."""
    size = len(holders)
    places = places or located(UNKNOWN, holders.commune, people)
    found = compare(holders, people, *_by_number(holders, people), places)
    index = Index(people, places)
    fits = found.enough | found.at_home
    rivals = _rivals(holders, index, found, fits)
    bearers = np.bincount(found.holder, minlength=size)
    fitting = np.bincount(found.holder[fits], minlength=size)
    # Of several bearers the one speaks that fits best; an order that does not depend on the order of the register.
    pair = np.full(size, -1, np.int64)
    pair[found.holder] = np.arange(len(found.holder))
    several = np.flatnonzero(bearers[found.holder] > 1)
    least_like = -found.likeness[several] * 16.0 - found.birth[several]
    worst_first = several[np.lexsort((people.number.key[found.person[several]], least_like, fits[several]))]
    pair[found.holder[worst_first]] = worst_first
    rival = np.where(pair >= 0, rivals[pair], 0) if len(rivals) else np.zeros(size, np.int64)
    usable = (holders.name.code >= 0) & (holders.number.key >= 0)
    status = np.where(usable, NOT_FOUND, INCOMPLETE)
    status[usable & (bearers > 0)] = MISMATCH
    # Without a birth and without the place to stand in for it, name and number are too little to say no, or yes.
    status[(status == MISMATCH) & (holders.birth <= 0) & (fitting == 0)] = INCOMPLETE
    status[usable & (fitting == 1)] = VERIFIED
    status[usable & ((fitting > 1) | ((fitting == 1) & (rival > 0)))] = AMBIGUOUS
    status[holders.name.of_rows(holders.name.company)] = INCOMPLETE
    person = np.where(pair >= 0, found.person[pair], -1) if len(found.person) else pair
    candidate_of, candidate, crowd = _candidates(holders, people, index, np.flatnonzero(status != VERIFIED), person)
    return Links(status, person, found, pair, bearers, rival, candidate_of, candidate, crowd)


def located(known: Succession, land: Integers, people: People) -> Places:
    """Where land in these communes lies among people; `known`: what became of the communes that either names."""
    return Places(known, land, people.commune, province_said(people.number.key))


def _by_number(holders: Holders, people: People) -> tuple[Integers, Integers]:
    """Every holder beside everybody who bears their number, now or formerly."""
    now, old = np.flatnonzero(people.number.key >= 0), np.flatnonzero(people.old.key >= 0)
    known = np.concatenate([people.number.key[now], people.old.key[old]])
    asked = np.flatnonzero(holders.number.key >= 0)
    row, person = pairs(holders.number.key[asked], known, np.concatenate([now, old]))
    return asked[row], person


def _rivals(holders: Holders, index: Index, found: Pairs, fits: Booleans) -> Integers:
    """How many people besides the bearer fit a pair by name, year and commune of the land; not counted where nobody asks."""
    rivals = np.zeros(len(found.holder), np.int64)
    believed = found.enough & found.same_place & (found.likeness <= BELIEVED_BESIDE_NAMESAKES)
    commune, written = holders.commune[found.holder], holders.birth[found.holder]
    # Where no birth is written, the bearer's own says how old somebody has to be to be taken for them.
    year = np.where(written > 0, written, index.births[found.person]) // 10_000
    sure = (found.likeness == Likeness.SAME) & (found.birth == Birth.DATE)
    doubtful = fits & ~sure & ~believed & (commune != NOWHERE)
    marked = found.likeness == Likeness.SAME
    for names, same, chosen in (
        (holders.name.folded, True, doubtful & marked),
        (holders.name.bare, False, doubtful & ~marked),
    ):
        rows = np.flatnonzero(chosen)
        name: Hashes = names[holders.name.code[found.holder[rows]], found.slot[rows]]
        clean = found.enough[rows]
        namesakes, bearer = index.namesakes(name, marked=same), found.person[rows]
        spelt = bearer, index.spelt(bearer, marked=same)
        rivals[rows] = namesakes.others(name, year[rows], commune[rows], spelt, ~clean)
        aside = rivals[rows] + 1  # they, and the bearer
        likely = namesakes.expected(name, year[rows], commune[rows], aside) >= EXPECTED_ANYWAY
        rivals[rows[clean & likely]] = 0
    return rivals


def _candidates(
    holders: Holders, people: People, index: Index, rows: Integers, bearer: Integers
) -> tuple[Integers, Integers, Integers]:
    """People with the name and birth of a holder: in the commune of the land, or anywhere when the whole date is the same."""
    rows = rows[(holders.birth[rows] > 0) & (holders.name.code[rows] >= 0)]
    of, who = [], []
    for slot in range(SLOTS):
        name = holders.name.bare[holders.name.code[rows], slot]
        here = rows[name != 0]
        name, year = name[name != 0], holders.birth[here] // 10_000
        namesakes = index.namesakes(name, marked=False)
        near = np.flatnonzero(holders.commune[here] != NOWHERE)
        row, person = namesakes.named(name[near], year[near], holders.commune[here[near]])
        at_home = here[near[row]], person
        whole = np.flatnonzero(holders.birth[here] % 100 > 0)
        row, person = namesakes.named(name[whole], year[whole], None)
        same = people.birth[person] == holders.birth[here[whole[row]]]
        of += [at_home[0], here[whole[row]][same]]
        who += [at_home[1], person[same]]
    packed = np.unique(np.concatenate(of) << 32 | np.concatenate(who))
    both = np.stack([packed >> 32, packed & 0xFFFFFFFF])
    fits: Booleans = _compatible(holders.birth[both[0]], people.birth[both[1]]) & (bearer[both[0]] != both[1])
    both = both[:, fits]
    # Where somebody bears the very name, those whose name only has the same letters are not meant.
    names, spelt = holders.name.folded[holders.name.code[both[0]]], index.spelt(both[1], marked=True)
    same = (names == spelt[:, np.newaxis]).any(axis=1)
    both = both[:, same | (np.bincount(both[0, same], minlength=len(holders)) == 0)[both[0]]]
    crowd = np.bincount(both[0], minlength=len(holders))
    named = crowd[both[0]] <= MOST_CANDIDATES
    return both[0, named], both[1, named], np.where(crowd > MOST_CANDIDATES, crowd, 0)


def _compatible(written: Integers, official: Integers) -> Booleans:
    """Whether two dates of one year may be one: where both say a day, the same day."""
    fits: Booleans = (written % 100 == 0) | (official % 100 == 0) | (written == official)
    return fits


def ids(people: People, person: Integers) -> pa.Array:
    """The ids of people; null for -1."""
    return people.ids.take(pa.array(person, mask=person < 0))
