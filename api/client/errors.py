"""What can go wrong for a consumer, as exceptions; none of them ever holds a citizen's number or name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class LandClientError(Exception):
    """Base of all errors of this client."""


class AddressUnsafe(LandClientError):
    """The service's address is neither https nor on this machine: personal data does not travel in the clear."""


class Unreachable(LandClientError):
    """No answer came, after all attempts. Whether the question arrived is unknown: ask again with the same request_id."""


class AnswerUnreadable(LandClientError):
    """An answer came that this client cannot read; it is not guessed at."""


class TokenRefused(LandClientError):
    """The authorization server gave no token that may be used; `error` is its code (RFC 6749, 5.2)."""

    def __init__(self, error: str, description: str = "", *, status: int = 400) -> None:
        self.error, self.description, self.status = error, description, status
        super().__init__(f"{error}: {description}" if description else error)


@dataclass(frozen=True)
class Sentences:
    """One text in Vietnamese and English."""

    vi: str
    en: str


class Problem(LandClientError):
    """A problem document (RFC 9457): programs decide by `code`; people read `detail` and `mend`, in both languages.

    `access_id` is the row in the service's access log, for a refused look-up; `where` names fields that broke a rule.
    """

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        def words(name: str) -> str:
            return str(document.get(name) or "")

        self.status = status
        self.code = words("code") or f"HTTP_{status}"
        self.detail = Sentences(words("detail"), words("detail_en"))
        self.mend = Sentences(words("mend"), words("mend_en"))
        self.request_id = words("request_id") or None
        self.access_id: int | None = document.get("access_id")
        self.where: tuple[dict[str, str], ...] = tuple(document.get("errors") or ())
        super().__init__(f"{self.code} ({status}): {self.detail.en} {self.mend.en}".rstrip(": "))
