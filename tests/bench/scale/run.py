"""`./run bench load --full`: from an empty database to 24 million parcels, measured at 500,000, at 5 million, and there."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psycopg2

from fixtures.generators.register import provinces
from landdata.settings import Settings
from landdata.store import keys
from tests.bench.ground import CannotRun, Result, ground, say
from tests.bench.scale.fill import SPAN, Filler, race, require_room
from tests.bench.scale.point import Aside, Cost, measure
from tests.bench.scale.scene import Scene
from tests.bench.scale.shares import EACH, Piece, Plan, plan, room
from tests.bench.scale.worker import Peak

POINTS = (500_000, 5_000_000, 24_000_000)
_GOAL, _GOAL_MEMORY = 1.3, 1.2
# Bytes a parcel as measured at the end of such a run (docs/performance.md), and what does not grow with it: the log of
# the database between two checkpoints, files on their way, what readers unpack.
_DATABASE, _RAW, _BESIDE = 2_150, 600, 6 * 10**9
_NOTE = "scale.json"
_SUFFIX = "_scale"
KEPT = f"bench_kept{_SUFFIX}"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--full",
        action="store_true",
        help="63 offices deliver 24 million parcels; measured on the way (an hour or two)",
    )
    own = parser.add_argument_group("with --full")
    own.add_argument("--millions", type=float, help="parcels in the end, in millions (default 24)")
    own.add_argument("--points", help="parcels at which is measured, by comma (default 500000,5000000,24000000)")
    own.add_argument("--sample", type=int, default=50_000, help="parcels of a file that is measured (default 50000)")
    own.add_argument("--file", type=int, default=100_000, help="parcels of the other files (default 100000)")
    own.add_argument("--races", type=int, default=2, help="rounds of one lane against two (default 2)")
    own.add_argument("--workers", type=int, default=1, help="processes of the worker, two lanes each (default 1)")
    own.add_argument("--leave", type=float, default=15, help="GB of the disk that stay free (default 15)")
    own.add_argument(
        "--drop-raw", action="store_true", help="remove the sealed copy of a file once it is published, to save room"
    )
    own.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep what is done until all is done, and go on with it"
    )


@dataclass
class Notes:
    """What is measured, kept beside a country that is kept."""

    costs: dict[int, dict[str, Any]] = field(default_factory=dict)
    peaks: list[dict[str, int]] = field(default_factory=list)
    races: list[list[float]] = field(default_factory=list)  # none of one that was cut off
    sizes: dict[int, dict[str, int]] = field(default_factory=dict)
    seconds: float = 0.0


def run(admin_url: str, chosen: argparse.Namespace) -> list[Result]:
    """Measure; returns a `load.cost_` for each size but the first, `load.at_once` and `load.memory`.

    Raises CannotRun before it begins where the disk is too small.
    """
    points = _points(chosen)
    with tempfile.TemporaryDirectory(prefix="landdata-bench-") as other, _ends_by_term():
        folder: Path = chosen.keep or Path(other)
        folder.mkdir(parents=True, exist_ok=True)
        again = (folder / _NOTE).exists()
        leave = round(chosen.leave * 1e9)
        if again:
            require_room(folder, leave)
        else:
            _require_disk(folder, points[-1], leave, drop_raw=chosen.drop_raw)
        _drop(admin_url, *_left(admin_url))
        with ground(admin_url, _SUFFIX, kept=chosen.keep is not None, again=again) as place:
            settings = Settings(database_url=place.url, data_dir=folder / "data")
            scene = Scene(place, folder, settings, keys.make_all(settings.data_dir), chosen.drop_raw)
            with closing(scene):
                results = _Run(scene, chosen, points, leave).measure()
        if chosen.keep:
            # It was kept to go on with; there is nothing more to do.
            (folder / _NOTE).unlink()
            _drop(admin_url, KEPT)
        return results


class _Run:
    """One run, or the rest of one."""

    def __init__(self, scene: Scene, chosen: argparse.Namespace, points: tuple[int, ...], leave: int) -> None:
        self.scene, self.chosen, self.points, self.leave = scene, chosen, points, leave
        self.plan: Plan = plan(
            points=len(points), rounds=chosen.rounds, sample=chosen.sample, file=chosen.file, races=chosen.races
        )
        self.note = scene.folder / _NOTE
        self.notes = _read(self.note)

    def measure(self) -> list[Result]:
        scene, notes = self.scene, self.notes
        scene.register([one.code for one in provinces()])
        self._write()
        Aside(scene).heal()
        filler = Filler(scene, self.plan.others, self.leave, self.chosen.workers)
        for at, point in enumerate(self.points):
            if point not in notes.sizes:
                # The middle one of the rounds is to meet tables of just this size.
                samples = self.plan.samples[at]
                try:
                    filler.until(point - sum(one.parcels for one in samples) // 2, self.points[-1])
                finally:
                    notes.peaks += [asdict(one) for one in filler.peaks]
                    notes.seconds += filler.seconds
                    filler.peaks, filler.seconds = [], 0.0
                    self._write()
                self._measure(point, samples)
                notes.sizes[point] = {
                    "database": scene.database_bytes(),
                    "raw": scene.raw_bytes(),
                    "parcels": scene.parcels(),
                }
                self._write()
                say(str(Cost.of(notes.costs[point])))
            if at == 0:
                self._race()
        return self._results()

    def _measure(self, point: int, samples: tuple[Piece, ...]) -> None:
        noted = self.notes.costs.get(point)
        cost = Cost.of(noted) if noted else Cost(self.scene.parcels(), samples[0].parcels)

        def keep(now: Cost) -> None:
            self.notes.costs[point] = now.noted()
            self._write()

        measure(self.scene, samples, cost, keep)

    def _race(self) -> None:
        known = self.scene.known()
        for number, (alone, two, four) in enumerate(self.plan.races):
            if number < len(self.notes.races):
                continue
            if any(piece.key in known for piece in (*alone, *two, *four)):
                self.notes.races.append([])
                continue
            seconds = [race(self.scene, alone, processes=1), race(self.scene, two, processes=1)]
            seconds.append(race(self.scene, four, processes=2))
            self.notes.races.append(seconds)
            self._write()
            say(
                f"race {number + 1}: {sum(one.parcels for one in alone):,} parcels of one province {seconds[0]:.1f} s, "
                f"of two at once {seconds[1]:.1f} s, by two processes {seconds[2]:.1f} s"
            )

    def _write(self) -> None:
        draft = self.note.with_suffix(".part")
        draft.write_text(json.dumps(asdict(self.notes), indent=1))
        draft.replace(self.note)

    def _results(self) -> list[Result]:
        costs = {point: Cost.of(self.notes.costs[point]) for point in self.points}
        base = costs[self.points[0]]
        found = []
        for point in self.points[1:]:
            grown = costs[point].ratio() / base.ratio()
            last = point == self.points[-1] and len(self.points) > 2
            found.append(
                Result(
                    f"load.cost_{_short(point)}", round(grown, 3), "none" if last else f"<= {_GOAL}",
                    last or grown <= _GOAL, f"{base}\n    {costs[point]}\n    {self._room(point)}",
                )
            )  # fmt: skip
        return [*found, *self._at_once(), *self._memory()]

    def _room(self, point: int) -> str:
        size = self.notes.sizes[point]
        each = {name: size[name] / size["parcels"] for name in ("database", "raw")}
        return (
            f"{size['parcels']:,} parcels: database {size['database'] / 1e9:.1f} GB, {each['database']:,.0f} bytes each; "
            f"sealed files {size['raw'] / 1e9:.1f} GB, {each['raw']:,.0f} bytes each"
        )

    def _at_once(self) -> list[Result]:
        races = [one for one in self.notes.races if one]
        if not races:
            return []
        alone, two, processes = (median(column) for column in zip(*races, strict=True))
        gained = "two at once are faster" if alone > two else "two at once are not faster on this machine"
        return [
            Result("load.at_once", round(alone / two, 3), "none", True,
                f"{4 * max(1, self.chosen.sample // EACH) * EACH:,} parcels in four files: of one province {alone:.1f} s, of "
                f"two {two:.1f} s, of two by two worker processes {processes:.1f} s; {gained}; the whole country by "
                f"{self.chosen.workers} worker, files made beside it, {self.notes.seconds / 60:.0f} min"),
        ]  # fmt: skip

    def _memory(self) -> list[Result]:
        peaks = [peak for one in self.notes.peaks if (peak := Peak(**one)).reader]
        if not peaks:
            return []
        whole = peaks[:-1] or peaks  # the last span is cut off where the filling ended
        # One span is higher than another by which deliveries met in it: halves are compared.
        at = max(1, len(whole) // 2)
        first, last = (
            Peak(round(median(one.worker for one in half)), round(median(one.reader for one in half)))
            for half in (whole[:at], whole[-at:])
        )
        grown = max(last.worker / max(first.worker, 1), last.reader / max(first.reader, 1))
        most = Peak(max(one.worker for one in peaks), max(one.reader for one in peaks))
        return [Result(
            "load.memory", round(grown, 3), f"<= {_GOAL_MEMORY}", grown <= _GOAL_MEMORY,
            f"peak resident memory in spans of {SPAN:,} parcels: worker {_mb(first.worker)} in their first half (median), "
            f"{_mb(last.worker)} in the second, {_mb(most.worker)} in any; a reader {_mb(first.reader)}, {_mb(last.reader)}, "
            f"{_mb(most.reader)}",
        )]  # fmt: skip


def _points(chosen: argparse.Namespace) -> tuple[int, ...]:
    points = tuple(int(one) for one in chosen.points.split(",")) if chosen.points else POINTS
    if chosen.millions:
        most = round(chosen.millions * 1e6)
        points = (*(one for one in points if one < most), most)
    if points[-1] > room():
        raise CannotRun(f"at most {room():,} parcels fit into the country")
    return points


def _require_disk(folder: Path, parcels: int, leave: int, *, drop_raw: bool) -> None:
    """Raises CannotRun with the sum where the country does not fit."""
    free = shutil.disk_usage(folder).free
    database, raw = parcels * _DATABASE, 0 if drop_raw else parcels * _RAW
    if database + raw + _BESIDE + leave > free:
        raise CannotRun(
            f"{parcels:,} parcels take about {(database + raw + _BESIDE) / 1e9:.0f} GB: {database / 1e9:.0f} GB of tables and "
            f"indexes, {raw / 1e9:.0f} GB of sealed files, {_BESIDE / 1e9:.0f} GB of WAL and files on their way. "
            f"{free / 1e9:.0f} GB are free, and {leave / 1e9:.0f} GB are to stay so (--leave). "
            + (
                "Take fewer with --millions."
                if drop_raw
                else "Take fewer with --millions, or remove files with --drop-raw."
            )
        )


def _read(note: Path) -> Notes:
    if not note.exists():
        return Notes()
    found = json.loads(note.read_text())
    for name in ("costs", "sizes"):
        found[name] = {int(point): value for point, value in found[name].items()}
    return Notes(**found)


@contextmanager
def _ends_by_term() -> Iterator[None]:
    """A request to end is like Ctrl-C: workers are ended and the database goes; a second one does not disturb that."""

    def end(*_: object) -> None:
        for sign in before:
            signal.signal(sign, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {sign: signal.signal(sign, end) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _left(admin_url: str) -> list[str]:
    """Databases of earlier runs that were killed."""
    with closing(psycopg2.connect(admin_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", (rf"^bench_\d+{_SUFFIX}$",))
        names = [str(name) for (name,) in cursor.fetchall()]
    return [name for name in names if not Path(f"/proc/{name.split('_')[1]}").exists()]


def _drop(admin_url: str, *databases: str) -> None:
    with closing(psycopg2.connect(admin_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in databases:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _short(parcels: int) -> str:
    return f"{parcels / 1e6:g}m" if parcels >= 1_000_000 else f"{parcels // 1000}k"


def _mb(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
