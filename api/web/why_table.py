"""The causes of a movement as a table: the figure before, a line for each cause, the figure after; it adds up downwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.web.i18n import Words
from api.web.words import MOVES

if TYPE_CHECKING:
    from datetime import date

    from api.web.i18n import Language
    from api.web.why import Line, WhyPage
    from landdata.model.coverage import Bounded
    from landdata.model.movements import UnitMoved

NAMES = {
    "provinces": Words("Tỉnh đã kết nối", "Provinces connected"),
    "districts": Words("Huyện đã có dữ liệu", "Districts with data"),
    "communes": Words("Xã đã đồng bộ", "Communes synced"),
    "parcels": Words("Thửa đất", "Parcels"),
    "certificates": Words("Giấy chứng nhận", "Certificates"),
    "holders": Words("Người sử dụng đất", "Holders"),
}


def table(page: WhyPage) -> tuple[list[Words], list[list[Any]]]:
    """Heads and rows, all leaves of the page; offices and deliveries stand there for whoever may read any."""
    language, figure = page.state.language, NAMES[page.figure]
    names = [Words("Văn phòng", "Office"), Words("Lần giao nộp", "Delivery")] if page.names else []
    head = [
        Words("Thứ tự", "Place"), Words("Ngày", "Date"), Words("Nguyên nhân", "Cause"), Words("Chi tiết", "Detail"), *names,
        Words("Đơn vị", "Units"),
        *(Words(f"{vi}{figure.vi} ({least_vi})", f"{en}{figure.en} ({least_en})")
          for vi, en in (("Thay đổi: ", "Change: "), ("Thành: ", "Then: "))
          for least_vi, least_en in (("ít nhất", "at least"), ("nhiều nhất", "at most"))),
    ]  # fmt: skip
    empty = [None] * len(names)

    def end(words: Words, day: date, value: Bounded) -> list[Any]:
        return [None, day, words[language], None, *empty, None, None, None, value.at_least, value.at_most]

    return head, [
        end(Words("Ban đầu", "At first"), page.since, page.start),
        *(_row(one, language, names=page.names) for one in page.lines),
        end(Words("Cuối cùng", "In the end"), page.state.on, page.end),
    ]


def _row(line: Line, language: Language, *, names: bool) -> list[Any]:
    cause = line.cause
    of_office = [cause.office_name_vi, str(cause.delivery_uid or "") or None] if names else []
    return [
        cause.place, cause.effective_on, MOVES[cause.kind].words[language], cause.resolution, *of_office,
        "; ".join(_unit(one) for one in cause.units) or None,
        line.moved.at_least, line.moved.at_most, line.after.at_least, line.after.at_most,
    ]  # fmt: skip


def _unit(one: UnitMoved) -> str:
    """With `+` or `-` at the end, where no spreadsheet takes it for a formula, and `?` where it is only possible."""
    sign = "+" if one.moved.at_least + one.moved.at_most > 0 else "-"
    return f"{one.name_vi} ({one.code}) {sign}{'' if one.moved.exact else '?'}"
