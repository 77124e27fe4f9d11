"""Works one delivery off."""

from __future__ import annotations

import logging
from uuid import UUID

from landdata.flows import publish
from landdata.store import disks
from sync.context import Context

log = logging.getLogger(__name__)


def run(context: Context, *, delivery_uid: str) -> None:
    """Read, check and publish; a repetition goes on where the last try stopped.

    Raises DiskLow without having begun: a publication writes more WAL than its file has bytes. It waits to be asked again.
    """
    disks.require_room(context.settings.disks, share=context.settings.disk_refuse_share)
    state = publish.deliver(
        context.db,
        delivery_uid=UUID(delivery_uid),
        settings=context.settings,
        keys=context.keys,
        progress=lambda done, total: log.info("delivery %s: %d of %d rows", delivery_uid, done, total),
    )
    log.info("delivery %s: %s", delivery_uid, state.value)
