"""Compares a checked file with the one delivered before, by the service's own rules, as if that one stood on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from landdata.checking.reasons import REASONS
from landdata.checking.records import certificate_uids
from landdata.checking.values import certificates, codes
from landdata.flows.check import Part
from landdata.flows.difference import Limits, compare
from landdata.flows.scope import scope_of
from landdata.model.deliveries import Kind
from landdata.model.parcels import Booleans, Doubt, Found, Integers
from landdata.store.parcels import Standing, StandingKeys

# More names than this help nobody; the counts are exact.
MOST_NAMES, _SHOWN = 1_000, 20
_WORDS = {
    "new": "mới / new",
    "changed": "thay đổi / changed",
    "unchanged": "không đổi / unchanged",
    "retired": "sẽ kết thúc / would be retired",
}


@dataclass(frozen=True, slots=True)
class Parcels:
    """Parcels that share a fate, the first of them named as commune.sheet.parcel."""

    count: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """What a delivery changes. Rows: read = new + changed + unchanged + refused, and of the refused `rows_held` are held back
    for the earlier delivery's sake. Parcels of the file's communes: after = before + new - retired.
    `waits` says by the code of a commune why it would wait for a second person.
    """

    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_held: int
    parcels_before: int
    parcels: Mapping[str, Parcels]
    waits: Mapping[str, tuple[Doubt, ...]]
    findings: tuple[Found, ...]

    def plain(self, rows_refused: int) -> dict[str, Any]:
        """For `--json`."""
        return {
            "rows_new": self.rows_new,
            "rows_changed": self.rows_changed,
            "rows_unchanged": self.rows_unchanged,
            "rows_refused": rows_refused,
            "parcels_before": self.parcels_before,
            "parcels": {name: {"count": one.count, "first": list(one.first)} for name, one in self.parcels.items()},
            "waits": {
                code: [{"code": one.code, "details": one.details} for one in reasons]
                for code, reasons in self.waits.items()
            },
        }

    def lines(self, rows_read: int, rows_refused: int) -> Iterator[str]:
        """For people."""
        yield (
            f"So với lần trước / against the earlier delivery: {rows_read:,} dòng đọc / rows read = "
            f"{self.rows_new:,} mới / new + {self.rows_changed:,} thay đổi / changed "
            f"+ {self.rows_unchanged:,} không đổi / unchanged + {rows_refused:,} trả lại / refused"
        )
        yield f"Thửa đất trước đó / parcels before: {self.parcels_before:,}"
        for name, one in self.parcels.items():
            named = "" if name == "unchanged" else ", ".join(one.first[:_SHOWN])
            more = " …" if named and one.count > _SHOWN else ""
            yield f"  {_WORDS[name]}: {one.count:,}{'  ' if named else ''}{named}{more}"
        for code, reasons in self.waits.items():
            for why in reasons:
                said = REASONS[why.code]
                yield f"  {code}: chờ người thứ hai / waits for a second person: {said.vi.format(**why.details)}"
                yield f"    {said.en.format(**why.details)}"


def together(found: Sequence[Against]) -> Against:
    """What was found in some communes and in others, as one."""
    return Against(
        rows_new=sum(one.rows_new for one in found),
        rows_changed=sum(one.rows_changed for one in found),
        rows_unchanged=sum(one.rows_unchanged for one in found),
        rows_held=sum(one.rows_held for one in found),
        parcels_before=sum(one.parcels_before for one in found),
        parcels={
            name: Parcels(
                sum(one.parcels[name].count for one in found),
                tuple(first for one in found for first in one.parcels[name].first)[:MOST_NAMES],
            )
            for name in _WORDS
        },
        waits={code: why for one in found for code, why in one.waits.items()},
        findings=(),
    )


def compare_with(
    earlier: Part, part: Part, communes: Sequence[int], *, kind: Kind, limits: Limits, names: Mapping[int, str]
) -> Against:
    """What `part` changes in its communes where `earlier` stands. `names` are the codes of communes by their unit id."""
    before = earlier.plan
    here = np.flatnonzero(np.isin(before.commune_id, communes))
    standing = Standing(
        commune_id=before.commune_id[here],
        record_id=here,
        content_hash=before.content_hash[here, :2],
        parcels=np.bincount(_parcels(earlier, here)[0], minlength=len(before.commune_id))[here],
    )
    known = _parcels(earlier, np.arange(len(before.commune_id)))[1]
    found = compare(
        scope_of(part, kind, communes, (), standing),
        limits,
        lambda records: _keys(earlier, records),
        lambda keys: _known(known, keys),
    )
    counts = found.counts.values()
    return Against(
        rows_new=sum(one.rows_new for one in counts),
        rows_changed=sum(one.rows_changed for one in counts),
        rows_unchanged=sum(one.rows_unchanged for one in counts),
        rows_held=sum(one.rows_held for one in counts),
        parcels_before=int(standing.parcels.sum()),
        parcels=_fates(
            _parcels(part, found.fresh)[1],
            _parcels(part, found.unchanged)[1],
            _parcels(earlier, here[found.ended])[1],
            names,
        ),
        waits={names[unit]: reasons for unit, reasons in found.reasons.items() if reasons},
        findings=found.findings,
    )


def _known(parcels: Integers, keys: Integers) -> Booleans:
    both = np.concatenate([parcels, keys])
    key = codes(*(pa.array(both[:, at]) for at in range(3)))
    return np.isin(key[len(parcels) :], key[: len(parcels)])


def _parcels(part: Part, records: Integers) -> tuple[Integers, Integers]:
    """Parcels of records: the record of each, and commune, sheet and number in three columns."""
    checked, plan = part.checked, part.plan
    rows = np.flatnonzero(np.isin(plan.record_of_row, records))
    columns = [plan.record_of_row, checked.commune_id, checked.sheet, checked.number]
    distinct = np.unique(np.column_stack([one[rows] for one in columns]), axis=0)
    return distinct[:, 0], distinct[:, 1:]


def _keys(earlier: Part, records: Integers) -> StandingKeys:
    """What the records speak of, as `store.parcels.standing_keys` would say it of those on record."""
    record, parcel = _parcels(earlier, records)
    of_row, columns = earlier.plan.record_of_row, earlier.checked.rows.columns
    printed = np.flatnonzero(np.isin(of_row, records) & (certificates(columns) >= 0))
    uids = certificate_uids({name: column.take(pa.array(printed)) for name, column in columns.items()})
    return StandingKeys(record, parcel, (None,) * len(record), of_row[printed], tuple(uids))


def _fates(fresh: Integers, same: Integers, ended: Integers, names: Mapping[int, str]) -> dict[str, Parcels]:
    both = np.concatenate([fresh, ended])
    key = codes(*(pa.array(both[:, at]) for at in range(3)))
    was, comes = np.isin(key[: len(fresh)], key[len(fresh) :]), np.isin(key[len(fresh) :], key[: len(fresh)])
    return {
        "new": _named(fresh, ~was, names),
        "changed": _named(fresh, was, names),
        "unchanged": _named(same, np.ones(len(same), dtype=np.bool_), names),
        "retired": _named(ended, ~comes, names),
    }


def _named(parcels: Integers, chosen: Booleans, names: Mapping[int, str]) -> Parcels:
    picked = np.unique(parcels[chosen], axis=0)
    first = tuple(f"{names[int(one[0])]}.{one[1]}.{one[2]}" for one in picked[:MOST_NAMES])
    return Parcels(len(picked), first)
