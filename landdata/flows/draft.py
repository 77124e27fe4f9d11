"""Records made ready for the database before their communes are locked, while it still takes those of the last part.

What stands hardly ever changes in between; when it does, what was made ready is left and made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from landdata.checking.records import Outline, build
from landdata.flows.check import Part
from landdata.flows.difference import standing_in
from landdata.flows.scope import codes_of, sums
from landdata.model.parcels import Integers, Records
from landdata.model.succession import Predecessor
from landdata.store import parcels
from landdata.store import records as stored
from landdata.store.engine import Database
from landdata.store.keys import Keys
from landdata.store.records import Ready

Figures = dict[int, tuple[int, int, int]]  # unit id -> parcels, certificates, holders


@dataclass(frozen=True, slots=True)
class Draft:
    """Records of a plan (`fresh`: their indices) as the database takes them, and what they add to their communes."""

    plan: Outline
    fresh: Integers
    ready: Ready
    came: Figures

    def fits(self, plan: Outline, fresh: Integers) -> bool:
        """Whether this is what is to be written."""
        return self.plan is plan and len(self.fresh) == len(fresh) and bool((self.fresh == fresh).all())


def foreseen(
    db: Database, part: Part, communes: Sequence[int], predecessors: Sequence[Predecessor], keys: Keys
) -> Draft | None:
    """The records of a part that do not stand now; None where all do."""
    every = sorted({*communes, *(one.old_unit_id for one in predecessors)})
    with db.read() as tx:
        commune_id, content_hash = parcels.standing_hashes(tx, every)
    fresh = (~standing_in(part.plan, commune_id, content_hash)[0]).nonzero()[0]
    if not len(fresh):
        return None
    with db.write(durable=False) as tx:
        ids = stored.new_ids(tx, len(fresh))
    return draft(part, communes, predecessors, fresh, ids, keys)


def draft(
    part: Part,
    communes: Sequence[int],
    predecessors: Sequence[Predecessor],
    fresh: Integers,
    ids: Integers,
    keys: Keys,
) -> Draft:
    """These records of the part's plan, under ids drawn for them; asks no database."""
    records = _with_parents(build(part.checked, part.plan, fresh), part, communes, predecessors)
    return Draft(part.plan, fresh, stored.ready(records, ids, zone_epsg=part.checked.epsg, keys=keys), _came(records))


def _came(records: Records) -> Figures:
    found: dict[int, list[int]] = {}
    for place, name in enumerate(("parcel", "certificate", "holder")):
        of = records.commune_id[records.tables[name]["record"].to_numpy()]
        for unit_id, count in sums(of).items():
            found.setdefault(unit_id, [0, 0, 0])[place] = count
    return {unit_id: (one[0], one[1], one[2]) for unit_id, one in found.items()}


def _with_parents(
    records: Records, part: Part, communes: Sequence[int], predecessors: Sequence[Predecessor]
) -> Records:
    """The records with the commune versions that parents' codes mean: their own commune, or one it came from."""
    lineage = records.tables["lineage"]
    if not lineage.num_rows:
        return records
    own = records.commune_id[lineage["record"].to_numpy()]
    codes = codes_of(part.checked)
    known = {(unit, codes[unit]): unit for unit in communes if unit in codes}
    known |= {(one.unit_id, one.old_code): one.old_unit_id for one in predecessors if one.unit_id in set(communes)}
    pairs = zip(own.tolist(), lineage["parent_commune"].to_pylist(), strict=True)
    meant = pa.array([known.get(pair) for pair in pairs], pa.int32())
    table = lineage.append_column("parent_commune_id", meant)
    return replace(records, tables={**records.tables, "lineage": table})
