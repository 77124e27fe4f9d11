"""What hostile files cost in memory: each is opened by a process of its own, which says the most that its reader had (A11)."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from landworld import COMMUNES, geojson, row
from opening import repacked, zipped

ROOT = Path(__file__).resolve().parents[3]
MOST = 256 << 20
ROWS = [row(COMMUNES[0], number) for number in range(1, 3)]
NAMES = [name for name in ROWS[0] if name != "ring"]
HEADER = ",".join(NAMES).encode() + b"\n"
LINE = ",".join(str(ROWS[0][name]) for name in NAMES).encode() + b"\n"
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{}]>'.format(
    "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
)
DECLARATION = re.compile(rb"(<\?xml.*?\?>)?")
# The reader is a child of this process, so what its children had is what the reader had.
_OPEN = """
import resource, sys
from pathlib import Path
from landdata.errors import DeliveryRefused
from landdata.reading.isolated import Limits, open_layer
path, said = Path(sys.argv[1]), "READ"
try:
    with open_layer(path, limits=Limits(4 << 30, 30, 50 << 20), scratch=path.parent / "scratch") as layer:
        len(layer)
except DeliveryRefused as error:
    said = error.code
print(said, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10)
"""


def sheet() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    book.active.append([ROWS[0][name] for name in NAMES])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


HOSTILE = {
    "a row": (lambda: geojson(ROWS), "READ"),
    "a zip bomb": (lambda: zipped(("a.shp", b"\0" * (200 << 20))), "ARCHIVE_REFUSED"),
    "a billion laughs": (lambda: BOMB.encode() + b"<x>&i;</x>", "DOCTYPE_REFUSED"),
    "a value of 10 MB": (lambda: HEADER + LINE + LINE.replace("Thôn 1".encode(), b"x" * 10_000_000), "VALUE_TOO_LONG"),
    "a line without end": (lambda: HEADER + LINE + b"x" * 40_000_000, "VALUE_TOO_LONG"),
    "deep JSON": (lambda: b'{"type":"FeatureCollection","features":' + b"[" * 5_000_000, "FILE_UNREADABLE"),
    "a wide row": (
        lambda: json.dumps(json.loads(geojson(ROWS)) | {"x": ["y" * 1000] * 10_000}).encode(), "READ",
    ),
    "a workbook that grows": (
        lambda: repacked(sheet(), "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * (60 << 20)), "ARCHIVE_REFUSED",
    ),
    "a workbook with a doctype": (
        lambda: repacked(sheet(), "xl/workbook.xml", lambda xml: DECLARATION.sub(rb"\1" + BOMB.encode(), xml, 1)),
        "DOCTYPE_REFUSED",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_little_memory(tmp_path, name):
    make, code = HOSTILE[name]
    path = tmp_path / "delivered"
    path.write_bytes(make())
    command = [sys.executable, "-c", _OPEN, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    said, peak = done.stdout.split()
    print(f"{name}: {said}, {int(peak) >> 20} MiB")
    assert said == code
    assert int(peak) < MOST
