"""Compares the records of a delivery with those that stand: what is new, changed, unchanged, gone, held back, or odd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from landdata.checking.components import any_in_group
from landdata.checking.records import Outline
from landdata.checking.values import codes
from landdata.flows.scope import Scope, sums
from landdata.flows.ties import Ties, tie
from landdata.model.deliveries import Kind
from landdata.model.parcels import Booleans, Doubt, Found, Hashes, Integers
from landdata.store.parcels import Standing, StandingKeys

# A handful of parcels may all go, or come, without a second thought; shares only mean something above this.
_FEW_PARCELS = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares of a commune's parcels that may go, or be added to it, without a second person."""

    retire_share: float
    growth_share: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the accepted rows of one commune went, and its parcels of ended communes that nothing claims."""

    rows_new: int = 0
    rows_changed: int = 0
    rows_unchanged: int = 0
    rows_held: int = 0
    records_held: int = 0
    unclaimed: int = 0

    @property
    def nothing_taken(self) -> bool:
        """True when there were accepted rows and all of them go back."""
        return self.rows_held > 0 and not (self.rows_new or self.rows_changed or self.rows_unchanged)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a publication has to do. Arrays run over the plan's records, the standing records, the part's rows.

    `fresh` are to be written and `ended` to be ended; `unchanged` records stand just so, and `asserted` are the standing
    ones that changes repeated; `gone_again` are the parcels, as (commune, sheet, number), that they retire and that were
    gone before. `came` counts the parcels of fresh records by commune, `reasons` say by commune why a
    second person should look, and `findings` which rows go back and why.
    """

    fresh: Integers
    ended: Integers
    unchanged: Integers
    asserted: Integers
    gone_again: Integers
    came: dict[int, int]
    counts: dict[int, Counts]
    reasons: dict[int, tuple[Doubt, ...]]
    findings: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class _Fates:
    """Per fresh record, loose standing record and retiring row what becomes of it."""

    fresh_held: Booleans
    fresh_changed: Booleans
    loose_ended: Booleans
    loose_lost: Booleans  # ended with nothing in its place
    retired_held: Booleans
    retired_unknown: Booleans
    findings: tuple[Found, ...]


def compare(
    scope: Scope,
    limits: Limits,
    keys_of: Callable[[Integers], StandingKeys],
    ever_known: Callable[[Integers], Booleans],
) -> Difference:
    """What to do about a part.

    `keys_of` fetches the keys of standing records by id, asked only when something differs; `ever_known` says of
    (commune, sheet, number) whether such a parcel was ever on record.
    """
    same_in, same_on = standing_in(scope.plan, scope.standing.commune_id, scope.standing.content_hash)
    fresh, loose = np.flatnonzero(~same_in), np.flatnonzero(~same_on)
    retired = np.flatnonzero(scope.checked.retires & ~scope.checked.refused)
    # What differs only by being new needs no keys: the common case of a first delivery.
    if len(loose) and (len(fresh) or len(retired) or scope.whole[loose].any()):
        keys = keys_of(scope.standing.record_id[loose])
        fates = _fates(scope, fresh, loose, retired, tie(scope, fresh, loose, keys))
    else:
        fates = _no_fates(len(fresh), len(loose), len(retired))
    fates, gone_again, unknown = _unknown_retired(scope, retired, fates, ever_known)
    taken = fresh[~fates.fresh_held]
    came = scope.parcels_of(taken)
    return Difference(
        fresh=taken,
        ended=loose[fates.loose_ended],
        unchanged=np.flatnonzero(same_in),
        asserted=np.flatnonzero(same_on) if scope.kind is Kind.CHANGES else np.zeros(0, dtype=np.int64),
        gone_again=gone_again,
        came=came,
        counts=_counts(scope, same_in, fresh, retired, loose, fates),
        reasons=_reasons(scope, limits, came, loose, fates),
        findings=tuple(one for one in (*fates.findings, unknown) if len(one.rows)),
    )


def standing_in(plan: Outline, commune_id: Integers, content_hash: Hashes) -> tuple[Booleans, Booleans]:
    """Which incoming and which standing records (of these communes and hashes) say the same in the same commune.

    A record on record is found under whichever version of the key made its hash, so a key that is changed changes no record.
    """
    size = len(plan.commune_id)
    commune = pa.array(np.concatenate([plan.commune_id, commune_id]))
    same_in, same_on = np.zeros(size, dtype=np.bool_), np.zeros(len(commune_id), dtype=np.bool_)
    for made in np.hsplit(plan.content_hash, len(plan.hash_versions)):
        content = np.concatenate([made, content_hash])
        key = codes(commune, pa.array(content[:, 0]), pa.array(content[:, 1]))
        same_in |= np.isin(key[:size], key[size:])
        same_on |= np.isin(key[size:], key[:size])
    return same_in, same_on


def _no_fates(fresh: int, loose: int, retired: int) -> _Fates:
    def no(size: int) -> Booleans:
        return np.zeros(size, dtype=np.bool_)

    return _Fates(no(fresh), no(fresh), no(loose), no(loose), no(retired), ~no(retired), ())


def _fates(scope: Scope, fresh: Integers, loose: Integers, retired: Integers, ties: Ties) -> _Fates:
    group = np.concatenate([ties.fresh, ties.loose, ties.refused, ties.retired])
    kind = np.repeat(np.arange(4), [len(ties.fresh), len(ties.loose), len(ties.refused), len(ties.retired)])
    near_fresh, near_loose, near_refused, near_retired = (any_in_group(kind == one, group) for one in range(4))
    of_fresh, of_loose, of_retired = kind == 0, kind == 1, kind == 3
    # Where only named things may change, every parcel of a record that ends must be named.
    partly = ~scope.whole[loose[ties.unanswered[:, 0]]] if len(ties.unanswered) else np.zeros(0, dtype=np.bool_)
    lacking = np.zeros(len(group), dtype=np.bool_)
    lacking[len(ties.fresh) + ties.unanswered[partly, 0]] = True
    incomplete = any_in_group(lacking, group)
    held = near_refused | incomplete
    acted = near_fresh | near_retired
    ended = (scope.whole[loose] | acted[of_loose]) & ~held[of_loose]
    rows_incomplete = _rows(scope, fresh, incomplete[of_fresh]), retired[incomplete[of_retired]]
    rows_beside = (
        _rows(scope, fresh, (near_refused & ~incomplete)[of_fresh]),
        retired[(near_refused & ~incomplete)[of_retired]],
    )
    missing = _missing(scope, ties, partly)
    lacks = np.concatenate(rows_incomplete)
    group_of_row = np.concatenate(
        [ties.fresh[_record_place(scope, fresh, rows_incomplete[0])], ties.retired[incomplete[of_retired]]]
    )
    return _Fates(
        fresh_held=held[of_fresh],
        fresh_changed=near_loose[of_fresh] & ~held[of_fresh],
        loose_ended=ended,
        loose_lost=ended & ~near_fresh[of_loose],
        retired_held=held[of_retired],
        retired_unknown=~near_loose[of_retired] & ~held[of_retired],
        findings=(
            Found("HELD_WITH_RECORD", np.concatenate(rows_beside)),
            Found("RECORD_INCOMPLETE", lacks, tuple({"value": missing[int(one)]} for one in group_of_row)),
        ),
    )


def _missing(scope: Scope, ties: Ties, partly: Booleans) -> dict[int, str]:
    """The first parcel of each group that nothing answers for, as commune.sheet.parcel."""
    if not partly.any():
        return {}
    names = {one.old_unit_id: one.old_code for one in scope.predecessors} | scope.codes()
    found: dict[int, str] = {}
    for at, commune, sheet, number in ties.unanswered[partly][::-1]:
        found[int(ties.loose[at])] = f"{names.get(int(commune), '?')}.{sheet}.{number}"
    return found


def _rows(scope: Scope, fresh: Integers, wanted: Booleans) -> Integers:
    return np.flatnonzero(np.isin(scope.plan.record_of_row, fresh[wanted]))


def _record_place(scope: Scope, fresh: Integers, rows: Integers) -> Integers:
    return np.searchsorted(fresh, scope.plan.record_of_row[rows])


def _unknown_retired(
    scope: Scope, retired: Integers, fates: _Fates, ever_known: Callable[[Integers], Booleans]
) -> tuple[_Fates, Integers, Found]:
    """A parcel retired before is retired; one that was never on record cannot be, and its row goes back."""
    checked = scope.checked
    asked = np.flatnonzero(fates.retired_unknown)
    rows = retired[asked]
    if not len(rows):  # and so no text of any row is read
        return fates, np.zeros((0, 3), dtype=np.int64), Found("PARCEL_NOT_ON_RECORD", rows)
    key = np.column_stack([checked.commune_id[rows], checked.sheet[rows], checked.number[rows]])
    known = ever_known(key)
    for one in scope.predecessors:
        if one.same:
            earlier = np.where(key[:, :1] == one.unit_id, [[one.old_unit_id, 0, 0]], 0)
            at = np.flatnonzero(earlier[:, 0])
            known[at] |= ever_known(np.column_stack([earlier[at, 0], key[at, 1:]]))
    held = fates.retired_held.copy()
    held[asked[~known]] = True
    lost = rows[~known]
    code = checked.rows.columns["commune_code"].take(pa.array(lost)).to_pylist()
    names = tuple(
        {"value": f"{one}.{checked.sheet[row]}.{checked.number[row]}"} for one, row in zip(code, lost, strict=True)
    )
    return replace(fates, retired_held=held), key[known], Found("PARCEL_NOT_ON_RECORD", lost, names)


def _counts(
    scope: Scope, same_in: Booleans, fresh: Integers, retired: Integers, loose: Integers, fates: _Fates
) -> dict[int, Counts]:
    plan, checked = scope.plan, scope.checked
    retired_at = checked.commune_id[retired]

    def rows(records: Integers) -> dict[int, int]:
        return sums(plan.commune_id[records], plan.row_count[records])

    new = rows(fresh[~fates.fresh_held & ~fates.fresh_changed])
    changed = rows(fresh[fates.fresh_changed])
    gone = sums(retired_at[~fates.retired_held & ~fates.retired_unknown])
    again = sums(retired_at[~fates.retired_held & fates.retired_unknown])
    same = rows(np.flatnonzero(same_in))
    held = rows(fresh[fates.fresh_held])
    held_retired = sums(retired_at[fates.retired_held])
    records = sums(plan.commune_id[fresh[fates.fresh_held]])
    split = [one.old_unit_id for one in scope.predecessors if not one.whole]
    staying = np.isin(scope.standing.commune_id, split)
    staying[loose[fates.loose_ended]] = False
    stays = sums(scope.standing.commune_id[staying], scope.standing.parcels[staying])
    return {
        unit: Counts(
            rows_new=new.get(unit, 0),
            rows_changed=changed.get(unit, 0) + gone.get(unit, 0),
            rows_unchanged=same.get(unit, 0) + again.get(unit, 0),
            rows_held=held.get(unit, 0) + held_retired.get(unit, 0),
            # A row that could not retire its parcel is a record of its own.
            records_held=records.get(unit, 0) + held_retired.get(unit, 0),
            unclaimed=sum(stays.get(one.old_unit_id, 0) for one in scope.predecessors if one.unit_id == unit),
        )
        for unit in scope.communes
    }


def _reasons(
    scope: Scope, limits: Limits, came: dict[int, int], loose: Integers, fates: _Fates
) -> dict[int, tuple[Doubt, ...]]:
    standing = scope.standing
    here = scope.whole | np.isin(standing.commune_id, list(scope.communes))
    before = sums(scope.home[here], standing.parcels[here])
    ended, lost = loose[fates.loose_ended], loose[fates.loose_lost]
    gone = sums(scope.home[ended], standing.parcels[ended])
    empty = sums(scope.home[lost], standing.parcels[lost])
    accepted = set(scope.plan.commune_id.tolist())
    found: dict[int, tuple[Doubt, ...]] = {}
    for unit in scope.communes:
        stood, left = before.get(unit, 0), empty.get(unit, 0)
        after = stood - gone.get(unit, 0) + came.get(unit, 0)
        reasons = []
        if scope.kind is Kind.FULL and unit not in accepted:
            reasons.append(Doubt("COMMUNE_EMPTY", {"before": stood}))
        elif left > _FEW_PARCELS and left > limits.retire_share * stood:
            reasons.append(Doubt("RETIRES_MANY", {"lost": left, "before": stood}))
        if stood > _FEW_PARCELS and after - stood > limits.growth_share * stood:
            reasons.append(Doubt("COUNT_JUMPS", {"before": stood, "after": after}))
        found[unit] = tuple(reasons)
    return found


def parcels_before(standing: Standing) -> dict[int, int]:
    """Parcels that stand, by the commune they stand in."""
    return sums(standing.commune_id, standing.parcels)
