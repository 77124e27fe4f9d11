"""Malice of tables: quotes, separators, widths and lies of CSV; parts, cells, formulas and sheets of a workbook."""

from __future__ import annotations

import io
import re

import openpyxl

from tests.corpus import forms
from tests.corpus.cases import TAKEN, Bait, Case, case

_BAD = "FILE_UNREADABLE"
_UNKNOWN = "FORMAT_UNKNOWN"
_REFUSED = "ARCHIVE_REFUSED"
_SHEET, _BOOK, _RELS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


# A clean table: its head and two rows. Small, so it may stand here; whatever is larger is made when it is wanted.
_TEXT = forms.table().decode()
_HEAD, _FIRST, _SECOND = (f"{line}\r\n" for line in _TEXT.splitlines())


def text(*lines: str) -> bytes:
    return "".join(lines).encode()


def part(name: str, old: bytes, new: bytes) -> bytes:
    return forms.changed(forms.book(), name, lambda xml: xml.replace(old, new))


def with_formula(said: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(forms.book()))
    book.active["D3"] = said
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def linked(bait: Bait) -> bytes:
    """A workbook whose relations lead to a file and to an address."""
    leads = (
        '<Relationship Id="r9" TargetMode="External" Target="{}" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"/>'
    )
    said = leads.format(bait.url) + leads.format(f"file://{bait.folder}/secret.txt").replace("r9", "r10")
    return part(_RELS, b"</Relationships>", said.encode() + b"</Relationships>")


def sheet_at(target: str) -> bytes:
    return forms.changed(
        forms.book(), _RELS, lambda xml: re.sub(rb'Target="[^"]*sheet1.xml"', f'Target="{target}"'.encode(), xml)
    )


def without(name: str) -> bytes:
    members = {one: data for one, data in _members(forms.book()).items() if one != name}
    return forms.zipped(*members.items())


def _members(data: bytes) -> dict[str, bytes]:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {one: archive.read(one) for one in archive.namelist()}


def many_sheets(count: int) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(forms.book()))
    for _ in range(count - 1):
        book.copy_worksheet(book.worksheets[0])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def cell(place: str, kind: str, value: str) -> bytes:
    """A cell as XML, whatever the format says of it."""
    made = f'<c r="{place}" t="{kind}"><v>{value}</v></c>'.encode()
    return forms.changed(forms.book(), _SHEET, lambda xml: re.sub(rb'<c r="D3"[^>]*>.*?</c>', lambda _: made, xml))


_FORMULAS = {
    "a call of a program": "=cmd|'/c calc'!A0",
    "a link": '=HYPERLINK("http://127.0.0.1/x","a")',
    "a fetched value": '=WEBSERVICE("http://127.0.0.1/x")',
    "an import": '=IMPORTXML("http://127.0.0.1/x","a")',
    "another workbook": "='file:///etc/[passwd]a'!A1",
    "a plain sum": "=1+1",
    "an error": "#REF!",
}
_SEPARATED = {"semicolons": ";", "tabs": "\t"}

CASES: tuple[Case, ...] = (
    case("CSV with NUL", lambda: text(_HEAD, _FIRST, _SECOND.replace("Thôn", "Th\0n")), _BAD, daily=True),
    case("CSV with NUL in its head", lambda: text(_HEAD.replace("holder_name", "holder\0name"), _FIRST), _UNKNOWN),
    case(
        "CSV of Windows-1258",
        lambda: text(_HEAD, _FIRST).decode().encode("cp1258", "replace").replace(b"Th?n", b"Th\xf4n"),
        _BAD,
    ),
    case("CSV with a lone surrogate", lambda: forms.table(holder_name="\ud800"), _BAD),
    case("CSV with overlong UTF-8", lambda: text(_HEAD, _FIRST).replace("ô".encode(), b"\xc0\xaf"), _BAD),
    case("CSV of UTF-16", lambda: _TEXT.encode("utf-16"), _UNKNOWN),
    case("CSV of UTF-32", lambda: _TEXT.encode("utf-32"), _UNKNOWN),
    case(
        "CSV with three marks of order",
        lambda: b"\xef\xbb\xbf" * 3 + _TEXT.encode(),
        TAKEN,
        _UNKNOWN,
        "COLUMNS_MISSING",
    ),
    case(
        "CSV with an open quote",
        lambda: text(_HEAD, _FIRST, _SECOND.replace("Thôn", '"Thôn')),
        _BAD,
        "ROW_UNEVEN",
        daily=True,
    ),
    case("CSV with text behind a quote", lambda: text(_HEAD, _FIRST.replace("Thôn 1", '"T"x')), _BAD),
    case(
        "CSV with a quote in its head",
        lambda: text(_HEAD.replace("holder_name", '"holder_name'), _FIRST),
        _UNKNOWN,
        "COLUMNS_MISSING",
        _BAD,
    ),
    case("CSV with a shifted row", lambda: text(_HEAD, _FIRST, f"x,{_SECOND}"), "ROW_UNEVEN", daily=True),
    case("CSV with a short row", lambda: text(_HEAD, _FIRST, "24,1\r\n"), "ROW_UNEVEN"),
    case("CSV with a row of 100,000 values", lambda: text(_HEAD, _FIRST, "," * 100_000, "\r\n"), "ROW_UNEVEN", TAKEN),
    case(
        "CSV with a row of 20,000,000 values",
        lambda: text(_HEAD, _FIRST, "1," * 8_000_000, "\r\n"),
        "ROW_UNEVEN",
        "VALUE_TOO_LONG",
    ),
    case("CSV of 5,000,000 blank lines", lambda: text(_HEAD, _FIRST, "\r\n" * 5_000_000), TAKEN),
    case(
        "CSV of 10,000 blank lines before a row",
        lambda: text(_HEAD, _FIRST, "\r\n" * 10_000, _SECOND),
        "COMMUNE_UNKNOWN",
    ),
    case("CSV with a line without end", lambda: text(_HEAD, _FIRST, "x" * 40_000_000), "VALUE_TOO_LONG"),
    case(
        "CSV with a value of 10 MB", lambda: forms.table(parcel_address="x" * 10_000_000), "VALUE_TOO_LONG", daily=True
    ),
    case(
        "CSV with a quoted value of 10 MB of lines",
        lambda: forms.table(parcel_address="x\n" * 5_000_000),
        "VALUE_TOO_LONG",
    ),
    case(
        "CSV of 10,000 columns",
        lambda: text(_HEAD.rstrip(), *(f",c{at}" for at in range(10_000)), "\r\n", _FIRST),
        "TOO_MANY_COLUMNS",
        "ROW_UNEVEN",
        _UNKNOWN,
        daily=True,
    ),
    case("CSV with a head of 1 MB", lambda: text("x" * 1_000_000, ",", _HEAD, _FIRST), _UNKNOWN),
    case(
        "CSV with a name twice",
        lambda: text(_HEAD.replace("\r", ",ma_xa\r"), _FIRST.replace("\r", ",1\r")),
        "COLUMN_TWICE",
    ),
    case(
        "CSV with two geometries",
        lambda: text(_HEAD.replace("\r", ",WKT\r"), _FIRST.replace("\r", ",1\r")),
        "COLUMN_TWICE",
    ),
    case(
        "CSV with our own name for geometry",
        lambda: text(_HEAD.replace("\r", ",wkb_geometry\r"), _FIRST.replace("\r", ",1\r")),
        TAKEN,
    ),
    case(
        "CSV with a formula for a name",
        lambda: text(_HEAD.replace("\r", ",=1+1\r"), _FIRST.replace("\r", ",1\r")),
        TAKEN,
    ),
    case("CSV of old Macintosh lines", lambda: _TEXT.replace("\r\n", "\r").encode(), TAKEN, _BAD, _UNKNOWN),
    case("CSV of mixed lines", lambda: text(_HEAD.replace("\r\n", "\n"), _FIRST, _SECOND.replace("\r\n", "\r")), TAKEN),
    case(
        "CSV with form feeds and separators",
        lambda: text(_HEAD, _FIRST.replace("Thôn 1", "a\x0b\x0c\x1c\x1d\x85\u2028b")),
        "TEXT_INVALID",
        row=1,
    ),
    case("CSV whose mark names the separator", lambda: text("sep=;\r\n", _HEAD, _FIRST), _UNKNOWN),
    *(
        case(
            f"CSV parted by {what} with commas in values",
            lambda sign=sign: forms.table(separator=sign, holder_name="a,b,c,,,"),
            TAKEN,
        )
        for what, sign in _SEPARATED.items()
    ),
    case("CSV without rows", lambda: text(_HEAD), "NO_ROWS"),
    case("CSV without a head", lambda: text(_FIRST, _FIRST), _UNKNOWN),
    *(
        case(
            f"a workbook with {what}",
            lambda said=said: with_formula(said),
            "FORMULA_REFUSED",
            daily=what == "a call of a program",
        )
        for what, said in _FORMULAS.items()
    ),
    case(
        "a shared formula",
        lambda: forms.changed(
            forms.book(),
            _SHEET,
            lambda xml: re.sub(
                rb'<c r="D3"[^>]*>.*?</c>', b'<c r="D3"><f t="shared" si="0" ref="D2:D3">1+1</f><v>2</v></c>', xml
            ),
        ),
        "FORMULA_REFUSED",
    ),
    case(
        "an array formula",
        lambda: forms.changed(
            forms.book(),
            _SHEET,
            lambda xml: re.sub(rb'<c r="D3"[^>]*>.*?</c>', b'<c r="D3"><f t="array" ref="D3">1+1</f><v>2</v></c>', xml),
        ),
        "FORMULA_REFUSED",
    ),
    case(
        "a data table",
        lambda: forms.changed(
            forms.book(),
            _SHEET,
            lambda xml: re.sub(rb'<c r="D3"[^>]*>.*?</c>', b'<c r="D3"><f t="dataTable" ref="D3"/><v>2</v></c>', xml),
        ),
        "FORMULA_REFUSED",
        _BAD,
    ),
    case("relations that lead outside", linked, TAKEN, _BAD, daily=True),
    case("a sheet at an address", lambda bait: sheet_at(bait.url), _BAD, "COLUMNS_MISSING"),
    case("a sheet at a file", lambda bait: sheet_at(f"{bait.folder}/secret.txt"), _BAD, "COLUMNS_MISSING"),
    case("a sheet above the archive", lambda: sheet_at("../../../../etc/passwd"), _BAD, "COLUMNS_MISSING"),
    case("a sheet that is the book", lambda: sheet_at("/xl/workbook.xml"), _BAD, "COLUMNS_MISSING"),
    *(
        case(f"a workbook without {name}", lambda name=name: without(name), _BAD, _REFUSED, TAKEN, "COLUMNS_MISSING")
        for name in (
            _SHEET,
            _RELS,
            _BOOK,
            "xl/styles.xml",
            "xl/sharedStrings.xml",
            "[Content_Types].xml",
            "_rels/.rels",
        )
    ),
    *(
        case(
            f"a workbook with {name} of nothing",
            lambda name=name: forms.changed(forms.book(), name, lambda _: b""),
            _BAD,
        )
        for name in (_SHEET, _RELS, _BOOK, "xl/styles.xml")
    ),
    case("a cell of text 99999999", lambda: cell("D3", "s", "99999999"), _BAD),
    case("a cell of text -1", lambda: cell("D3", "s", "-1"), _BAD, TAKEN),
    case("a cell of text NaN", lambda: cell("D3", "s", "NaN"), _BAD),
    case("a cell that is no number", lambda: cell("D3", "n", "abc"), _BAD),
    case("a cell of 1e999", lambda: cell("D3", "n", "1e999"), TAKEN, _BAD, "TEXT_INVALID"),
    case("a cell of a day in the year 9,999,999", lambda: cell("D3", "d", "9999999-01-01"), _BAD),
    case("a cell at XFD1048576", lambda: cell("XFD1048576", "n", "1"), TAKEN, "VALUE_MISSING", _BAD),
    case("a cell at AAAAAAAA1", lambda: cell("AAAAAAAA1", "n", "1"), _BAD, TAKEN, "VALUE_MISSING"),
    case("a cell at no place", lambda: cell("", "n", "1"), _BAD, TAKEN, "VALUE_MISSING"),
    case(
        "a row of number 999999999",
        lambda: part(_SHEET, b'<row r="3"', b'<row r="999999999"'),
        _BAD,
        TAKEN,
        "READER_LIMIT",
        "COMMUNE_UNKNOWN",
    ),
    case("a row of number -5", lambda: part(_SHEET, b'<row r="3"', b'<row r="-5"'), _BAD, TAKEN),
    case(
        "a size that is a lie",
        lambda: forms.changed(forms.book(), _SHEET, lambda xml: re.sub(rb'ref="[^"]*"', b'ref="A1:XFD1048576"', xml)),
        TAKEN,
    ),
    case(
        "a workbook that grows to 70 MB",
        lambda: part(_SHEET, b"</worksheet>", b" " * (230 << 20) + b"</worksheet>"),
        _REFUSED,
    ),
    case(
        "a workbook with macros",
        lambda: forms.zipped(*_members(forms.book()).items(), ("xl/vbaProject.bin", b"\0" * 900)),
        TAKEN,
    ),
    case(
        "a workbook with a part twice",
        lambda: forms.zipped(*_members(forms.book()).items(), ("XL/WORKBOOK.XML", b"<a/>")),
        TAKEN,
        _BAD,
        _REFUSED,
    ),
    case(
        "a workbook with a part that leads up",
        lambda: forms.zipped(*_members(forms.book()).items(), ("../../evil.xml", b"<a/>")),
        TAKEN,
    ),
    case(
        "a workbook with an archive in it",
        lambda: forms.zipped(*_members(forms.book()).items(), ("xl/embeddings/a.zip", forms.zipped(("b", b"c")))),
        TAKEN,
    ),
    case("a workbook of two sheets with the columns", lambda: many_sheets(2), "LAYERS_UNCLEAR"),
    case("a workbook of 300 sheets", lambda: many_sheets(300), "LAYERS_UNCLEAR"),
    case(
        "a workbook without the columns",
        lambda: part(_SHEET, b"parcel_number", b"other"),
        "COLUMNS_MISSING",
    ),
    case(
        "a workbook of 10,000 columns", lambda: forms.book(**{f"c{at}": 1 for at in range(10_000)}), "TOO_MANY_COLUMNS"
    ),
    case("a cell with a broken entity", lambda: forms.book_raw(b"&nope;"), _BAD),
    case("a cell with a number for NUL", lambda: forms.book_raw(b"&#0;"), _BAD),
    case("a cell with a raw NUL", lambda: forms.book_raw(b"\0"), _BAD),
    case("a cell of a million letters", lambda: forms.book_raw(b"x" * 1_000_000), "TEXT_INVALID", row=2),
    case("a cell of 10,000,000 letters", lambda: forms.book_raw(b"x" * 10_000_000), "VALUE_TOO_LONG", _REFUSED),
    case(
        "a cell with text in 100,000 runs",
        lambda: forms.book_raw(b"</t>" + b"<r><t>x</t></r>" * 100_000 + b"<t>"),
        TAKEN,
        _BAD,
    ),
    case(
        "a workbook with elements 200,000 deep",
        lambda: part(_SHEET, b"</worksheet>", b"<a>" * 200_000 + b"</a>" * 200_000 + b"</worksheet>"),
        TAKEN,
        _BAD,
    ),
)
