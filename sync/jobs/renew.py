"""Brings values under former versions of keys under the active ones."""

from __future__ import annotations

import logging

from landdata.flows import renew
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """One pass; where no key is being changed nothing is read."""
    settings = context.settings
    done = renew.renew(
        context.db, keys=context.keys, data_dir=settings.data_dir, asker=context.asker, copy=settings.raw_copy
    )
    if done.total:
        log.info(
            "keys: %d holders, %d claims, %d numbers, %d citizens, %d files under the active versions",
            done.holders, done.claims, done.numbers, done.citizens, done.files,
        )  # fmt: skip
