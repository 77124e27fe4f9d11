"""Old letters: the charts of TCVN3, VNI and Windows-1258, how a page is found, and when it is rather asked for."""

from __future__ import annotations

import io
import random
import re
import subprocess
import unicodedata
import zipfile

import pytest
import shapefile
from landworld import COMMUNES, SHORT, row
from opening import read, refused

from fixtures.generators import register
from landdata.errors import CodePageUnclear, CodePageWrong
from landdata.model.code_pages import SUBSTITUTE, CodePage, decode, named
from landdata.model.syllables import is_syllable
from landdata.reading.detecting import choose, words

TONELESS = "AĂÂEÊIOÔƠUƯY"
# VNI-Windows, row by row as charts print it: none, acute, grave, hook, tilde, dot below.
VNI = """
A AÙ AØ AÛ AÕ AÏ | AÊ AÉ AÈ AÚ AÜ AË | AÂ AÁ AÀ AÅ AÃ AÄ | E EÙ EØ EÛ EÕ EÏ | EÂ EÁ EÀ EÅ EÃ EÄ | I Í Ì Æ Ó Ò
O OÙ OØ OÛ OÕ OÏ | OÂ OÁ OÀ OÅ OÃ OÄ | Ô ÔÙ ÔØ ÔÛ ÔÕ ÔÏ | U UÙ UØ UÛ UÕ UÏ | Ö ÖÙ ÖØ ÖÛ ÖÕ ÖÏ | Y YÙ YØ YÛ YÕ Î
"""
TONES = ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")
LETTERS = [unicodedata.normalize("NFC", letter + tone) for letter in TONELESS for tone in TONES]
TO_VNI = dict(zip(LETTERS, VNI.replace("|", " ").split(), strict=True)) | {"Đ": "Ñ"}
TO_VNI |= {
    letter.lower(): "".join(chr(ord(one) + 0x20) if ord(one) > 0x7F else one.lower() for one in code)
    for letter, code in TO_VNI.items()
}
# TCVN3 as the fonts of .VnTime show it in Latin-1: a small letter for every tone, capitals only without one.
TCVN3 = (
    "à µ ả ¶ ã · á ¸ ạ ¹ ă ¨ ằ » ẳ ¼ ẵ ½ ắ ¾ ặ Æ â © ầ Ç ẩ È ẫ É ấ Ê ậ Ë đ ® è Ì ẻ Î ẽ Ï é Ð ẹ Ñ ê ª ề Ò ể Ó ễ Ô ế Õ ệ Ö "
    "ì × ỉ Ø ĩ Ü í Ý ị Þ ò ß ỏ á õ â ó ã ọ ä ô « ồ å ổ æ ỗ ç ố è ộ é ơ ¬ ờ ê ở ë ỡ ì ớ í ợ î ù ï ủ ñ ũ ò ú ó ụ ô ư \u00ad "
    "ừ õ ử ö ữ ÷ ứ ø ự ù ỳ ú ỷ û ỹ ü ý ý ỵ þ Ă ¡ Â ¢ Ê £ Ô ¤ Ơ ¥ Ư ¦ Đ §"
)
TO_TCVN3 = dict(re.findall(r"(\S) (\S)", TCVN3))


def as_tcvn3(text: str) -> bytes:
    return "".join(TO_TCVN3.get(one) or TO_TCVN3.get(one.lower()) or one for one in text).encode("latin-1")


def as_vni(text: str) -> bytes:
    return "".join(TO_VNI.get(one, one) for one in text).encode("latin-1")


def as_1258(text: str) -> bytes:
    made = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(one for one in parts if one in TONES)
        base = unicodedata.normalize("NFC", "".join(one for one in parts if one not in TONES))
        made += base.encode("cp1258") + tone.encode("cp1258")
    return made


ENCODERS = {
    CodePage.TCVN3: as_tcvn3,
    CodePage.VNI: as_vni,
    CodePage.WINDOWS_1258: as_1258,
    CodePage.UTF_8: lambda text: text.encode(),
}
PAGES = pytest.mark.parametrize("code_page", ENCODERS)
NAMES = sorted({part.name for province in ("24", "79", "92") for part in register.province(province).communes})


def raw(text: str, code_page: CodePage) -> str:
    return ENCODERS[code_page](text).decode("latin-1")


@PAGES
def test_every_letter_of_the_alphabet(code_page):
    for letter in [*(one.lower() for one in LETTERS), "đ", "Đ", *"ĂÂÊÔƠƯ"]:
        assert decode(raw(letter, code_page), code_page) == letter
    if code_page is not CodePage.TCVN3:
        assert [decode(raw(one, code_page), code_page) for one in LETTERS] == LETTERS


def test_tcvn3_is_what_the_c_library_knows_as_tcvn():
    """glibc has TCVN 5712 VN1, of which VN3 is a part."""
    letters = list(TO_TCVN3)
    data = b" ".join(as_tcvn3(one) for one in letters)
    done = subprocess.run(["iconv", "-f", "TCVN", "-t", "UTF-8"], input=data, capture_output=True, check=True)
    assert unicodedata.normalize("NFC", done.stdout.decode()).split(" ") == letters


@PAGES
def test_names_of_places_come_back_in_either_case(code_page):
    """All but the capital of a name like Ái Quốc, where TCVN3 writes the small letter and only the font showed another."""
    said = [*NAMES, *(name.upper() for name in NAMES)]
    back = [decode(raw(name, code_page), code_page) for name in said]
    assert len(NAMES) > 300
    assert [one.lower() for one in back] == [one.lower() for one in said]
    changed = sum(one != name for one, name in zip(back, said, strict=True))
    assert changed == 0 or (code_page is CodePage.TCVN3 and changed < 0.02 * len(said))


def test_capitals_of_the_capital_font():
    """The page has no capital with a tone; only where all else is capital does the small one stand for it."""
    for said, meant in {
        "NGUYỄN VĂN Ấ": "NGUYỄN VĂN Ấ", "Đức Hà": "Đức Hà", "Hà": "Hà", "Lê THỊ": "Lê THị", "THỬA 5": "THỬA 5",
    }.items():  # fmt: skip
        assert decode(raw(said, CodePage.TCVN3), CodePage.TCVN3) == meant


def test_what_a_page_does_not_have_is_marked():
    assert decode("a\x80\xff", CodePage.TCVN3) == f"a{SUBSTITUTE}{SUBSTITUTE}"
    assert decode("b\xf9", CodePage.VNI) == f"b{SUBSTITUTE}"  # an acute with nothing to sit on
    assert decode("b\xec \x8a", CodePage.WINDOWS_1258) == f"b{SUBSTITUTE} {SUBSTITUTE}"
    assert decode("Th\xff", CodePage.UTF_8) == f"Th{SUBSTITUTE}"
    assert decode(raw("Thửa", CodePage.UTF_8)[:-2], CodePage.UTF_8) == "Th"  # cut by the width of the field


def test_names_of_pages():
    assert {named(one) for one in ("TCVN3", "abc\r\n", "TCVN3 (ABC)")} == {CodePage.TCVN3}
    assert {named(one) for one in ("VNI", "vni-windows")} == {CodePage.VNI}
    assert {named(one) for one in ("1258", "windows-1258", "ANSI 1258", "CP1258")} == {CodePage.WINDOWS_1258}
    assert {named(one) for one in ("UTF-8", "utf8", "65001")} == {CodePage.UTF_8}
    assert {named(one) for one in ("ISO-8859-1", "1252", "", "ANSI")} == {None}


GOOD = "Nguyễn THỊ Thúy Ửng quýnh giếng khuya nghiêng Ơ oạch"
BAD = "nguyôn Thð quat hoác\u0300 ngiễnn ñoàng viêc Tõp m²"


def test_syllables():
    assert all(is_syllable(one) for one in re.findall(r"\S+", GOOD))
    assert not any(is_syllable(one) for one in re.findall(r"\S+", BAD))


@PAGES
@pytest.mark.parametrize("size", [2, 5, 30])
def test_a_page_is_found_or_asked_for_but_never_mistaken(code_page, size):
    chance = random.Random(size)
    found = []
    for _ in range(150):
        some = [chance.choice(NAMES) for _ in range(size)]
        some = [one.upper() for one in some] if chance.random() < 0.3 else some
        sample = words(raw(one, code_page) for one in some)
        try:
            found.append(choose(sample, None) if sample else code_page)
        except CodePageUnclear:
            found.append(None)
    assert set(found) <= {code_page, None}
    assert found.count(code_page) >= {2: 140, 5: 147, 30: 150}[size]


def test_two_readings_alike_are_not_chosen_between():
    """One byte: Tô in Windows-1258, Tụ in TCVN3, Tơ in VNI."""
    with pytest.raises(CodePageUnclear):
        choose({"T\xf4"}, None)
    assert choose({"T\xf4"}, CodePage.VNI) is CodePage.VNI
    with pytest.raises(CodePageUnclear):
        choose({"m\xb2", "caf\xe9"}, None)
    assert choose(set(), None) is CodePage.UTF_8
    assert choose(words([raw("Ghi chú: Đắk Krông Klơ Pnôn", CodePage.UTF_8)]), None) is CodePage.UTF_8


def test_a_declared_page_wins_unless_it_cannot_be_true():
    sample = words(raw(one, CodePage.TCVN3) for one in NAMES)
    assert choose(sample, CodePage.WINDOWS_1258) is CodePage.WINDOWS_1258
    with pytest.raises(CodePageWrong):
        choose(sample, CodePage.UTF_8)


# Whole files by pyshp

ROWS = [
    row(COMMUNES[0], number, holder_name=name, parcel_address=place, use_term="Lâu dài")
    for number, (name, place) in enumerate(
        [("Nguyễn Thị Thúy", "Thôn Đông Hưng"), ("TRẦN VĂN ỬNG", "Phường Ngô Quyền"), ("Lê Đức", "Xã Việt Ngọc")], 1
    )
]


def shape_zip(code_page: CodePage, *, cpg: bytes | None, rows=ROWS, extra: str = "") -> bytes:
    """A Shapefile of the rows; pyshp writes bytes as they are under Latin-1."""
    files = {ending: io.BytesIO() for ending in ("shp", "shx", "dbf")}
    writer = shapefile.Writer(**files, shapeType=shapefile.POLYGON, encoding="latin-1")
    names = [name for name in rows[0] if name != "ring"]
    for name in names:
        writer.field(SHORT[name], "C", size=80)
    if extra:
        writer.field(raw(extra, code_page), "C", size=5)
    for one in rows:
        writer.poly([one["ring"][::-1]])
        writer.record(*(raw(str(one[name]), code_page) for name in names), *([""] if extra else []))
    writer.close()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for ending, file in files.items():
            archive.writestr(f"thua.{ending}", file.getvalue())
        if cpg is not None:
            archive.writestr("thua.cpg", cpg)
    return made.getvalue()


CPG = {CodePage.TCVN3: b"ABC", CodePage.VNI: b"VNI", CodePage.WINDOWS_1258: b"1258", CodePage.UTF_8: b"UTF-8"}


@PAGES
@pytest.mark.parametrize("told", ["declared", "silent", "a program's default"])
def test_a_shapefile_in_every_page(tmp_path, code_page, told):
    cpg = {"declared": CPG[code_page], "silent": None, "a program's default": b"ISO-8859-1"}[told]
    layer, columns, _ = read(shape_zip(code_page, cpg=cpg, extra="Ghi_chú"), tmp_path)
    for name in ("holder_name", "parcel_address", "use_term"):
        assert columns[name] == [one[name] for one in ROWS]
        assert all(unicodedata.is_normalized("NFC", one) for one in columns[name])
    assert columns["parcel_number"] == ["1", "2", "3"]
    assert layer.names[-2] == "Ghi_chú"


def test_a_shapefile_that_cannot_be_read_for_certain(tmp_path):
    one = [row(COMMUNES[0], 1, holder_name="Tô", parcel_address="Tô", use_term="x", origins="")]
    assert refused(shape_zip(CodePage.WINDOWS_1258, cpg=None, rows=one), tmp_path).code == "CODE_PAGE_UNCLEAR"
    assert read(shape_zip(CodePage.WINDOWS_1258, cpg=b"windows-1258", rows=one), tmp_path)[1]["holder_name"] == ["Tô"]
    assert refused(shape_zip(CodePage.TCVN3, cpg=b"UTF-8"), tmp_path).code == "CODE_PAGE_WRONG"


def test_an_old_shapefile_is_published(desk, tmp_path):
    view = desk.deliver(shape_zip(CodePage.TCVN3, cpg=None))
    assert (view.state.value, view.ledger[0].rows_new) == ("PUBLISHED", 3)
    names = {name for [name] in desk.rows("SELECT address FROM land.parcel")}
    assert names == {one["parcel_address"] for one in ROWS}
