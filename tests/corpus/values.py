"""Malice in a single row: letters, numbers, days and outlines; the row is named, and the one beside it is taken."""

from __future__ import annotations

import json
import math
import random
import struct
import unicodedata

import shapely

from tests.corpus import forms
from tests.corpus.cases import TAKEN, Case, case

_BAD = "FILE_UNREADABLE"
# Of a text column; what XML or a codec cannot carry refuses the file instead.
_TEXTS: dict[str, tuple[str, str]] = {
    "NUL": ("a\0b", "TEXT_INVALID"),
    "a bell": ("a\x07b", "TEXT_INVALID"),
    "an escape": ("a\x1b[31mb", "TEXT_INVALID"),
    "a C1 control": ("a\x9bb", "TEXT_INVALID"),
    "letters turned round": ("a\u202eb", "TEXT_INVALID"),
    "an isolate": ("a\u2066b", "TEXT_INVALID"),
    "2,001 letters": ("x" * 2_001, "TEXT_INVALID"),
    "2,000 marks on one letter": ("a" + "\u0301" * 2_500, "TEXT_INVALID"),
    "a citizen's number": ("012345678901", "NUMBER_MISPLACED"),
    "a formula": ("=cmd|'/c calc'!A0", TAKEN),
    "a plus": ("+1+cmd|'/c calc'!A0", TAKEN),
    "a minus": ("-1+cmd|'/c calc'!A0", TAKEN),
    "an at sign": ("@SUM(1+1)*cmd|'/c calc'!A0", TAKEN),
    "a wide formula": ("＝1+1", TAKEN),
    "words of SQL": ("'); DROP TABLE land.parcel; --", TAKEN),
    "a format": ("{0.__class__.__mro__} %s %n {value}", TAKEN),
    "a script": ("<script>alert(1)</script>", TAKEN),
    "a JNDI address": ("${jndi:ldap://127.0.0.1/x}", TAKEN),
    "a path": ("../../../../etc/passwd", TAKEN),
    "letters apart": (unicodedata.normalize("NFD", "Nguyễn Thị Thúy"), TAKEN),
    "mixed forms": ("Thôn " + unicodedata.normalize("NFD", "Thượng"), TAKEN),
    "mixed scripts": ("Nguуễn Vаn А", TAKEN),
    "a noncharacter": ("a\ufffeb", TAKEN),
    "private letters": ("a\ue000b", TAKEN),
    "letters of no width": ("a\u200b\u200db", TAKEN),
    "flags and faces": ("👩‍👩‍👧‍👦🇻🇳", TAKEN),
}
_MADE = {
    "geojson": lambda text: (
        forms.json_(holder_name=text) if text.isprintable() or "\ufffe" not in text else forms.json_()
    ),
    "csv": lambda text: forms.table(holder_name=text),
    "xlsx": lambda text: forms.book_raw(_escaped(text), "holder_name"),
    "gml": lambda text: forms.gml(holder_name=text),
    "gpkg": lambda text: forms.gpkg_value("holder_name", text),
}
# What some carriers cannot hold at all: there the file is refused, and nothing of it is taken.
_UNFIT = {
    ("csv", "NUL"),
    *((form, what) for form in ("gml", "xlsx") for what in ("NUL", "a bell", "an escape", "a noncharacter")),
}


def _escaped(text: str) -> bytes:
    return text.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8", "surrogatepass")


def texts() -> list[Case]:
    made = []
    for form, build in _MADE.items():
        for what, (text, code) in _TEXTS.items():
            whole = (form, what) in _UNFIT
            # GDAL ends a text at NUL.
            codes = (_BAD,) if whole else (code, TAKEN, _BAD) if what == "NUL" else (code,)
            row = None if TAKEN in codes or whole else 2
            daily = (form, what) in {
                ("csv", "a formula"),
                ("xlsx", "a formula"),
                ("geojson", "an escape"),
                ("gpkg", "2,001 letters"),
            }
            made.append(
                case(
                    f"{form}: a name of {what}",
                    lambda build=build, text=text: build(text),
                    *codes,
                    row=row,
                    daily=daily,
                )
            )
    return made


_NUMBERS = (
    "NaN",
    "inf",
    "-inf",
    "1e308",
    "1e-308",
    "-1",
    "-0",
    "9" * 400,
    "0x10",
    "１００",
    "1_000",
    "1,5",
    "1.2.3",
    "--1",
    "=1+1",
    "1e",
    "٣",
    "½",
)
_COUNTS = (
    "0",
    "-1",
    "1.5",
    "9999999999",
    "99999999999999999999",
    "٣",
    "1e3",
    "NaN",
    "1/2",
    "۱",
    "0x1",
    "=2",
    "1 2",
    "+1",
)
_COMMUNES = (
    "",
    "00000",
    "99999",
    "07201\u200b",
    "../..",
    "7201",
    "x" * 100_000,
    "0720１",
    "'07201",
    "=07201",
    "07201'--",
    "\x1b[31m",
)
_DAYS = (
    "31/02/2020",
    "00/00/0000",
    "29/02/2023",
    "1/1/99999",
    "2020-13-01",
    "٠١/٠١/٢٠٢٠",
    "01-01-2020",
    "=TODAY()",
    "1/1/1",
    "9" * 5_000,
    "01/01/20 20",
)
_PURPOSES = (
    ";" * 100_000,
    ":",
    "ONT",
    "ONT:",
    "ONT:-1",
    "ONT:NaN",
    "ONT:1:2",
    ":100",
    "ONT:1e9",
    "ONT:100;" * 50_000 + "x",
    "ONT：100",
    "a" * 100_000,
)
_ORIGINS = (":::", "ONT:" + "+" * 10_000, ";;;:x", "ONT:" * 5_000)
_PARENTS = ("1.2", "07201.1.2.3", "a.b.c", "07201.-1.2", "07201.1.2;" * 20_000 + "x", "....")
_UIDS = ("x", "0" * 13, "ABCDEFGHIJKL", "0000000000 0", "a" * 100_000)


def _column(column: str, values: tuple[str, ...], *codes: str) -> list[Case]:
    made = []
    for at, value in enumerate(values):
        said = value if len(value) < 24 else f"{value[:8]}… of {len(value)}"
        form = ("csv", "geojson", "gpkg")[at % 3]
        build = {"csv": forms.table, "geojson": forms.json_, "gpkg": None}[form]
        if build is None and column in forms.NAMES:
            made.append(
                case(f"gpkg: {column} {said!r}", lambda v=value, c=column: forms.gpkg_value(c, v), *codes, row=2)
            )
        else:
            build = build or forms.table
            made.append(
                case(f"{form}: {column} {said!r}", lambda b=build, v=value, c=column: b(**{c: v}), *codes, row=2)
            )
    return made


def _ring(points: int, seed: int = 7) -> str:
    chance, (x, y) = random.Random(seed), forms.RING[0]
    made = [(x + chance.uniform(0, 100), y + chance.uniform(0, 100)) for _ in range(points)]
    return ", ".join(f"{a:.3f} {b:.3f}" for a, b in [*made, made[0]])


_X, _Y = forms.RING[0]
_WKTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "no text": ("nonsense", ("GEOMETRY_MISSING",)),
    "an open bracket": ("POLYGON((1 1,2 2", ("GEOMETRY_MISSING",)),
    "NaN": (f"POLYGON(({_X} {_Y},nan nan,{_X} {_Y + 9},{_X} {_Y}))", ("GEOMETRY_NOT_FINITE", "GEOMETRY_MISSING")),
    "infinity": (f"POLYGON(({_X} {_Y},inf inf,{_X} {_Y + 9},{_X} {_Y}))", ("GEOMETRY_NOT_FINITE", "GEOMETRY_MISSING")),
    "numbers of 1e308": ("POLYGON((0 0,1e308 0,1e308 1e308,0 0))", ("GEOMETRY_OUTSIDE_PROVINCE", "GEOMETRY_NOT_FINITE", "GEOMETRY_INVALID")),
    "numbers of 10,000 digits": (f"POLYGON(({'9' * 10_000} 0,1 0,1 1,{'9' * 10_000} 0))", ("GEOMETRY_NOT_FINITE", "GEOMETRY_MISSING")),
    "a point": ("POINT(1 1)", ("GEOMETRY_NOT_POLYGON",)),
    "a line": ("LINESTRING(1 1,2 2)", ("GEOMETRY_NOT_POLYGON",)),
    "nothing": ("POLYGON EMPTY", ("GEOMETRY_MISSING", "GEOMETRY_NOT_POLYGON")),
    "a ring of two points": (f"POLYGON(({_X} {_Y},{_X} {_Y}))", ("GEOMETRY_MISSING", "GEOMETRY_INVALID", "GEOMETRY_NOT_POLYGON")),
    "a ring without area": (f"POLYGON(({_X} {_Y},{_X + 9} {_Y},{_X} {_Y},{_X} {_Y}))", ("GEOMETRY_INVALID",)),
    "one point four times": (f"POLYGON(({_X} {_Y},{_X} {_Y},{_X} {_Y},{_X} {_Y}))", ("GEOMETRY_INVALID",)),
    "a hole of one point": (
        f"POLYGON(({_X} {_Y},{_X + 9} {_Y},{_X} {_Y + 9},{_X} {_Y}),({_X + 1} {_Y + 1},{_X + 1} {_Y + 1},{_X + 1} {_Y + 1},{_X + 1} {_Y + 1}))",
        ("GEOMETRY_INVALID",),
    ),
    "a bow tie": (f"POLYGON(({_X} {_Y},{_X + 9} {_Y + 9},{_X + 9} {_Y},{_X} {_Y + 9},{_X} {_Y}))", ("GEOMETRY_INVALID",)),
    "a knot of 300 points": (f"POLYGON(({_ring(300)}))", ("GEOMETRY_INVALID",)),
    "a knot of 3,000 points": (f"POLYGON(({_ring(3_000)}))", ("GEOMETRY_INVALID",)),
    "a giant ring": (f"POLYGON(({_ring(30_000)}))", ("GEOMETRY_TOO_LARGE",)),
    "5,000 holes in one place": (
        f"POLYGON(({_ring(4)}){f',({_X} {_Y},{_X + 1} {_Y},{_X} {_Y + 1},{_X} {_Y})' * 5_000})", ("GEOMETRY_TOO_LARGE",)),
    "collections 30 deep": ("GEOMETRYCOLLECTION(" * 30 + "POINT(1 1)" + ")" * 30, ("GEOMETRY_NOT_POLYGON",)),
    "collections 20,000 deep": ("GEOMETRYCOLLECTION(" * 20_000 + "POINT(1 1)" + ")" * 20_000, ("GEOMETRY_NOT_POLYGON", "GEOMETRY_MISSING")),
    "a curve": (f"CURVEPOLYGON(CIRCULARSTRING({_X} {_Y},{_X + 9} {_Y + 9},{_X} {_Y}))", ("GEOMETRY_MISSING", "GEOMETRY_NOT_POLYGON")),
    "measures": (f"POLYGON ZM(({_X} {_Y} 1 1,{_X + 9} {_Y} nan 1,{_X + 9} {_Y + 9} 1 inf,{_X} {_Y} 1 1))", (TAKEN, "GEOMETRY_NOT_FINITE", "GEOMETRY_MISSING")),
    "the other side of the earth": ("POLYGON((-1e7 -1e7,-1e7 -9e6,-9e6 -9e6,-1e7 -1e7))", ("GEOMETRY_OUTSIDE_PROVINCE", "CRS_WRONG")),
}  # fmt: skip
_WKBS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a billion rings": (struct.pack("<BII", 1, 3, 0x3FFFFFFF), ("GEOMETRY_MISSING", _BAD)),
    "a billion points": (struct.pack("<BIII", 1, 3, 1, 0x3FFFFFFF), ("GEOMETRY_MISSING", _BAD)),
    "a kind of 999": (struct.pack("<BII", 1, 999, 1), ("GEOMETRY_MISSING", _BAD)),
    "a byte order of 7": (struct.pack("<BII", 7, 3, 1), ("GEOMETRY_MISSING", _BAD)),
    "5,000 collections in each other": (
        struct.pack("<BII", 1, 7, 1) * 5_000,
        ("GEOMETRY_MISSING", _BAD, "GEOMETRY_NOT_POLYGON"),
    ),
    "NaN": (
        struct.pack("<BIII8d", 1, 3, 1, 4, _X, _Y, math.nan, math.nan, _X, _Y + 9, _X, _Y),
        ("GEOMETRY_NOT_FINITE",),
    ),
    "infinity": (struct.pack("<BIII8d", 1, 3, 1, 4, _X, _Y, math.inf, 0, _X, _Y + 9, _X, _Y), ("GEOMETRY_NOT_FINITE",)),
    "an open ring": (
        struct.pack("<BIII6d", 1, 3, 1, 3, _X, _Y, _X + 9, _Y, _X, _Y + 9),
        (TAKEN, "GEOMETRY_INVALID", "RING_CLOSED"),
    ),
    "a curve": (struct.pack("<BII", 1, 10, 0), ("GEOMETRY_NOT_POLYGON",)),
    "bytes behind it": (shapely.to_wkb(forms.BOX) + b"\0" * 100, (TAKEN, "GEOMETRY_MISSING", _BAD)),
}


def shapes() -> list[Case]:
    made = []
    for what, (text, codes) in _WKTS.items():
        daily = what in {
            "NaN",
            "a knot of 300 points",
            "a giant ring",
            "collections 20,000 deep",
            "one point four times",
        }
        row = None if TAKEN in codes or "CRS_WRONG" in codes else 2
        made.append(
            case(f"csv: an outline of {what}", lambda text=text: forms.table(wkt=text), *codes, row=row, daily=daily)
        )
        made.append(
            case(
                f"xlsx: an outline of {what}",
                lambda text=text: forms.book(wkt=text),
                *codes,
                "VALUE_TOO_LONG",
                *(["GEOMETRY_MISSING"] if len(text) > 32_000 else []),
                row=None if len(text) > 32_000 else row,
            )
        )
    for what, (wkb, codes) in _WKBS.items():
        row = None if TAKEN in codes or _BAD in codes else 2
        made.append(
            case(
                f"gpkg: an outline of {what}",
                lambda wkb=wkb: forms.gpkg_shape(wkb),
                *codes,
                row=row,
                daily=what == "a billion points",
            )
        )
    for what, text in {
        "NaN": '{"type":"Polygon","coordinates":[[[0,0],[NaN,NaN],[1,1],[0,0]]]}',
        "1e999": '{"type":"Polygon","coordinates":[[[0,0],[1e999,0],[1,1],[0,0]]]}',
        "texts": '{"type":"Polygon","coordinates":[[["0","0"],["1","0"],["1","1"],["0","0"]]]}',
        "null": '{"type":"Polygon","coordinates":null}',
        "one number": '{"type":"Polygon","coordinates":7}',
        "no kind": '{"type":"Parcel","coordinates":[]}',
        "100,000 collections": '{"type":"GeometryCollection","geometries":[' * 100_000 + "]}" * 100_000,
        "50 collections": '{"type":"GeometryCollection","geometries":[' * 50 + "]}" * 50,
        "100,000 brackets": '{"type":"Polygon","coordinates":' + "[" * 100_000 + "]" * 100_000 + "}",
        "an object": json.dumps({"type": "Polygon", "coordinates": {"a": 1}}),
    }.items():
        codes = ("GEOMETRY_MISSING", "GEOMETRY_NOT_FINITE", "GEOMETRY_NOT_POLYGON", "GEOMETRY_INVALID", _BAD)
        made.append(case(f"geojson: an outline of {what}", lambda text=text: forms.json_shape(text), *codes))
    for what, text in {
        "NaN": "1 1 NaN NaN 2 2 1 1", "no number": "a b c d", "one number": "1", "1e999": "1 1 1e999 1 2 2 1 1",
        "nothing": "", "odd numbers": "1 1 2 2 3", "a million points": "1 1 " * 1_000_000,
    }.items():  # fmt: skip
        shape = forms.polygon((), numbers=text)
        codes = (
            "GEOMETRY_MISSING",
            "GEOMETRY_NOT_FINITE",
            "GEOMETRY_NOT_POLYGON",
            "GEOMETRY_INVALID",
            "GEOMETRY_TOO_LARGE",
            "GEOMETRY_OUTSIDE_PROVINCE",
            _BAD,
        )
        made.append(case(f"gml: an outline of {what}", lambda shape=shape: forms.gml(shape=shape), *codes))
        made.append(
            case(
                f"xml: an outline of {what}",
                lambda shape=shape: forms.dossier(forms.parcel(1, shape=shape), forms.parcel(2)),
                *codes,
            )
        )
    return made


CASES: tuple[Case, ...] = (
    *texts(),
    *_column("area_m2", _NUMBERS, "NUMBER_UNREADABLE", TAKEN),
    *_column("parcel_number", _COUNTS, "PARCEL_NUMBER_INVALID"),
    *_column("map_sheet_number", _COUNTS[:6], "SHEET_NUMBER_INVALID"),
    *_column("commune_code", _COMMUNES, "COMMUNE_UNKNOWN"),
    *_column("certificate_date", _DAYS, "DATE_UNREADABLE"),
    *_column("purposes", _PURPOSES, "PURPOSES_UNREADABLE", "TEXT_INVALID", TAKEN),
    *_column("origins", _ORIGINS, "ORIGINS_UNREADABLE", "TEXT_INVALID", "ORIGIN_CODE_UNKNOWN"),
    *_column("parent_parcels", _PARENTS, "PARENTS_UNREADABLE", "TEXT_INVALID"),
    *_column("parcel_uid", _UIDS, "PARCEL_UID_INVALID", "TEXT_INVALID"),
    *_column("birth_date", _DAYS, TAKEN, "TEXT_INVALID", "BIRTH_UNREADABLE"),
    *shapes(),
)
