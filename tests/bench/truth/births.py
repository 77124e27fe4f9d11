"""The birth on a record: 85 of 100 a year alone, as in a real ward, and what typing and custom did to it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tests.bench.truth import damages
from tests.bench.truth.damages import Bits, Damage
from tests.bench.truth.words import Ints

_YEAR, _MONTH, _DAY, _NONE = range(4)
_FORMS = (0.85, 0.02, 0.117, 0.013)


def written(born: NDArray[np.datetime64], bits: Bits, chance: np.random.Generator) -> pa.Array:
    """dd/MM/yyyy, MM/yyyy, yyyy or nothing for each day of birth; notes damages in `bits`."""
    total = len(born)
    form = chance.choice(4, total, p=_FORMS)
    year, month, day = _parts(born)
    year = _year(year, form < _NONE, bits, chance)
    new_year = (form == _YEAR) & (chance.random(total) < 0.03)
    damages.mark(bits, Damage.NEW_YEAR_DAY, new_year & ((month != 1) | (day != 1)))
    month, day = np.where(new_year, 1, month), np.where(new_year, 1, day)
    full = form == _DAY
    swapped = full & (day <= 12) & (day != month) & (chance.random(total) < 0.1)
    damages.mark(bits, Damage.DAY_MONTH_SWAPPED, swapped)
    month, day = np.where(swapped, day, month), np.where(swapped, month, day)
    slipped = full & ~swapped & (chance.random(total) < 0.03)
    damages.mark(bits, Damage.DAY_WRONG, slipped)
    day = np.where(slipped, 1 + (day + chance.integers(0, 27, total)) % 28, day)
    damages.mark(bits, Damage.NO_BIRTH, form == _NONE)
    yyyy, mm, dd = (
        pc.utf8_lpad(pa.array(one).cast(pa.string()), width, "0") for one, width in ((year, 4), (month, 2), (day, 2))
    )
    months = pc.binary_join_element_wise(mm, yyyy, "/")
    days = pc.binary_join_element_wise(dd, months, "/")
    return pc.choose(pa.array(np.where(new_year, _DAY, form)), yyyy, months, days, "")


def _parts(born: NDArray[np.datetime64]) -> tuple[Ints, Ints, Ints]:
    months = born.astype("datetime64[M]")
    year = born.astype("datetime64[Y]").astype(np.int64) + 1970
    return year, months.astype(np.int64) % 12 + 1, (born - months.astype("datetime64[D]")).astype(np.int64) + 1


def _year(year: Ints, given: NDArray[np.bool_], bits: Bits, chance: np.random.Generator) -> Ints:
    """Some years wrong by one, as those who count a child's first day as a year have it; some by far more."""
    total = len(year)
    lot = chance.random(total)
    near, far = given & (lot < 0.012), given & (lot > 0.989)
    damages.mark(bits, Damage.YEAR_NEAR, near)
    damages.mark(bits, Damage.YEAR_FAR, far)
    sign = np.where(chance.random(total) < 0.5, 1, -1)
    turned = year // 100 * 100 + year % 10 * 10 + year // 10 % 10
    turned = np.where(abs(turned - year) < 2, year + 10 * sign, turned)
    kinds = [year + sign * chance.integers(2, 10, total), year + sign * 10, turned, year - 900]
    wrong = np.choose(np.searchsorted([0.6, 0.75, 0.95], chance.random(total)), kinds)
    return np.select([near, far], [year + sign, wrong], year)
