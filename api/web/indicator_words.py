"""What indicators say in both languages: levels, kinds of subjects, how they stand against a due date, states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.web.i18n import Language, Words
from api.web.words import Mark
from landdata.flows.indicator_uploads import Change
from landdata.model.indicator_figures import MIXED
from landdata.model.indicators import Count, CountedLevel, SubjectKind, Timing

if TYPE_CHECKING:
    from api.web.figures import Figures
    from landdata.model.indicators import Figure, Indicator

LEVELS = {
    CountedLevel.ALL: Words("Chung", "Together"),
    CountedLevel.PROVINCE: Words("Cấp tỉnh", "Province level"),
    CountedLevel.DISTRICT: Words("Cấp huyện", "District level"),
    CountedLevel.COMMUNE: Words("Cấp xã", "Commune level"),
}
KINDS = {
    SubjectKind.UNIT: Words("Tỉnh, thành phố", "Provinces"),
    SubjectKind.AGENCY: Words("Bộ, cơ quan", "Ministries, agencies"),
    SubjectKind.SERVICE: Words("Dịch vụ", "Services"),
}
TIMINGS = {
    Timing.LATE: Mark("bad", Words("Trễ hạn", "Late")),
    Timing.UNREPORTED: Mark("wait", Words("Quá hạn, chưa có số liệu", "Due, no figure")),
    Timing.PENDING: Mark("off", Words("Còn hạn", "Still in time")),
    Timing.NO_DUE: Mark("off", Words("Không nêu hạn", "No due date")),
    Timing.ON_TIME: Mark("ok", Words("Đúng hạn", "On time")),
    Timing.EARLY: Mark("ok", Words("Trước hạn", "Early")),
}
CHANGES = {
    Change.NEW: Mark("ok", Words("Mới", "New")),
    Change.CHANGED: Mark("wait", Words("Thay số đã có", "Changes a value")),
    Change.UNCHANGED: Mark("off", Words("Không đổi", "Unchanged")),
    Change.REFUSED: Mark("bad", Words("Sai", "Wrong")),
}
SEVERAL = Words("Nhiều trạng thái", "Several states")
NO_BASIS = Words("không có cơ sở", "no basis")


def state(one: Figure, indicator: Indicator, language: Language) -> str:
    """The state of a figure; those of its parts where they differ."""
    if one.state:
        return state_name(one.state, indicator, language)
    return ", ".join(f"{state_name(code, indicator, language)} {many}" for code, many in one.states.items())


def state_name(code: str, indicator: Indicator, language: Language) -> str:
    """What a state is called."""
    if code == MIXED:
        return SEVERAL[language]
    found = indicator.state(code)
    return code if found is None else found.name_vi if language is Language.VI else found.name_en


def source(text: str, indicator: Indicator, language: Language) -> str:
    """Where a figure stands; a letter of ours by its name in the language of the page."""
    return text if language is Language.VI else text.replace(indicator.letter.name_vi, indicator.letter.name_en)


def count(found: Count | None, f: Figures) -> str:
    """A count as it is read: exact, between two, or at least."""
    if found is None:
        return "–"
    if found.exact:
        return f.num(found.at_least)
    if found.at_most is None:
        return f"≥ {f.num(found.at_least)}"
    return f"{f.num(found.at_least)}–{f.num(found.at_most)}"
