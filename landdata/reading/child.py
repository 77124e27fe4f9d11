"""The process that opens one delivered file: one driver, no network, limits; it writes Arrow and knows nothing else.

Started as `python -m landdata.reading.child JOB.json` by `isolated.py`, in a private folder that is removed afterwards.
GDAL's own advice for untrusted files is a sandbox: left alone it guesses the format, and a .shp holding VRT text made
it fetch an internal address (security.md 3.5).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from landdata.errors import DeliveryRefused
from landdata.model.deliveries import Format
from landdata.reading.fence import confine

OUTPUT = "rows.arrow"
REPORT = "report.json"


def main() -> None:
    """Read the job, write `rows.arrow` and `report.json` beside it."""
    job_file = Path(sys.argv[1])
    job = json.loads(job_file.read_text(encoding="utf-8"))
    confine(job["memory_bytes"], job["cpu_seconds"])
    try:
        report = _read(job, job_file.parent / OUTPUT)
    except DeliveryRefused as refusal:
        report = {"refused": refusal.code, "details": refusal.details}
    (job_file.parent / REPORT).write_text(json.dumps(report), encoding="utf-8")


def _read(job: dict[str, Any], target: Path) -> dict[str, Any]:
    path = Path(job["path"])
    if job["driver"]:
        from landdata.reading import layers

        return layers.write(path, job["driver"], target, format_name=job["format"], declared=job["declared"])
    # What the libraries would load beside the rows (GDAL for one) stays out of a process that needs none of it.
    from landdata.reading import delimited, tables, workbook

    if job["format"] == Format.XLSX:
        workbook.check(path, max_bytes=job["unpacked_bytes"])
        rows = workbook.rows(path)
    else:
        rows = delimited.rows(path)
    shaped = tables.write(rows, target)
    return {"layer": path.stem, "crs": None, "geometry": tables.GEOMETRY, "shaped": shaped}


if __name__ == "__main__":
    main()
