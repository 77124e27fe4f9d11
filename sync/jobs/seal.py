"""Seals the access log."""

from __future__ import annotations

from landdata.flows import seal
from sync.context import Context


def run(context: Context) -> None:
    """One seal over everything that became final since the last."""
    seal.seal(context.sealing, data_dir=context.settings.data_dir)
