"""Malice of binary layers: databases with views and triggers, heads that lie, parts that do not belong together."""

from __future__ import annotations

import struct

from landworld import EPSG

from tests.corpus import forms
from tests.corpus.cases import TAKEN, Bait, Case, case

_BAD = "FILE_UNREADABLE"
_UNKNOWN = "FORMAT_UNKNOWN"
_CONTENTS = "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('{0}', '{1}', '{0}', {2})"
_VIEW = "CREATE VIEW thua AS SELECT fid, geom, {} FROM t"


def view(columns: str) -> bytes:
    """The layer is a view over the real table, with values that are reckoned when they are read."""
    return forms.gpkg("ALTER TABLE thua RENAME TO t", _VIEW.format(columns))


def columns(**other: str) -> str:
    return ", ".join(f"{other.get(name, name)} AS {name}" for name in forms.NAMES)


def system(definition: str) -> bytes:
    return forms.gpkg(("UPDATE gpkg_spatial_ref_sys SET definition = ? WHERE srs_id = ?", (definition, EPSG)))


def attached(bait: Bait) -> bytes:
    return forms.gpkg(
        f"CREATE TRIGGER x AFTER INSERT ON thua BEGIN SELECT load_extension('{bait.folder}/secret.txt'); END"
    )


def in_shape(ending: str, at: int, form: str, value: int) -> bytes:
    """A Shapefile with another number at a place of one of its parts."""
    parts = forms.shape_parts()
    made = bytearray(parts[f".{ending}"])
    struct.pack_into(form, made, at, value)
    return forms.shape_zip(parts | {f".{ending}": bytes(made)})


def in_fgb(at: int, form: str, value: int) -> bytes:
    made = bytearray(forms.fgb())
    struct.pack_into(form, made, at, value)
    return bytes(made)


def in_gpkg(at: int, form: str, value: int) -> bytes:
    made = bytearray(forms.gpkg())
    struct.pack_into(form, made, at, value)
    return bytes(made)


def vrt_shape(bait: Bait) -> bytes:
    text = f'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{bait.url}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    return forms.shape_zip(shp=text.encode())


_ENDLESS = "(WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a LIMIT 2000000000) SELECT max(n) FROM a)"
_VIEWS = {
    "reads a file": "readfile('/etc/hostname')",
    "loads a library": "load_extension('/tmp/x.so')",
    "says a million letters": "hex(zeroblob(1000000))",
    "says a gigabyte": "hex(zeroblob(1000000000))",
    "never ends": _ENDLESS,
    "asks itself": "(SELECT holder_name FROM thua)",
}
_NUMBERS = range(0, 100, 12)
CASES: tuple[Case, ...] = (
    # GeoPackage
    *(
        case(
            f"a view that {what}",
            lambda given=given: view(columns(holder_name=given)),
            _BAD,
            daily=what == "never ends",
        )
        for what, given in _VIEWS.items()
    ),
    case(
        "a view of what is gone",
        lambda: forms.gpkg("ALTER TABLE thua RENAME TO t", _VIEW.format("1"), "DROP TABLE t"),
        _BAD,
    ),
    case("a trigger that loads a library", attached, TAKEN),
    case(
        "a layer named like a file",
        lambda: forms.gpkg(("UPDATE gpkg_contents SET table_name = ?", ("../../etc/passwd",))),
        _BAD,
        "LAYERS_UNCLEAR",
        "NOTHING_ACCEPTED",
    ),
    case(
        "a layer named like SQL",
        lambda: forms.gpkg(("UPDATE gpkg_contents SET table_name = ?", ('thua"; DROP TABLE thua; --',))),
        _BAD,
        "LAYERS_UNCLEAR",
        "NOTHING_ACCEPTED",
    ),
    case("a layer that is not there", lambda: forms.gpkg("DROP TABLE thua"), _BAD, "LAYERS_UNCLEAR"),
    case("contents that are not there", lambda: forms.gpkg("DROP TABLE gpkg_contents"), _BAD, "LAYERS_UNCLEAR"),
    case(
        "two layers",
        lambda: forms.gpkg(
            "CREATE TABLE b (fid INTEGER PRIMARY KEY, x TEXT)", _CONTENTS.format("b", "attributes", EPSG)
        ),
        "LAYERS_UNCLEAR",
        daily=True,
    ),
    case(
        "500 layers",
        lambda: forms.gpkg(
            *(
                one
                for at in range(500)
                for one in (
                    f"CREATE TABLE b{at} (fid INTEGER PRIMARY KEY)",
                    _CONTENTS.format(f"b{at}", "attributes", EPSG),
                )
            )
        ),
        "LAYERS_UNCLEAR",
    ),
    case("tiles", lambda: forms.gpkg("UPDATE gpkg_contents SET data_type = 'tiles'"), _BAD, "LAYERS_UNCLEAR", TAKEN),
    case(
        "1,500 columns",
        lambda: forms.gpkg(*(f"ALTER TABLE thua ADD COLUMN c{at} TEXT" for at in range(1_500))),
        "TOO_MANY_COLUMNS",
    ),
    case("a definition that is an address", lambda bait: system(bait.url), "CRS_NOT_A_ZONE", TAKEN),
    case("a definition that is a file", lambda bait: system(f"{bait.folder}/secret.txt"), "CRS_NOT_A_ZONE", TAKEN),
    case("a definition of 5 MB", lambda: system("PROJCS[" * 700_000), "CRS_NOT_A_ZONE", TAKEN, _BAD),
    case("no system", lambda: forms.gpkg("DELETE FROM gpkg_spatial_ref_sys"), "CRS_NOT_A_ZONE", TAKEN, _BAD),
    case(
        "a geometry that is text",
        lambda: forms.gpkg_value("geom", "POLYGON((0 0,1 1,1 0,0 0))"),
        "GEOMETRY_MISSING",
        "GEOMETRY_NOT_POLYGON",
        _BAD,
        row=2,
    ),
    case("a geometry of one byte", lambda: forms.gpkg_value("geom", b"G"), "GEOMETRY_MISSING", _BAD, row=2),
    case("a geometry of a head alone", lambda: forms.gpkg_shape(b""), "GEOMETRY_MISSING", _BAD, row=2, daily=True),
    case(
        "a value that is bytes",
        lambda: forms.gpkg_value("parcel_address", b"\0\xff\xfe"),
        "VALUE_MISSING",
        "FILE_UNREADABLE",
        "TEXT_INVALID",
        row=None,
    ),
    case(
        "text that is no UTF-8",
        lambda: forms.gpkg(("UPDATE thua SET holder_name = CAST(? AS TEXT)", (b"Th\xfay",))),
        _BAD,
        daily=True,
    ),
    case("an integer above 64 bits", lambda: forms.gpkg_value("area_m2", 9.3e18), TAKEN, "NUMBER_UNREADABLE"),
    *(
        case(
            f"a database with {value:#x} at {at}",
            lambda at=at, value=value: in_gpkg(at, ">H", value),
            _BAD,
            _UNKNOWN,
            TAKEN,
            "LAYERS_UNCLEAR",
        )
        for at in (16, 18, 20, 28, 32, 44, 56, 60, 100, 103, 105)
        for value in (0xFFFF,)
    ),
    # FlatGeobuf
    *(
        case(
            f"FlatGeobuf with {value:#x} at {at}",
            lambda at=at, value=value: in_fgb(at, "<L", value),
            _BAD,
            _UNKNOWN,
            TAKEN,
            "READER_LIMIT",
            "LAYERS_UNCLEAR",
            "NO_ROWS",
            "COLUMNS_MISSING",
        )
        for at in (4, 8, 12, 16, 24, 40, 64)
        for value in (0x7FFFFFFF, 0)
    ),
    case("FlatGeobuf of magic bytes alone", lambda: forms.fgb()[:8], _BAD, "LAYERS_UNCLEAR"),
    case("FlatGeobuf with a row too few", lambda: forms.fgb()[:-400], _BAD),
    case("FlatGeobuf of version 9", lambda: b"fgb\x09fgb\x00" + forms.fgb()[8:], _UNKNOWN),
    # Shapefile
    case("a .shp that is a VRT", vrt_shape, _BAD, daily=True),
    case(
        "a .shp of points",
        lambda: forms.shape_zip(shp=forms.shape_parts()[".shp"][:32] + b"\1\0\0\0" + forms.shape_parts()[".shp"][36:]),
        TAKEN,
        _BAD,
        "GEOMETRY_NOT_POLYGON",
    ),
    case("a .shp longer than told", lambda: in_shape("shp", 24, ">L", 60), _BAD, TAKEN, "GEOMETRY_MISSING"),
    case("a .shp of 4 GB as told", lambda: in_shape("shp", 24, ">L", 0x7FFFFFFF), _BAD),
    case("a record of 2 GB", lambda: in_shape("shp", 104, ">L", 0x3FFFFFFF), _BAD, "GEOMETRY_MISSING", TAKEN),
    case(
        "a record of a negative length", lambda: in_shape("shp", 104, ">L", 0xFFFFFFF0), _BAD, "GEOMETRY_MISSING", TAKEN
    ),
    case("a shape of a billion parts", lambda: in_shape("shp", 144, "<L", 0x3FFFFFFF), _BAD, "GEOMETRY_MISSING"),
    case("a shape of a billion points", lambda: in_shape("shp", 148, "<L", 0x3FFFFFFF), _BAD, "GEOMETRY_MISSING"),
    case(
        "a part that starts behind its end",
        lambda: in_shape("shp", 152, "<L", 0x3FFFFFFF),
        _BAD,
        "GEOMETRY_MISSING",
        "GEOMETRY_INVALID",
        "GEOMETRY_NOT_POLYGON",
    ),
    case("a kind of shape nobody knows", lambda: in_shape("shp", 108, "<L", 77), _BAD, "GEOMETRY_MISSING"),
    case("an index that points outside", lambda: in_shape("shx", 100, ">L", 0x3FFFFFFF), _BAD, "GEOMETRY_MISSING"),
    case(
        "an index that points at the head",
        lambda: in_shape("shx", 100, ">L", 0),
        _BAD,
        "GEOMETRY_MISSING",
        "GEOMETRY_NOT_POLYGON",
    ),
    case("an index of 4 GB as told", lambda: in_shape("shx", 24, ">L", 0x7FFFFFFF), _BAD),
    case("an index without records", lambda: forms.shape_zip(shx=forms.shape_parts()[".shx"][:100]), _BAD),
    case("a table of four billion records", lambda: in_shape("dbf", 4, "<L", 0xFFFFFFFF), _BAD, daily=True),
    case("a table with a head of nothing", lambda: in_shape("dbf", 8, "<H", 0), _BAD, "COLUMNS_MISSING"),
    case("a table with a head of 65,535", lambda: in_shape("dbf", 8, "<H", 65535), _BAD),
    case("a table with records of nothing", lambda: in_shape("dbf", 10, "<H", 0), _BAD, "COLUMNS_MISSING"),
    case("a table with records of 65,535", lambda: in_shape("dbf", 10, "<H", 65535), _BAD),
    case(
        "a column of 255 letters where none are",
        lambda: in_shape("dbf", 48, "<B", 255),
        _BAD,
        "COMMUNE_UNKNOWN",
        TAKEN,
        "COLUMNS_MISSING",
    ),
    case("a column of an unknown kind", lambda: in_shape("dbf", 43, "<B", 0xFE), TAKEN, _BAD, "COMMUNE_UNKNOWN"),
    case("a memo without its file", lambda: in_shape("dbf", 43, "<B", ord("M")), TAKEN, _BAD, "COMMUNE_UNKNOWN"),
    case("a column without a name", lambda: in_shape("dbf", 32, "<Q", 0), _BAD, "COLUMNS_MISSING", "COMMUNE_UNKNOWN"),
    case("an empty .dbf", lambda: forms.shape_zip(dbf=b""), _BAD),
    case("an empty .shp", lambda: forms.shape_zip(shp=b""), _BAD),
    case("a .dbf of another file", lambda: forms.shape_zip(dbf=forms.table()), _BAD),
    case("a .prj that is an address", lambda bait: forms.shape_zip(prj=bait.url.encode()), "CRS_NOT_A_ZONE", TAKEN),
    case(
        "a .prj that is a file",
        lambda bait: forms.shape_zip(prj=f"{bait.folder}/secret.txt".encode()),
        "CRS_NOT_A_ZONE",
        TAKEN,
    ),
    case(
        "a .prj of a pipeline with a file",
        lambda bait: forms.shape_zip(prj=f"+proj=hgridshift +grids={bait.folder}/secret.txt".encode()),
        "CRS_NOT_A_ZONE",
        TAKEN,
    ),
    case(
        "a .prj of 30 MB",
        lambda: forms.shape_zip(prj=b"PROJCS[" * 4_000_000),
        "ARCHIVE_REFUSED",
        "CRS_NOT_A_ZONE",
        TAKEN,
        _BAD,
    ),
    case("a .prj of zeros", lambda: forms.shape_zip(prj=b"\0" * 500), "CRS_NOT_A_ZONE", TAKEN),
    case(
        "a .prj nested 5,000 deep",
        lambda: forms.shape_zip(prj=b'PROJCS["a",' * 5_000 + b"]" * 5_000),
        "CRS_NOT_A_ZONE",
        TAKEN,
        "ARCHIVE_REFUSED",
        "FILE_UNREADABLE",
    ),
    case("a .cpg that is a path", lambda: forms.shape_zip(cpg=b"../../../../etc/passwd"), TAKEN),
    case("a .cpg of an unknown page", lambda: forms.shape_zip(cpg=b"\xff\xfeEBCDIC"), TAKEN),
    case("a .cpg of 10 MB", lambda: forms.shape_zip(cpg=b"UTF-8" * 2_000_000), "ARCHIVE_REFUSED", TAKEN),
    case(
        "a .cpg that is not true",
        lambda: forms.shape_zip(
            forms.shape_parts(parcel_address="Thôn Đoài Thượng", holder_name="Nguyễn Thị Thúy"), cpg=b"TCVN3"
        ),
        "CODE_PAGE_WRONG",
        TAKEN,
    ),
    case(
        "letters of no page",
        lambda: forms.shape_value(bytes(range(0x80, 0xFF)), "holder_name"),
        TAKEN,
        "CODE_PAGE_UNCLEAR",
        "CODE_PAGE_WRONG",
        "TEXT_INVALID",
    ),
    *(
        case(
            f"a .shp with 255s at {at}",
            lambda at=at: in_shape("shp", 100 + at, "<L", 0xFFFFFFFF),
            _BAD,
            TAKEN,
            "GEOMETRY_MISSING",
            "GEOMETRY_NOT_FINITE",
            "GEOMETRY_OUTSIDE_PROVINCE",
            "GEOMETRY_NOT_POLYGON",
            "GEOMETRY_INVALID",
        )
        for at in _NUMBERS
    ),
)
