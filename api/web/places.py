"""Every page: its address in both languages, who may see it, and its name in the navigation; nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from api.web.allowed import ANYONE, BEGUN, SIGNED_IN, Allowed
from api.web.i18n import Language, Words


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
    table: Place = Place("/xuat.csv", "/en/export.csv", ANYONE)
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
