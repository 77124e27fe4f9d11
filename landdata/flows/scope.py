"""What a part of a delivery is compared with: its communes, the ones they came from, and what stands in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from landdata.checking.records import Outline, outline
from landdata.checking.values import codes
from landdata.flows.check import Part
from landdata.model.deliveries import Kind
from landdata.model.parcels import Booleans, CheckedRows, Integers
from landdata.model.succession import Predecessor
from landdata.store.parcels import Standing


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a delivery, its communes, and the records that stand there.

    `communes` are those the part speaks for. Entry i of `home` says to which of them standing record i belongs: its own
    commune, or the one that was formed from it. `whole` is True where the delivery speaks for all that stands, so that
    what it does not name is no more; False where only what rows name may change.
    """

    part: Part
    kind: Kind
    communes: tuple[int, ...]
    predecessors: tuple[Predecessor, ...]
    standing: Standing
    home: Integers
    whole: Booleans

    @property
    def checked(self) -> CheckedRows:
        return self.part.checked

    @property
    def plan(self) -> Outline:
        return self.part.plan

    def codes(self) -> dict[int, str]:
        """Codes of the communes of the part, as its rows spell them."""
        return codes_of(self.checked)

    def shared(self, communes: AbstractSet[int]) -> bool:
        """Whether some commune that has ended went in parts to one of these and to another of the scope's."""
        theirs = {one.old_unit_id for one in self.predecessors if one.unit_id in communes}
        return any(one.old_unit_id in theirs for one in self.predecessors if one.unit_id not in communes)

    def without(self, communes: AbstractSet[int]) -> Scope:
        """The same with all rows of some communes refused; what they share with others belongs to the others."""
        checked = replace(self.checked, refused=self.checked.refused | np.isin(self.checked.commune_id, list(communes)))
        ordered = sorted(self.predecessors, key=lambda one: one.unit_id not in communes)
        return replace(
            self,
            part=replace(self.part, checked=checked, plan=outline(checked)),
            home=_homes(self.standing.commune_id, self.communes, ordered),
        )

    def under_every_version(self, keys: Integers) -> Integers:
        """Parcels by (commune, sheet, number), and the same ones under earlier versions of their communes."""
        earlier = [(keys[keys[:, 0] == one.unit_id], one.old_unit_id) for one in self.predecessors if one.same]
        return np.concatenate([keys, *(np.column_stack([of[:, 0] * 0 + old, of[:, 1:]]) for of, old in earlier)])

    def parcels_of(self, records: Integers) -> dict[int, int]:
        """Parcels of records of the plan, by commune."""
        checked = self.checked
        rows = np.flatnonzero(np.isin(self.plan.record_of_row, records))
        values = (checked.commune_id[rows], checked.sheet[rows], checked.number[rows])
        _, first = np.unique(codes(*(pa.array(one) for one in values)), return_index=True)
        return sums(checked.commune_id[rows[first]])


def codes_of(checked: CheckedRows) -> dict[int, str]:
    """Codes of the communes of some rows, as the rows spell them."""
    units, first = np.unique(checked.commune_id, return_index=True)
    spelt = checked.rows.columns["commune_code"].take(pa.array(first)).to_pylist()
    return {int(unit): code for unit, code in zip(units, spelt, strict=True) if code is not None}


def scope_of(
    part: Part, kind: Kind, communes: Sequence[int], predecessors: Sequence[Predecessor], standing: Standing
) -> Scope:
    """`predecessors` are those of these communes; `standing` holds what stands in all of them."""
    own = tuple(one for one in predecessors if one.unit_id in set(communes))
    split = [one.old_unit_id for one in own if not one.whole]
    whole = ~np.isin(standing.commune_id, split) & (kind is Kind.FULL)
    return Scope(part, kind, tuple(communes), own, standing, _homes(standing.commune_id, communes, own), whole)


def _homes(communes: Integers, own: Sequence[int], predecessors: Sequence[Predecessor]) -> Integers:
    home = {one.old_unit_id: one.unit_id for one in predecessors} | {unit: unit for unit in own}
    known = np.array(sorted(home), dtype=np.int64)
    target = np.array([home[int(one)] for one in known], dtype=np.int64)
    place = np.minimum(np.searchsorted(known, communes), max(len(known) - 1, 0))
    if not len(known):
        return np.zeros(len(communes), dtype=np.int64)
    return np.where(known[place] == communes, target[place], 0)


def sums(unit_ids: Integers, amounts: Integers | None = None) -> dict[int, int]:
    """Amounts by unit, or how often each unit stands there."""
    distinct, index = np.unique(unit_ids, return_inverse=True)
    totals = np.bincount(index, weights=amounts, minlength=len(distinct))
    return {int(unit_id): int(total) for unit_id, total in zip(distinct, totals, strict=True)}
