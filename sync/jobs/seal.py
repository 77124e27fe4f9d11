"""Seals the access log."""

from __future__ import annotations

from landdata.flows import seal
from sync.context import Context


def run(context: Context) -> None:
    """Seal everything that became final since the last time, and hand the newest head out."""
    seal.seal(context.sealing, settings=context.settings)
