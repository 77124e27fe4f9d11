"""Which columns a file that is given back has: all of the sender's own, and beside them why each row comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from landdata.model.parcels import UPSERT
from landdata.reading.columns import beside, is_operation, operation_beside, reasons


@dataclass(frozen=True, slots=True)
class Header:
    """`kept` are places of the sender's own columns, `reasons` our names in the order of REASON_COLUMNS.

    `operation` is None where the sender has such a column. Reasons of an earlier return make room for those of this one.
    """

    kept: tuple[int, ...]
    reasons: tuple[str, ...]
    operation: str | None

    @property
    def added(self) -> tuple[str, ...]:
        return (*self.reasons, *([self.operation] if self.operation else []))

    @property
    def rest(self) -> tuple[str, ...]:
        """What stands in every row behind the reasons."""
        return (UPSERT,) if self.operation else ()


def header(names: Sequence[str]) -> Header:
    """The columns to be written for a file with these."""
    before = reasons(names)
    own = [name for name in names if name not in before]
    return Header(
        kept=tuple(at for at, name in enumerate(names) if name not in before),
        reasons=beside(own),
        operation=None if any(is_operation(name) for name in own) else operation_beside(own),
    )
