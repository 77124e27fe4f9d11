"""Programs that are killed two hundred times: each a process of its own, forked from one that has loaded all modules."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from syncworld import ROOT, Process, until

# Loading takes seconds of a processor and is none of what is tried. Smaller steps: more places to be cut at.
_MOTHER = """
import json, os, signal, sys
import landdata.flows.check as check, landdata.flows.uploads as uploads
check.ROWS_AT_ONCE, uploads.STEP_BYTES = 1, 8_000
import api.__main__ as serving, api.main, sync.__main__ as working, sync.engine as engine
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
for line in sys.stdin:
    child = os.fork()
    if not child:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(2, 1)
        given = json.loads(line)
        os.environ.update(given["settings"])
        engine._WORKER = f"forked/{os.getpid()}"
        log = os.open(given["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1), os.dup2(log, 2)
        sys.argv = given["arguments"]
        if sys.argv[0] == "sync":
            sys.exit(working.main())
        sys.exit(serving.main(sys.argv[1:]))
    print(child, flush=True)
"""


@dataclass
class Mother:
    """The process that has loaded everything; it lives as long as the block."""

    log: Path
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDDATA_")}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-c", _MOTHER], cwd=ROOT, env=kept, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log,
            )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        if self.running is not None:
            self.running.communicate()  # no more children: it ends

    def child(self, like: Process) -> Forked:
        """The program of a process that is not started, `python -m sync` or `python -m api`, as a child of this one."""
        assert like.arguments[0] == "-m"
        return Forked(like.arguments[1:], like.settings, like.log, mother=self)

    def bear(self, of: Process) -> int:
        assert self.running is not None
        assert self.running.stdin is not None
        assert self.running.stdout is not None
        asked = {"arguments": of.arguments, "settings": of.settings, "log": str(of.log)}
        self.running.stdin.write(json.dumps(asked).encode() + b"\n")
        self.running.stdin.flush()
        return int(self.running.stdout.readline())


@dataclass
class Forked(Process):
    """A program that starts within a moment; a killed one can be started again."""

    mother: Mother = field(kw_only=True)
    child: int = 0

    def start(self) -> Self:
        self.child = self.mother.bear(self)
        return self

    @property
    def pid(self) -> int:
        return self.child

    def alive(self) -> bool:
        with suppress(ProcessLookupError):
            os.kill(self.child, 0)
            return self.child > 0
        return False

    def end(self, sign: signal.Signals = signal.SIGKILL, *, seconds: float = 60.0) -> int:
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.child, sign)
        until(lambda: not self.alive(), seconds=seconds, what="the end of a program")
        return -sign
