"""Checks of tables of indicators: rows of text become entries or findings; every check has a code, nothing is mended."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from landdata.checking.check import Check
from landdata.model.deliveries import Severity
from landdata.model.indicators import (
    CountedLevel,
    FlagCode,
    Indicator,
    Kind,
    Said,
    SubjectKind,
    is_rest,
    spelt,
    unit_key,
)
from landdata.model.units import Unit

# Columns of a table that is uploaded, in the order of the template; the second spelling is Vietnamese.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "subject": ("doi_tuong", "province", "tinh", "agency", "co_quan", "service", "dich_vu"),
    "unit_code": ("ma_tinh", "province_code"),
    "level": ("cap",),
    "on": ("ngay", "ngay_so_lieu"),
    "done": ("da_lam", "da_thuc_hien"),
    "total": ("tong_so",),
    "remaining": ("con_lai",),
    "state": ("trang_thai", "status"),
    "due": ("han",),
    "reached_on": ("ngay_dat",),
    "lead": ("chu_tri", "lead_agency"),
    "note": ("ghi_chu",),
}
MOST_ROWS = 5_000
LONGEST_TEXT = 500
MOST_COUNT = 2_000_000_000
_LEVELS = {
    **{one.value: one for one in CountedLevel},
    "": CountedLevel.ALL, "tat ca": CountedLevel.ALL, "chung": CountedLevel.ALL, "cap tinh": CountedLevel.PROVINCE,
    "tinh": CountedLevel.PROVINCE, "cap huyen": CountedLevel.DISTRICT, "huyen": CountedLevel.DISTRICT,
    "cap xa": CountedLevel.COMMUNE, "xa": CountedLevel.COMMUNE,
}  # fmt: skip
_YEAR = re.compile(r"(\d{4})")
_QUARTER = re.compile(r"(?:(?P<y1>\d{4})-Q(?P<q1>[1-4])|Q(?P<q2>[1-4])/(?P<y2>\d{4}))", re.IGNORECASE)

_REFUSES, _WARNS = Severity.REFUSES_RECORD, Severity.WARNING
_ALL = (
    Check("INDICATOR_SUBJECT_MISSING", _REFUSES,
          "Dòng không nêu đối tượng.", "The row names no subject.",
          "Ghi tên tỉnh, cơ quan hoặc dịch vụ như trong văn bản.", "Name the province, agency or service as the letter does."),
    Check("INDICATOR_SUBJECT_UNKNOWN", _REFUSES,
          "Không có tỉnh, thành phố “{value}” vào ngày {day}.", "There was no province “{value}” on {day}.",
          "Dùng tên hoặc mã đang có hiệu lực vào ngày của số liệu.", "Use the name or code in force on the day of the figures."),
    Check("INDICATOR_LEVEL_UNKNOWN", _REFUSES,
          "Chỉ tiêu này không có số liệu theo cấp “{value}”.", "This indicator is not counted at the level “{value}”.",
          "Để trống, hoặc ghi một trong: {known}.", "Leave it empty, or write one of: {known}."),
    Check("INDICATOR_NUMBER_UNREADABLE", _REFUSES,
          "“{value}” ở cột {column} không phải số nguyên không âm.", "“{value}” in column {column} is not a whole number of 0 or more.",
          "Chỉ ghi chữ số, không dấu ngăn cách.", "Write digits only, without separators."),
    Check("INDICATOR_DATE_UNREADABLE", _REFUSES,
          "Không đọc được ngày “{value}” ở cột {column}.", "The date “{value}” in column {column} cannot be read.",
          "Ghi dd/MM/yyyy hoặc yyyy-MM-dd; hạn còn có thể là 2021-Q2 hoặc 2021.",
          "Write dd/MM/yyyy or yyyy-MM-dd; a due date may also be 2021-Q2 or 2021."),
    Check("INDICATOR_DAY_AHEAD", _REFUSES,
          "Ngày {day} ở cột {column} chưa tới.", "The day {day} in column {column} has not come yet.",
          "Số liệu là của một ngày đã qua; hạn thì ghi ở cột due.", "Figures are of a day that has come; due dates go to column due."),
    Check("INDICATOR_STATE_UNKNOWN", _REFUSES,
          "Chỉ tiêu này không có trạng thái “{value}”.", "This indicator has no state “{value}”.",
          "Ghi một trong: {known}.", "Write one of: {known}."),
    Check("INDICATOR_KIND_WRONG", _REFUSES,
          "Cột {column} không dùng cho chỉ tiêu này.", "Column {column} does not suit this indicator.",
          "Chỉ tiêu đếm dùng done, total, remaining; chỉ tiêu trạng thái dùng state.",
          "Counted ones take done, total, remaining; others take state."),
    Check("INDICATOR_NOTHING_SAID", _REFUSES,
          "Dòng không có số liệu, trạng thái hay hạn.", "The row has neither a figure nor a state nor a due date.",
          "Điền ít nhất một cột, hoặc bỏ dòng.", "Fill in at least one, or leave the row out."),
    Check("INDICATOR_ROW_TWICE", _REFUSES,
          "Đối tượng này đã có ở dòng {first}, cùng cấp, cùng ngày.", "This subject stands in row {first} already, at the same level and day.",
          "Giữ lại một dòng.", "Keep one of the rows."),
    Check("INDICATOR_TEXT_INVALID", _REFUSES,
          "Cột {column} có ký tự điều khiển hoặc dài quá {limit} ký tự.", "Column {column} has control characters or more than {limit} characters.",
          "Xóa ký tự lạ, rút gọn nội dung.", "Remove the characters, shorten the text."),
    Check("INDICATOR_SUBJECT_NEW", _WARNS,
          "“{value}” chưa từng có trong chỉ tiêu này.", "“{value}” has not stood in this indicator before.",
          "Kiểm tra chính tả; nếu đúng là đối tượng mới thì giữ nguyên.", "Check the spelling; keep it if it is a new subject."),
    Check(FlagCode.LEVELS_DIFFER, _WARNS,
          "{whole} so với {parts} = {sum}, như đã công bố.", "{whole} against {parts} = {sum}, as published.",
          "Giữ như văn bản; chỉ sửa bằng phiên bản mới khi có văn bản đính chính.",
          "Keep it as the letter has it; a new version is for when a letter corrects it."),
    Check(FlagCode.REMAINING_DIFFERS, _WARNS,
          "Còn lại {remaining} so với {total}−{done} = {left}, như đã công bố.", "{remaining} left against {total}−{done} = {left}, as published.",
          "Giữ như văn bản; chỉ sửa bằng phiên bản mới khi có văn bản đính chính.",
          "Keep it as the letter has it; a new version is for when a letter corrects it."),
    Check(FlagCode.DONE_ABOVE_TOTAL, _WARNS,
          "Đã làm {done} nhiều hơn tổng số {total}, như đã công bố.", "{done} done of only {total}, as published.",
          "Giữ như văn bản; chỉ sửa bằng phiên bản mới khi có văn bản đính chính.",
          "Keep it as the letter has it; a new version is for when a letter corrects it."),
    Check(FlagCode.NAME_SPELT_OTHERWISE, _WARNS,
          "Văn bản viết “{subject}”, được hiểu là {name}.", "The letter writes “{subject}”; it is taken for {name}.",
          "Không cần làm gì nếu đúng là đơn vị đó.", "Nothing, if it is that unit."),
)  # fmt: skip
CATALOGUE: Mapping[str, Check] = {one.code: one for one in _ALL}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with, or to be known of, a row (from 1)."""

    row_no: int
    code: str
    details: Mapping[str, str | int]

    @property
    def refuses(self) -> bool:
        return CATALOGUE[self.code].severity is _REFUSES


@dataclass(frozen=True, slots=True)
class Entry(Said):
    """A row that says something, read; the number of its row is from 1."""

    row_no: int


class _Wrong(Exception):
    def __init__(self, code: str, **details: str | int) -> None:
        self.code, self.details = code, details


def check(
    rows: Sequence[Mapping[str, str]],
    *,
    indicator: Indicator,
    on: date,
    exact: bool,
    today: date,
    provinces: Sequence[Unit],
    known: frozenset[str] | None = None,
) -> tuple[tuple[Entry, ...], tuple[Finding, ...]]:
    """Rows by column name of COLUMNS -> what they say, and findings. `provinces`: all versions. `known`: subject keys that
    stood before; None: none is told as new. A row of every other province becomes one entry for each.
    """
    entries: list[Entry] = []
    findings: list[Finding] = []
    rests: list[Entry] = []
    seen: dict[tuple[str, str, date], int] = {}
    reader = _Reader(indicator, on, exact, today, provinces)
    for number, row in enumerate(rows, start=1):
        try:
            entry = reader.entry(number, row)
            if is_rest(entry.subject):
                rests.append(entry)
                continue
        except _Wrong as wrong:
            findings.append(Finding(number, wrong.code, wrong.details))
            continue
        if entry.key in seen:
            findings.append(Finding(number, "INDICATOR_ROW_TWICE", {"first": seen[entry.key]}))
            continue
        seen[entry.key] = number
        entries.append(entry)
        if known is not None and entry.unit_id is None and entry.subject_key not in known:
            findings.append(Finding(number, "INDICATOR_SUBJECT_NEW", {"value": entry.subject}))
    for rest in rests:
        for unit in reader.in_force(rest.on_date).values():
            one = replace(rest, subject=unit.name_vi, subject_key=unit_key(unit.unit_id), unit_id=unit.unit_id)
            if one.key not in seen:
                seen[one.key] = rest.row_no
                entries.append(one)
    return tuple(entries), tuple(sorted(findings, key=lambda one: one.row_no))


class _Reader:
    def __init__(self, indicator: Indicator, on: date, exact: bool, today: date, provinces: Sequence[Unit]) -> None:
        self._indicator, self._on, self._exact, self._today = indicator, on, exact, today
        self._provinces = provinces
        self._days: dict[date, dict[str, Unit]] = {}

    def in_force(self, day: date) -> dict[str, Unit]:
        """Provinces of a day, by spelling without marks."""
        if day not in self._days:
            self._days[day] = {spelt(one.name_vi): one for one in self._provinces if one.valid_on(day)}
        return self._days[day]

    def entry(self, number: int, row: Mapping[str, str]) -> Entry:
        cells = {name: " ".join(row.get(name, "").split()) for name in COLUMNS}
        for name in ("subject", "lead", "note"):
            if len(cells[name]) > LONGEST_TEXT or not cells[name].isprintable():
                raise _Wrong("INDICATOR_TEXT_INVALID", column=name, limit=LONGEST_TEXT)
        on, exact = self._on, self._exact
        if cells["on"]:
            on, exact = self._day(cells["on"], "on"), True
        kind, unit = self._subject(cells["subject"], cells["unit_code"], on)
        counts = {name: _number(cells[name], name) for name in ("done", "total", "remaining")}
        counted = self._indicator.kind is Kind.DONE_OF_TOTAL
        state = self._state(cells["state"])
        for name in counts if not counted else ("state",):
            if cells[name]:
                raise _Wrong("INDICATOR_KIND_WRONG", column=name)
        due = _due(cells["due"])
        if state is None and due is None and counts["done"] is None and counts["total"] is None:
            raise _Wrong("INDICATOR_NOTHING_SAID")
        return Entry(
            row_no=number, subject_kind=kind, subject=cells["subject"] or (unit.name_vi if unit else ""),
            subject_key=unit_key(unit.unit_id) if unit else spelt(cells["subject"]), unit_id=unit.unit_id if unit else None,
            level=self._level(cells["level"]), on_date=on, exact=exact, **counts, state=state,
            due_from=due[0] if due else None, due_on=due[1] if due else None, due_text=cells["due"],
            reached_on=self._day(cells["reached_on"], "reached_on") if cells["reached_on"] else None,
            lead=cells["lead"], note=cells["note"], listed=not is_rest(cells["subject"]),
        )  # fmt: skip

    def _subject(self, name: str, code: str, on: date) -> tuple[SubjectKind, Unit | None]:
        kinds = self._indicator.subject_kinds
        if not name and not code:
            raise _Wrong("INDICATOR_SUBJECT_MISSING")
        if SubjectKind.UNIT in kinds:
            here = self.in_force(on)
            if code:
                unit = next((one for one in here.values() if one.code == code), None)
                if unit is None or (name and spelt(name) != spelt(unit.name_vi)):
                    raise _Wrong("INDICATOR_SUBJECT_UNKNOWN", value=f"{code} {name}".strip(), day=on.isoformat())
                return SubjectKind.UNIT, unit
            if is_rest(name):
                return SubjectKind.UNIT, None
            if spelt(name) in here:
                return SubjectKind.UNIT, here[spelt(name)]
        others = [one for one in kinds if one is not SubjectKind.UNIT]
        if code or not others or not spelt(name):
            raise _Wrong("INDICATOR_SUBJECT_UNKNOWN", value=name or code, day=on.isoformat())
        return others[0], None

    def _level(self, text: str) -> CountedLevel:
        found = _LEVELS.get(" ".join(re.sub(r"[^a-z]+", " ", spelt(text) or text.lower()).split()))
        found = _LEVELS.get(text.lower(), found)
        if found is None or found not in self._indicator.levels:
            raise _Wrong("INDICATOR_LEVEL_UNKNOWN", value=text, known=", ".join(self._indicator.levels))
        return found

    def _state(self, text: str) -> str | None:
        if not text or self._indicator.kind is not Kind.STATE:
            return None
        for one in self._indicator.states:
            if text.upper() == one.code or spelt(text) in {spelt(one.name_vi), spelt(one.name_en)}:
                return one.code
        raise _Wrong("INDICATOR_STATE_UNKNOWN", value=text, known=", ".join(one.code for one in self._indicator.states))

    def _day(self, text: str, column: str) -> date:
        found = _read_day(text)
        if found is None:
            raise _Wrong("INDICATOR_DATE_UNREADABLE", column=column, value=text)
        if found > self._today:
            raise _Wrong("INDICATOR_DAY_AHEAD", column=column, day=found.isoformat())
        return found


def _number(text: str, column: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_COUNT)) and int(text) <= MOST_COUNT):
        raise _Wrong("INDICATOR_NUMBER_UNREADABLE", column=column, value=text)
    return int(text)


def _due(text: str) -> tuple[date, date] | None:
    """The stretch in which something is due: a day, a quarter or a year."""
    if not text:
        return None
    if day := _read_day(text):
        return day, day
    if (found := _YEAR.fullmatch(text)) and 2000 <= int(text) < 2100:
        return date(int(found[1]), 1, 1), date(int(found[1]), 12, 31)
    if found := _QUARTER.fullmatch(text):
        year, last = int(found["y1"] or found["y2"]), 3 * int(found["q1"] or found["q2"])
        if 2000 <= year < 2100:
            return date(year, last - 2, 1), date(year, last, monthrange(year, last)[1])
    raise _Wrong("INDICATOR_DATE_UNREADABLE", column="due", value=text)


def _read_day(text: str) -> date | None:
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            found = datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day of the calendar
        except ValueError:
            continue
        return found if 2000 <= found.year < 2100 else None
    return None
