"""The worker as operators run it, a process of its own, and the memory that it and its readers take at most."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.bench.scale.scene import Scene

_ROOT = Path(__file__).resolve().parents[3]
_LOOK_SECONDS = 0.25
_PATIENCE_SECONDS = 5  # of one that is told to end: what it leaves undone the next one takes up


@dataclass
class Peak:
    """Most bytes that were resident at once in a worker, and in one process that reads a file."""

    worker: int = 0
    reader: int = 0


@dataclass
class Workers:
    """`python -m sync`, so many processes, from the beginning of a block to its end. `peaks`: one a span, see `turn`."""

    scene: Scene
    processes: int = 1
    peaks: list[Peak] = field(default_factory=lambda: [Peak()])
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _watch: threading.Thread | None = None

    def __enter__(self) -> Self:
        own = {
            "LANDDATA_DATABASE_URL": self.scene.place.url,
            "LANDDATA_DATA_DIR": str(self.scene.settings.data_dir),
            # The bench keeps its own watch over the disk.
            "LANDDATA_DISK_REFUSE_SHARE": "0",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDDATA_")}
        for number in range(self.processes):
            with (self.scene.folder / f"worker{number}.log").open("ab") as log:
                self._running.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "sync"], cwd=_ROOT, env={**kept, **own}, stdout=log, stderr=log,
                        start_new_session=True,
                    )
                )  # fmt: skip
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for one in self._running:
            one.send_signal(signal.SIGTERM)
        for one in self._running:
            try:
                one.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        if self._watch:
            self._watch.join()

    def require_alive(self) -> None:
        """Raises RuntimeError with its last words when one has ended."""
        for number, one in enumerate(self._running):
            if one.poll() is not None:
                said = (self.scene.folder / f"worker{number}.log").read_text(errors="replace")
                raise RuntimeError(f"a worker ended with {one.returncode}:\n{said[-2000:]}")

    def turn(self) -> None:
        """Begin a new span: the peaks of the one before stay as they are."""
        self.peaks.append(Peak())
        for one in self._running:
            with suppress(OSError):
                Path(f"/proc/{one.pid}/clear_refs").write_text("5")

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            now = self.peaks[-1]
            for one in self._running:
                now.worker = max(now.worker, _peak(one.pid))
                now.reader = max([now.reader, *map(_peak, _children(one.pid))])


def _peak(pid: int) -> int:
    """VmHWM in bytes; 0 of a process that is gone."""
    with suppress(OSError):
        said: Mapping[str, str] = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        )
        return int(said.get("VmHWM", "0 kB").split()[0]) * 1024
    return 0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found
