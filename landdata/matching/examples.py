"""Every rule of reading and comparing, with examples a clerk can check by eye; tests run them, docs/matching.md shows them."""

# ruff: noqa: E501  # a table is read across

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from landdata.matching import births, likeness, numbers, sides
from landdata.matching.legacy import mended
from landdata.matching.parties import is_company, parties
from landdata.matching.words import abbreviates, bare, folded, lost, straight
from landdata.model.persons import BIRTH_PROVINCES


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, what it is for, and texts with what it makes of them."""

    vi: str
    en: str
    apply: Callable[..., str]
    examples: tuple[tuple[str, ...], ...]  # what is given, one text or two, and what comes of it last


def _all_words(rule: Callable[[str], str]) -> Callable[[str], str]:
    return lambda name: " ".join(map(rule, straight(name).split()))


def _said(number: str) -> str:
    found = numbers.says(number)
    return f"{found.province or '?'}, {'nam' if found.male else 'nữ'}, {found.year}"


def _number(written: str) -> str:
    found, shape = numbers.digits(written)
    return found or shape.name


def _names(one: str, other: str) -> str:
    found = likeness.compare(straight(one).split(), straight(other).split())
    return found.likeness.name if found.kind in {0, 8} else f"{found.likeness.name} ({found.kind.name})"


def _births(one: str, other: str) -> str:
    return births.agree(births.read(one) or 0, births.read(other) or 0).name


def _date(written: str) -> str:
    found = births.read(written)
    return "?" if found is None else f"{found // 10_000:04d}-{found // 100 % 100:02d}-{found % 100:02d}"


def _place(number: str) -> str:
    return BIRTH_PROVINCES.get(number[:3], "?")


def _yes(rule: Callable[[str, str], bool]) -> Callable[[str, str], str]:
    return lambda one, other: "có / yes" if rule(straight(one), straight(other)) else "không / no"


RULES: tuple[Rule, ...] = (
    Rule(
        "NFC, chữ hoa, một dấu cách, dấu nháy thẳng", "NFC, capitals, single spaces, straight quotes", straight,
        (("nguyễn  văn A ", "NGUYỄN VĂN A"), ("Nguye\u0302\u0303n", "NGUYỄN"), ("h’biên", "H'BIÊN")),
    ),
    Rule(
        "Vị trí dấu thanh, và y/i cuối âm tiết mở, không tính là khác",
        "Where the tone stands, and y or i ending an open syllable, make no difference",
        _all_words(lambda word: folded(word).replace("\u0300", "`").replace("\u0301", "´").replace("\u0309", "ˀ")),
        (("Hòa", "HOA`"), ("Hoà", "HOA`"), ("Hóa", "HOA´"), ("Lý", "LI´"), ("Lí", "LI´"), ("Thúy", "THUY´")),
    ),
    Rule(
        "Bỏ hết dấu", "Without any mark", _all_words(bare),
        (("Nguyễn Văn Đức", "NGUYEN VAN DUC"), ("Trần Thị Mỹ", "TRAN THI MI")),
    ),
    Rule(
        "Mất dấu: chữ thứ nhất là chữ thứ hai đã rụng dấu, không phải đổi dấu",
        "Marks lost: the first word is the second with marks fallen off, none changed", _yes(lost),
        (("Hung", "Hùng", "có / yes"), ("Hoang", "Hoàng", "có / yes"), ("Hưng", "Hùng", "không / no"),
         ("Dung", "Đũng", "có / yes"), ("Hùng", "Hung", "không / no")),
    ),
    Rule(
        "Chữ hỏng bảng mã: UTF-8 đọc nhầm, TCVN3, VNI", "The wrong code page: UTF-8 misread, TCVN3, VNI",
        lambda text: straight(mended(text)),
        (("Nguyá»…n VÄƒn HÃ¹ng", "NGUYỄN VĂN HÙNG"), ("NguyÔn V¨n Hïng", "NGUYỄN VĂN HÙNG"),
         ("Nguyeãn Thò Hoa", "NGUYỄN THỊ HOA"), ("VI QUANG THô", "VI QUANG THỤ"), ("Mlô Niê", "MLÔ NIÊ")),
    ),
    Rule(
        "Danh xưng, vợ chồng, hộ gia đình, ghi chú trong một ô", "Titles, couples, households, notes in one field",
        lambda text: " | ".join(" ".join(name) for name in parties(text)),
        (("Hộ ông Nguyễn Văn A", "NGUYỄN VĂN A"), ("Ông Trần B và bà Lê Thị C", "TRẦN B | LÊ THỊ C"),
         ("Nguyễn Văn A (vợ: Trần Thị B)", "NGUYỄN VĂN A | TRẦN THỊ B"), ("HO ONG NGUYEN VAN A", "NGUYEN VAN A"),
         ("Nguyễn Văn A (đã chết)", "NGUYỄN VĂN A"), ("Nguyễn Gia Bảo", "NGUYỄN GIA BẢO")),
    ),
    Rule(
        "Tên tổ chức, cộng đồng: không tìm trong dân cư", "Organisations and communities are not looked for",
        lambda text: "có / yes" if is_company(straight(text)) else "không / no",
        (("Công ty TNHH Thuận Phát", "có / yes"), ("UBND xã Tân Lập", "có / yes"), ("Trương Công Ty", "không / no")),
    ),
    Rule(
        "Viết tắt: phần đầu của chữ", "Abbreviations: the beginning of a word", _yes(abbreviates),
        (("Ng.", "Nguyễn", "có / yes"), ("Tr", "Trần", "có / yes"), ("V.", "Văn", "có / yes"), ("Đ.", "Dũng", "không / no")),
    ),
    Rule(
        "So họ tên (trên giấy, trong dữ liệu dân cư)", "Names compared (as written, on the register)", _names,
        (("Nguyễn Văn Hoà", "Nguyễn Văn Hòa", "SAME"), ("NguyễnVăn Hoà", "Nguyễn Văn Hòa", "SAME"),
         ("NGUYEN VAN HOA", "Nguyễn Văn Hòa", "LOST (MARKS_LOST)"), ("Ng. V. Hùng", "Nguyễn Văn Hùng", "LOST (ABBREVIATED)"),
         ("Nguy?n V?n Hùng", "Nguyễn Văn Hùng", "LOST (LETTERS_LOST)"), ("Nguyễn Văn Hùngg", "Nguyễn Văn Hùng", "MISSPELT (TYPO)"),
         ("Nguyễn Hùng", "Nguyễn Văn Hùng", "MISSPELT (SYLLABLE_LEFT_OUT)"),
         ("Nguyễn Hùng Văn", "Nguyễn Văn Hùng", "MISSPELT (ORDER)"), ("Nguyễn Văn Hưng", "Nguyễn Văn Hùng", "NEAR (NEAR_WORD)"),
         ("Nguyễn Thị Loan", "Nguyễn Thị Lan", "NEAR (NEAR_WORD)"), ("Trần Văn Hùng", "Nguyễn Văn Hùng", "OTHER")),
    ),
    Rule(
        "Số giấy tờ: bỏ dấu cách, dấu chấm; thêm lại số 0 ở đầu mà bảng tính làm mất",
        "Numbers: blanks and dots go; leading zeros that a spreadsheet took come back", _number,
        (("024 070 000 001", "024070000001"), ("24070000001", "024070000001"), ("12345678", "012345678"),
         ("2.4070000001E+10", "024070000001"), ("B1234567", "UNREADABLE")),
    ),
    Rule(
        "12 số nói gì: nơi đăng ký khai sinh (63 tỉnh cũ, giữ suốt đời), giới tính, năm sinh",
        "What twelve digits say: place of birth registration (the 63 of old, for life), gender, year", _said,
        (("024170000001", "Bắc Giang, nữ, 1970"), ("001204123456", "Hà Nội, nam, 2004"), ("082085000001", "Tiền Giang, nam, 1985")),
    ),
    Rule(
        "Bảy mã tỉnh đổi nghĩa từ 01/7/2025; trong số định danh vẫn là nghĩa cũ",
        "Seven province codes changed meaning on 2025-07-01; in a number the old one stays", _place,
        (("015…", "Yên Bái"), ("024…", "Bắc Giang"), ("044…", "Quảng Bình"), ("052…", "Bình Định"), ("080…", "Long An"),
         ("082…", "Tiền Giang"), ("091…", "Kiên Giang")),
    ),
    Rule(
        "Ngày sinh", "Dates of birth", _date,
        (("05/03/1960", "1960-03-05"), ("3/1960", "1960-03-00"), ("1960", "1960-00-00"), ("00/00/1960", "1960-00-00"),
         ("1017", "?"), ("không rõ", "?")),
    ),
    Rule(
        "So ngày sinh", "Dates of birth compared", _births,
        (("05/03/1960", "1960-03-05", "DATE"), ("1960", "1960-03-05", "YEAR"), ("3/1960", "1960-03-05", "MONTH"),
         ("01/01/1960", "1960-03-05", "PLACEHOLDER"), ("03/05/1960", "1960-03-05", "SWAPPED"), ("15/03/1960", "1960-03-05", "SLIP"),
         ("05/03/1961", "1960-03-05", "SLIP"), ("1961", "1960-03-05", "NEXT_YEAR"), ("1963", "1960-03-05", "DIFFERS"),
         ("", "1960-03-05", "UNKNOWN")),
    ),
    Rule(
        "Giới tính", "Gender",
        lambda text: {sides.FEMALE: "nữ", sides.MALE: "nam"}.get(sides.gender(text), "?"),
        (("1", "nam"), ("0", "nữ"), ("Nữ", "nữ"), ("Nma", "?"), ("2", "?")),
    ),
)  # fmt: skip
