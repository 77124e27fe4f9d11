"""Verifies the access log, every night and whenever somebody asks."""

from __future__ import annotations

import logging

from landdata.flows import verifications
from landdata.model.verifications import Outcome
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context) -> None:
    """Carry out one verification; what it finds is kept, and tampering is told in the journal."""
    done = verifications.run(context.sealing, settings=context.settings)
    if done.outcome is Outcome.TAMPERED:
        log.error("access log: TAMPERED WITH (landdata access-log verify; verification %d)", done.verification_id)
    else:
        log.info("access log: %s after %d seals", done.outcome, done.whole)
