"""The words that names are made of, and every form a holder's record may show of them; a name is six word codes.

Slots: first word, up to four in the middle, last word; code 0 is no word.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fixtures.generators import names
from fixtures.population.eras import ERAS
from tests.bench.truth import spelling

Codes = NDArray[np.int16]
Ints = NDArray[np.int64]

SLOTS = 6
TITLE_CASE, UPPER, LOWER, ODD = range(4)
_CASES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, lambda text: text.swapcase())
PLAIN, TONED, BARE, TCVN3, VNI, MOJIBAKE, HOLES, DECOMPOSED = range(8)
_SPELLINGS: tuple[Callable[[str], str], ...] = (
    str, spelling.toned, spelling.bare, spelling.tcvn3, spelling.vni, spelling.mojibake, spelling.holes,
    spelling.decomposed,
)  # fmt: skip
SLIPS = 8  # ways to mistype a word
SHORT, INITIAL = SLIPS + 1, SLIPS + 2  # Ng. and N. for Nguyễn
_WAYS = SLIPS + 3
_NEAR = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuioiosdfghjklkxcvbnmn", strict=True))
_TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True, slots=True)
class Words:
    """`listed[code]` is the word; `code` the way back; `another[slot, code, way]`: the slip makes a name that others have."""

    listed: tuple[str, ...]
    code: dict[str, int]
    another: NDArray[np.bool_]
    changes: NDArray[np.bool_]  # [code, spelling]: the word looks different then
    _forms: pa.Array

    def slots(self, name: str) -> list[int]:
        """Six codes; KeyError for a word that is not on the list."""
        codes = [self.code[word] for word in name.split(" ")]
        first, last = codes[:1] if len(codes) > 1 else [0], codes[-1]
        middle = codes[1:-1]
        return [*first, *middle, *([0] * (SLOTS - 2 - len(middle))), last]

    def written(self, codes: Codes, way: Ints | None = None, look: Ints | None = None) -> pa.Array:
        """Names as text; `way` [n, 6] is 0, a slip, SHORT or INITIAL of each word; `look` [n] is spelling * 4 + case."""
        at = codes.astype(np.int64) * _WAYS + (0 if way is None else way)
        at = at * (len(_SPELLINGS) * len(_CASES)) + (0 if look is None else look[:, None])
        columns = [self._forms.take(pa.array(at[:, slot], mask=codes[:, slot] == 0)) for slot in range(codes.shape[1])]
        # a row of nulls alone would be left out of the result
        some = np.flatnonzero(codes.any(axis=1))
        joined = pc.binary_join_element_wise(*(one.take(pa.array(some)) for one in columns), " ", null_handling="skip")
        place = np.zeros(len(codes), dtype=np.int64)
        place[some] = np.arange(1, len(some) + 1)
        return pa.concat_arrays([pa.array([""]), joined]).take(pa.array(place))


def phrases(texts: Sequence[str]) -> pa.Array:
    """Each phrase in every look, one after another: phrase * 32 + spelling * 4 + case."""
    return pa.array([spell(case(text)) for text in texts for spell in _SPELLINGS for case in _CASES])


@cache
def words() -> Words:
    """All words of the name tables; the slips are the same in every run."""
    chance = random.Random(1)
    families, middles, givens = _tables()
    listed = ("", *sorted({*families, *middles, *givens}))
    ways = [[word, *_slips(word, chance), _short(word), f"{word[:1]}."] for word in listed]
    known = [_small(one) for one in (families, *[_small(_kinh_middles())] * (SLOTS - 2), givens)]
    another = [
        [[form != word and form.lower() in there for form in forms] for word, forms in zip(listed, ways, strict=True)]
        for there in known
    ]
    changes = np.array([[spell(word) != word for spell in _SPELLINGS] for word in listed])
    return Words(
        listed,
        {word: at for at, word in enumerate(listed)},
        np.array(another),
        changes,
        phrases([form for forms in ways for form in forms]),
    )


def _tables() -> tuple[set[str], set[str], set[str]]:
    """The words that stand first, in the middle and last in names of all peoples."""
    groups = names._GROUPS.values()
    families = {"Y", *_bare_words(names._FAMILY), *(word for group in groups for word in _bare_words(group[0]))}
    givens = {word for era in ERAS for table in era.given for word in _bare_words(table)}
    givens |= {word for group in groups for table in group[1:] for word in table.split(" ")}
    # Ê Đê and Cơ Ho names put a prefix before the given one
    givens |= {f"H'{word}" for word in names._GROUPS["ede"][2].split(" ")}
    cut = [table.split(" ") for table in names._GROUPS["coho"][1:]]
    givens |= {f"K'{word.removeprefix(chr(75) + chr(39))}" for table in cut for word in table}
    return _composed(families), _composed(_kinh_middles()), _composed(givens)


def _composed(some: set[str]) -> set[str]:
    return {unicodedata.normalize("NFC", one) for one in some if one}


def _kinh_middles() -> set[str]:
    return {word for era in ERAS for table in era.middle for word in _bare_words(table) if word}


def _small(some: set[str]) -> set[str]:
    return {word.lower() for word in some}


def _bare_words(table: str) -> list[str]:
    return [piece.partition(":")[0] for piece in table.split(" ")]


def _slips(word: str, chance: random.Random) -> list[str]:
    """So many different ways to type the word wrongly; none of them is the word."""
    found: list[str] = []
    for kind in range(SLIPS):
        slip = next(
            (one for one in (_slip(word, (kind + extra) % SLIPS, chance) for extra in range(SLIPS)) if one != word), ""
        )
        found.append(slip or f"{word}{word[-1:].lower()}")
    return found


def _slip(word: str, kind: int, chance: random.Random) -> str:
    at = chance.randrange(len(word)) if word else 0
    match kind:
        case 0 if len(word) > 2:  # a letter dropped
            return word[:at] + word[at + 1 :] if at else word[:-1]
        case 1 if word:  # a letter doubled
            return word[: at + 1] + word[at].lower() + word[at + 1 :]
        case 2 if len(word) > 2:  # two letters exchanged, not the first
            at = 1 + at % (len(word) - 2)
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 3 if len(word) > 1:  # a neighbouring key
            near = _NEAR.get(word[-1], "")
            return word[:-1] + near if near else word
        case 4 | 5 | 6:  # another tone
            letters = unicodedata.normalize("NFD", word)
            tone = next((one for one in letters if one in _TONES), "")
            others = [one for one in _TONES if one != tone]
            return unicodedata.normalize("NFC", letters.replace(tone, chance.choice(others))) if tone else word
        case 7:  # the marks of this word alone are lost
            return spelling.bare(word)
    return word


def _short(word: str) -> str:
    """The consonants before the first vowel and a dot: Ng., Tr., Th.; of a vowel the letter itself."""
    plain = spelling.bare(word).lower()
    length = next((at for at, one in enumerate(plain) if one in "aeiouy"), 1)
    return f"{word[: max(length, 1)]}."
