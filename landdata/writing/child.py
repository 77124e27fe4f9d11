"""The process that writes one file: one driver, no network, limits; what it copies from was delivered by somebody.

Started as `python -m landdata.writing.child JOB.json` by `isolated.py`, in a private folder that is removed afterwards.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from landdata.reading.fence import confine, without

DONE = "done.json"


def main() -> None:
    """Read the job, write its target, and say in `done.json` whether the format could hold it."""
    job_file = Path(sys.argv[1])
    job = json.loads(job_file.read_text(encoding="utf-8"))
    confine(job["memory_bytes"], job["cpu_seconds"])
    done = _write(job, Path(job["target"]))
    (job_file.parent / DONE).write_text(json.dumps({"written": done}), encoding="utf-8")


def _write(job: dict[str, Any], target: Path) -> bool:
    if job["kind"] == "report":
        from landdata.writing import workbook

        workbook.report(target, job["sheets"])
        return True
    import pyarrow as pa

    # Rows are written as they came; pyogrio would take these along for whoever wants objects.
    without("pyproj", "shapely")
    with pa.memory_map(job["table"]) as file:
        table = pa.ipc.open_file(file).read_all()
        if job["kind"] == "map":
            from landdata.writing import maps

            return maps.write(table, target, job["driver"], job["layer"])
        if job["kind"] == "entities":
            from landdata.writing import entities

            entities.write(Path(job["source"]), target, table)
            return True
        if job["kind"] == "exchange":
            from landdata.writing import exchange

            exchange.write(Path(job["source"]), target, table)
            return True
        source, rows = Path(job["source"]), [int(row) for row in job["rows"]]
        match job["kind"]:
            case "csv":
                from landdata.writing import delimited

                delimited.write(source, target, rows, table)
            case "xlsx":
                from landdata.writing import workbook

                workbook.write(source, target, rows, table)
            case "gml":
                from landdata.writing import markup

                return markup.write(source, target, rows, table if table.num_columns else None)
    return True


if __name__ == "__main__":
    main()
