"""The process that opens one delivered file: one driver, no network, limits; it writes Arrow and knows nothing else.

Started as `python -m landdata.reading.child JOB.json` by `isolated.py`, in a private folder that is removed afterwards.
GDAL's own advice for untrusted files is a sandbox: left alone it guesses the format, and a .shp holding VRT text made
it fetch an internal address (security.md 3.5).
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from landdata.reading.fence import no_sockets

OUTPUT = "rows.arrow"
REPORT = "report.json"


def main() -> None:
    """Read the job, write `rows.arrow` and `report.json` beside it."""
    job_file = Path(sys.argv[1])
    job = json.loads(job_file.read_text(encoding="utf-8"))
    _limit(job)
    report = _read(job, job_file.parent)
    (job_file.parent / REPORT).write_text(json.dumps(report), encoding="utf-8")


def _limit(job: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_seconds"], job["cpu_seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Where the kernel has no such fence, the dead proxy of `isolated.py` is left.
    no_sockets()


def _read(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    driver = job["driver"]
    import pyarrow as pa
    import pyogrio

    path = job["path"]
    if pyogrio.list_drivers().keys() != {driver}:
        return {"error": "DRIVERS"}
    layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    if len(layers) != 1:
        return {"error": "LAYERS_UNCLEAR", "layers": len(layers)}
    if pyogrio.read_info(path, layer=layers[0])["driver"] != driver:
        return {"error": "FORMAT_UNKNOWN"}
    meta, table = pyogrio.read_arrow(path, layer=layers[0], datetime_as_string=True)
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        # Bytes of an old code page under a name that says UTF-8: GDAL hands them on as they are.
        return {"error": "TEXT_UNREADABLE"}
    with pa.OSFile(str(folder / OUTPUT), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return {"layer": layers[0], "crs": meta["crs"], "geometry": meta["geometry_name"] or "wkb_geometry"}


if __name__ == "__main__":
    main()
