"""The ladder as a table: a line for each unit and rung, the unit asked about first, then those below as on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.web.i18n import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.web.i18n import Language
    from api.web.ladder import LadderPage, Stand, Step
    from landdata.model.coverage import Bounded

_BOTH = (("ít nhất", "at least"), ("nhiều nhất", "at most"))
_AMOUNTS = (
    Words("Thửa đất", "Parcels"),
    Words("Giấy chứng nhận", "Certificates"),
    Words("Người sử dụng đất", "Holders"),
)


def _two(words: Words) -> list[Words]:
    return [Words(f"{words.vi} ({vi})", f"{words.en} ({en})") for vi, en in _BOTH]


HEAD = [
    Words("Mã đơn vị", "Unit code"),
    Words("Đơn vị", "Unit"),
    Words("Bậc", "Rung"),
    Words("Tên bậc", "Name of the rung"),
    Words("Công thức", "Formula"),
    Words("Quy tắc số", "Rule"),
    Words("Có cơ sở", "Basis"),
    *_two(Words("Đơn vị đạt", "The unit stands")),
    *_two(Words("Xã đạt", "Communes")),
    Words("Tổng số xã", "Communes in total"),
    *(one for words in _AMOUNTS for one in _two(words)),
    Words("Tử số", "Numerator"),
    Words("Mẫu số", "Denominator"),
]


def table(page: LadderPage) -> tuple[list[Words], list[list[Any]]]:
    """Heads and rows; without a basis a count is empty, not zero."""
    return HEAD, list(_rows(page, page.state.language))


def _rows(page: LadderPage, language: Language) -> Iterator[list[Any]]:
    for step in page.steps:
        yield _row(step, step.stand, language)
    for row in page.shown:
        for step in page.steps:
            yield _row(step, row.on(step.rung), language)


def _row(step: Step, stand: Stand, language: Language) -> list[Any]:
    figure, vi = stand.figure, language == "vi"
    amounts = (figure.parcels, figure.certificates, figure.holders) if stand.based else (None, None, None)
    return [
        stand.unit.code,
        stand.unit.full_name_vi,
        step.rung.value,
        step.terms.name_vi if vi else step.terms.name_en,
        step.terms.formula_vi if vi else step.terms.formula_en,
        figure.rule,
        int(stand.based),
        *_ends(figure.stands),
        *_ends(stand.communes),
        stand.total,
        *(end for one in amounts for end in _ends(one)),
        figure.numerator,
        figure.denominator,
    ]


def _ends(value: Bounded | None) -> tuple[int | None, int | None]:
    return (value.at_least, value.at_most) if value else (None, None)
