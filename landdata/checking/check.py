"""What a check is: stable code, severity, a sentence and a way to mend in two languages, and an example that calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from landdata.model.deliveries import Severity


@dataclass(frozen=True, slots=True)
class Example:
    """Rows that call a check: each the columns by which it differs from a row in order.

    `geometry` is WKT in metres from a corner of the parcel. `beside`, in two languages, is what it takes besides these
    rows: what stands on record, what was declared.
    """

    rows: tuple[Mapping[str, str | None], ...] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. Sentences are filled with the finding's details."""

    code: str
    severity: Severity
    vi: str
    en: str
    mend_vi: str
    mend_en: str
    example: Example = Example()
