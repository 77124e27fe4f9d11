"""Types for what comes in: text without control characters, days in one spelling."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from api.requests import is_plain


def _plain(text: str) -> str:
    if not is_plain(text):
        raise PydanticCustomError("plain_text", "control characters are not allowed")
    return text


def _composed(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).strip()
    if not composed:
        raise PydanticCustomError("string_too_short", "an empty text is not allowed")
    return composed


def _written(pattern: str, read: Callable[[str], date]) -> BeforeValidator:
    """Takes one spelling only: pydantic would take the digits of a citizen number for seconds since 1970."""
    spelling = re.compile(pattern)

    def parse(value: object) -> object:
        if isinstance(value, str) and spelling.match(value):
            try:
                return read(value)
            except ValueError:
                pass
        if value is None or (isinstance(value, date)):
            return value
        raise PydanticCustomError("iso_8601", "not written as ISO 8601 asks for")

    return BeforeValidator(parse, json_schema_input_type=str)


Day = Annotated[date, _written(r"\d{4}-\d{2}-\d{2}\Z", date.fromisoformat)]
Moment = Annotated[AwareDatetime, _written(r"\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})\Z", datetime.fromisoformat)]
Plain = AfterValidator(_plain)
# Codes of agencies, officers, procedures and files.
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$"), Plain]
# A person's name as typed; NFC, so that one name has one spelling.
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=200), Plain, AfterValidator(_composed)]
# GSO codes: 2 digits a province, 3 a district, 5 a commune; text, for they begin with zeros.
UnitCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,5}$")]
DivisionCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^/\\]+$"), Plain]
IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")]
CommuneCodes = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}(,[0-9]{5})*$", max_length=30_000)]
