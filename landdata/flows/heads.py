"""What a consumer takes away of the access log: the newest head, counts of its own requests by day, and the public keys."""

from __future__ import annotations

from dataclasses import dataclass

from landdata.model.access_log import LogState
from landdata.settings import Settings
from landdata.store import access_log, anchors, sealing_keys
from landdata.store.engine import Database
from landdata.store.sealing_keys import PublicKey


@dataclass(frozen=True, slots=True)
class Held:
    """Statements are (body, key, signature), newest first."""

    state: LogState
    statements: tuple[tuple[str, str, bytes], ...]
    keys: tuple[PublicKey, ...]


def held(db: Database, *, settings: Settings, client_id: str, days: int) -> Held:
    """What the client may keep; that it has fetched the newest head is recorded as an anchor. Raises DatabaseUnavailable."""
    with db.write() as tx:
        state = anchors.state(tx)
        if state.seal_no is not None:
            anchors.note_fetched(tx, client_id=client_id, seal_no=state.seal_no)
        statements = access_log.statements(tx, client_id, many=days)
    return Held(state, tuple(statements), tuple(sealing_keys.published(settings.heads_dir)))
