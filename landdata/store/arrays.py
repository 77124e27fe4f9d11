"""Many keys handed to the database as one value: as a list they cost the worker more than all else it does with them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID


def in_one(keys: Sequence[UUID]) -> str:
    """Keys as the text of an array, for `ANY(CAST(:keys AS uuid[]))`."""
    return "{" + ",".join(one.hex for one in keys) + "}"
