"""Fills the country through the queue and the worker: files are made beside it, handed in, worked off, and removed."""

from __future__ import annotations

import multiprocessing
import shutil
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from fixtures.generators.bench import BenchFile
from landdata.model.deliveries import State
from tests.bench.ground import CannotRun
from tests.bench.scale.meter import Meter
from tests.bench.scale.scene import Scene, write
from tests.bench.scale.shares import Piece
from tests.bench.scale.worker import Peak, Workers

_LOOK_SECONDS = 0.5
# Files that are made before they are asked for, and deliveries handed in that are not through: enough for two lanes.
_MADE, _OPEN = 2, 4
# Memory is looked at in spans of so many parcels.
SPAN = 500_000


@dataclass
class Filler:
    """`pieces` in order, those handed in before left out. `leave`: bytes that stay free, whatever happens."""

    scene: Scene
    pieces: Sequence[Piece]
    leave: int
    processes: int = 1
    seconds: float = 0.0
    peaks: list[Peak] = field(default_factory=list)
    _open: dict[UUID, Piece] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = self.scene.known()
        self._open = {
            uid: piece
            for piece in self.pieces
            for uid, state in [known.get(piece.key, (None, State.PUBLISHED))]
            if uid is not None and not state.at_rest
        }
        self._left = deque(piece for piece in self.pieces if piece.key not in known)

    def until(self, parcels: int, goal: int) -> None:
        """Work on until so many are on record. Raises CannotRun, RuntimeError when a delivery or a worker failed."""
        there = self.scene.parcels()
        if there >= parcels and not self._open:
            return
        meter, turned = Meter(goal), there // SPAN
        with _maker() as maker, self._timed() as workers:
            made: deque[tuple[Piece, Future[BenchFile]]] = deque()
            while True:
                self._make(made, maker, parcels - there)
                self._hand_in(made)
                self._settle()
                workers.require_alive()
                require_room(self.scene.folder, self.leave)
                there = self.scene.parcels()
                meter.show(there)
                if there // SPAN > turned:
                    turned = there // SPAN
                    workers.turn()
                if not made and not self._open and (there >= parcels or not self._left):
                    break
                time.sleep(_LOOK_SECONDS)
            meter.end()

    @contextmanager
    def _timed(self) -> Iterator[Workers]:
        """Workers, and what they took noted however the block ends."""
        began = time.monotonic()
        workers = Workers(self.scene, self.processes)
        try:
            with workers:
                yield workers
        finally:
            self.seconds += time.monotonic() - began
            self.peaks += workers.peaks

    def _make(self, made: deque[tuple[Piece, Future[BenchFile]]], maker: ProcessPoolExecutor, wanted: int) -> None:
        """Ask for the next files, but for no more than are wanted."""
        coming = sum(one.parcels for one, _ in made) + sum(one.parcels for one in self._open.values())
        while self._left and len(made) < _MADE and coming < wanted:
            piece = self._left.popleft()
            made.append((piece, maker.submit(write, self.scene.files, piece)))
            coming += piece.parcels

    def _hand_in(self, made: deque[tuple[Piece, Future[BenchFile]]]) -> None:
        while made and len(self._open) < _OPEN and made[0][1].done():
            piece, future = made.popleft()
            file = future.result().path
            self._open[self.scene.hand_in(piece, file, piece.key).delivery_uid] = piece
            file.unlink()

    def _settle(self) -> None:
        """Take what is through out of the list."""
        for uid, state in self.scene.states(list(self._open)).items():
            if state is State.PUBLISHED:
                self.scene.forget_raw(uid)
                del self._open[uid]
            elif state.at_rest:
                raise RuntimeError(f"delivery {self._open[uid].key} ended {state}")


@contextmanager
def _maker() -> Iterator[ProcessPoolExecutor]:
    """One process that makes files; it starts afresh, since this one has threads and connections."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as maker:
        try:
            yield maker
        finally:
            maker.shutdown(cancel_futures=True)


def race(scene: Scene, pieces: Sequence[Piece], *, processes: int) -> float:
    """Seconds by the clock of the database, from when the first file is begun until the last is published."""
    uids = []
    for piece in pieces:
        file = write(scene.files, piece).path
        uids.append(scene.hand_in(piece, file, piece.key).delivery_uid)
        file.unlink()
    scene.place.checkpoint()
    with Workers(scene, processes) as workers:
        while not all(state.at_rest for state in scene.states(uids).values()):
            workers.require_alive()
            time.sleep(_LOOK_SECONDS)
    for uid in uids:
        scene.forget_raw(uid)
    seconds = scene.one(
        "SELECT extract(epoch FROM max(d.finished_at) - min(r.started_at)) FROM intake.delivery d "
        "JOIN sync.run r ON r.job = 'deliver' AND r.subject = d.delivery_uid::text WHERE d.delivery_uid::text = ANY(%s)",
        [str(one) for one in uids],
    )
    return float(seconds)


def require_room(folder: Path, leave: int) -> None:
    """Raises CannotRun when less than `leave` bytes are free."""
    free = shutil.disk_usage(folder).free
    if free < leave:
        raise CannotRun(f"only {free / 1e9:.1f} GB are free, and {leave / 1e9:.1f} GB are to stay so (--leave)")
