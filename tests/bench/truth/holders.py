"""The holders: records of certificates, each made from a person and spoilt as forty years did, with its label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tests.bench.truth import births, called, carried, damages
from tests.bench.truth.carried import KINDS, Carried, WrongNumber
from tests.bench.truth.damages import Bits, Damage
from tests.bench.truth.people import TODAY, Flags, People
from tests.bench.truth.words import Ints

_KIN = [KINDS.index(one) for one in (WrongNumber.SPOUSE, WrongNumber.PARENT_OR_CHILD, WrongNumber.SIBLING)]
_FIRST_CERTIFICATE = 1993


@dataclass(frozen=True, slots=True)
class Holders:
    """`records` has the columns of HOLDERS.csv; the rest is the label: the person, what was done, the number's owner."""

    records: pa.Table
    who: Ints
    bits: Bits
    number: Carried


def make(people: People, count: int, chance: np.random.Generator) -> Holders:
    """So many records of grown-up people, listed or not, drawn with replacement: one may hold much land."""
    grown = np.flatnonzero(people.year <= TODAY.astype("datetime64[Y]").astype(int) + 1970 - 20)
    who = grown[chance.integers(0, len(grown), count)]
    bits = np.zeros(count, dtype=np.int64)
    certified = _certified(people, who, chance)
    number = carried.carry(people, who, bits, certified.astype("datetime64[Y]").astype(np.int64) + 1970, chance)
    kin = np.isin(number.wrong, _KIN)
    copied = kin & (chance.random(count) < 0.15)
    damages.mark(bits, Damage.OTHERS_BIRTH, copied)
    birth = births.written(people.born[np.where(copied, number.owner, who)], bits, chance)
    # with both names and one number of the two, nobody could say whose record it is
    name = called.written(people, who, bits, kin, chance)
    gender = _gender(people, who, bits, chance)
    missing = chance.random((2, count)) < np.array([[0.03], [0.06]])
    records = pa.table(
        {
            "holder_id": pc.binary_join_element_wise(
                "H", pc.utf8_lpad(pa.array(np.arange(1, count + 1)).cast(pa.string()), 8, "0"), ""
            ),
            "holder_name": name,
            "id_type": number.type,
            "id_number": number.text,
            "birth_date": birth,
            "gender": gender,
            "commune_code": pc.if_else(pa.array(missing[0]), "", _communes(people, who, chance)),
            "certificate_date": pc.if_else(pa.array(missing[1]), "", pc.strftime(pa.array(certified), "%d/%m/%Y")),
        }
    )
    return Holders(records, who, bits, number)


def _certified(people: People, who: Ints, chance: np.random.Generator) -> NDArray[np.datetime64]:
    """A day between growing up (and 1993) and death or today."""
    first = np.maximum(people.born[who] + 18 * 366, np.datetime64(f"{_FIRST_CERTIFICATE}-10-15", "D"))
    died = people.died[who]
    last = np.where(np.isnat(died), TODAY, died)
    room = np.maximum((last - first).astype(np.int64), 1)
    return first + (chance.random(len(who)) * room).astype(np.int64)


def _gender(people: People, who: Ints, bits: Bits, chance: np.random.Generator) -> pa.Array:
    """0 a woman, 1 a man, 2 other, empty in one of ten."""
    gender = people.gender[who]
    lot = chance.random(len(who))
    wrong, other, none = lot < 0.01, (lot > 0.01) & (lot < 0.011), lot > 0.9
    damages.mark(bits, Damage.WRONG_GENDER, wrong)
    damages.mark(bits, Damage.OTHER_GENDER, other)
    shown = np.select([wrong, other, none], [1 - gender, 2, 3], gender)
    return pc.choose(pa.array(shown), "0", "1", "2", "")


def _communes(people: People, who: Ints, chance: np.random.Generator) -> pa.Array:
    """Where the land is: mostly the household's commune."""
    every = np.unique(people.home)
    elsewhere: Flags = chance.random(len(who)) < 0.06
    return pa.array(
        np.where(elsewhere, every[chance.integers(0, len(every), len(who))], people.home[who]).astype(object),
        pa.string(),
    )
