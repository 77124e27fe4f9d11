"""Takes a delivery back."""

from __future__ import annotations

import logging
from uuid import UUID

from landdata.errors import WithdrawalBlocked
from landdata.flows import withdraw
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context, *, delivery_uid: str) -> None:
    """All of it or nothing. What a later delivery has built on meanwhile stays, and asking again says so."""
    try:
        state = withdraw.carry_out(context.db, delivery_uid=UUID(delivery_uid))
    except WithdrawalBlocked as error:
        log.warning("delivery %s: %s %s", delivery_uid, error.code, error.details)
    else:
        log.info("delivery %s: %s", delivery_uid, state.value)
