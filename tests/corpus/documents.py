"""Malice of texts with a grammar: XML entities and references, addresses in JSON, depth, cuts, other files' clothes."""

from __future__ import annotations

import json

from landworld import EPSG

from tests.corpus import forms
from tests.corpus.cases import TAKEN, Bait, Case, case

_BAD = "FILE_UNREADABLE"
_UNKNOWN = "FORMAT_UNKNOWN"
_DOCTYPE = "DOCTYPE_REFUSED"
_LAUGHS = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{}]>'.format(
    "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
)
_DECLARED = {
    "a billion laughs": _LAUGHS,
    "a quadratic blow-up": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>',
    "an entity from a file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file://{folder}/secret.txt">]>',
    "an entity from an address": '<!DOCTYPE x [<!ENTITY a SYSTEM "{url}">]>',
    "a parameter entity": '<!DOCTYPE x [<!ENTITY % a SYSTEM "{url}"> %a;]>',
    "an external subset": '<!DOCTYPE x SYSTEM "{url}">',
    "a public subset": '<!DOCTYPE x PUBLIC "-//W3C//DTD XHTML 1.0//EN" "{url}">',
    "an empty DOCTYPE": "<!DOCTYPE x>",
}


def _said(text: str, bait: Bait) -> str:
    return text.replace("{url}", bait.url).replace("{folder}", str(bait.folder))


def in_gml(text: str):
    return lambda bait: forms.gml(head=_said(text, bait), parcel_address="Thôn 1")


def in_dossier(text: str):
    return lambda bait: forms.dossier(forms.parcel(1), head=_said(text, bait))


def in_book(text: str, part: str):
    def build(bait: Bait) -> bytes:
        said = _said(text, bait).encode()
        return forms.changed(
            forms.book(),
            part,
            lambda xml: xml.replace(b"?>", b"?>" + said, 1) if xml.startswith(b"<?xml") else said + xml,
        )

    return build


def gml_with(old: str, new: str):
    return lambda bait: forms.gml().replace(old.encode(), _said(new, bait).encode())


def crs(said: object):
    def build(bait: Bait) -> bytes:
        text = json.dumps(json.loads(forms.json_()) | {"crs": said})
        return _said(text, bait).encode()

    return build


def deep_gml(depth: int) -> bytes:
    return forms.gml(more="<o:a>" * depth + "</o:a>" * depth)


def deep_dossier(depth: int) -> bytes:
    return forms.dossier("<a>" * depth + "</a>" * depth)


def vrt(bait: Bait) -> bytes:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{bait.folder}/secret.geojson</SrcDataSource>'
        f"</OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def feature() -> str:
    return json.dumps(json.loads(forms.json_())["features"][0])


_CLOTHES = {
    "VRT": vrt,
    "WFS": lambda bait: f"<OGRWFSDataSource><URL>{bait.url}</URL></OGRWFSDataSource>".encode(),
    "a WFS answer": lambda bait: (
        f'<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs"><a href="{bait.url}"/></wfs:FeatureCollection>'
    ).encode(),
    "KML": b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>',
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
    "HTML": b"<!doctype html><html><script>1</script></html>",
    "GPX": b'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"/>',
    "OSM": b'<osm version="0.6"><node id="1"/></osm>',
    "LandXML": b'<LandXML xmlns="http://www.landxml.org/schema/LandXML-1.2"/>',
    "DXF": b"  0\nSECTION\n  2\nHEADER\n  0\nENDSEC\n  0\nEOF\n",
    "DGN": b"\x08\x05\x17\xfe" + b"\0" * 2_000,
    "DWG": b"AC1032" + b"\0" * 2_000,
    "MapInfo": b'Version 300\nCharset "WindowsLatin1"\nColumns 1\n',
    "MID": b'"a","b"\n',
    "a geodatabase's table": b"\3\0\0\0" * 200,
    "CSV of another kind": b"id,name\n1,2\n",
    "PDF": b"%PDF-1.7\n1 0 obj",
    "PNG": b"\x89PNG\r\n\x1a\n" + b"\0" * 500,
    "ELF": b"\x7fELF" + b"\0" * 500,
    "a script": b"#!/bin/sh\nid\n",
    "PostgreSQL": b"PGDMP" + b"\0" * 500,
    "a connection": b"PG:host=127.0.0.1 dbname=postgres",
    "vsicurl": lambda bait: f"/vsicurl/{bait.url}".encode(),
    "a plain path": lambda bait: str(bait.folder / "secret.geojson").encode(),
    "TopoJSON": b'{"type":"Topology","objects":{}}',
    "Esri JSON": b'{"geometryType":"esriGeometryPolygon","features":[]}',
    "a service in JSON": lambda bait: json.dumps({"type": "WFS", "url": bait.url}).encode(),
    "STAC": lambda bait: json.dumps({"stac_version": "1.0.0", "links": [{"href": bait.url}]}).encode(),
    "a key in JSON": b'{"a": 1}',
    "a Parquet": b"PAR1" + b"\0" * 500 + b"PAR1",
    "an Arrow": b"ARROW1\0\0" + b"\0" * 500,
    "a database": b"SQLite format 3\x00" + b"\0" * 2_000,
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000,
    "nothing but zeros": b"\0" * 100_000,
    "nothing but line ends": b"\n" * 100_000,
    "a mark of UTF-16 alone": b"\xff\xfe",
    "random bytes": bytes((at * 7919 + 13) % 251 for at in range(5_000)),
}  # fmt: skip

_ADDRESSES = {
    "a link": {"type": "link", "properties": {"href": "{url}"}},
    "a linked file": {"type": "link", "properties": {"href": "{folder}/secret.txt", "type": "proj4"}},
    "an URL": {"type": "URL", "properties": {"url": "{url}", "href": "{url}"}},
    "an OGC address": {"type": "OGC", "properties": {"urn": "{url}"}},
    "a file for a name": {"type": "name", "properties": {"name": "{folder}/secret.txt"}},
    "an address for a name": {"type": "name", "properties": {"name": "{url}"}},
}
_SYSTEM = f'srsName="EPSG:{EPSG}"'
_HEAD = '{"type":"FeatureCollection","features":['

CASES: tuple[Case, ...] = (
    *(
        case(f"GML with {what}", in_gml(text), _DOCTYPE, daily=at == 2)
        for at, (what, text) in enumerate(_DECLARED.items())
    ),
    *(
        case(f"a dossier with {what}", in_dossier(text), _DOCTYPE, daily=not at)
        for at, (what, text) in enumerate(_DECLARED.items())
    ),
    *(
        case(f"a sheet with {what}", in_book(text, "xl/worksheets/sheet1.xml"), _DOCTYPE)
        for what, text in _DECLARED.items()
    ),
    *(
        case(f"{part} with a DOCTYPE", in_book(_DECLARED["an entity from an address"], part), _DOCTYPE)
        for part in ("xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "_rels/.rels")
    ),
    *(
        case(f"{what} in another's clothes", made, _UNKNOWN, _BAD, _DOCTYPE, daily=what == "VRT")
        for what, made in _CLOTHES.items()
    ),
    *(case(f"coordinates by {what}", crs(said), TAKEN, "CRS_NOT_A_ZONE") for what, said in _ADDRESSES.items()),
    case(
        "GML whose schema is an address",
        gml_with(
            "xmlns:o=",
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://a.vn/o {url}" xmlns:o=',
        ),
        TAKEN,
        daily=True,
    ),
    case(
        "GML whose schema is a file",
        gml_with(
            "xmlns:o=",
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://a.vn/o {folder}/secret.txt" xmlns:o=',
        ),
        TAKEN,
    ),
    case("GML whose system is an address", gml_with(_SYSTEM, 'srsName="{url}"'), "CRS_NOT_A_ZONE", TAKEN),
    case("GML whose system is a file", gml_with(_SYSTEM, 'srsName="{folder}/secret.txt"'), "CRS_NOT_A_ZONE", TAKEN),
    case(
        "GML with a linked geometry",
        lambda bait: forms.gml(
            shape=f'<gml:Polygon xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{bait.url}#a"/>'
        ),
        "GEOMETRY_MISSING",
        "GEOMETRY_NOT_POLYGON",
        row=2,
    ),
    case(
        "GML that includes",
        lambda bait: forms.gml(
            more=f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{bait.folder}/secret.txt"/>'
        ),
        TAKEN,
    ),
    case(
        "GML with a style sheet",
        lambda bait: forms.gml(head=f'<?xml-stylesheet type="text/xsl" href="{bait.url}"?>'),
        TAKEN,
    ),
    case("GML 200 elements deep", lambda: deep_gml(200), TAKEN, _BAD, "NO_ROWS"),
    case("GML 300,000 elements deep", lambda: deep_gml(300_000), _BAD, "READER_LIMIT", "NO_ROWS"),
    case("GML behind a long comment", lambda: forms.gml(head=f"<!--{'x' * 70_000}-->"), _UNKNOWN),
    case("GML in UTF-7", lambda: forms.gml().replace(b"UTF-8", b"UTF-7"), _BAD, _UNKNOWN),
    case("GML in an unknown encoding", lambda: forms.gml().replace(b"UTF-8", b"x-none"), _BAD, _UNKNOWN),
    case("GML in UTF-16", lambda: forms.gml().decode().replace("UTF-8", "UTF-16").encode("utf-16"), TAKEN, _BAD),
    case("GML with a broken entity", lambda: forms.gml().replace("Thôn 1".encode(), b"&nbsp;"), _BAD),
    case("GML with a number for NUL", lambda: forms.gml().replace("Thôn 1".encode(), b"&#0;"), _BAD),
    case(
        "GML with two values of one name",
        lambda: forms.gml().replace(b"<o:holder_name>", b"<o:holder_name>A</o:holder_name><o:holder_name>", 1),
        "VALUE_MANIFOLD",
        row=1,
    ),
    case(
        "GML without rows",
        b'<o:F xmlns:o="http://a.vn/o" xmlns:gml="http://www.opengis.net/gml/3.2"/>',
        _BAD,
        "LAYERS_UNCLEAR",
        "NO_ROWS",
    ),
    *(
        case(
            f"{form} cut at {share:.0%}",
            lambda make=make, share=share: make()[: int(len(make()) * share)],
            _BAD,
            _UNKNOWN,
            "ARCHIVE_REFUSED",
            "ROW_UNEVEN",
            "NO_ROWS",
            "LAYERS_UNCLEAR",
            daily=form == "geojson" and share == 0.9,
        )
        for form, make in forms.FORMATS.items()
        for share in (0.3, 0.9, 0.99)
    ),
    case("JSON 5,000,000 lists deep", lambda: _HEAD.encode() + b"[" * 5_000_000, _BAD, daily=True),
    case(
        "a property 100,000 objects deep",
        lambda: forms.json_(note="HERE").replace(b'"HERE"', b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        _BAD,
    ),
    case(
        "a property 30 objects deep",
        lambda: forms.json_(note="HERE").replace(b'"HERE"', b'{"a":' * 30 + b"1" + b"}" * 30),
        TAKEN,
        _BAD,
    ),
    case(
        "a key twice",
        lambda: forms.json_().replace(b'"parcel_number": 2', b'"parcel_number": 2, "parcel_number": 3'),
        TAKEN,
        _BAD,
    ),
    case("a property named __proto__", lambda: forms.json_(__proto__="x"), TAKEN),
    case(
        "a property named like the geometry",
        lambda: forms.json_(geometry="x", wkb_geometry="y", ogc_fid="z"),
        TAKEN,
        _BAD,
        "GEOMETRY_MISSING",
        "COLUMN_TWICE",
    ),
    case("a feature that is a number", lambda: f"{_HEAD}{feature()},1]}}".encode(), _BAD, TAKEN, "CRS_NOT_A_ZONE"),
    case(
        "a feature without properties",
        lambda: f'{_HEAD}{feature()},{{"type":"Feature"}}]}}'.encode(),
        "COMMUNE_UNKNOWN",
        "CRS_NOT_A_ZONE",
        _BAD,
    ),
    case(
        "features that are no list", b'{"type":"FeatureCollection","features":{}}', _BAD, "NO_ROWS", "COLUMNS_MISSING"
    ),
    case("no feature", b'{"type":"FeatureCollection","features":[]}', "NO_ROWS", "COLUMNS_MISSING", _BAD),
    case("JSON of one string", lambda: b'{"type":"FeatureCollection","a":"' + b"x" * 30_000_000, _BAD),
    case(
        "a feature of 45 MB", lambda: forms.json_(note="x" * 45_000_000), _BAD, "READER_LIMIT", "VALUE_TOO_LONG", TAKEN
    ),
    case("JSON behind bytes of zero", lambda: b"\0" * 10 + forms.json_(), _UNKNOWN),
    case("JSON with text behind it", lambda: forms.json_() + b"<script>", TAKEN, _BAD),
    case("JSON in UTF-16", lambda: forms.json_().decode().encode("utf-16"), _UNKNOWN),
    case(
        "5,000 properties", lambda: forms.json_(**{f"c{at}": 1 for at in range(5_000)}), "TOO_MANY_COLUMNS", daily=True
    ),
    case("a property with a name of 1 MB", lambda: forms.json_(**{"x" * 1_000_000: 1}), TAKEN, _BAD),
    case("a dossier 65 elements deep", lambda: deep_dossier(65), "MARKUP_REFUSED", daily=True),
    case("a dossier 300,000 elements deep", lambda: deep_dossier(300_000), "MARKUP_REFUSED"),
    case(
        "a dossier of 3,000 names", lambda: forms.dossier("".join(f"<a{at}/>" for at in range(3_000))), "MARKUP_REFUSED"
    ),
    case(
        "a dossier with a value of 100,000 letters",
        lambda: forms.dossier(forms.parcel(1, tags=f"<diaChiKhac>{'x' * 100_000}</diaChiKhac>")),
        "MARKUP_REFUSED",
    ),
    case(
        "a dossier with a geometry of 20 MB",
        lambda: forms.dossier(forms.parcel(1, shape=forms.polygon((), numbers="1 1 " * 5_000_000))),
        "MARKUP_REFUSED",
    ),
    case(
        "a dossier of two systems",
        lambda: forms.dossier(forms.parcel(1), forms.parcel(2, shape=forms.polygon(forms.RING, "EPSG:9210"))),
        "CRS_MIXED",
    ),
    case("a dossier of nothing", lambda: forms.dossier(), "NO_ROWS", _UNKNOWN, "COLUMNS_MISSING"),
    case("a dossier with a tag unclosed", lambda: forms.dossier(forms.parcel(1)).replace(b"</DC_ThuaDat>", b""), _BAD),
    case("a dossier in UTF-7", lambda: forms.dossier(forms.parcel(1)).replace(b"UTF-8", b"UTF-7"), _BAD, _UNKNOWN),
    case(
        "a parcel in a parcel in a parcel",
        lambda: forms.dossier(forms.parcel(1, tags=forms.parcel(2, tags=forms.parcel(3)))),
        TAKEN,
    ),
    case(
        "a parcel that holds itself",
        lambda: forms.dossier(forms.parcel(1, tags="<thuaDatId>1</thuaDatId>" * 50)),
        TAKEN,
        "ENTITY_TWICE",
        "REFERENCE_DANGLING",
    ),
    case(
        "a parcel id of 60,000 letters", lambda: forms.dossier(forms.parcel(1, key="9" * 60_000)), TAKEN, "TAG_TOO_LONG"
    ),
    case("one parcel twice", lambda: forms.dossier(forms.parcel(1), forms.parcel(2, key=1)), "ENTITY_TWICE"),
    case(
        "a dossier with a file for a tag",
        lambda bait: forms.dossier(forms.parcel(1, tags=f"<tepTin>file://{bait.folder}/secret.txt</tepTin>")),
        TAKEN,
    ),
    case(
        "numbers with empty marks",
        lambda: forms.dossier(
            forms.parcel(
                1,
                shape='<gml:Polygon><gml:exterior><gml:LinearRing><gml:coordinates cs="" ts="">1,1</gml:coordinates></gml:LinearRing></gml:exterior></gml:Polygon>',
            )
        ),
        _BAD,
        "GEOMETRY_NOT_POLYGON",
    ),
)
