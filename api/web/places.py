"""Every page: its address in both languages, who may see it, and its name in the navigation; nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from api.web.allowed import ANYONE, BEGUN, MINISTRY, SIGNED_IN, Allowed, who_may
from api.web.i18n import Language, Words
from landdata.model.people import Act

# Figures of matching name no person, but say of an office what only the ministry has to know.
_MINISTRY = who_may(Act.SEE_COVERAGE, kind=MINISTRY)


@dataclass(frozen=True, slots=True)
class Place:
    """One page; `words` name it in the navigation, where it stands for whoever may see it. Paths may hold `{names}`."""

    vi: str
    en: str
    allowed: Allowed
    words: Words | None = None

    def path(self, language: Language, **parts: Any) -> str:
        return (self.vi if language is Language.VI else self.en).format(**parts)

    def within(self, other: Place) -> bool:
        """Whether this is the other page, or one below it: /lan-nop/{uid} is below /lan-nop."""
        return self == other or (other.vi != "/" and self.vi.startswith(f"{other.vi}/"))

    @property
    def paths(self) -> tuple[str, str]:
        return self.vi, self.en


@dataclass(frozen=True, slots=True)
class Places:
    """The whole house; the navigation follows this order."""

    home: Place = Place("/", "/en/", ANYONE, Words("Tổng quan", "Overview"))
    home_bare: Place = Place("/en", "/en", ANYONE)
    home_csv: Place = Place("/xuat.csv", "/en/export.csv", ANYONE)
    home_xlsx: Place = Place("/xuat.xlsx", "/en/export.xlsx", ANYONE)
    comparison: Place = Place("/so-sanh", "/en/compare", ANYONE, Words("So sánh", "Compare"))
    comparison_csv: Place = Place("/so-sanh.csv", "/en/compare.csv", ANYONE)
    comparison_xlsx: Place = Place("/so-sanh.xlsx", "/en/compare.xlsx", ANYONE)
    matching: Place = Place("/doi-chieu", "/en/matching", _MINISTRY, Words("Đối chiếu", "Matching"))
    matching_csv: Place = Place("/doi-chieu.csv", "/en/matching.csv", _MINISTRY)
    matching_xlsx: Place = Place("/doi-chieu.xlsx", "/en/matching.xlsx", _MINISTRY)
    sign_in: Place = Place("/dang-nhap", "/en/sign-in", ANYONE)
    step: Place = Place("/dang-nhap/buoc-tiep", "/en/sign-in/next", BEGUN)
    sign_out: Place = Place("/dang-xuat", "/en/sign-out", BEGUN)
    confirm: Place = Place("/xac-nhan", "/en/confirm", SIGNED_IN)
    account: Place = Place("/tai-khoan", "/en/account", SIGNED_IN)
    password: Place = Place("/tai-khoan/mat-khau", "/en/account/password", SIGNED_IN)
    factor: Place = Place("/tai-khoan/yeu-to-thu-hai", "/en/account/second-factor", SIGNED_IN)
    end_session: Place = Place("/tai-khoan/phien", "/en/account/sessions", SIGNED_IN)

    @property
    def every(self) -> dict[str, Place]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


PLACES = Places()
