"""Malice of archives: bombs, names that lead elsewhere, locks, archives in archives, lies in the directory."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

from tests.corpus import forms
from tests.corpus.cases import TAKEN, Bait, Case, case

_REFUSED = "ARCHIVE_REFUSED"
_UNKNOWN = "FORMAT_UNKNOWN"
_NAMES = {
    "up": "../../../../tmp/a{}",
    "absolute": "/tmp/a{}",
    "a drive": "C:\\Windows\\a{}",
    "backslashes": "..\\..\\a{}",
    "a device": "/dev/full{}",
    "very long": "a" * 60_000 + "{}",
    "NUL": "a\0b{}",
    "a newline": "a\r\nb{}",
    "right to left": "a\u202eb{}",
    "Zalgo": "a" + "\u0301" * 2_000 + "{}",
    "vsi": "/vsicurl/http:/127.0.0.1/a{}",
    "a hidden": ".{}",
    "dots": "....//....//a{}",
    "percent": "%2e%2e%2fa{}",
}


def shape_named(name: str) -> bytes:
    return forms.zipped(*((_entry(name.format(ending)), data) for ending, data in forms.shape_parts().items()))


def _entry(name: str) -> zipfile.ZipInfo:
    """A member of just this name: given to the constructor, it would be cut off at a NUL."""
    entry = zipfile.ZipInfo("a")
    entry.filename, entry.compress_type = name, zipfile.ZIP_DEFLATED
    return entry


def bomb(*names: str, size: int = 220 << 20) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            with archive.open(name, "w", force_zip64=True) as out:
                for _ in range(size >> 20):
                    out.write(b"\0" * (1 << 20))
    return made.getvalue()


def nested(depth: int) -> bytes:
    data = forms.table()
    for at in range(depth):
        data = forms.zipped((f"{at}.csv" if at == 0 else f"{at}.zip", data))
    return data


def marked(data: bytes, *, flags: int = 0, method: int | None = None, local: bool = True) -> bytes:
    """The archive with bits of its members' flags set, or with another method of packing."""
    made = bytearray(data)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        if signature == b"PK\x03\x04" and not local:
            continue
        start = 0
        while (start := made.find(signature, start)) >= 0:
            struct.pack_into("<H", made, start + at, struct.unpack_from("<H", made, start + at)[0] | flags)
            if method is not None:
                struct.pack_into("<H", made, start + at + 2, method)
            start += 4
    return bytes(made)


def directory_of(data: bytes, at: int, form: str, value: int) -> bytes:
    """The first entry of the directory with another number: sizes at 20 and 24, the checksum at 16, the place at 42."""
    made = bytearray(data)
    struct.pack_into(form, made, made.find(b"PK\x01\x02") + at, value)
    return bytes(made)


def end_of(data: bytes, at: int, form: str, value: int) -> bytes:
    made = bytearray(data)
    struct.pack_into(form, made, made.rfind(b"PK\x05\x06") + at, value)
    return bytes(made)


def link(bait: Bait) -> bytes:
    """A member that says it is a symbolic link to a layer of somebody else's."""
    entry = zipfile.ZipInfo("a.geojson")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return forms.zipped((entry, str(bait.folder / "secret.geojson").encode()))


def shape_links(bait: Bait) -> bytes:
    made = []
    for ending, data in forms.shape_parts().items():
        entry = zipfile.ZipInfo(f"a{ending}")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        made.append((entry, str(bait.folder / "secret.txt").encode() if ending == ".dbf" else data))
    return forms.zipped(*made)


def twice() -> bytes:
    """Two members of one name, as Python's writer will only do under protest."""
    return forms.zipped(("a.csv", forms.table()), ("b.csv", forms.table())).replace(b"b.csv", b"a.csv")


def member() -> tuple[str, bytes]:
    return "a.csv", forms.table()


def one(packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    return forms.zipped(member(), packed=packed)


CASES: tuple[Case, ...] = (
    *(
        case(f"a name that is {what}", lambda name=name: shape_named(name), TAKEN, _REFUSED)
        for what, name in _NAMES.items()
    ),
    case(
        "a table by a name that leads up",
        lambda: forms.zipped(("../../../../tmp/secret.txt", forms.table())),
        TAKEN,
        daily=True,
    ),
    case("a bomb of a Shapefile", lambda: bomb("a.shp", "a.shx", "a.dbf", size=80 << 20), _REFUSED, daily=True),
    case("a bomb of a table", lambda: bomb("a.csv"), _REFUSED),
    case("a bomb of notes", lambda: bomb(*(f"{at}.xml" for at in range(20)), size=12 << 20), _REFUSED),
    case("a bomb of indexes that nobody reads", lambda: bomb("a.qix"), _REFUSED),
    case("bombs that overlap", lambda: overlapping(60), _REFUSED),
    case("a bomb in a bomb", lambda: forms.zipped(("a.zip", bomb("a.csv"))), _REFUSED),
    case("an archive in an archive", lambda: nested(2), _REFUSED, daily=True),
    case("an archive nested fifty deep", lambda: nested(50), _REFUSED),
    case(
        "a workbook in an archive in an archive",
        lambda: forms.zipped(("a.zip", forms.zipped(("a.xlsx", forms.book())))),
        _REFUSED,
    ),
    case("encrypted", lambda: marked(one(), flags=1), _REFUSED, daily=True),
    case("strongly encrypted", lambda: marked(one(), flags=0x41), _REFUSED),
    case("encrypted in the directory only", lambda: marked(one(), flags=1, local=False), _REFUSED),
    case("a masked directory", lambda: marked(one(), flags=0x2000), _REFUSED, TAKEN),
    case("patched data", lambda: marked(one(), flags=0x20), _REFUSED),
    *(
        case(f"packed by method {method}", lambda method=method: marked(one(), method=method), _REFUSED)
        for method in (1, 6, 9, 12, 14, 93, 95, 98, 99, 65535)
    ),
    case("stored but said to be deflated", lambda: marked(one(zipfile.ZIP_STORED), method=8), _REFUSED),
    case("deflated but said to be stored", lambda: marked(one(), method=0), _REFUSED),
    case("a size of 4 GB", lambda: directory_of(one(), 24, "<L", 0xFFFFFFFE), _REFUSED, TAKEN),
    case("a size of nothing", lambda: directory_of(one(), 24, "<L", 0), _REFUSED),
    case("a packed size of nothing", lambda: directory_of(one(), 20, "<L", 0), _REFUSED),
    case("a wrong checksum", lambda: directory_of(one(), 16, "<L", 1), _REFUSED, daily=True),
    case("a member behind the end", lambda: directory_of(one(), 42, "<L", 1 << 30), _REFUSED),
    case("a name longer than the file", lambda: directory_of(one(), 28, "<H", 65535), _REFUSED, TAKEN),
    case("an extra field longer than the file", lambda: directory_of(one(), 30, "<H", 65535), _REFUSED, TAKEN),
    case("a disk of its own", lambda: end_of(one(), 4, "<H", 7), _REFUSED, TAKEN),
    case("a directory larger than the file", lambda: end_of(one(), 12, "<L", 1 << 31), _REFUSED, _UNKNOWN),
    case("a directory of nothing", lambda: end_of(one(), 12, "<L", 0), _REFUSED),
    case("a directory behind the end", lambda: end_of(one(), 16, "<L", 1 << 31), _REFUSED),
    case("more members told than there are", lambda: end_of(one(), 10, "<H", 65535), _REFUSED, TAKEN),
    case("a comment longer than the file", lambda: end_of(one(), 20, "<H", 65535), _REFUSED, _UNKNOWN, TAKEN),
    case(
        "64-bit sizes",
        lambda: forms.zipped(member())[:-22] + b"PK\x06\x07" + b"\0" * 16 + forms.zipped(member())[-22:],
        _REFUSED,
    ),
    case("bytes before it", lambda: b"GIF89a" * 1_000 + one(), TAKEN),
    case("bytes behind it", lambda: one() + b"\0" * 100, TAKEN, _REFUSED, _UNKNOWN),
    case("two archives one after the other", lambda: one() + forms.zipped(("b.csv", forms.table())), TAKEN),
    case("cut in the middle", lambda: one()[: len(one()) // 2], _UNKNOWN),
    case("only its end", lambda: b"PK\x05\x06" + b"\0" * 18, _REFUSED),
    case(
        "a directory in a directory",
        lambda: forms.zipped(("a/", b""), ("a/b/", b""), ("a/b/c.csv", forms.table())),
        TAKEN,
    ),
    case("only directories", lambda: forms.zipped(*(("a/" * at, b"") for at in range(1, 50))), _REFUSED),
    case("one name twice", lambda: twice(), _REFUSED),
    case("names that differ in case", lambda: forms.zipped(member(), ("A.CSV", forms.table())), _REFUSED),
    case("101 members", lambda: forms.zipped(*((f"{at}.xml", b"") for at in range(101))), _REFUSED),
    case(
        "20,000 members", lambda: forms.zipped(*((f"{at:08}.xml", b"") for at in range(20_000))), _REFUSED, daily=True
    ),
    case("a link to a layer", link, _REFUSED, _UNKNOWN, daily=True),
    case("a Shapefile whose table is a link", shape_links, "FILE_UNREADABLE"),
    case(
        "a program beside the table",
        lambda: forms.zipped(member(), ("setup.exe", b"MZ" + b"\0" * 200)),
        _REFUSED,
        daily=True,
    ),
    case("a text beside the table", lambda: forms.zipped(member(), ("readme.txt", b"Xin")), _REFUSED),
    case(
        "a database beside the layer",
        lambda: forms.zipped(("a.gpkg", forms.gpkg()), ("b.gpkg", forms.gpkg())),
        _REFUSED,
    ),
    case("two tables", lambda: forms.zipped(member(), ("b.xlsx", forms.book())), _REFUSED),
    case("only notes", lambda: forms.zipped(("a.xml", b"<a/>"), ("b.qmd", b"x")), _REFUSED),
    case(
        "a note with entities",
        lambda: forms.zipped(member(), ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')),
        TAKEN,
    ),
    case("half a Shapefile", lambda: forms.zipped(("a.shp", b""), ("a.dbf", b"")), _REFUSED),
    case(
        "two Shapefiles",
        lambda: forms.zipped(*((f"{n}{e}", d) for n in "ab" for e, d in forms.shape_parts().items())),
        _REFUSED,
    ),
    case("an empty table", lambda: forms.zipped(("a.csv", b"")), _REFUSED),
    case("a 7z", lambda: b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 200, _UNKNOWN),
    case("a RAR", lambda: b"Rar!\x1a\x07\x01\0" + b"\0" * 200, _UNKNOWN),
    case("a gzip", lambda: b"\x1f\x8b\x08\0" + b"\0" * 200, _UNKNOWN),
    case("a KMZ", lambda: forms.zipped(("doc.kml", b'<kml xmlns="http://www.opengis.net/kml/2.2"/>')), _REFUSED),
    case(
        "a FileGDB",
        lambda: forms.zipped(("a.gdb/a00000001.gdbtable", b"\3\0\0\0" * 99), ("a.gdb/gdb", b"\5\0\0\0")),
        _REFUSED,
    ),
    case(
        "a document", lambda: forms.zipped(("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<a/>")), _REFUSED
    ),
)


def overlapping(copies: int) -> bytes:
    """Many members of the directory that are the same packed bytes (as in 42.zip's successors)."""
    data = bomb("a.csv", size=20 << 20)
    start, end = data.find(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    entry = data[start:end]
    made = bytearray(data[:start] + entry * copies + data[end:])
    tail = made.rfind(b"PK\x05\x06")
    struct.pack_into("<HHL", made, tail + 8, copies, copies, len(entry) * copies)
    return bytes(made)
