"""Finds the code page of a file's words by how many become Vietnamese syllables; says when it cannot be sure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from landdata.errors import CodePageUnclear, CodePageWrong
from landdata.model.code_pages import SUBSTITUTE, CodePage, decode, has_no_capital
from landdata.model.syllables import is_syllable

# As many different words as are ever needed; a province has more, and they say nothing new.
MOST_WORDS = 20_000
# Bytes, one a character: a word is letters of ASCII and anything above it, with at least one of the latter.
_WORD = re.compile(r"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_LEAST_SHARE = 0.5  # of the words, to be believed at all
_NEXT_BEST = 0.7  # of the best reading's words, from which on the next best is as good
_MISFIT = 0.05  # of the words, from which on a declared page cannot be true


def words(raw: Iterable[str]) -> set[str]:
    """The words of these values that need a code page to be read."""
    return {word for value in raw for word in _WORD.findall(value)}


def choose(found: set[str], declared: CodePage | None) -> CodePage:
    """The page to read with. Raises CodePageWrong or CodePageUnclear; a declared page wins unless it cannot be read so."""
    if declared is not None:
        wrong = sum(SUBSTITUTE in decode(word, declared) for word in found)
        if wrong > _MISFIT * len(found):
            raise CodePageWrong(page=declared.value, share=round(100 * wrong / len(found)))
        return declared
    if not found:
        return CodePage.UTF_8
    scores = sorted(((_score(found, page), page) for page in CodePage), key=lambda one: one[0], reverse=True)
    (best, page), (second, other) = scores[:2]
    if best >= _LEAST_SHARE * len(found) and second <= _NEXT_BEST * best:
        return page
    # Bytes of another page hardly ever happen to be UTF-8, whatever language the words are.
    if best < _LEAST_SHARE * len(found) and all(SUBSTITUTE not in decode(word, CodePage.UTF_8) for word in found):
        return CodePage.UTF_8
    raise CodePageUnclear(pages=f"{page.value}, {other.value}")


def _score(found: set[str], page: CodePage) -> int:
    return sum(_fits(decode(word, page), page) for word in found)


def _fits(word: str, page: CodePage) -> bool:
    if not is_syllable(word):
        return False
    cased = "".join(letter for letter in word if not has_no_capital(letter, page))
    return cased.islower() or cased.isupper() or (cased[:1].isupper() and cased[1:].islower()) or not cased
