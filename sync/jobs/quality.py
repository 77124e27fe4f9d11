"""Counts every night how matching goes in each commune."""

from __future__ import annotations

import logging

from landdata.flows import matching_quality
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """Note the figures of communes where they changed."""
    log.info("matching quality: %d communes changed", matching_quality.count(context.db))
