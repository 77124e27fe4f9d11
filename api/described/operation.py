"""One operation as the description tells it; the texts stand beside, by subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """Summaries and a Vietnamese sentence (the English one is the route's docstring); examples by status.

    `codes` names the typical problem of a status where it is not the usual one; `given` is an example request body.
    """

    vi: str
    en: str
    told_vi: str
    answers: Mapping[int, Any] = field(default_factory=dict)
    codes: Mapping[int, str] = field(default_factory=dict)
    given: Any = None

    @property
    def summary(self) -> str:
        return f"{self.vi} / {self.en}"


Operations = Mapping[tuple[str, str], Operation]
