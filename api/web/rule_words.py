"""What the rules of matching are called on the page of thresholds; what they say stands in `landdata/matching`."""

from __future__ import annotations

from api.web.i18n import Words
from landdata.matching.births import Birth
from landdata.matching.likeness import Likeness

LIKENESS = {
    Likeness.SAME: Words("Cùng một tên", "The same name"),
    Likeness.LOST: Words("Mất dấu hoặc mất chữ", "Marks or letters lost"),
    Likeness.MISSPELT: Words("Viết sai, không thành tên khác", "Misspelt, into no other name"),
    Likeness.NEAR: Words("Một tiếng khác nhưng gần giống", "One word is another, near one"),
    Likeness.OTHER: Words("Tên khác", "Another name"),
}
BIRTHS = {
    Birth.DATE: Words("đúng ngày", "the same day"),
    Birth.MONTH: Words("đúng tháng và năm", "the same month and year"),
    Birth.YEAR: Words("đúng năm", "the same year"),
    Birth.PLACEHOLDER: Words("ngày 01/01 ghi thay khi chỉ biết năm", "1 January, put where only the year was known"),
    Birth.SWAPPED: Words("đảo ngày và tháng", "day and month changed places"),
    Birth.SLIP: Words(
        "sai một phần: ngày, tháng hoặc một chữ số của năm", "one slip: the day, the month or a digit of the year"
    ),
    Birth.NEXT_YEAR: Words("chỉ có năm, lệch một năm", "years alone, next to each other"),
    Birth.UNKNOWN: Words("không biết", "not known"),
    Birth.DIFFERS: Words("khác", "another"),
}
