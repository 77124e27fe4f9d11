"""A page of features as it is asked for and answered; no input or output."""

from __future__ import annotations

from dataclasses import dataclass, field

from landdata.model.conditions import Condition
from landdata.model.features import CRS84, USUAL_FEATURES, Collection, Span, System, Window


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of features asked for; `after`: the key of the last one of the page before."""

    collection: Collection
    condition: Condition | None = None
    window: Window | None = None
    span: Span | None = None
    limit: int = USUAL_FEATURES
    after: tuple[int, ...] | None = None
    system: System = field(default_factory=lambda: System(CRS84))


@dataclass(frozen=True, slots=True)
class Page:
    """Features as the database wrote them (UTF-8), joined by commas; `after`: the key to go on behind, None at the end."""

    features: bytes
    returned: int
    after: tuple[int, ...] | None
