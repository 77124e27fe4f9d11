"""The tables of a report, once for all its forms: heads, rows, and where the figures come from; nothing is laid out here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from landdata.model.coverage import Bounded
from landdata.model.coverage_rules import Rung
from landdata.model.movements import Figures
from landdata.model.reports import VIETNAM, AlertRow, Content, IndicatorRow, Missing, ProvinceRow, SourceRow, Told
from landdata.model.units import Level
from landdata.writing.report_words import FIGURES, LEVELS, STATES, Speech

Value = str | int | float | date | Bounded | None


class As(StrEnum):
    """How the values of a column are said."""

    TEXT = "text"
    NUM = "num"  # int or Bounded
    MOVED = "moved"  # the same, with its sign
    SHARE = "share"  # 0..1
    DEC = "dec"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `wide` says how much room it needs beside the others, `none` what stands for no value."""

    name: str
    how: As = As.TEXT
    wide: float = 1.0
    none: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads. `source`: where they were counted. `total`: the last row sums up the others."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    source: str
    total: bool = False


def tables(content: Content, say: Speech) -> tuple[Table, ...]:
    """All of them, in the order of the report; those without rows are left out."""
    made = (
        summary(content, say), why(content, say), causes(content, say), newly(content, say), ladder(content, say),
        league(content, say), *(missing(content, say, level) for level in Level), sources(content, say),
        indicators(content, say), alerts(content, say),
    )  # fmt: skip
    return tuple(one for one in made if one.rows)


def summary(content: Content, say: Speech) -> Table:
    columns = (
        Column(say("Con số", "Figure"), wide=2.4), Column(say("Trên tổng số", "Of"), As.NUM),
        Column(say.short(content.wanted.now.on), As.NUM), Column(say.short(content.wanted.before.on), As.NUM),
        Column(say("Thay đổi", "Change"), As.MOVED),
    )  # fmt: skip
    rows = tuple(
        (say.of(FIGURES[one.name]), one.total, one.now, one.before, getattr(content.difference, one.name))
        for one in content.headlines
    )
    return Table("summary", say("Các con số chính", "Main figures"), columns, rows, "stats.coverage_event")


def why(content: Content, say: Speech) -> Table:
    """Causes by kind; the last row is the difference, and the sum of those above."""
    columns = (
        Column(say("Nguyên nhân", "Cause"), wide=2.6), Column(say("Số lần", "Times"), As.NUM),
        *_moved_columns(content, say),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = [
        (say.cause(one.kind), one.causes, *_moved(content, one.moved)) for one in content.parts
    ]
    rows.append(
        (
            say("Tổng, bằng chênh lệch", "Sum, as the difference"),
            len(content.causes),
            *_moved(content, content.difference),
        )
    )
    return Table(
        "why", say("Vì sao con số thay đổi", "Why the figures moved"), columns, tuple(rows),
        "stats.coverage_event, stats.coverage_rule, ref.unit_succession", total=True,
    )  # fmt: skip


def causes(content: Content, say: Speech, most: int | None = None) -> Table:
    """Each cause; beyond `most`, the largest are told and the others in one row, so that it still adds up."""
    columns = (
        Column(say("Ngày", "Day"), As.DAY, 1.5), Column(say("Nguyên nhân", "Cause"), wide=2.3),
        Column(say("Của ai, vì sao", "Whose, why"), wide=2.7), *_moved_columns(content, say),
    )  # fmt: skip
    told = content.causes
    if most is not None and len(told) > most:
        largest = sorted(told, key=lambda one: -abs(one.moved.communes.at_least * 1000 + one.moved.parcels.at_least))[
            :most
        ]
        told = tuple(one for one in told if one in largest)
    rows: list[tuple[Value, ...]] = [
        (one.effective_on, say.cause(one.kind), _whose(one, say), *_moved(content, one.moved)) for one in told
    ]
    left = len(content.causes) - len(told)
    if left:
        rest = content.difference
        for one in told:
            rest -= one.moved
        others = say(f"{say.num(left)} nguyên nhân khác", f"{say.num(left)} other causes")
        rows.append((None, others, "", *_moved(content, rest)))
    if rows:
        rows.append((None, say("Tổng", "Sum"), "", *_moved(content, content.difference)))
    return Table(
        "causes", say("Từng nguyên nhân", "Cause by cause"), columns, tuple(rows), "stats.coverage_event", total=True
    )


def newly(content: Content, say: Speech) -> Table:
    columns = (
        Column(say("Cấp", "Level")), Column(say("Mã", "Code")), Column(say("Đơn vị", "Unit"), wide=3),
        Column(say("Thuộc", "In"), wide=3), Column(say("Thay đổi", "Change"), wide=2),
    )  # fmt: skip
    gained, lost = say("mới kết nối", "newly connected"), say("không còn kết nối", "no longer connected")
    rows = tuple(
        (say.of(LEVELS[one.level]), one.code, one.name, one.province, gained if one.gained else lost)
        for one in content.newly
    )
    title = say("Tỉnh, huyện mới kết nối hoặc không còn", "Provinces and districts that joined or left")
    return Table("newly", title, columns, rows, "stats.coverage_event")


def ladder(content: Content, say: Speech) -> Table:
    none = say("không có cơ sở", "no basis")
    columns = (
        Column(say("Bậc", "Rung"), wide=1.3), Column(say("Một xã đứng trên bậc khi", "A commune stands there when"), wide=5),
        Column(say("Số xã", "Communes"), As.NUM, 1.1, none), Column(say("Tỷ lệ", "Share"), As.SHARE, none="–"),
        Column(say("Thay đổi", "Change"), As.MOVED, 1.1, "–"), Column(say("Quy tắc", "Rule"), As.NUM, 0.8),
    )  # fmt: skip
    said = {one.rung: one for one in content.rungs_said}
    rows = tuple(
        (
            say(said[one.rung].name_vi, said[one.rung].name_en), say(said[one.rung].formula_vi, said[one.rung].formula_en),
            one.communes, one.share, _difference(one.communes, one.before), one.rule,
        )
        for one in content.rungs
    )  # fmt: skip
    return Table("ladder", say("Bậc thang dữ liệu, cả nước", "The ladder, whole country"), columns, rows, "stats.rung")


_RUNGS: tuple[tuple[Rung, str, str], ...] = (
    (Rung.ON_TIME, "Đúng hạn", "On time"), (Rung.MATCHED, "Khớp", "Matched"), (Rung.RIGHT, "Đúng", "Right"),
    (Rung.COMPLETE, "Đủ", "Complete"), (Rung.CLEAN, "Sạch", "Clean"), (Rung.LIVE, "Sống", "Live"),
)  # fmt: skip


def league(content: Content, say: Speech) -> Table:
    """Provinces by the certain share of communes; rungs are communes that stand there."""
    columns: list[tuple[Column, Callable[[ProvinceRow], Value]]] = [
        (Column(say("Hạng", "Rank"), As.NUM, 0.75), lambda one: one.rank),
        (Column(say("Mã", "Code"), wide=0.6), lambda one: one.code),
        (Column(say("Tỉnh, thành phố", "Province"), wide=2.8), lambda one: one.full_name),
    ]
    if content.has_districts:
        columns += [
            (Column(say("Huyện", "Districts"), As.NUM, 0.95), lambda one: one.districts),
            (Column(say("/tổng", "/all"), As.NUM, 0.75), lambda one: one.districts_total),
        ]
    columns += [
        (Column(say("Xã", "Communes"), As.NUM, 1.15), lambda one: one.communes),
        (Column(say("/tổng", "/all"), As.NUM, 0.75), lambda one: one.communes_total),
        (Column(say("Tỷ lệ xã", "Share"), As.SHARE, 0.95), lambda one: one.share),
        (Column(say("± xã", "± communes"), As.MOVED, 1.1), lambda one: _difference(one.communes, one.communes_before)),
        (Column(say("Thửa đất", "Parcels"), As.NUM, 1.2), lambda one: one.parcels),
        (Column(say("± thửa", "± parcels"), As.MOVED, 1.2), lambda one: _difference(one.parcels, one.parcels_before)),
    ]
    for rung, vi, en in _RUNGS:
        columns.append((Column(say(vi, en), As.NUM, 0.95, "–"), _stands(rung)))
    columns += [
        (Column(say("Trả lại", "Refused"), As.SHARE, 0.9, "–"), lambda one: one.refused_share),
        (Column(say("Mới nhất", "Latest"), As.DAY, 1.75, "–"), lambda one: one.last_on),
    ]
    return Table(
        "league", say("Bảng xếp hạng các tỉnh", "League table of provinces"), tuple(column for column, _ in columns),
        tuple(tuple(get(one) for _, get in columns) for one in content.provinces), "stats.coverage_event, stats.rung",
    )  # fmt: skip


def _stands(rung: Rung) -> Callable[[ProvinceRow], Value]:
    return lambda one: one.rung(rung).communes


_MISSING = {
    Level.PROVINCE: ("Tỉnh chưa kết nối", "Provinces not connected"),
    Level.DISTRICT: ("Huyện chưa kết nối", "Districts not connected"),
    Level.COMMUNE: ("Xã chưa kết nối", "Communes not connected"),
}


def missing(content: Content, say: Speech, level: Level, only: str | None = None) -> Table:
    """Units of a level that are not connected for certain; of one province with its code in `only`."""
    columns = [
        Column(say("Tỉnh", "Province"), wide=2.6), Column(say("Mã", "Code"), wide=0.8), Column(say("Đơn vị", "Unit"), wide=3),
        *([Column(say("Huyện", "District"), wide=2.6)] if level is Level.COMMUNE and content.has_districts else []),
        *([Column(say("Số xã", "Communes"), As.NUM, 0.9)] if level is not Level.COMMUNE else []),
        Column(say("Tình trạng", "State"), wide=2.2), Column(say("Hạn", "Due"), As.DAY, 1.5, say.none_due()),
    ]  # fmt: skip
    rows = [_missing_row(one, say, with_districts=content.has_districts)
            for one in content.missing if one.level is level and only in {None, one.province_code}]  # fmt: skip
    return Table(
        f"missing-{level}",
        say.of(_MISSING[level]),
        tuple(columns),
        tuple(rows),
        "stats.coverage_event, sync.source_promise",
    )


def _missing_row(one: Missing, say: Speech, *, with_districts: bool) -> tuple[Value, ...]:
    if one.possible:
        state = say("có thể đã kết nối một phần", "may be connected in part")
    elif one.level is Level.DISTRICT and not one.communes:
        state = say("không có xã", "has no communes")
    else:
        state = say("chưa kết nối", "not connected")
    between: tuple[Value, ...] = (one.communes,)
    if one.level is Level.COMMUNE:
        between = (one.district,) if with_districts else ()
    return (one.province, one.code, one.name, *between, state, one.due_on)


def sources(content: Content, say: Speech) -> Table:
    """Every source with its due day; provinces without any source are told as such."""
    columns = (
        Column(say("Tỉnh", "Province"), wide=2.6), Column(say("Nguồn", "Source"), wide=3.2),
        Column(say("Trạng thái", "State"), wide=1.7), Column(say("Lần cuối", "Last"), As.DAY, 1.4, "–"),
        Column(say("Hạn", "Due"), As.DAY, 1.5, say.none_due()), Column(say("Trễ (ngày)", "Days late"), As.NUM, 0.9, "–"),
    )  # fmt: skip
    names = {one.code: one.full_name for one in content.provinces}
    held = {code for one in content.sources for code in one.province_codes}
    rows: list[tuple[Value, ...]] = [_source_row(one, names, say) for one in content.sources]
    none = say("chưa có nguồn", "no source")
    rows += [
        (one.full_name, none, say.of(STATES[_NEVER]), None, None, None)
        for one in sorted(content.provinces, key=lambda one: one.code)
        if one.code not in held
    ]
    return Table(
        "sources",
        say("Nguồn và hạn giao nộp", "Sources and due days"),
        columns,
        tuple(rows),
        "sync.source_event, sync.source_promise",
    )


_NEVER = next(iter(STATES))


def _source_row(one: SourceRow, names: dict[str, str], say: Speech) -> tuple[Value, ...]:
    where = ", ".join(names.get(code, code) for code in one.province_codes)
    late = one.days_late or None
    return where, say(one.name_vi, one.name_en), say.of(STATES[one.state]), one.last_on, one.due_on, late


def indicators(content: Content, say: Speech) -> Table:
    """Indicators of the government office's letters, as published elsewhere and kept here."""
    columns = (
        Column(say("Chỉ số", "Indicator"), wide=3.6), Column(say("Cấp", "Level"), wide=1.2),
        Column(say("Công bố", "Published"), As.DAY, 1.5, "–"), Column(say("Đã làm", "Done"), wide=1.1, none="–"),
        Column(say("Trên", "Of"), wide=1.1, none="–"), Column(say("Tỷ lệ", "Share"), As.SHARE, 0.9, "–"),
        Column(say("Kỳ trước", "Before"), As.SHARE, 0.9, "–"), Column(say("Đạt mục tiêu", "Reach target"), wide=1.1),
        Column(say("Mục tiêu, văn bản", "Target, letter"), wide=3),
    )  # fmt: skip
    rows = tuple(_indicator_row(one, say) for one in content.indicators)
    return Table("indicators", say("Chỉ số theo dõi", "Indicators"), columns, rows, "stats.indicator_value")


def _indicator_row(one: IndicatorRow, say: Speech) -> tuple[Value, ...]:
    aim = "; ".join(part for part in (say(one.target_vi, one.target_en), say(one.letter_vi, one.letter_en)) if part)
    reached = f"{say.num(one.reached)}/{say.num(one.subjects)}"
    return (
        say(one.name_vi, one.name_en), say.level(one.level), one.on, _count(one.done, say), _count(one.total, say), one.share,
        one.share_before, reached, aim,
    )  # fmt: skip


def _count(count: tuple[int, int | None] | None, say: Speech) -> str | None:
    if count is None:
        return None
    least, most = count
    return f"≥ {say.num(least)}" if most is None else say.bounded(Bounded(least, most))


def alerts(content: Content, say: Speech) -> Table:
    columns = (
        Column(say("Điều bất thường", "What is wrong"), wide=4), Column(say("Ở đâu", "Where"), wide=3),
        Column(say("Từ", "Since"), As.DAY, 1.3), Column(say("Đo được", "Measured"), As.DEC, 1.1),
        Column(say("Ngưỡng", "Threshold"), As.DEC, 1.1),
    )  # fmt: skip
    rows = tuple(_alert_row(one, say) for one in content.alerts)
    return Table("alerts", say("Cảnh báo đang mở", "Open alerts"), columns, rows, "sync.alert")


def _alert_row(one: AlertRow, say: Speech) -> tuple[Value, ...]:
    where = say(one.name_vi, one.name_en)
    return say(one.vi, one.en), where, one.opened_at.astimezone(VIETNAM).date(), one.value, one.threshold


def _moved_columns(content: Content, say: Speech) -> tuple[Column, ...]:
    words = {
        "provinces": ("Tỉnh", "Provinces"), "districts": ("Huyện", "Districts"), "communes": ("Xã", "Communes"),
        "parcels": ("Thửa", "Parcels"), "certificates": ("Giấy CN", "Certificates"), "holders": ("Người SDĐ", "Holders"),
    }  # fmt: skip
    return tuple(Column(say.of(words[one.name]), As.MOVED, 1.1) for one in content.headlines)


def _moved(content: Content, figures: Figures) -> tuple[Bounded, ...]:
    return tuple(getattr(figures, one.name) for one in content.headlines)


def _whose(one: Told, say: Speech) -> str:
    said = [say(one.office_name or "", one.office_name_en or one.office_name or ""), one.reason]
    if one.delivery:
        said.append(say(f"lần giao nộp {one.delivery[:8]}", f"delivery {one.delivery[:8]}"))
    if one.backfilled:
        said.append(say("ghi lùi ngày", "back-filled"))
    if one.undone:
        said.append(say("không còn tính", "undone"))
    return "; ".join(part for part in said if part)


def _difference(now: Bounded | None, before: Bounded | None) -> Bounded | None:
    if now is None or before is None:
        return None
    return Bounded(now.at_least - before.at_least, now.at_most - before.at_most)


def shown(value: Value, column: Column, say: Speech) -> str:
    """A value as it is printed."""
    if value is None or value == "":
        return column.none
    if isinstance(value, Bounded):
        return say.moved(value) if column.how is As.MOVED else say.bounded(value)
    if isinstance(value, str | date):
        return value if isinstance(value, str) else say.short(value)
    if column.how is As.SHARE:
        return say.pct(value)
    if isinstance(value, float):
        return say.dec(value, 2).removesuffix(say(",00", ".00"))
    return say.signed(value) if column.how is As.MOVED else say.num(value)


def flat(table: Table, *, always: bool) -> tuple[list[str], list[list[str | int | float | date | None]]]:
    """Heads and rows for programs: a bounded count stands in two columns, `always` or only where its ends differ."""
    cells = list(zip(*table.rows, strict=True)) if table.rows else [() for _ in table.columns]
    head: list[str] = []
    made: list[list[str | int | float | date | None]] = []
    for column, values in zip(table.columns, cells, strict=True):
        counts = any(isinstance(one, Bounded) for one in values)
        if counts and (always or any(isinstance(one, Bounded) and not one.exact for one in values)):
            head += [f"{column.name} (≥)", f"{column.name} (≤)"]
            made.append([_end(one, 0) for one in values])
            made.append([_end(one, 1) for one in values])
        else:
            head.append(column.name)
            made.append([_end(one, 0) if one is not None else (column.none or None) for one in values])
    return head, [list(row) for row in zip(*made, strict=True)]


def _end(value: Value, which: int) -> str | int | float | date | None:
    if isinstance(value, Bounded):
        return (value.at_least, value.at_most)[which]
    return value
