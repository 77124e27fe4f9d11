"""Compares the records of a delivery with those that stand in its communes: what is new, changed, unchanged, gone or held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from landdata.checking.components import any_in_group, components
from landdata.checking.records import Outline, build, certificate_uids
from landdata.checking.values import certificates, codes
from landdata.flows.check import Part
from landdata.model.parcels import Booleans, CheckedRows, Found, Integers
from landdata.store.parcels import Standing, StandingKeys

# A handful of parcels may all go without a second thought; the share only means something above this.
_FEW_PARCELS = 10


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared: the delivery's part of some communes."""

    part: Part
    retire_share_limit: float

    @property
    def checked(self) -> CheckedRows:
        return self.part.checked

    @property
    def plan(self) -> Outline:
        return self.part.plan


@dataclass(frozen=True, slots=True)
class Difference:
    """What a publication has to do, and where the rows of the delivery went."""

    fresh: Integers  # indices into the plan: records to write
    ended: list[int]  # ids of standing records to end
    held_communes: frozenset[int]
    parcels_before: dict[int, int]
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_held: int
    records_held: int
    findings: tuple[Found, ...]


def compare(scope: Scope, standing: Standing, keys_of: Callable[[list[int]], StandingKeys]) -> Difference:
    """A full delivery's difference. `keys_of` fetches the keys of standing records, asked only when something differs."""
    plan = scope.plan
    same_in, same_on = _same(scope, standing)
    fresh = np.flatnonzero(~same_in)
    loose = np.flatnonzero(~same_on)
    rows_unchanged = int(plan.row_count[same_in].sum())
    before = _sums(standing.commune_id, standing.parcels)
    if not len(fresh) and not len(loose):
        return Difference(fresh, [], frozenset(), before, 0, 0, rows_unchanged, 0, 0, ())
    if not len(loose):
        # Nothing differs but what is new: the common case of a first delivery needs no keys.
        rows_new = int(plan.row_count[fresh].sum())
        return Difference(fresh, [], frozenset(), before, rows_new, 0, rows_unchanged, 0, 0, ())
    touch = _touching(scope, fresh, keys_of([int(one) for one in standing.record_id[loose]]), standing.record_id[loose])
    held_fresh = touch.refused_near_fresh & touch.standing_near_fresh
    kept_loose = touch.refused_near_loose
    ended = loose[~kept_loose]
    held_communes = _too_many(scope, standing, ended, touch.fresh_near_loose[~kept_loose])
    in_held = np.isin(plan.commune_id[fresh], list(held_communes))
    ended = ended[~np.isin(standing.commune_id[ended], list(held_communes))]
    taken = ~held_fresh & ~in_held
    changed = taken & touch.standing_near_fresh
    return Difference(
        fresh=fresh[taken],
        ended=[int(one) for one in standing.record_id[ended]],
        held_communes=held_communes,
        parcels_before=before,
        rows_new=int(plan.row_count[fresh[taken & ~changed]].sum()),
        rows_changed=int(plan.row_count[fresh[changed]].sum()),
        rows_unchanged=rows_unchanged,
        rows_held=int(plan.row_count[fresh[~taken]].sum()),
        records_held=int((~taken).sum()),
        findings=(
            _rows_of(plan, "HELD_WITH_RECORD", fresh[held_fresh & ~in_held]),
            _rows_of(plan, "COMMUNE_HELD", fresh[in_held]),
        ),
    )


def _same(scope: Scope, standing: Standing) -> tuple[Booleans, Booleans]:
    """Which incoming and which standing records have the same hash in the same commune."""
    size = len(scope.plan.commune_id)
    commune = np.concatenate([scope.plan.commune_id, standing.commune_id])
    content = np.concatenate([scope.plan.content_hash, standing.content_hash])
    key = codes(pa.array(commune), pa.array(content[:, 0]), pa.array(content[:, 1]))
    return np.isin(key[:size], key[size:]), np.isin(key[size:], key[:size])


@dataclass(frozen=True, slots=True)
class _Touch:
    """Who speaks of the same parcels or certificates as whom, over however many steps."""

    standing_near_fresh: Booleans
    refused_near_fresh: Booleans
    refused_near_loose: Booleans
    fresh_near_loose: Booleans


def _touching(scope: Scope, fresh: Integers, keys: StandingKeys, loose_ids: Integers) -> _Touch:
    """Tie fresh records, standing ones that differ, and refused rows by what they speak of.

    Things are numbered fresh, then standing, then refused rows; each mention of a key by a thing is one member.
    """
    checked, plan = scope.checked, scope.plan
    written = build(checked, plan, fresh).tables
    refused_rows = np.flatnonzero(checked.refused)
    # A refused row whose number or commune cannot be read still says which certificate it is about.
    printed = refused_rows[certificates(checked.rows.columns)[refused_rows] >= 0]
    printed_uid = certificate_uids({k: v.take(pa.array(printed)) for k, v in checked.rows.columns.items()})
    first_standing, first_refused = len(fresh), len(fresh) + len(loose_ids)
    position = {int(record_id): first_standing + at for at, record_id in enumerate(loose_ids)}
    parcel_thing = np.concatenate(
        [
            written["parcel"]["record"].to_numpy(),
            _positions(position, keys.parcel_record),
            first_refused + np.arange(len(refused_rows)),
        ]
    )
    parcel_key = np.concatenate(
        [
            np.column_stack(
                [
                    plan.commune_id[fresh][written["parcel"]["record"].to_numpy()],
                    written["parcel"]["map_sheet_number"].to_numpy(),
                    written["parcel"]["parcel_number"].to_numpy(),
                ]
            ),
            keys.parcel_key,
            np.column_stack([values[refused_rows] for values in (checked.commune_id, checked.sheet, checked.number)]),
        ]
    )
    certificate_thing = np.concatenate(
        [
            written["certificate"]["record"].to_numpy(),
            _positions(position, keys.certificate_record),
            first_refused + np.searchsorted(refused_rows, printed),
        ]
    )
    certificate_key = [*written["certificate"]["certificate_uid"].to_pylist(), *keys.certificate_uid, *printed_uid]
    thing = np.concatenate([parcel_thing, certificate_thing, np.arange(first_refused + len(refused_rows))])
    none = np.full(len(thing), -1, dtype=np.int64)
    by_parcel, by_certificate = none.copy(), none
    by_parcel[: len(parcel_thing)] = codes(*(pa.array(parcel_key[:, at]) for at in range(3)))
    # A row whose sheet or number could not be read ties nothing.
    by_parcel[: len(parcel_thing)][(parcel_key <= 0).any(axis=1)] = -1
    by_certificate[len(parcel_thing) : len(parcel_thing) + len(certificate_thing)] = codes(
        pa.array(certificate_key, pa.string())
    )
    group = components(len(thing), [thing, by_parcel, by_certificate])[len(parcel_thing) + len(certificate_thing) :]
    number = np.arange(len(group))
    is_standing = (number >= first_standing) & (number < first_refused)
    near_standing = any_in_group(is_standing, group)
    near_refused = any_in_group(number >= first_refused, group)
    near_fresh = any_in_group(number < first_standing, group)
    return _Touch(
        standing_near_fresh=near_standing[:first_standing],
        refused_near_fresh=near_refused[:first_standing],
        refused_near_loose=near_refused[first_standing:first_refused],
        fresh_near_loose=near_fresh[first_standing:first_refused],
    )


def _positions(position: dict[int, int], record_ids: Integers) -> Integers:
    return np.array([position[int(one)] for one in record_ids], dtype=np.int64)


def _too_many(scope: Scope, standing: Standing, ended: Integers, replaced: Booleans) -> frozenset[int]:
    """Communes that would lose more than the allowed share of their parcels without anything in their place."""
    before = _sums(standing.commune_id, standing.parcels)
    lost = _sums(standing.commune_id[ended[~replaced]], standing.parcels[ended[~replaced]])
    return frozenset(
        unit_id
        for unit_id, parcels in lost.items()
        if parcels > _FEW_PARCELS and parcels > scope.retire_share_limit * before[unit_id]
    )


def _sums(unit_ids: Integers, amounts: Integers) -> dict[int, int]:
    distinct, index = np.unique(unit_ids, return_inverse=True)
    totals = np.bincount(index, weights=amounts, minlength=len(distinct))
    return {int(unit_id): int(total) for unit_id, total in zip(distinct, totals, strict=True)}


def _rows_of(plan: Outline, code: str, records: Integers) -> Found:
    return Found(code, np.flatnonzero(np.isin(plan.record_of_row, records)))
