"""The process that opens one delivered file: one driver, no network, limits; it writes Arrow and knows nothing else.

Started as `python -m landdata.reading.child JOB.json` by `isolated.py`, in a private folder that is removed afterwards.
GDAL's own advice for untrusted files is a sandbox: left alone it guesses the format, and a .shp holding VRT text made
it fetch an internal address (security.md 3.5).
"""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

from landdata.errors import DeliveryRefused
from landdata.model.deliveries import Format
from landdata.reading.fence import confine, without
from landdata.reading.stored import Tell

OUTPUT = "rows.arrow"
NOTED = "noted.arrow"
# Said instead of a layer or a number of rows: the disk that the child writes to is full, whatever the file is like.
NO_ROOM = "no room"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def main() -> None:
    """Read the job and write `rows.arrow` beside it.

    Each line of standard output is JSON: what the layer is, then the rows of each batch that is written, or at any time
    why the file is refused, or that there is no room. So the parent can judge the first rows while the others are still
    being read.
    """
    job_file = Path(sys.argv[1])
    job = json.loads(job_file.read_text(encoding="utf-8"))
    confine(job["memory_bytes"], job["cpu_seconds"])
    # What a library prints must not be taken for ours.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)

        def tell(what: dict[str, Any] | int | str) -> None:
            out.write(json.dumps(what) + "\n")
            out.flush()

        try:
            _read(job, job_file.parent / OUTPUT, tell)
        except DeliveryRefused as refusal:
            tell({"refused": refusal.code, "details": refusal.details})
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            tell(NO_ROOM)


def _read(job: dict[str, Any], target: Path, tell: Tell) -> None:
    path = Path(job["path"])
    if job["driver"]:
        # pyogrio takes them along for whoever wants objects; rows need none, nor the HTTP client and TLS behind PROJ.
        without("pyproj", "shapely")
        from landdata.reading import layers

        layers.write(path, job["driver"], target, format_name=job["format"], declared=job["declared"], tell=tell)
        return
    if job["format"] == Format.XML:
        from landdata.reading import carrying, exchange

        carrying.write(path.stem, exchange.read(path), target, tell)
        return
    # What the libraries would load beside the rows (GDAL for one) stays out of a process that needs none of it.
    from landdata.reading import delimited, tables, workbook

    if job["format"] == Format.XLSX:
        workbook.check(path, max_bytes=job["unpacked_bytes"])
        rows = workbook.rows(path)
    else:
        rows = delimited.rows(path)
    tables.write(rows, target, layer=path.stem, tell=tell)


if __name__ == "__main__":
    main()
