"""The base of all domain errors: a stable code, a sentence in two languages, and the way to mend it; no HTTP here."""

from __future__ import annotations

from typing import ClassVar


class LandDataError(Exception):
    """Base of all domain errors.

    `details` are plain, non-personal values that fill the sentences; a citizen number or a name never goes in.
    """

    code: ClassVar[str]
    vi: ClassVar[str]
    en: ClassVar[str]
    mend_vi: ClassVar[str]
    mend_en: ClassVar[str]

    def __init__(self, **details: str | int) -> None:
        self.details = details
        super().__init__(f"{self.code}: {self.sentence('en')}")

    def sentence(self, language: str) -> str:
        """The sentence in `vi` or `en`, filled in."""
        return (self.vi if language == "vi" else self.en).format(**self.details)

    def mend(self, language: str) -> str:
        """What to do about it, in `vi` or `en`, filled in."""
        return (self.mend_vi if language == "vi" else self.mend_en).format(**self.details)


def all_errors() -> list[type[LandDataError]]:
    """Every concrete error class, by code; the documentation page and the policy tests are made from it."""
    found: list[type[LandDataError]] = []
    waiting: list[type[LandDataError]] = [LandDataError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if "code" in kind.__dict__:
            found.append(kind)
    return sorted(found, key=lambda kind: kind.code)
