"""What forms say: fields as days, numbers and lists, and what is told about one that cannot be taken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from api import problems
from api.web.house import language_of
from api.web.i18n import Words
from api.web.routing import field
from api.web.state import typed_day
from landdata.errors import LandDataError
from landdata.flows.entrance import proved_lately

if TYPE_CHECKING:
    from datetime import date

    from fastapi import Request

    from landdata.model.people import SignedIn

LONGEST = 1000  # letters of any field
_APART = re.compile(r"[,;\n\r]+")


class Unfit(Exception):
    """A field that cannot be read; nothing was done."""

    def __init__(self, vi: str, en: str, name: str = "") -> None:
        super().__init__(en)
        self.words = Words(vi, en)
        self.name = name  # of the field, to be marked


# What a form is told about; anything else becomes a page of its own.
MENDABLE = (LandDataError, Unfit)


def told(request: Request, error: Exception | None) -> tuple[str, str] | None:
    """Why a form was refused: a sentence, and what to do."""
    language = language_of(request)
    if error is None:
        return None
    if isinstance(error, LandDataError):
        return error.sentence(language), error.mend(language)
    if isinstance(error, Unfit):
        return error.words[language], Words("Sửa rồi gửi lại.", "Correct it and send it again.")[language]
    kind = error.kind if isinstance(error, problems.HttpError) else problems.REQUEST_INVALID
    return (kind.vi, kind.mend_vi) if language == "vi" else (kind.en, kind.mend_en)


def typed(request: Request) -> dict[str, list[str]]:
    """What stands in the form that was sent, to be shown again; nothing on a page that was only looked at."""
    found: dict[str, list[str]] = getattr(request.state, "form", {})
    return found


def words_of(request: Request, name: str) -> str | None:
    """One field, or None where it was left out. Raises Unfit for one that is too long."""
    said = field(request, name)
    if len(said) > LONGEST:
        raise Unfit("Có ô quá dài (trên 1.000 chữ).", "A field is too long (over 1,000 letters).", name)
    return said or None


def needed(request: Request, name: str, vi: str, en: str) -> str:
    """One field that must not be left out. Raises Unfit naming it."""
    said = words_of(request, name)
    if said is None:
        raise Unfit(f"Thiếu {vi}.", f"{en} is missing.", name)
    return said


def day_of(request: Request, name: str) -> date | None:
    """One day, as people write it. Raises Unfit."""
    said = words_of(request, name)
    try:
        return typed_day(said) if said else None
    except ValueError:
        raise Unfit(f"“{said}” không phải là ngày.", f"“{said}” is not a day.", name) from None


def number_of(request: Request, name: str) -> float | None:
    """One number, with a point or a comma for the decimals. Raises Unfit."""
    said = words_of(request, name)
    try:
        return float(said.replace(",", ".")) if said else None
    except ValueError:
        raise Unfit(f"“{said}” không phải là số.", f"“{said}” is not a number.", name) from None


def whole_of(request: Request, name: str) -> int | None:
    """One whole number. Raises Unfit."""
    found = number_of(request, name)
    if found is None:
        return None
    if not found.is_integer():
        raise Unfit("Cần một số nguyên.", "A whole number is needed.", name)
    return int(found)


def list_of(request: Request, name: str) -> list[str]:
    """What stands in a field one by one, apart by commas, semicolons or lines; and boxes of one name that were ticked."""
    found: list[str] = typed(request).get(name, [])
    return [plain for one in found for part in _APART.split(one) if (plain := " ".join(part.split()))]


def proven(request: Request) -> SignedIn:
    """Whoever sends a form that needs a proof of the last ten minutes. Raises FreshProofNeeded."""
    who: SignedIn = request.state.who
    proved_lately(request.app.state.services.entrance, who)
    return who
