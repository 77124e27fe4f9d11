"""The name field of a record: the holder's name, what is wrong with it, titles around it, a spouse beside it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tests.bench.truth import damages, words
from tests.bench.truth.damages import Bits, Damage
from tests.bench.truth.people import MALE, SPOUSE, Flags, People
from tests.bench.truth.words import SLOTS, Codes, Ints

_LOOKS = {
    words.TONED: (Damage.TONE_PLACE, 0.3), words.BARE: (Damage.NO_MARKS, 0.05), words.TCVN3: (Damage.TCVN3, 0.015),
    words.VNI: (Damage.VNI, 0.01), words.MOJIBAKE: (Damage.MOJIBAKE, 0.015), words.HOLES: (Damage.HOLES, 0.006),
    words.DECOMPOSED: (Damage.DECOMPOSED, 0.02),
}  # fmt: skip
_CASES = (0.53, 0.44, 0.02, 0.01)  # as usual, capitals, small letters, the wrong way round
# Before a man's and before a woman's name.
_TITLES = (("Ông ", "Bà "), ("Ông: ", "Bà: "), ("Ô. ", "B. "), ("Anh ", "Chị "), ("Hộ ông ", "Hộ bà "),
           ("Hộ Ông: ", "Hộ Bà: "), ("Hộ gia đình ông ", "Hộ gia đình bà "), ("Hộ ", "Hộ "))  # fmt: skip
_HOUSEHOLD_FROM = 4
# Before the first name and between the two, the man first and the woman first.
_COUPLES = (
    (("Ông ", " và bà "), ("Bà ", " và ông ")), (("", " và "), ("", " và ")), (("", " - "), ("", " - ")),
    (("", ", "), ("", ", ")), (("Ông: ", "; Bà: "), ("Bà: ", "; Ông: ")), (("Hộ ông ", " và vợ "), ("Hộ bà ", " và chồng ")),
    (("Ông ", " và vợ là bà "), ("Bà ", " và chồng là ông ")), (("Ông ", ", bà "), ("Bà ", ", ông ")),
)  # fmt: skip
_REMARKS = (" (đã chết)", " (chủ hộ)", " và các con", " (người đại diện)", " (GCN cấp lại)")


def written(people: People, who: Ints, bits: Bits, alone: Flags, chance: np.random.Generator) -> pa.Array:
    """The field for each record of the person `who`; notes damages in `bits`. `alone`: no spouse is named beside."""
    total = len(who)
    name = _name(people, who, bits, chance)
    way = _ways(name, bits, chance)
    look = _look(name, way, bits, chance)
    text = words.words().written(name, way, look)
    tight = damages.has(bits, Damage.INITIALS) & (chance.random(total) < 0.5)
    text = pc.if_else(pa.array(tight), pc.replace_substring(text, ". ", "."), text)
    text = _around(people, who, text, look, bits, alone, chance)
    text = _spaced(text, bits, chance)
    none = chance.random(total) < 0.002
    damages.mark(bits, Damage.NO_NAME, none)
    return pc.if_else(pa.array(none), "", text)


def _name(people: People, who: Ints, bits: Bits, chance: np.random.Generator) -> Codes:
    """Whose name in which state: sometimes the former one, another one, or one without its middle."""
    total = len(who)
    name = people.name[who].copy()
    former = people.former[who].any(axis=1) & (chance.random(total) < 0.5)
    name[former] = people.former[who][former]
    damages.mark(bits, Damage.FORMER_NAME, former)
    other = np.flatnonzero(chance.random(total) < 0.005)
    name[other, 1:] = people.name[chance.integers(0, len(people), len(other)), 1:]
    known = (name[other] == people.name[who[other]]).all(axis=1) | (name[other] == people.former[who[other]]).all(
        axis=1
    )
    bits[other[~known]] |= Damage.OTHER_NAME.bit
    short = name[:, 1 : SLOTS - 1].any(axis=1) & (chance.random(total) < 0.012)
    name[short, 1 : SLOTS - 1] = 0
    damages.mark(bits, Damage.NO_MIDDLE, short)
    return name


def _ways(name: Codes, bits: Bits, chance: np.random.Generator) -> Ints:
    """How each word was typed: right, with a slip, or shortened."""
    total = len(name)
    way = np.zeros(name.shape, dtype=np.int64)
    lot = chance.random(total)
    once, twice = lot < 0.022, lot < 0.003
    rows = np.arange(total)
    for again, part in ((False, once), (True, twice)):
        slot = _some_word(name, chance)
        fresh = part & (way[rows, slot] == 0)
        way[rows[fresh], slot[fresh]] = chance.integers(1, words.SLIPS + 1, int(fresh.sum()))
        damages.mark(bits, Damage.TWO_SLIPS if again else Damage.SLIP, fresh)
    another: Flags = np.any(words.words().another[np.arange(SLOTS), name, way], axis=1)
    damages.mark(bits, Damage.SLIP_TO_NAME, another)
    family = (lot > 0.975) & (name[:, 0] > 0) & (name[:, SLOTS - 1] > 0)
    # with no middle name left, a letter for the family name leaves little
    initials = family & ((lot > 0.992) | ~name[:, 1 : SLOTS - 1].any(axis=1))
    way[family, 0] = words.SHORT
    way[initials, : SLOTS - 1] = words.INITIAL
    damages.mark(bits, Damage.FAMILY_SHORT, family & ~initials)
    damages.mark(bits, Damage.INITIALS, initials)
    return way


def _some_word(name: Codes, chance: np.random.Generator) -> Ints:
    """A slot of each name that holds a word."""
    lots: Ints = np.where(name > 0, chance.random(name.shape), -1.0).argmax(axis=1)
    return lots


def _look(name: Codes, way: Ints, bits: Bits, chance: np.random.Generator) -> Ints:
    """Spelling and case of the whole field; a spelling that changes nothing in this name is no damage."""
    total = len(name)
    shares = np.array([share for _, share in _LOOKS.values()])
    drawn = np.searchsorted(np.cumsum(shares), chance.random(total), side="right")
    spelling = np.append(np.array(list(_LOOKS)), words.PLAIN)[drawn]
    changes = words.words().changes
    for one, (damage, _) in _LOOKS.items():
        here = spelling == one
        seen = here & (changes[name, one] & (way == 0)).any(axis=1)
        damages.mark(bits, damage, seen)
        spelling[here & ~seen] = words.PLAIN
    case = chance.choice(4, total, p=_CASES)
    damages.mark(bits, Damage.CASE, case >= words.LOWER)
    return spelling * 4 + case


def _around(
    people: People, who: Ints, text: pa.Array, look: Ints, bits: Bits, alone: Flags, chance: np.random.Generator
) -> pa.Array:
    """Titles, the spouse's name, remarks, in the same spelling and case as the name."""
    total = len(who)
    lot = chance.random(total)
    man = (people.gender[who] == MALE).astype(np.int64)
    title, remark = lot < 0.1, lot > 0.994
    kind = chance.integers(0, len(_TITLES), total)
    damages.mark(bits, Damage.TITLE, title & (kind < _HOUSEHOLD_FROM))
    damages.mark(bits, Damage.HOUSEHOLD, title & (kind >= _HOUSEHOLD_FROM))
    damages.mark(bits, Damage.REMARK, remark)
    spouse = _spouse(people)[who]
    couple = (lot > 0.9) & (lot < 0.955) & (spouse >= 0) & ~alone
    damages.mark(bits, Damage.COUPLE, couple)
    other = words.words().written(people.name[np.maximum(spouse, 0)], None, look)
    first = chance.random(total) < np.where(man == 1, 0.85, 0.15)  # the holder is named first
    man_first = np.where(first, man, 1 - man)
    pair = chance.integers(0, len(_COUPLES), total) * 4 + (1 - man_first) * 2
    couples = words.phrases([piece for pairs in _COUPLES for begin_between in pairs for piece in begin_between])
    one, two = (pc.if_else(pa.array(first), a, b) for a, b in ((text, other), (other, text)))
    both = pc.binary_join_element_wise(
        couples.take(pa.array(pair * 32 + look)), one, couples.take(pa.array((pair + 1) * 32 + look)), two, ""
    )
    titles = words.phrases([piece for pair in _TITLES for piece in pair])
    titled = pc.binary_join_element_wise(titles.take(pa.array((kind * 2 + 1 - man) * 32 + look)), text, "")
    remarks = words.phrases(_REMARKS)
    noted = pc.binary_join_element_wise(
        text, remarks.take(pa.array(chance.integers(0, len(_REMARKS), total) * 32 + look)), ""
    )
    return pc.choose(pa.array(np.select([title, couple, remark], [1, 2, 3], 0)), text, titled, both, noted)


def _spouse(people: People) -> Ints:
    """The husband or wife of each person, -1 for none: heads and spouses stand side by side."""
    found = np.full(len(people), -1)
    wives = np.flatnonzero(people.role == SPOUSE)
    found[wives], found[wives - 1] = wives - 1, wives
    return found


def _spaced(text: pa.Array, bits: Bits, chance: np.random.Generator) -> pa.Array:
    """Blanks where none belong, others than usual, or one too few."""
    has_space = pc.match_substring(text, " ").to_numpy(zero_copy_only=False)
    lot = chance.random(len(bits))
    wide = lot < 0.04
    tight = ~wide & (lot < 0.045) & has_space & ~damages.has(bits, Damage.COUPLE, Damage.TITLE, Damage.HOUSEHOLD)
    forms = (
        pc.replace_substring(text, " ", "  "), pc.binary_join_element_wise(" ", text, " ", ""),
        pc.replace_substring(text, " ", "\u00a0"), pc.replace_substring(text, " ", "\t", max_replacements=1),
        pc.binary_join_element_wise(text, "  ", ""),
    )  # fmt: skip
    kind = np.where(wide, chance.integers(1, len(forms) + 1, len(bits)), 0)
    damages.mark(bits, Damage.SPACES, wide & (has_space | (kind == 2) | (kind == 5)))
    damages.mark(bits, Damage.NO_SPACE, tight)
    spaced = pc.choose(pa.array(kind), text, *forms)
    return pc.if_else(pa.array(tight), pc.replace_substring(text, " ", "", max_replacements=1), spaced)
