"""The numbers that decide: which likeness of name and birth make a link; data, with how they were learned.

A number that leads to somebody is a strong witness, so the question is only who else could have come under that number by
mistake: a relative (same family name, near birth, same place) or a homonym. They were learned from a labelled set of 220,000
holders by counting right and wrong bearers in each cell of name, birth and place (tests/bench, a seed that is not judged by):
every cell below has less than one wrong in 400, all together one in 7,800. Where a bearer lives elsewhere and the commune of
the land has a namesake of the same year, one in 27 was wrong; where such a namesake was to be expected there one in 200, at
home one in 4,000.
"""

from __future__ import annotations

from landdata.matching.births import Birth
from landdata.matching.likeness import Likeness

_ALL_DATES = frozenset({Birth.DATE, Birth.MONTH, Birth.YEAR, Birth.PLACEHOLDER})

# Name on the certificate against the bearer's: the births with which the two are believed to be one person.
ACCEPTED: dict[Likeness, frozenset[Birth]] = {
    Likeness.SAME: _ALL_DATES | {Birth.SWAPPED, Birth.SLIP},
    Likeness.LOST: _ALL_DATES | {Birth.SWAPPED},
    Likeness.MISSPELT: _ALL_DATES,
    Likeness.NEAR: frozenset({Birth.DATE}),
    Likeness.OTHER: frozenset(),
}
# With these the bearer has to live in the commune of the land, and nobody else there may bear the written name.
ACCEPTED_AT_HOME: dict[Likeness, frozenset[Birth]] = {
    Likeness.SAME: frozenset({Birth.UNKNOWN, Birth.NEXT_YEAR}),
    Likeness.LOST: frozenset({Birth.UNKNOWN, Birth.NEXT_YEAR, Birth.SLIP}),
    Likeness.MISSPELT: frozenset({Birth.SWAPPED}),
    Likeness.NEAR: frozenset({Birth.MONTH, Birth.YEAR, Birth.PLACEHOLDER}),
    Likeness.OTHER: frozenset(),
}
# Up to this likeness a bearer at home is believed beside a namesake of the same year there: the number tells them apart.
# A bearer elsewhere is not, where the commune of the land has a namesake of the same year.
BELIEVED_BESIDE_NAMESAKES = Likeness.LOST
# From so many namesakes of the year on, expected in the commune by its size and the name alone, finding one tells nothing.
EXPECTED_ANYWAY = 0.3
# Up to this likeness another gender on the certificate is taken for a slip, if the date is the same or the bearer lives there.
GENDER_SLIP = Likeness.LOST
# Names with fewer letters in a hundred in common are not compared word by word; abbreviated ones have 57 and more.
WORTH_A_LOOK = 55
# From this share on a refused name is said to be near, below it to be another; it never makes a link.
NEAR_SHARE = 75
# More people than this with name, birth and place in common, and naming them as candidates helps nobody.
MOST_CANDIDATES = 5
