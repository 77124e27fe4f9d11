"""Many keys handed to the database as one value: as a list they cost the worker more than all else it does with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from uuid import UUID


class Several(tuple[UUID, ...]):  # noqa: SLOT001 - the text is kept beside them
    """Keys that are handed over again and again: their text is made once."""

    @cached_property
    def text(self) -> str:
        """As `in_one` hands them over."""
        return _text(self)


def in_one(keys: Sequence[UUID]) -> str:
    """Keys as the text of an array, for `ANY(CAST(:keys AS uuid[]))`."""
    return keys.text if isinstance(keys, Several) else _text(keys)


def _text(keys: Sequence[UUID]) -> str:
    return "{" + ",".join(one.hex for one in keys) + "}"
