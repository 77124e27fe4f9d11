"""Ties what speaks of the same parcels or certificates: records that came, records that stand, rows that were refused."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.checking.components import components
from landdata.checking.lineage import Parents, parents
from landdata.checking.records import certificate_uids
from landdata.checking.values import certificates, codes, integers
from landdata.flows.scope import Scope
from landdata.model.parcels import Booleans, Integers
from landdata.store.parcels import StandingKeys


@dataclass(frozen=True, slots=True)
class Ties:
    """Groups of things that must share one fate. Arrays `fresh`, `loose`, `refused`, `retired` hold the group of each.

    `fresh` follows the records asked about, `loose` the standing ones, `refused` and `retired` the rows of those kinds.
    `unanswered` are parcels of standing records, as (index into `loose`, commune, sheet, number), that nothing that
    came delivers, claims or retires.
    """

    fresh: Integers
    loose: Integers
    refused: Integers
    retired: Integers
    unanswered: Integers


@dataclass(slots=True)
class _Mentions:
    """Which thing mentions which parcel: commune, sheet, number; `answers` is False where it only names a parent."""

    thing: list[Integers] = field(default_factory=list)
    key: list[Integers] = field(default_factory=list)
    answers: list[Booleans] = field(default_factory=list)

    def add(self, thing: Integers, key: Integers, *, answers: bool) -> None:
        readable = (key > 0).all(axis=1)
        self.thing.append(thing[readable])
        self.key.append(key[readable])
        self.answers.append(np.full(int(readable.sum()), answers, dtype=np.bool_))


def tie(scope: Scope, fresh: Integers, loose: Integers, keys: StandingKeys) -> Ties:
    """`fresh` are indices into the plan, `loose` into what stands; `keys` are those of the loose records."""
    checked = scope.checked
    refused = np.flatnonzero(checked.refused)
    retired = np.flatnonzero(checked.retires & ~checked.refused)
    first_loose = len(fresh)
    first_refused = first_loose + len(loose)
    first_retired = first_refused + len(refused)
    size = first_retired + len(retired)
    position = np.full(len(scope.plan.commune_id) + 1, -1, dtype=np.int64)
    position[fresh] = np.arange(len(fresh))
    written = np.flatnonzero(position[scope.plan.record_of_row] >= 0)
    rows = np.concatenate([written, refused, retired])
    thing = np.concatenate([position[scope.plan.record_of_row[written]], np.arange(first_refused, size)])
    mentions = _Mentions()
    own = np.column_stack([values[rows] for values in (checked.commune_id, checked.sheet, checked.number)])
    mentions.add(thing, own, answers=True)
    _claims(scope, rows, thing, mentions)
    # A row that retires a parcel speaks of nothing else, however much of it is filled in.
    speaks = ~checked.retires[rows]
    _parents(scope, rows[speaks], thing[speaks], keys, mentions)
    standing_at = {int(record): first_loose + at for at, record in enumerate(scope.standing.record_id[loose])}
    holder = _positions(standing_at, keys.parcel_record)
    _uids(scope, rows, thing, keys, mentions)
    member = np.concatenate([*mentions.thing, holder])
    parcel = codes(*(pa.array(one) for one in np.concatenate([*mentions.key, keys.parcel_key]).T))
    answered = np.isin(parcel[len(member) - len(holder) :], parcel[: len(parcel) - len(holder)][_joined(mentions)])
    paper_thing, paper = _papers(scope, rows[speaks], thing[speaks], keys, standing_at)
    every = np.concatenate([member, paper_thing, np.arange(size)])
    none = np.full(len(every), -1, dtype=np.int64)
    by_parcel, by_paper = none.copy(), none
    by_parcel[: len(member)] = parcel
    by_paper[len(member) : len(member) + len(paper)] = paper
    group = components(len(every), [every, by_parcel, by_paper])[len(every) - size :]
    left = ~answered
    return Ties(
        fresh=group[:first_loose],
        loose=group[first_loose:first_refused],
        refused=group[first_refused:first_retired],
        retired=group[first_retired:],
        unanswered=np.column_stack([holder[left] - first_loose, keys.parcel_key[left]]),
    )


def _joined(mentions: _Mentions) -> Booleans:
    return np.concatenate(mentions.answers)


def _positions(position: dict[int, int], record_ids: Integers) -> Integers:
    return np.array([position[int(one)] for one in record_ids], dtype=np.int64)


def _claims(scope: Scope, rows: Integers, thing: Integers, mentions: _Mentions) -> None:
    """Parcels of communes that have ended, as rows name them: by their old numbers, or by the same ones."""
    if not scope.predecessors:
        return
    checked = scope.checked
    commune = checked.commune_id[rows]
    columns = checked.rows.columns
    take = pa.array(rows)
    old_code = columns["commune_old"].take(take)
    old_sheet, old_number = (integers(columns[name].take(take)) for name in ("map_sheet_old", "parcel_old"))
    for one in scope.predecessors:
        here = commune == one.unit_id
        if one.same:
            chosen = np.flatnonzero(here)
            key = [checked.sheet[rows[chosen]], checked.number[rows[chosen]]]
        else:
            named = pc.fill_null(pc.equal(old_code, one.old_code), False).to_numpy(zero_copy_only=False)
            chosen = np.flatnonzero(here & named)
            key = [old_sheet[chosen], old_number[chosen]]
        if len(chosen):
            old_unit = np.full(len(chosen), one.old_unit_id, dtype=np.int64)
            mentions.add(thing[chosen], np.column_stack([old_unit, *key]), answers=True)


def _uids(scope: Scope, rows: Integers, thing: Integers, keys: StandingKeys, mentions: _Mentions) -> None:
    """Parcels of communes that have ended, as rows name them by the national id; within a commune numbers decide."""
    ended = ~np.isin(keys.parcel_key[:, 0], list(scope.communes)) if len(keys.parcel_key) else np.zeros(0, np.bool_)
    known = {uid: at for at, uid in enumerate(keys.parcel_uid) if uid is not None and ended[at]}
    if not known:
        return
    place = pc.index_in(
        scope.checked.rows.columns["parcel_uid"].take(pa.array(rows)), value_set=pa.array(list(known), pa.string())
    )
    named = np.flatnonzero(pc.is_valid(place).to_numpy(zero_copy_only=False))
    at = np.array(list(known.values()), dtype=np.int64)[place.take(pa.array(named)).to_numpy(zero_copy_only=False)]
    mentions.add(thing[named], keys.parcel_key[at], answers=True)


def _parents(scope: Scope, rows: Integers, thing: Integers, keys: StandingKeys, mentions: _Mentions) -> None:
    """A split or merger is one thing: parcels share the fate of what they came from, where that stands.

    A parent that stands no more was split long ago: its children go their own ways since.
    """
    column = scope.checked.rows.columns["parent_parcels"].take(pa.array(rows))
    if column.null_count == len(column):
        return
    found = parents(column)
    commune = scope.checked.commune_id[rows[found.cell]]
    code = scope.checked.rows.columns["commune_code"].take(pa.array(rows[found.cell]))
    own = pc.equal(found.commune, code).to_numpy(zero_copy_only=False)
    unit = np.where(own, commune, 0)
    for one in scope.predecessors:
        of_old = pc.equal(found.commune, one.old_code).to_numpy(zero_copy_only=False) & (commune == one.unit_id)
        _name_standing(thing[found.cell], np.where(of_old, one.old_unit_id, 0), found, keys, mentions)
    _name_standing(thing[found.cell], unit, found, keys, mentions)


def _name_standing(thing: Integers, unit: Integers, found: Parents, keys: StandingKeys, mentions: _Mentions) -> None:
    named = np.column_stack([unit, found.sheet, found.number])
    key = codes(*(pa.array(one) for one in np.concatenate([named, keys.parcel_key]).T))
    stands = np.isin(key[: len(unit)], key[len(unit) :]) & (unit > 0)
    mentions.add(thing[stands], named[stands], answers=False)


def _papers(
    scope: Scope, rows: Integers, thing: Integers, keys: StandingKeys, standing_at: dict[int, int]
) -> tuple[Integers, Integers]:
    """Which thing mentions which certificate, within each commune of the part."""
    columns = scope.checked.rows.columns
    paper = certificates(columns)[rows]
    printed = np.flatnonzero(paper >= 0)
    _, first, same = np.unique(paper[printed], return_index=True, return_inverse=True)
    take = pa.array(rows[printed[first]])
    uid = pa.array(certificate_uids({name: column.take(take) for name, column in columns.items()}), pa.string())
    standing_uid = pa.array(keys.certificate_uid, pa.string())
    home = scope.checked.commune_id[rows[printed]]
    # A refused row whose commune cannot be read still says which certificate it is about, wherever that stands.
    lost = np.flatnonzero((home == 0) & pc.is_in(uid, value_set=standing_uid).to_numpy(zero_copy_only=False)[same])
    everywhere = np.repeat(np.array(scope.communes, dtype=np.int64), len(lost))
    at = np.concatenate([np.arange(len(printed)), np.tile(lost, len(scope.communes))])
    standing_home = scope.home[_index(scope, keys.certificate_record)]
    commune = np.concatenate([home, everywhere, standing_home])
    every_uid = pa.concat_arrays([uid.take(pa.array(same[at])), standing_uid])
    return (
        np.concatenate([thing[printed[at]], _positions(standing_at, keys.certificate_record)]),
        codes(pa.array(commune), every_uid),
    )


def _index(scope: Scope, record_ids: Integers) -> Integers:
    order = np.argsort(scope.standing.record_id)
    return order[np.searchsorted(scope.standing.record_id[order], record_ids)]
