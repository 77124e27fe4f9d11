"""The table on the screen as CSV and as a workbook: the same rows in the same order, each with its day and source."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from api.web import ladder_table, why_table
from api.web.comparison import Comparison
from api.web.i18n import BACKFILLED, DIVISIONS, SIMULATION, SOURCE, Language, Words
from api.web.ladder import LadderPage
from api.web.quality import QualityPage, QualityRow
from api.web.state import Page
from api.web.why import WhyPage
from landdata.model.cells import harmless_row
from landdata.model.units import Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.web.comparison import Gain
    from api.web.dashboard import Dashboard
    from api.web.rows import Row
    from landdata.model.coverage import Bounded, UnitCoverage

    View = Dashboard | Comparison | QualityPage | LadderPage | WhyPage

BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as the local code page
_STEM = Words("ket-noi-dat-dai", "land-connection")
_STEMS = {
    Page.LADDER: Words("bac-thang-du-lieu-dat-dai", "land-data-ladder"),
    Page.WHY: Words("vi-sao-con-so-doi", "why-a-figure-moved"),
}
_PLACE = {
    Level.PROVINCE: (Words("Mã tỉnh", "Province code"), Words("Tỉnh, thành phố", "Province")),
    Level.DISTRICT: (Words("Mã huyện", "District code"), Words("Huyện, quận", "District")),
    Level.COMMUNE: (Words("Mã xã", "Commune code"), Words("Xã, phường", "Commune")),
}


def notes(page: View) -> str:
    """The warnings every copy of these figures must carry."""
    language = page.state.language
    said = [SIMULATION[language]] if page.simulated else []
    if page.coverage.backfilled:
        said.append(BACKFILLED[language])
    return ". ".join(said)


def csv_text(page: View) -> str:
    """One header line and one line per unit shown; plain numbers, ISO dates."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    head, rows = _table(page)
    writer.writerow(head)
    writer.writerows(harmless_row(f"{one:g}" if isinstance(one, float) else one for one in row) for row in rows)
    return BYTE_ORDER_MARK + out.getvalue()


def workbook(page: View) -> bytes:
    """The same as a workbook."""
    from landdata.writing import sheet  # its library is loaded when somebody wants one

    head, rows = _table(page)
    return sheet.table(page.state.on.isoformat(), head, rows)


def file_name(page: View, kind: str) -> str:
    """`ket-noi-dat-dai-2023-03-28-2023.csv`: subject, place, days, division."""
    state = page.state
    stem = _STEMS.get(state.page, _STEM)[state.language]
    parts = [stem, state.place, state.since.isoformat() if state.since else "", state.on.isoformat(), state.division]
    return f"{'-'.join(part for part in parts if part)}.{kind}"


def _table(page: View) -> tuple[list[str], list[list[Any]]]:
    """Heads and rows; a count that is only certain to lie between two numbers stands in two columns."""
    language = page.state.language
    source = SOURCE[language].format(register=page.coverage.register_on.isoformat())
    constant = [page.state.on, DIVISIONS[page.state.division][language]]
    last = [source, notes(page)]
    rows: list[list[Any]]
    if isinstance(page, LadderPage):
        named, rows = ladder_table.table(page)
        rows = [[*constant, *row, *last] for row in rows]
        named = [Words("Ngày", "Date"), Words("Địa giới", "Division"), *named]
    elif isinstance(page, WhyPage):
        named, rows = why_table.table(page)
        rows = [[*row, *last] for row in rows]
    elif isinstance(page, QualityPage):
        named, rows = (
            [words for words, _ in _MATCHED],
            [[page.since, *constant, *(v(one) for _, v in _MATCHED)] for one in page.shown],
        )
        named = [Words("Từ ngày", "From"), Words("Đến ngày", "To"), Words("Địa giới", "Division"), *named]
        rows = [[*row, *last] for row in rows]
    elif isinstance(page, Comparison):
        head, cell = _COMPARED, _compared
        rows = [[page.since, *constant, *cell(one, language), *last] for one in page.shown]
        named = [Words("Từ ngày", "From"), Words("Đến ngày", "To"), Words("Địa giới", "Division"), *head]
    else:
        level = page.level
        columns = [(words, value) for words, value, levels in _COLUMNS if level in levels]
        rows = [[*constant, *_first(one, level, language), *(v(one) for _, v in columns), *last] for one in page.shown]
        rank = [Words("Hạng", "Rank")] if level is not Level.COMMUNE else []
        region = [Words("Vùng", "Region")] if level is Level.PROVINCE else []
        named = [
            Words("Ngày", "Date"), Words("Địa giới", "Division"), *rank, *_PLACE[level], *region,
            *(words for words, _ in columns),
        ]  # fmt: skip
    named += [Words("Nguồn", "Source"), Words("Ghi chú", "Note")]
    return [words[language] for words in named], rows


def _first(row: Row, level: Level, language: Language) -> list[Any]:
    rank = [row.rank] if level is not Level.COMMUNE else []
    region = [row.region.name[language] if row.region else ""] if level is Level.PROVINCE else []
    return [*rank, row.unit.code, row.unit.full_name_vi, *region]


def _compared(one: Gain, language: Language) -> list[Any]:
    now, before = one.now.unit, one.before
    pairs = ((before.communes_connected, now.communes_connected), (before.parcels, now.parcels))
    certificates = (before.certificates, now.certificates)
    return [
        now.code,
        now.full_name_vi,
        one.now.region.name[language] if one.now.region else "",
        now.communes_total,
        *(end for was, is_now in (*pairs, certificates)
          for end in (was.at_least, is_now.at_least, is_now.at_least - was.at_least)),
    ]  # fmt: skip


def _both(vi: str, en: str, value: Callable[[UnitCoverage], Bounded], levels: frozenset[Level]) -> list[Any]:
    return [
        (Words(f"{vi} (ít nhất)", f"{en} (at least)"), lambda row: value(row.unit).at_least, levels),
        (Words(f"{vi} (nhiều nhất)", f"{en} (at most)"), lambda row: value(row.unit).at_most, levels),
    ]


_ALL = frozenset(Level)
_ABOVE = frozenset({Level.PROVINCE, Level.DISTRICT})
_TOP = frozenset({Level.PROVINCE})
_COLUMNS: list[tuple[Words, Callable[[Row], Any], frozenset[Level]]] = [
    *_both("Đã kết nối", "Connected", lambda unit: unit.connected, _ALL),
    *_both("Huyện đã có dữ liệu", "Districts with data", lambda unit: unit.districts_connected, _TOP),
    (Words("Tổng số huyện", "Districts in total"), lambda row: row.unit.districts_total, _TOP),
    *_both("Xã đã đồng bộ", "Communes synced", lambda unit: unit.communes_connected, _ABOVE),
    (Words("Tổng số xã", "Communes in total"), lambda row: row.unit.communes_total, _ABOVE),
    *_both("Thửa đất", "Parcels", lambda unit: unit.parcels, _ALL),
    *_both("Giấy chứng nhận", "Certificates", lambda unit: unit.certificates, _ALL),
    *_both("Người sử dụng đất", "Holders", lambda unit: unit.holders, _ALL),
    (
        Words("Tỷ lệ dòng bị từ chối (%)", "Refused rows (%)"),
        lambda row: None if row.refused is None else round(row.refused, 2),
        _TOP,
    ),
    (Words("Dữ liệu có hiệu lực gần nhất", "Latest effective data"), lambda row: row.unit.last_effective_on, _ALL),
]
_COMPARED = [
    *_PLACE[Level.PROVINCE],
    Words("Vùng", "Region"),
    Words("Tổng số xã", "Communes in total"),
    *(
        Words(f"{vi}{when_vi}", f"{en}{when_en}")
        for vi, en in (
            ("Xã đã đồng bộ", "Communes synced"), ("Thửa đất", "Parcels"), ("Giấy chứng nhận", "Certificates"),
        )
        for when_vi, when_en in ((", trước", ", before"), (", sau", ", after"), (", tăng", ", gain"))
    ),
]  # fmt: skip


def _percent(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


_MATCHED: list[tuple[Words, Callable[[QualityRow], Any]]] = [
    (Words("Mã đơn vị", "Unit code"), lambda row: row.unit.code),
    (Words("Đơn vị", "Unit"), lambda row: row.unit.full_name_vi),
    (Words("Chủ đã có kết quả", "Holders settled"), lambda row: row.unit.now.settled),
    (Words("Đã khớp", "Matched"), lambda row: row.unit.now.verified),
    (Words("Không đúng", "Mismatch"), lambda row: row.unit.now.mismatch),
    (Words("Không tìm thấy", "Not found"), lambda row: row.unit.now.not_found),
    (Words("Thiếu thông tin", "Incomplete"), lambda row: row.unit.now.incomplete),
    (Words("Nhiều người phù hợp", "Ambiguous"), lambda row: row.unit.now.ambiguous),
    (Words("Đang chờ", "Waiting"), lambda row: row.unit.now.pending),
    (Words("Không rõ thuộc đơn vị nào", "Of split communes, left out"), lambda row: row.unit.now.left_out),
    (Words("Tỷ lệ khớp (%)", "Match rate (%)"), lambda row: _percent(row.rate)),
    (Words("Thay đổi (điểm phần trăm)", "Change (percentage points)"), lambda row: _percent(row.points)),
    (Words("Xu hướng", "Drift"), lambda row: row.drift),
    (
        Words("Lý do", "Reasons"),
        lambda row: "; ".join(f"{code}={many}" for code, many in row.unit.now.reasons.items()),
    ),
]
