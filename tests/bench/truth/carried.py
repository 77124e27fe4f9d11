"""The number on a record: whose it is, what happened to its digits, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tests.bench.truth import damages, numbers
from tests.bench.truth.damages import Bits, Damage
from tests.bench.truth.people import CHILD, HEAD, SPOUSE, Flags, People
from tests.bench.truth.words import Ints

_OTHERS, _NONE, _PAPER = 0.027, 0.045, 0.004
_SPOILT = {Damage.ZERO_LOST: 0.012, Damage.DIGITS_SWAPPED: 0.007, Damage.DIGIT_WRONG: 0.006, Damage.DIGIT_LOST: 0.005}


class WrongNumber(Enum):
    """Whose number a record carries that is not the holder's."""

    NONE = "NONE"
    SPOUSE = "SPOUSE"
    PARENT_OR_CHILD = "PARENT_OR_CHILD"
    SIBLING = "SIBLING"
    HOMONYM = "HOMONYM"
    HOMONYM_SAME_YEAR = "HOMONYM_SAME_YEAR"  # with a year alone on record, nothing but the place may tell
    STRANGER = "STRANGER"
    CHANCE = "CHANCE"  # spoilt digits, or digits that no register knows any more, that happen to be somebody's


KINDS = list(WrongNumber)


@dataclass(frozen=True, slots=True)
class Carried:
    """`text` is empty where there is none; `owner` whose the number is in the register, -1 for nobody (that a clerk finds)."""

    text: pa.Array
    type: pa.Array
    owner: Ints
    wrong: NDArray[np.int8]  # place in KINDS


def carry(people: People, who: Ints, bits: Bits, certified: Ints, chance: np.random.Generator) -> Carried:
    """A number for each record of the person `who`, certified in a year; notes damages in `bits`."""
    total = len(who)
    others, none, paper = _lots(total, chance, _OTHERS, _NONE, _PAPER)
    own = ~(others | none | paper)
    owner = who.copy()
    wrong = np.zeros(total, dtype=np.int8)
    owner[others], wrong[others] = _another(people, who[others], chance)
    nine = (people.old[owner] > 0) & (chance.random(total) < np.where(certified < 2016, 0.3, 0.02))
    nine &= own | (others & people.old_known[owner])
    cancelled = own & ~nine & (people.cancelled[owner] > 0) & (chance.random(total) < 0.6)
    value = np.where(nine, people.old[owner], np.where(cancelled, people.cancelled[owner], people.number[owner]))
    text = pc.if_else(pa.array(nine), numbers.text(value, 9), numbers.text(value, 12))
    for damage, where in (
        (Damage.OTHERS_NUMBER, others), (Damage.OLD_NUMBER, nine & people.old_known[owner]),
        (Damage.OLD_NUMBER_UNKNOWN, nine & ~people.old_known[owner]), (Damage.CANCELLED_NUMBER, cancelled),
        (Damage.SHARED_OLD_NUMBER, nine & _shared(people)[owner]), (Damage.NOT_LISTED, ~people.listed[who]),
        (Damage.NO_NUMBER, none), (Damage.OTHER_PAPER, paper),
    ):  # fmt: skip
        damages.mark(bits, damage, where)
    text = _spoil(text, bits, own, chance)
    text = pc.if_else(
        pa.array(none), "", pc.if_else(pa.array(paper), numbers.text(chance.integers(10**6, 10**8, total), 8), text)
    )
    found = _found(people, text, who)
    wrong = _by_chance(bits, found, who, wrong)
    return Carried(_formed(text, bits, chance), _typed(text, bits, paper, chance), found, wrong)


def _lots(total: int, chance: np.random.Generator, *shares: float) -> list[Flags]:
    """Disjoint parts of the records with these shares."""
    drawn = np.searchsorted(np.cumsum(shares), chance.random(total), side="right")
    return [drawn == at for at in range(len(shares))]


def _another(people: People, who: Ints, chance: np.random.Generator) -> tuple[Ints, NDArray[np.int8]]:
    """Another listed person each: a third relatives, a third homonyms, a third anybody; who has none gets the next kind."""
    total = len(who)
    wish = chance.random(total)
    found = np.where(wish < 0.36, _relative(people, who, chance), -1)
    found = np.where((found < 0) & (wish < 0.7), _homonym(people, who, chance), found)
    listed = np.flatnonzero(people.listed)
    stranger = listed[chance.integers(0, len(listed), total)]
    clash = stranger == who
    stranger[clash] = listed[(np.searchsorted(listed, who[clash]) + 1) % len(listed)]
    found = np.where(found < 0, stranger, found)
    return found, _kinship(people, who, found)


def _relative(people: People, who: Ints, chance: np.random.Generator) -> Ints:
    """A member of the same household, -1 where there is no other on the register."""
    start = np.searchsorted(people.household, people.household[who])
    size = np.searchsorted(people.household, people.household[who], side="right") - start
    other = start + (who - start + 1 + chance.integers(0, np.maximum(size - 1, 1))) % size
    return np.where((size > 1) & people.listed[other], other, -1)


def _homonym(people: People, who: Ints, chance: np.random.Generator) -> Ints:
    """Anybody with the very same name, whenever born (one in thirty in the same year); -1 where the register has none."""
    _, group = np.unique(people.name, axis=0, return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], group[who], side="right")
    starts = np.searchsorted(group[order], group[who])
    other = order[starts + chance.integers(0, ends - starts)]
    return np.where((other != who) & people.listed[other], other, -1)


def _kinship(people: People, who: Ints, other: Ints) -> NDArray[np.int8]:
    """What the owner of the number is to the holder; kin comes before homonym."""
    kin = people.household[who] == people.household[other]
    one, two = people.role[who], people.role[other]
    couple = ((one == HEAD) & (two == SPOUSE)) | ((one == SPOUSE) & (two == HEAD))
    siblings = (one == CHILD) & (two == CHILD)
    same = (people.name[who] == people.name[other]).all(axis=1)
    year = people.year[who] == people.year[other]
    chosen = {
        WrongNumber.SPOUSE: kin & couple,
        WrongNumber.SIBLING: kin & siblings,
        WrongNumber.PARENT_OR_CHILD: kin,
        WrongNumber.HOMONYM_SAME_YEAR: same & year,
        WrongNumber.HOMONYM: same,
    }
    kinds = [KINDS.index(one) for one in chosen]
    return np.select(list(chosen.values()), kinds, KINDS.index(WrongNumber.STRANGER)).astype(np.int8)


def _shared(people: People) -> Flags:
    """Whose nine digits the register knows of somebody else, too."""
    known = np.where(people.old_known & people.listed, people.old, 0)
    values, count = np.unique(known, return_counts=True)
    twice = values[(count > 1) & (values > 0)]
    return np.isin(known, twice)


def _spoil(text: pa.Array, bits: Bits, own: Flags, chance: np.random.Generator) -> pa.Array:
    """Digits lost, wrong and exchanged in some of the holders' own numbers; only what really changed counts."""
    parts = _lots(len(bits), chance, *_SPOILT.values())
    whole = text.to_numpy(zero_copy_only=False)
    for damage, part in zip(_SPOILT, parts, strict=True):
        which = np.flatnonzero(part & own)
        dice = chance.integers(0, 2**31, len(which)).tolist()
        spoilt = [_spoilt(one, damage, die) for one, die in zip(whole[which].tolist(), dice, strict=True)]
        changed = np.array([one != other for one, other in zip(spoilt, whole[which].tolist(), strict=True)], dtype=bool)
        whole[which] = spoilt
        bits[which[changed]] |= damage.bit
        # what is left of nine digits is no longer a number that the register knows
        bits[which[changed]] &= ~(Damage.OLD_NUMBER.bit | Damage.SHARED_OLD_NUMBER.bit)
    return pa.array(whole, pa.string())


def _spoilt(number: str, damage: Damage, die: int) -> str:
    at = die % (len(number) - 1)
    match damage:
        case Damage.ZERO_LOST:
            return number.lstrip("0")
        case Damage.DIGITS_SWAPPED:
            return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        case Damage.DIGIT_WRONG:
            return number[:at] + str((int(number[at]) + 1 + die // 16 % 9) % 10) + number[at + 1 :]
    return number[:at] + number[at + 1 :]


def _found(people: People, text: pa.Array, who: Ints) -> Ints:
    """Whom a look-up of these very digits finds: the holder first where two have them, else the first, else -1."""
    length = pc.utf8_length(text).to_numpy()
    value = pc.if_else(pc.equal(text, ""), "0", text).cast(pa.int64()).to_numpy()
    found = np.full(len(value), -1)
    for digits, known in (
        (12, np.where(people.listed, people.number, 0)),
        (9, np.where(people.listed & people.old_known, people.old, 0)),
    ):
        order = np.argsort(known, kind="stable")
        at = np.minimum(np.searchsorted(known[order], value), len(order) - 1)
        hit = (length == digits) & (value > 0) & (known[order][at] == value)
        found = np.where(hit, np.where(known[who] == value, who, order[at]), found)
    return found


def _by_chance(bits: Bits, found: Ints, who: Ints, wrong: NDArray[np.int8]) -> NDArray[np.int8]:
    """Digits that are somebody else's without anybody's doing; a wrong number that was never written down is none."""
    wrong = np.where(damages.has(bits, Damage.OTHERS_NUMBER), wrong, 0).astype(np.int8)
    stumbled = (found >= 0) & (found != who) & (wrong == 0)
    damages.mark(bits, Damage.OTHERS_NUMBER, stumbled)
    wrong[stumbled] = KINDS.index(WrongNumber.CHANCE)
    # two brothers may share nine digits that one of them was looked up by: then it is the holder's own, too
    own = (found == who) & (wrong > 0)
    wrong[own] = 0
    bits[own] &= ~Damage.OTHERS_NUMBER.bit
    return wrong


def _formed(text: pa.Array, bits: Bits, chance: np.random.Generator) -> pa.Array:
    """Some numbers with blanks, dots, a quotation mark or the paper's name."""
    part = (chance.random(len(bits)) < 0.05) & (pc.utf8_length(text).to_numpy() > 0)
    damages.mark(bits, Damage.NUMBER_FORM, part)
    three = pc.replace_substring_regex(text, r"(\d{3})", r"\1 ")
    grouped = pc.utf8_rtrim_whitespace(three)
    forms = (
        grouped, pc.replace_substring(grouped, " ", "."), pc.binary_join_element_wise("'", text, ""),
        pc.binary_join_element_wise(text, " ", ""), pc.binary_join_element_wise("CCCD: ", text, ""),
        pc.binary_join_element_wise("Số ", text, ""), pc.replace_substring(grouped, " ", "-"),
        pc.binary_join_element_wise(text, "\u00a0", ""),
    )  # fmt: skip
    kind = np.where(part, chance.integers(1, len(forms) + 1, len(bits)), 0)
    return pc.choose(pa.array(kind), text, *forms)


def _typed(text: pa.Array, bits: Bits, paper: Flags, chance: np.random.Generator) -> pa.Array:
    """CCCD or CMND as the digits suggest; sometimes the other one, or nothing."""
    length = pc.utf8_length(text).to_numpy()
    kind = np.where(length == 0, 0, np.where(length > 9, 1, 2))
    off = (chance.random(len(bits)) < 0.04) & (kind > 0) & ~paper
    kind = np.where(off, np.where(chance.random(len(bits)) < 0.5, 0, 3 - kind), kind)
    damages.mark(bits, Damage.WRONG_TYPE, off)
    return pc.choose(pa.array(np.where(paper, 3, kind)), "", "CCCD", "CMND", "CMSQ")
