"""A worker that is killed a hundred times: each a process of its own, forked from one that has loaded all modules."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from syncworld import ROOT, Process, until

# Loading takes seconds of a processor and is none of what is tried. Smaller steps: more places to be cut at.
_MOTHER = """
import os, signal, sys
import landdata.flows.check as check, sync.__main__ as program, sync.engine as engine
check.ROWS_AT_ONCE = 1
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
for _ in sys.stdin:
    child = os.fork()
    if not child:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(2, 1)
        engine._WORKER = f"forked/{os.getpid()}"
        sys.exit(program.main())
    print(child, flush=True)
"""


@dataclass
class Forked(Process):
    """A worker with the settings of another one that is not started."""

    child: int = 0

    def start(self) -> Self:
        if self.running is None:
            kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDDATA_")}
            with self.log.open("ab") as log:
                self.running = subprocess.Popen(
                    [sys.executable, "-c", _MOTHER], cwd=ROOT, env={**kept, **self.settings},
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                )  # fmt: skip
        assert self.running.stdin is not None
        assert self.running.stdout is not None
        self.running.stdin.write(b"\n")
        self.running.stdin.flush()
        self.child = int(self.running.stdout.readline())
        return self

    @property
    def pid(self) -> int:
        return self.child

    def alive(self) -> bool:
        with suppress(ProcessLookupError):
            os.kill(self.child, 0)
            return True
        return False

    def end(self, sign: signal.Signals = signal.SIGKILL, *, seconds: float = 30.0) -> int:
        with suppress(ProcessLookupError):
            os.kill(self.child, sign)
        until(lambda: not self.alive(), seconds=seconds, what="the worker's end")
        return -sign

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        super().__exit__(kind, *rest)
        if self.running is not None:
            self.running.communicate()  # no more children: it ends


def forked(worker: Process) -> Forked:
    """The same worker, not started yet, as children of one process."""
    return Forked([], worker.settings, worker.log)
