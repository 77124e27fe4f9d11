"""Brings a country of parcels back from the raw bytes of its deliveries, into a database beside the one that was there.

What cannot be derived is carried over, publications with their clocks among it. Then everything that happened is done
again by the very flows that did it first: province beside province, in each in the order in which it happened.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from uuid import UUID

from landdata.errors import (
    DatabaseUnavailable,
    DiskFull,
    LandDataError,
    RebuildDiverged,
    RebuildSchemaDiffers,
    RebuildTargetNotEmpty,
    RebuildUnderWay,
)
from landdata.flows import publish, withdraw
from landdata.flows.past import Past
from landdata.model.deliveries import CommuneState, State
from landdata.model.rebuild import Rebuilt, Step, StepKind, StepState, lanes
from landdata.settings import Settings
from landdata.store import carry, deliveries, delivery_communes, migrate, parcels
from landdata.store import rebuild as journal
from landdata.store.engine import Database
from landdata.store.keys import INDEX, PERSON, RAW, ROW, SEAL, Keys, KeysThen
from landdata.store.rebuild import Life

# What the machine cannot do now it can do later: nothing is said of a delivery then.
_MACHINE = (DatabaseUnavailable, DiskFull)
# Why nothing stands of a delivery that was left out.
_CODE = "RAW_FILE_DAMAGED"


def _silent(done: int, total: int) -> None:
    """For work that nobody watches."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Told how far a rebuild is, by several threads at once: tables carried over, then rows of all files worked off."""

    carrying: Callable[[int, int], None] = _silent
    rows: Callable[[int, int], None] = _silent


@dataclass
class _Work:
    """A rebuild under way; `stop` is set when no further step is to be begun."""

    target: Database
    settings: Settings
    keys: Keys
    watch: Watch
    scratch: Path
    total: int
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    done: int = 0
    steps: int = 0
    within: dict[int, int] = field(default_factory=dict)

    def through(self, step: Step, rows: int, *, ended: bool = False) -> None:
        """Rows of a step that are worked off."""
        with self.lock:
            if ended:
                self.within.pop(step.step_no, None)
                self.done += step.rows
                self.steps += 1
            else:
                self.within[step.step_no] = min(rows, step.rows)
            self.watch.rows(self.done + sum(self.within.values()), self.total)


def rebuild(
    source: Database,
    target: Database,
    *,
    settings: Settings,
    keys: Keys,
    jobs: int = 2,
    without: Collection[UUID] = (),
    watch: Watch | None = None,
) -> Rebuilt:
    """Do all that is left to be done; killed at any moment, the next call goes on. The source is only read.

    `without`: deliveries to be left out. A step that cannot be done stops its lane (the provinces that share communes),
    and the others go on. Raises RebuildSameDatabase, RebuildSchemaDiffers, RebuildTargetNotEmpty, RebuildUnderWay,
    KeysMissing and KeysDamaged before anything is done, and DatabaseUnavailable and DiskFull at any time.
    """
    keys.require((ROW, RAW, SEAL, INDEX, PERSON))
    told = watch or Watch()
    began = time.monotonic()
    with journal.alone(source, target):
        scratch = _scratch(settings, target)
        _require_same_migrations(source, target)
        with target.read() as tx:
            there = journal.begun(tx)
        if not there:
            _begin(source, target, told)
        if without:
            _leave_out(target, without)
        with target.read() as tx:
            todo = journal.to_do(tx)
        work = _Work(target, settings, keys, told, scratch, sum(one.rows for one in chain.from_iterable(todo.values())))
        told.rows(0, work.total)
        _run(work, list(todo.values()), jobs)
        with target.write() as tx:
            waiting, _ = journal.left(tx)
            if not waiting:
                journal.put_clocks_back(tx)
            left_out, stopped = (journal.stopped(tx, one) for one in (StepState.LEFT, StepState.FAILED))
    return Rebuilt(work.steps, work.done, time.monotonic() - began, waiting, tuple(left_out), tuple(stopped))


def close(target: Database) -> None:
    """Forget how it was done: from now on the target is a database like any other, and no rebuild goes on in it."""
    with target.write() as tx:
        journal.close(tx)


def begun(target: Database) -> bool:
    """Whether a rebuild into this database goes on."""
    with target.read() as tx:
        return journal.begun(tx)


def _scratch(settings: Settings, target: Database) -> Path:
    """Where the files of a rebuild into this database are read; emptied when it starts: a killed one cannot tidy up."""
    with target.read() as tx:
        folder = settings.data_dir / "scratch-rebuild" / journal.name(tx)
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _require_same_migrations(source: Database, target: Database) -> None:
    old, new, own = migrate.revision(source), migrate.revision(target), migrate.head()
    if {old, new} != {own}:
        raise RebuildSchemaDiffers(source=old or "-", target=new or "-", program=own or "-")


def _begin(source: Database, target: Database, watch: Watch) -> None:
    """Carry over what cannot be derived, and write down what is to be done: both or neither."""
    with source.read() as old:
        half = journal.under_way(old)
        if half:
            raise RebuildUnderWay(count=half)
        with target.write() as tx:
            table = carry.held(tx)
            if table is not None:
                raise RebuildTargetNotEmpty(table=table)
            carry.carry(old, tx, watch.carrying)
            lane = lanes(journal.communes_of_offices(old), journal.successions(old))
            journal.begin(old, tx, planned(journal.lives(old), lane))


def planned(lives: Sequence[Life], lane: dict[int, int]) -> list[Step]:
    """What happened, in the order in which it did.

    A decision was carried out when its communes were published; one that sent all back, when it was made.
    """
    happened: list[tuple[datetime, int, Life, StepKind, tuple[int, ...], bool | None]] = []
    for life in lives:
        times = [at for at, _, _ in life.decisions]
        first = [at for at in life.published_at if not times or at < times[0]]
        happened.append((min(first, default=life.begun_at), 0, life, StepKind.WORK, (), None))
        for nth, (at, approved, units) in enumerate(life.decisions, start=1):
            until = times[nth] if nth < len(times) else None
            then = [one for one in life.published_at if one > at and (until is None or one < until)]
            happened.append((min(then, default=at), nth, life, StepKind.DECIDE, units, approved))
        if life.withdrawn_at is not None:
            happened.append((life.withdrawn_at, len(times) + 1, life, StepKind.WITHDRAW, (), None))
    happened.sort(key=lambda one: (one[0], one[2].delivery_id, one[1]))
    return [
        Step(
            number, lane[life.office_id], at, kind, life.delivery_id, life.delivery_uid,
            0 if kind is StepKind.WITHDRAW else life.rows, units, approved,
        )
        for number, (at, _, life, kind, units, approved) in enumerate(happened, start=1)
    ]  # fmt: skip


def _leave_out(target: Database, without: Collection[UUID]) -> None:
    """Let these stand as refused: the worker would take them for new ones otherwise, long after their time."""
    with target.write() as tx:
        journal.leave_out(tx, without)
        for uid in without:
            found = deliveries.work(tx, uid)
            if found is not None and not found.state.at_rest:
                lost = {"code": _CODE, "details": {"sha256": found.sha256.hex(), "reason": "left out of a rebuild"}}
                journal.refuse(tx, found.delivery_id, journal.refusal_then(tx, found.delivery_id) or lost)


def _run(work: _Work, left: list[list[Step]], jobs: int) -> None:
    """Every lane by one thread after another, the longest first; when one fails badly, or is interrupted, all stop."""
    left.sort(key=lambda steps: -sum(one.rows for one in steps))
    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        running = [pool.submit(_lane, work, steps) for steps in left]
        try:
            for one in running:
                one.result()
        except BaseException:
            work.stop.set()
            for one in running:
                one.cancel()
            raise


def _lane(work: _Work, steps: Sequence[Step]) -> None:
    for step in steps:
        if work.stop.is_set():
            return
        try:
            _DO[step.kind](work, step)
        except LandDataError as error:
            if isinstance(error, _MACHINE):
                work.stop.set()
                raise
            with work.target.write() as tx:
                journal.note(tx, step.step_no, StepState.FAILED, {"code": error.code, "details": dict(error.details)})
            return
        except BaseException:
            work.stop.set()
            raise
        work.through(step, step.rows, ended=True)


def _again(work: _Work, step: Step) -> None:
    """Read, check, compare and publish; a delivery that was refused as a whole stays so, whatever a reader may use now."""
    with work.target.read() as tx:
        then = journal.then(tx, step.delivery_id, step.step_no)
    try:
        publish.deliver(
            work.target,
            delivery_uid=step.delivery_uid,
            settings=work.settings,
            keys=KeysThen(work.keys.folder, step.at.timestamp(), then.row_key),
            progress=lambda done, _all: work.through(step, done),
            occasion=Past(then, scratch=work.scratch),
        )
    except RebuildDiverged:
        if then.state is not State.REFUSED or then.published or then.refusal is None:
            raise
        with work.target.write() as tx:
            journal.refuse(tx, step.delivery_id, then.refusal)
    with work.target.write() as tx:
        journal.note(tx, step.step_no, StepState.DONE)


def _decide(work: _Work, step: Step) -> None:
    """Let a second person's word hold again; the word itself is carried over."""
    if not step.begun:
        with work.target.write() as tx:
            state = CommuneState.APPROVED if step.approved else CommuneState.REJECTED
            delivery_communes.decide(tx, step.delivery_id, step.unit_ids, state)
            deliveries.change(tx, step.delivery_id, state=State.CHECKED.value)
            journal.begin_step(tx, step.step_no)
    _again(work, step)


def _withdraw(work: _Work, step: Step) -> None:
    with work.target.read() as tx:
        then = journal.then(tx, step.delivery_id, step.step_no)
        day = None if then.withdrawal is None else parcels.effective_on(tx, then.withdrawal)
    withdraw.carry_out(work.target, delivery_uid=step.delivery_uid, occasion=Past(then, withdrawn_on=day))
    with work.target.write() as tx:
        journal.note(tx, step.step_no, StepState.DONE)


_DO: dict[StepKind, Callable[[_Work, Step], None]] = {
    StepKind.WORK: _again,
    StepKind.DECIDE: _decide,
    StepKind.WITHDRAW: _withdraw,
}
