"""Watches the processes that the service reads and writes files with: how much memory each had at most."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

from landdata.reading import isolated

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@contextmanager
def watched():
    """A list that is given the largest memory in bytes of each reader when it ends."""
    peaks: list[int] = []

    class Watched(subprocess.Popen):
        def wait(self, timeout: float | None = None) -> int:
            self._note()
            return super().wait(timeout)

        def kill(self) -> None:
            self._note()
            super().kill()

        def _note(self) -> None:
            # A process that has ended already has no memory any more; the kernel's own limit held until then.
            with suppress(OSError):
                found = _PEAK.search(Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8"))
                peaks.append(int(found[1]) << 10 if found else 0)

    with patch.object(isolated.subprocess, "Popen", Watched):
        yield peaks
