"""Judges a file and takes all its records, as publishing does; prints the peak memory of this process and of its reader.

`python memory.py FILE PROVINCE FOLDER`: bytes of the one and of the other.
"""

from __future__ import annotations

import resource
import sys
from datetime import date
from pathlib import Path

import numpy as np

from landdata.checking import whole
from landdata.checking.records import build, outline
from landdata.flows import desk
from landdata.flows.check import Judged, zone_of
from landdata.model.declared import declared
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import Limits, open_layer
from landdata.reading.register import Register
from landdata.settings import Settings


def main(path: Path, province: str, scratch: Path) -> None:
    settings, asked = Settings(), desk.Asked(date(2023, 3, 28))
    register = Register(settings.reference_dir, asked.effective_on)
    own = (register.province(province),)
    limits = Limits(settings.reader_memory_bytes, settings.reader_cpu_seconds, settings.delivery_max_bytes)
    with open_layer(path, limits=limits, scratch=scratch) as layer:
        context = desk._context(register, own, zone_of(layer.crs, None, ()), declared(layer.crs), asked, settings)
        rows = FlatLayer(layer)
        judged = Judged(layer, rows, whole.check(rows, context))
        for commune in judged.accepted():
            part = judged.part([commune])
            records = np.arange(len(part.plan.commune_id))
            assert build(part.checked, outline(part.checked), records).tables["parcel"].num_rows
        assert judged.rows_refused == 0
    print(_own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10)


def _own_peak() -> int:
    """What `getrusage` says of this process begins with the size of the one that started it; the kernel knows better."""
    [line] = [one for one in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in one]
    return int(line.split()[1]) << 10


main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
