"""Takes a received delivery to its end: judged, compared with what stands, published commune by commune, balanced.

Each transaction writes whole communes with the rows of the ledger that say so, up to about 20,000 rows each, so a killed
worker starts again and ends the same. What rules find odd waits for a second person and is compared again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from landdata.checking import ahead
from landdata.errors import DeliveryRefused, NothingAccepted, NothingPublished
from landdata.flows.check import Judged, Part, judge
from landdata.flows.commune import Commune, Context, publish
from landdata.flows.difference import Limits
from landdata.flows.draft import Draft, foreseen
from landdata.flows.feed import FEED_TASK
from landdata.flows.occasion import NOW, Occasion
from landdata.flows.progress import Reporter
from landdata.model.deliveries import CommuneState, Finding, Kind, LedgerLine, Severity, State
from landdata.model.progress import Report, Stage
from landdata.model.sources import Cause
from landdata.model.succession import Predecessor
from landdata.settings import Settings
from landdata.store import deliveries, delivery_communes, parcels, registers, runs
from landdata.store.deliveries import Work
from landdata.store.delivery_communes import Standing
from landdata.store.engine import Database, Writer
from landdata.store.keys import Keys

JOB, CHECK = "deliver", "check"
MATCH_TASK = "match"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Job:
    db: Database
    work: Work
    run_id: int
    settings: Settings
    keys: Keys
    occasion: Occasion


def deliver(
    db: Database,
    *,
    delivery_uid: UUID,
    settings: Settings,
    keys: Keys,
    progress: Progress = lambda _done, _total: None,
    occasion: Occasion = NOW,
) -> State:
    """Work a delivery off, from wherever it was left. Returns the state it comes to rest in; safe to repeat."""
    with db.write() as tx:
        work = deliveries.work(tx, delivery_uid)
        if work is None or work.state.at_rest:
            return work.state if work else State.REFUSED
        run_id = runs.begin(tx, job=JOB, subject=str(delivery_uid))
        doubts = deliveries.doubts(tx, work.delivery_id) if CHECK in runs.steps(tx, run_id) else None
    job = _Job(db, work, run_id, settings, keys, occasion)
    report = Reporter(db, run_id)
    try:
        with judge(
            db,
            work,
            settings=settings,
            keys=keys,
            doubts=doubts,
            report=_reading(job, report),
            scratch=occasion.scratch,
        ) as judged:
            _note_check(job, judged)
            report(Stage.PUBLISHING, _done(job, judged), judged.rows_read)
            communes, predecessors = _communes(job, judged)
            batches = occasion.batches(judged.batches(communes, predecessors))
            for likely in ahead.each(lambda batch: _foreseen(job, judged, batch, predecessors), batches):
                _publish_batch(job, judged, likely, predecessors)
                done = _done(job, judged)
                progress(done, judged.rows_read)
                report(Stage.PUBLISHING, done, judged.rows_read)
            return _finish(job, judged)
    except DeliveryRefused as error:
        _refuse(job, error)
        return State.REFUSED


def _reading(job: _Job, report: Report) -> Report:
    """The report, which also notes when all rows are read."""

    def told(stage: Stage, done: int = 0, total: int = 0) -> None:
        if stage is Stage.CHECKING and total and job.work.state is State.RECEIVED:
            with job.db.write() as tx:
                deliveries.mark_read(tx, job.work.delivery_id)
        report(stage, done, total)

    return told


def _note_check(job: _Job, judged: Judged) -> None:
    """Findings of the check, written once; a check that was cut off is made again from the same bytes."""
    with job.db.write() as tx:
        if CHECK not in runs.steps(tx, job.run_id):
            deliveries.clear_findings(tx, job.work.delivery_id)
            deliveries.add_findings(tx, job.work.delivery_id, judged.findings())
            deliveries.change(
                tx,
                job.work.delivery_id,
                state=State.CHECKED.value,
                format=judged.format.value,
                profile=judged.profile.value,
                epsg=judged.epsg,
                doubts=[asdict(one) for one in judged.doubts],
            )
            runs.done(tx, job.run_id, CHECK, {"rows_read": judged.rows_read, "rows_done": judged.rows_refused})
    # Asked again after a cut: a delivery that is refused once is refused however often it is started.
    if judged.rows_refused == judged.rows_read and not (job.work.named and job.work.kind is Kind.FULL):
        raise NothingAccepted(rows=judged.rows_read)


def _communes(job: _Job, judged: Judged) -> tuple[list[int], tuple[Predecessor, ...]]:
    """The communes the delivery speaks for, in order, and those they came from."""
    units = set(judged.accepted())
    with job.db.read() as tx:
        if job.work.named is not None and job.work.kind is Kind.FULL:
            # A commune that is named and has no accepted row is spoken for too: as one that is empty.
            known = registers.communes_on(tx, on=job.work.effective_on)
            units |= {known[code][0] for code in job.work.named if code in known}
        ordered = sorted(units)
        return ordered, registers.predecessors(tx, ordered, on=job.work.effective_on)


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """A batch of communes: those not through yet, the rows that speak of them, and their records made ready."""

    batch: Sequence[int]
    open: list[int]
    part: Part | None
    draft: Draft | None


def _foreseen(job: _Job, judged: Judged, batch: Sequence[int], predecessors: Sequence[Predecessor]) -> _Foreseen:
    """What is likely to be published of a batch, made ready while the one before it is being written."""
    with job.db.read() as tx:
        open_ = _open(batch, delivery_communes.states(tx, job.work.delivery_id))
    if not open_:
        return _Foreseen(batch, open_, None, None)
    part = judged.part(open_)
    return _Foreseen(batch, open_, part, foreseen(job.db, part, open_, _of(predecessors, open_), job.keys))


def _publish_batch(job: _Job, judged: Judged, likely: _Foreseen, predecessors: Sequence[Predecessor]) -> None:
    """Compare and publish those communes of a batch that are not through yet, in one transaction."""
    with job.db.write() as tx:
        before = delivery_communes.states(tx, job.work.delivery_id)
        open_ = _open(likely.batch, before)
        if not open_:
            return
        own = _of(predecessors, open_)
        parcels.lock_communes(tx, sorted({*open_, *(one.old_unit_id for one in own)}))
        part = likely.part if likely.part and likely.open == open_ else judged.part(open_)
        context = Context(
            work=job.work,
            keys=job.keys,
            limits=Limits(job.settings.retire_share_limit, job.settings.growth_share_limit),
            doubts=judged.doubts,
            draft=likely.draft,
            occasion=job.occasion,
        )
        communes = [Commune(one, before.get(one)) for one in open_]
        found = publish(tx, context, part, communes, own)
        deliveries.add_findings(tx, job.work.delivery_id, judged.told(found, part.row_no))


def _open(batch: Sequence[int], before: Mapping[int, Standing]) -> list[int]:
    return [one for one in batch if one not in before or _to_do(before[one].state)]


def _of(predecessors: Sequence[Predecessor], communes: Sequence[int]) -> list[Predecessor]:
    return [one for one in predecessors if one.unit_id in set(communes)]


def _to_do(state: CommuneState) -> bool:
    return state in {CommuneState.APPROVED, CommuneState.REJECTED}


def _done(job: _Job, judged: Judged) -> int:
    """Rows of the delivery that are through."""
    with job.db.read() as tx:
        totals = delivery_communes.totals(tx, job.work.delivery_id)
    through = ("rows_new", "rows_changed", "rows_unchanged", "rows_held")
    return judged.rows_refused + sum(totals[name] for name in through)


def _finish(job: _Job, judged: Judged) -> State:
    """Close the ledger and the run, and ask for the new holders to be matched."""
    work = job.work
    with job.db.write() as tx:
        count = delivery_communes.count(tx, work.delivery_id)
        totals = delivery_communes.totals(tx, work.delivery_id)
        line = LedgerLine(
            layer=judged.layer,
            rows_read=judged.rows_read,
            rows_new=totals["rows_new"],
            rows_changed=totals["rows_changed"],
            rows_unchanged=totals["rows_unchanged"],
            rows_refused=judged.rows_refused + totals["rows_held"],
            records_refused=judged.records_refused + totals["records_held"],
            unknown_columns=judged.unknown_columns,
            rows_waiting=totals["rows_waiting"],
        )
        deliveries.save_ledger(tx, work.delivery_id, [line])
        if count.get(CommuneState.WAITING):
            state = State.WAITING
        elif count.get(CommuneState.PUBLISHED):
            state = State.PUBLISHED
        else:
            # Its rows went back: the ledger says so, as it does of a delivery that was published.
            agreed = not delivery_communes.rejected(tx, work.delivery_id)
            error = NothingAccepted(rows=line.rows_read) if agreed else NothingPublished(communes=sum(count.values()))
            _note_refusal(tx, job, error)
            runs.end(tx, job.run_id, outcome="DONE")
            return State.REFUSED
        deliveries.change(tx, work.delivery_id, state=state.value)
        if count.get(CommuneState.PUBLISHED):
            job.occasion.moved(tx, work, Cause.PUBLISHED)
            job.occasion.ask(tx, MATCH_TASK, FEED_TASK)
        if state is State.PUBLISHED:
            runs.end(tx, job.run_id, outcome="DONE")
    return state


def _refuse(job: _Job, error: DeliveryRefused) -> None:
    """Note why nothing of a delivery was taken. Raises the error itself where something of it was taken before."""
    with job.db.write() as tx:
        # Read again after a second person's word, the same file may meet a limit of the machine: that is no verdict.
        if delivery_communes.count(tx, job.work.delivery_id).get(CommuneState.PUBLISHED):
            raise error
        _note_refusal(tx, job, error)
        runs.end(tx, job.run_id, outcome="DONE")


def _note_refusal(tx: Writer, job: _Job, error: DeliveryRefused) -> None:
    finding = Finding(error.code, Severity.REFUSES_DELIVERY, "", None, dict(error.details))
    deliveries.add_findings(tx, job.work.delivery_id, [finding])
    refusal = {"code": error.code, "details": error.details}
    deliveries.change(tx, job.work.delivery_id, state=State.REFUSED.value, refusal=refusal)
    job.occasion.refused(tx, job.work, error)
