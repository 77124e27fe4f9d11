"""Our own parsers as the fuzzer sees them: bytes go in, a value or an error with a code comes out; and what to start from."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from landworld import COMMUNES, EPSG, row

from api.problems import HttpError
from api.web.multipart import FileForm
from landdata.checking import flat, geometry, lineage, values
from landdata.checking.catalogue import CATALOGUE
from landdata.matching import births, legacy, numbers, parties
from landdata.matching.names import folded
from landdata.model import code_pages
from landdata.model.declared import declared
from landdata.model.parcels import FLAT_COLUMNS, FlatRows
from landdata.reading import archive, delimited, detecting, directory, exchange, gml, markup, shapefile, vbdlis
from landdata.reading.nesting import readable
from landdata.reading.sniff import sniff
from landdata.reading.values import text
from tests.corpus import forms


@dataclass(frozen=True, slots=True)
class Parser:
    """`read` may return anything, or raise one of our errors; `words` are what its grammar is made of.

    `cost`: how many times fewer inputs a long run gives it than the fastest ones, so that none takes more than half a minute.
    """

    name: str
    read: Callable[[bytes, Path], object]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()
    cost: int = 1


def _filed(read: Callable[[Path], object], ending: str = "") -> Callable[[bytes, Path], object]:
    """A parser of a file."""

    def through(data: bytes, folder: Path) -> object:
        path = folder / f"input{ending}"
        path.write_bytes(data)
        return read(path)

    return through


def _texts(read: Callable[[str], object]) -> Callable[[bytes, Path], object]:
    """A parser of text, which has been decoded before it comes there."""
    return lambda data, _folder: read(data.decode("utf-8", "replace"))


def _columns(read: Callable[[pa.Array], object]) -> Callable[[bytes, Path], object]:
    """A parser of columns: a cell a line, cleaned as the reader cleans it."""
    return _texts(lambda said: read(text(pa.array([*said.split("\n"), None], pa.string()))))


def _unpacked(path: Path) -> object:
    directory.names(path)
    (folder := path.parent / "unpacked").mkdir(exist_ok=True)
    return archive.unpack(path, folder, max_bytes=1 << 20)


@cache
def _sizes() -> dict[str, int]:
    return {ending: len(part) for ending, part in forms.shape_parts().items()}


def _shape(data: bytes, folder: Path) -> object:
    """The three parts behind each other, each as long as in the seed."""
    at = 0
    for ending, size in _sizes().items():
        (folder / f"input{ending}").write_bytes(data[at : at + size])
        at += size
    shapefile.check(folder / "input.shp")
    return shapefile.system(folder / "input.shp")


def _form(data: bytes, _folder: Path) -> object:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 11):
            yield data[start : start + 11]

    async def take() -> object:
        form = FileForm("multipart/form-data; boundary=XX", chunks())
        return await form.fields(), [piece async for piece in form.content()]

    return asyncio.run(take())


_CONTEXT = flat.Context(
    epsg=EPSG, communes={one: (at, 1) for at, one in enumerate(COMMUNES, 1)}, own_provinces=frozenset({1}), fences={},
    code_lists={}, effective_on=date(2023, 3, 28), max_vertices=1_000, hash_keys=((1, bytes(32)),),
)  # fmt: skip
_CLEAN = row(COMMUNES[0], 1)
_NAMES = [one.name for one in FLAT_COLUMNS]


def _row(said: str) -> object:
    """A row whose cells are given a line each, in the order of the profile."""
    cells = dict(zip(_NAMES, said.split("\n"), strict=False))
    columns = {name: text(pa.array([cells.get(name)], pa.string())) for name in _NAMES}
    wkb = np.array([shapely.to_wkb(shapely.Polygon(_CLEAN["ring"]))], dtype=object)
    looked = flat.look(FlatRows("a", columns, wkb, ()), _CONTEXT)
    for found in looked.findings:
        CATALOGUE[found.code].vi.format(**(found.details[0] if found.details else {}))
    return looked


def _outline(data: bytes, _folder: Path) -> object:
    return geometry.shapes(readable(np.array([data], dtype=object)), max_vertices=1_000)


def _entities(path: Path) -> object:
    return vbdlis.rows(exchange.read(path))


_COORDINATES = (
    '<gml:Polygon srsName="EPSG:9214"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates cs="," ts=" " decimal=".">'
    "1,1 2,1 2,2 1,1</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon>"
)
_WKT = b'PROJCS["a",GEOGCS["b",DATUM["c",SPHEROID["d",6378137,298.25],TOWGS84[1,2,3,0,0,0,0]]],PROJECTION["Transverse_Mercator"]]'


def parsers() -> list[Parser]:
    """Every parser, in the order in which a file meets them."""
    made = {name: build() for name, build in forms.FORMATS.items()}
    xml = (made["xml"], forms.dossier(forms.parcel(1, shape=_COORDINATES), forms.parcel(2, tags="<a><b>c</b></a>")))
    line = "\n".join(str(_CLEAN.get(name, "")) for name in _NAMES).encode()
    dates = b"05/01/2020\n2020-02-29\n1975\n31/12/1999\n0000"
    packed = (forms.zipped(("a.csv", made["csv"])), forms.shape_zip(), made["xlsx"])
    return [
        Parser("sniff", _filed(sniff), (*made.values(), *packed), (b"PK\5\6", b"SQLite format 3\0", b"fgb\3fgb", b"<!DOCTYPE"), cost=3),
        Parser("archive", _filed(_unpacked), packed, (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\7", b".zip", b"../"), cost=3),
        Parser("markup", lambda data, _: (markup.opening(io.BytesIO(data), format_name="gml"), markup.complete(io.BytesIO(data), format_name="gml")),
               (made["gml"], *xml), (b"<!DOCTYPE x>", b"<!ENTITY a 'b'>", b"&a;", b"<![CDATA[", b"]]>", b"xmlns=", b"<?xml encoding='x'?>"), cost=2),
        Parser("csv", _filed(lambda path: list(delimited.rows(path))), (made["csv"], forms.table(separator=";", holder_name='a";\n"b')),
               (b'"', b'""', b"\r", b"\n", b";", b",", b"\t", b"\0", b"ma_loi,dong_goc", b"'=", b"\xef\xbb\xbf"), cost=4),
        Parser("separator", lambda data, _: delimited.separator(data), (made["csv"][:400],), (b'"', b";", b",", b"\t", b"\xff")),
        Parser("exchange XML", _filed(_entities), xml, (b"<DC_ThuaDat>", b"</DC_ThuaDat>", b"<thuaDatId>1</thuaDatId>", b"<DC_CaNhan>", b"</DC_CaNhan>", b"gml:", b"NaN", b"<!DOCTYPE x>", b"&lt;", b'cs=""', b'srsDimension="3"'), cost=10),
        Parser("srsName", _texts(gml.system), (b"urn:ogc:def:crs:EPSG::9214", b"http://www.opengis.net/def/crs/EPSG/0/9214"), (b"EPSG", b":", b"/", b"#")),
        Parser("system", _texts(declared), (_WKT, b"EPSG:9214", b"+proj=tmerc +lon_0=107"), (b"TOWGS84[", b"]", b"[", b",", b"EPSG", b"1e999", b"--"), cost=40),
        Parser("Shapefile", _shape, (b"".join(forms.shape_parts().values()),), (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"), cost=4),
        Parser("outline", _outline, (shapely.to_wkb(forms.BOX), shapely.to_wkb(shapely.MultiPolygon([forms.BOX])), shapely.to_wkb(shapely.GeometryCollection([forms.BOX]))),
               (b"\0\0\xf8\x7f", b"\0\0\xf0\x7f", b"\1\3\0\0\0", b"\1\6\0\0\0", b"\1\7\0\0\0", b"\xff\xff\xff\x7f"), cost=6),
        Parser("code pages", _texts(lambda said: [detecting.choose(detecting.words(said.split("\n")), page) for page in (None, *code_pages.CodePage)]),
               ("NguyÔn ThÞ Thóy\nTrÇn V¨n".encode(), "Nguyeãn Vaên".encode("latin-1", "replace")), (b"\xc2\x85", b"\xc3\xbf", b"\xc2\xa0"), cost=2),
        Parser("letters", lambda data, _: [code_pages.decode(data.decode("latin-1"), page) for page in code_pages.CodePage], ("Nguyễn".encode(), bytes(range(128, 256)))),
        Parser("numbers", _columns(lambda column: (values.integers(column), values.decimals(column))), (b"1\n100.5\n007\n99999999.123456",), (b"-", b".", b"e", b"NaN", b"inf", "١".encode()), cost=2),
        Parser("dates", _columns(values.dates), (dates,), (b"/", b"-", b"31", b"02", b"0", "٠".encode()), cost=4),
        Parser("lists", _columns(lambda column: [values.items(column, pieces).parts for pieces in (1, 2, 3)]), ("ONT:100.0;CLN:250.5\nHành lang:40.0:12;Sân:15".encode(),), (b":", b";", b"::", b";;", "：".encode()), cost=8),
        Parser("parents", _columns(lambda column: (lineage.parents(column), lineage.check(column))), (b"07954.1.2;07954.1.3\n07954.01.002",), (b".", b";", b"0", b"99999999999"), cost=8),
        Parser("row", _texts(_row), (line,), (b"\n", b"=", b";", b":", b"NaN", b"\0", "\u202e".encode(), b"012345678901"), cost=100),
        Parser("birth", _texts(births.read), (b"05/03/1960", b"3/1960", b"1960-03-05"), (b"/", b"-", b"00")),
        Parser("id number", _texts(lambda said: (numbers.digits(said), numbers.says(numbers.digits(said)[0]) if len(numbers.digits(said)[0]) == 12 else None)),
               (b"024 070 000 001", b"2.4070000001E+10", b"CMND: 121212121"), (b"E+", b".", b"-", "０".encode(), "²".encode(), b"CCCD")),
        Parser("names", _texts(lambda said: (folded(said), legacy.mended(said), parties.parties(said), parties.readings(said))),
               ("Ông Nguyễn Văn A và vợ là bà Trần Thị B".encode(), "NguyÔn V¨n A (®· chÕt)".encode()), ("và".encode(), "bà".encode(), b",", b"(", b")", "hộ".encode()), cost=2),
        Parser("form", _form, (b'--XX\r\nContent-Disposition: form-data; name="key"\r\n\r\nabc\r\n--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nxyz\r\n--XX--\r\n',),
               (b"--XX", b"\r\n", b"\r\n\r\n", b'name="', b'"; filename="', b"\0"), cost=3),
    ]  # fmt: skip


OURS = (HttpError,)
"""What the pages' parser raises: a problem with a code."""
