"""Logs what was refused while the database was away."""

from __future__ import annotations

from landdata.flows import refusals
from sync.context import Context


def run(context: Context) -> None:
    """Write down what the API put on disk meanwhile."""
    refusals.write_down(context.db, keys=context.keys, data_dir=context.settings.data_dir)
