"""Who delivers what: the parcels of a country shared out to the communes of 2023, in files as an office would send them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fixtures.generators.parcels import anchors
from fixtures.generators.register import Province, provinces

# Parcels of every commune: 24 million for the whole country.
EACH = 2_270
# A block of so many is up to 61 parcels of 14 m wide and 38 of 24 m deep; on a few islets communes lie closer than that.
_APART_M = 1_000.0
_BIGGEST = 24  # provinces that samples are taken of


@dataclass(frozen=True, slots=True)
class Piece:
    """What one file holds: whole communes of a province. `first`: parcels of the country that lie before it."""

    province: str
    communes: tuple[str, ...]
    first: int

    @property
    def parcels(self) -> int:
        return len(self.communes) * EACH

    @property
    def key(self) -> str:
        return f"{self.province}-{self.communes[0]}-{len(self.communes)}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Files of the country: those that are measured at each point, those of the race of two lanes, and all others.

    `races`: of each round the files of one province, to be worked off one after another, then twice those of two provinces.
    """

    samples: tuple[tuple[Piece, ...], ...]
    races: tuple[tuple[tuple[Piece, ...], ...], ...]
    others: tuple[Piece, ...]


def room() -> int:
    """Parcels that fit into the country."""
    return sum(len(_communes(one)) for one in provinces()) * EACH


def plan(*, points: int, rounds: int, sample: int, file: int, races: int) -> Plan:
    """The files: `sample` parcels each that are measured, `file` the others, each at least a commune.

    The others come as if all provinces delivered at the same time. Raises ValueError where the samples leave no room.
    """
    left, first = {}, 0
    for one in provinces():
        communes = _communes(one)
        left[one.code] = [(code, first + EACH * place) for place, code in enumerate(communes)]
        first += EACH * len(communes)
    big = sorted(left, key=lambda code: -len(left[code]))[:_BIGGEST]

    def take(code: str, parcels: int) -> Piece:
        many = max(1, parcels // EACH)
        taken, left[code] = left[code][:many], left[code][many:]
        if len(taken) < many:
            raise ValueError(f"province {code} has too few communes for so many samples")
        return Piece(code, tuple(name for name, _ in taken), taken[0][1])

    samples = [[take(big[(at * rounds + n) % _BIGGEST], sample) for n in range(rounds)] for at in range(points)]
    raced = []
    for number in range(races):
        a, b, c, d, e = (big[(5 * number + n) % _BIGGEST] for n in range(5))
        raced.append([[take(code, sample) for code in side] for side in ((a, a, a, a), (b, c, b, c), (d, e, d, e))])
    return Plan(tuple(map(tuple, samples)), tuple(tuple(map(tuple, sides)) for sides in raced), _others(left, file))


def _others(left: dict[str, list[tuple[str, int]]], file: int) -> tuple[Piece, ...]:
    found = []
    for code, communes in left.items():
        files = max(1, round(len(communes) * EACH / file))
        for number, part in enumerate(np.array_split(np.arange(len(communes)), files)):
            names = tuple(communes[at][0] for at in part)
            found.append((number / files, code, Piece(code, names, communes[part[0]][1])))
    return tuple(piece for _, _, piece in sorted(found, key=lambda one: one[:2]))


def _communes(one: Province) -> Sequence[str]:
    """Communes of a province that lie far enough apart."""
    places = anchors(one)
    at = np.array(list(places.values()), dtype=np.float64)
    apart = np.abs(at[:, None] - at[None]).max(axis=2)
    np.fill_diagonal(apart, np.inf)
    near = {code for code, close in zip(places, apart.min(axis=1) < _APART_M, strict=True) if close}
    return [commune.code for commune in one.communes if commune.code not in near]
