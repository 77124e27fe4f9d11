"""Makes the reports that were asked for, and asks for that of a quarter when it is over."""

from __future__ import annotations

import logging

from landdata.flows import reports
from landdata.flows.reports import Press
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """A repetition goes on where the last try stopped. Raises ReportKeyUnusable, and what making a report may raise."""
    begun = reports.begin_quarter(context.db)
    if begun is not None:
        log.info("report %d: of the quarter that ended", begun)
    made = reports.make_waiting(context.db, Press.of(context.settings))
    if made:
        log.info("reports made: %s", ", ".join(map(str, made)))
