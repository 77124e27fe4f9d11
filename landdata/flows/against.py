"""Compares a checked file with the one delivered before, by the service's own rules, as if that one stood on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from landdata.checking.records import Outline, certificate_uids, outline
from landdata.checking.values import certificates, codes
from landdata.flows.difference import Scope, compare
from landdata.model.parcels import Booleans, CheckedRows, Found, Integers
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
    """

    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_held: int
    parcels_before: int
    parcels: Mapping[str, Parcels]
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


def compare_with(
    earlier: CheckedRows, checked: CheckedRows, *, retire_share_limit: float, names: Mapping[int, str]
) -> Against:
    """What `checked` changes where `earlier` stands. `names` are the codes of communes by their unit id."""
    before, plan = outline(earlier), outline(checked)
    # A full delivery speaks for the communes of its accepted rows; what stands elsewhere is none of its business.
    here = np.flatnonzero(np.isin(before.commune_id, np.unique(plan.commune_id)))
    standing = Standing(
        commune_id=before.commune_id[here],
        record_id=here,
        content_hash=before.content_hash[here],
        parcels=np.bincount(_parcels(earlier, before, here)[0], minlength=len(before.commune_id))[here],
    )
    scope = Scope(checked, plan, np.arange(len(plan.commune_id)), retire_share_limit)
    found = compare(scope, standing, lambda records: _keys(earlier, before, np.array(records, dtype=np.int64)))
    held = np.zeros(len(checked.refused), dtype=np.bool_)
    for one in found.findings:
        held[one.rows] = True
    same = np.setdiff1d(np.unique(plan.record_of_row[(plan.record_of_row >= 0) & ~held]), found.fresh)
    ended = np.array(found.ended, dtype=np.int64)
    return Against(
        rows_new=found.rows_new,
        rows_changed=found.rows_changed,
        rows_unchanged=found.rows_unchanged,
        rows_held=found.rows_held,
        parcels_before=int(standing.parcels.sum()),
        parcels=_fates(
            _parcels(checked, plan, found.fresh)[1],
            _parcels(checked, plan, same)[1],
            _parcels(earlier, before, ended)[1],
            names,
        ),
        findings=found.findings,
    )


def _parcels(checked: CheckedRows, plan: Outline, records: Integers) -> tuple[Integers, Integers]:
    """Parcels of records: the record of each, and commune, sheet and number in three columns."""
    rows = np.flatnonzero(np.isin(plan.record_of_row, records))
    columns = [plan.record_of_row, checked.commune_id, checked.sheet, checked.number]
    distinct = np.unique(np.column_stack([one[rows] for one in columns]), axis=0)
    return distinct[:, 0], distinct[:, 1:]


def _keys(earlier: CheckedRows, before: Outline, records: Integers) -> StandingKeys:
    """What the records speak of, as `store.parcels.standing_keys` would say it of those on record."""
    record, parcel = _parcels(earlier, before, records)
    printed = np.flatnonzero(np.isin(before.record_of_row, records) & (certificates(earlier.rows.columns) >= 0))
    columns = {name: column.take(pa.array(printed)) for name, column in earlier.rows.columns.items()}
    return StandingKeys(record, parcel, before.record_of_row[printed], tuple(certificate_uids(columns)))


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
