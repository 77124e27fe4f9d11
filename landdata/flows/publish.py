"""Takes a received delivery to its end: judged, compared with what stands, published commune by commune, balanced.

Each step commits together with its rows, so a killed worker starts again and ends the same; communes are published
whole, in code order, up to about 20,000 rows a transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from landdata.checking.records import build
from landdata.errors import DeliveryRefused, NothingAccepted
from landdata.flows.check import Judged, asides, findings, judge
from landdata.flows.difference import Difference, Scope, compare
from landdata.model.deliveries import Finding, LedgerLine, Severity, State
from landdata.model.parcels import Integers, Records
from landdata.settings import Settings
from landdata.store import coverage, deliveries, offices, parcels, runs
from landdata.store.coverage import Change
from landdata.store.deliveries import Work
from landdata.store.engine import Database, Writer
from landdata.store.keys import Keys
from landdata.store.queue import enqueue

JOB = "deliver"
MATCH_TASK = "match"
_ROWS_A_TRANSACTION = 20_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Job:
    db: Database
    work: Work
    run_id: int
    settings: Settings
    keys: Keys


def deliver(
    db: Database,
    *,
    delivery_uid: UUID,
    settings: Settings,
    keys: Keys,
    progress: Progress = lambda _done, _total: None,
) -> State:
    """Work a delivery off, from wherever it was left. Returns the state it ends in; safe to repeat."""
    with db.write() as tx:
        work = deliveries.work(tx, delivery_uid)
        if work is None or work.state.final:
            return work.state if work else State.REFUSED
        run_id = runs.begin(tx, job=JOB, subject=str(delivery_uid))
    job = _Job(db, work, run_id, settings, keys)
    try:
        judged = judge(db, work, settings=settings, keys=keys)
        _note_check(job, judged)
        for number, communes in enumerate(_batches(judged)):
            done = _publish_batch(job, judged, f"publish:{number:05d}", communes)
            progress(done, len(judged.checked.refused))
        _finish(job, judged)
    except DeliveryRefused as error:
        _refuse(job, error)
        return State.REFUSED
    return State.PUBLISHED


def _note_check(job: _Job, judged: Judged) -> None:
    """Findings of the check, written once; a check that was cut off is made again from the same bytes."""
    with job.db.write() as tx:
        if "check" not in runs.steps(tx, job.run_id):
            deliveries.clear_findings(tx, job.work.delivery_id)
            found = findings(judged.checked.findings, judged.checked.rows) + asides(judged.checked.rows)
            deliveries.add_findings(tx, job.work.delivery_id, found)
            deliveries.change(
                tx,
                job.work.delivery_id,
                state=State.CHECKED.value,
                format=judged.format.value,
                profile=judged.profile.value,
                epsg=judged.checked.epsg,
            )
            refused = int(judged.checked.refused.sum())
            runs.done(tx, job.run_id, "check", {"rows_read": len(judged.checked.refused), "rows_done": refused})
    # Asked again after a cut: a delivery that is refused once is refused however often it is started.
    if judged.checked.refused.all():
        raise NothingAccepted(rows=len(judged.checked.refused))


def _batches(judged: Judged) -> list[Integers]:
    """Communes with an accepted row, in order, cut where a transaction has rows enough."""
    communes, index = np.unique(judged.plan.commune_id, return_inverse=True)
    rows = np.bincount(index, weights=judged.plan.row_count, minlength=len(communes))
    batch = (np.cumsum(rows) - rows) // _ROWS_A_TRANSACTION
    return [communes[batch == number] for number in np.unique(batch)]


def _publish_batch(job: _Job, judged: Judged, name: str, communes: Integers) -> int:
    """Compare and publish some communes in one transaction. Returns the rows of the delivery that are through."""
    with job.db.write() as tx:
        before = runs.steps(tx, job.run_id)
        if name not in before:
            ids = [int(one) for one in communes]
            parcels.lock_communes(tx, ids)
            incoming = np.flatnonzero(np.isin(judged.plan.commune_id, communes))
            scope = Scope(judged.checked, judged.plan, incoming, job.settings.retire_share_limit)
            difference = compare(
                scope, parcels.standing(tx, ids), lambda records: parcels.standing_keys(tx, records, ids)
            )
            result = _write(tx, job, judged, ids, difference)
            runs.done(tx, job.run_id, name, result)
            before[name] = result
        return sum(one.get("rows_done", 0) for one in before.values())


def _write(tx: Writer, job: _Job, judged: Judged, ids: list[int], difference: Difference) -> dict[str, Any]:
    work, plan = job.work, judged.plan
    records = build(judged.checked, plan, difference.fresh)
    gone = parcels.counts(tx, commune_ids=ids, record_ids=difference.ended)
    came = _counts(records)
    publication_id = None
    if len(difference.fresh) or difference.ended:
        publication_id = parcels.new_publication(
            tx, delivery_id=work.delivery_id, kind="PUBLISH", effective_on=work.effective_on
        )
        parcels.end(tx, commune_ids=ids, record_ids=difference.ended, publication_id=publication_id)
        parcels.save(tx, records, publication_id=publication_id, zone_epsg=judged.checked.epsg, keys=job.keys)
    touched = {*(int(one) for one in records.commune_id), *gone}
    lines: list[dict[str, Any]] = []
    changes: list[Change] = []
    for unit_id in ids:
        held = unit_id in difference.held_communes
        new, old = came.get(unit_id, (0, 0, 0)), gone.get(unit_id, (0, 0, 0))
        before = difference.parcels_before.get(unit_id, 0)
        lines.append(
            {
                "unit_id": unit_id,
                "parcels_before": before,
                "parcels_new": new[0],
                "parcels_retired": old[0],
                "parcels_after": before + new[0] - old[0],
                # A commune that was compared and found unchanged is published too: it is asserted.
                "publication_id": None if held else publication_id if unit_id in touched else 0,
            }
        )
        change = Change(unit_id, new[0] - old[0], new[1] - old[1], new[2] - old[2])
        if change.parcels or change.certificates or change.holders:
            changes.append(change)
    if publication_id is not None:
        coverage.add(
            tx,
            changes,
            publication_id=publication_id,
            delivery_id=work.delivery_id,
            effective_on=work.effective_on,
            backfilled=work.backfilled,
            simulated=work.simulated,
        )
    deliveries.add_communes(tx, work.delivery_id, lines)
    late = findings(difference.findings, judged.checked.rows)
    deliveries.add_findings(tx, work.delivery_id, late)
    return {
        "rows_new": difference.rows_new,
        "rows_changed": difference.rows_changed,
        "rows_unchanged": difference.rows_unchanged,
        "rows_held": difference.rows_held,
        "records_held": difference.records_held,
        "rows_done": difference.rows_new + difference.rows_changed + difference.rows_unchanged + difference.rows_held,
    }


def _counts(records: Records) -> dict[int, tuple[int, int, int]]:
    """Parcels, certificates and holders of new records, by commune."""
    found: dict[int, list[int]] = {}
    for place, name in enumerate(("parcel", "certificate", "holder")):
        of = records.commune_id[records.tables[name]["record"].to_numpy()]
        for unit_id, count in zip(*np.unique(of, return_counts=True), strict=True):
            found.setdefault(int(unit_id), [0, 0, 0])[place] = int(count)
    return {unit_id: (one[0], one[1], one[2]) for unit_id, one in found.items()}


def _finish(job: _Job, judged: Judged) -> None:
    """Close the ledger and the run, and ask for the new holders to be matched."""
    with job.db.write() as tx:
        done = runs.steps(tx, job.run_id)
        if "finish" in done:
            return
        total = {
            name: sum(one.get(name, 0) for one in done.values())
            for name in ("rows_new", "rows_changed", "rows_unchanged", "rows_held", "records_held")
        }
        line = LedgerLine(
            layer=judged.checked.rows.layer,
            rows_read=len(judged.checked.refused),
            rows_new=total["rows_new"],
            rows_changed=total["rows_changed"],
            rows_unchanged=total["rows_unchanged"],
            rows_refused=int(judged.checked.refused.sum()) + total["rows_held"],
            records_refused=len(np.unique(judged.checked.component[judged.checked.refused])) + total["records_held"],
            unknown_columns=judged.checked.rows.unknown_columns,
        )
        deliveries.add_ledger(tx, job.work.delivery_id, [line])
        deliveries.change(tx, job.work.delivery_id, state=State.PUBLISHED.value)
        offices.connect_source(tx, job.work.office_id)
        runs.done(tx, job.run_id, "finish", {})
        runs.end(tx, job.run_id, outcome="DONE")
        enqueue(tx, task=MATCH_TASK, lock=MATCH_TASK, once=MATCH_TASK)


def _refuse(job: _Job, error: DeliveryRefused) -> None:
    """Note why nothing of a delivery was taken."""
    with job.db.write() as tx:
        finding = Finding(error.code, Severity.REFUSES_DELIVERY, "", None, dict(error.details))
        deliveries.add_findings(tx, job.work.delivery_id, [finding])
        refusal = {"code": error.code, "details": error.details}
        deliveries.change(tx, job.work.delivery_id, state=State.REFUSED.value, refusal=refusal)
        runs.end(tx, job.run_id, outcome="DONE")
