"""Sets, renews, lists and removes the endpoints where consumers are told that there is more; an operator's work."""

from __future__ import annotations

import base64

from landdata.connectors import addresses
from landdata.errors import ClientUnknown, WebhookUnfit, WebhookUnknown
from landdata.flows import clients
from landdata.model.webhooks import Webhook
from landdata.store import webhooks
from landdata.store.engine import Database
from landdata.store.keys import Keys


def set_url(db: Database, *, keys: Keys, client_id: str, url: str, networks: str) -> str:
    """Set a client's endpoint, or mend a disabled one; returns the secret that verifies its messages.

    `networks`: private ones that may be reached, as CIDR. Raises ClientUnknown, WebhookUnfit.
    """
    if clients.find(db, client_id=client_id) is None:
        raise ClientUnknown(client_id=client_id)
    where = addresses.target(url)
    try:
        found = addresses.resolve(where)
    except OSError:
        raise WebhookUnfit(reason_vi="không phân giải được tên", reason_en="its name cannot be resolved") from None
    addresses.require(where, found, addresses.networks(networks))
    with db.write() as tx:
        key_no = webhooks.save(tx, client_id=client_id, url=url)
    return secret(keys, client_id, key_no)


def renew_secret(db: Database, *, keys: Keys, client_id: str) -> str:
    """A new secret; for a day messages are signed with both. Raises WebhookUnknown."""
    with db.write() as tx:
        key_no = webhooks.next_key(tx, client_id)
        if key_no is None:
            raise WebhookUnknown(client_id=client_id)
    return secret(keys, client_id, key_no)


def remove(db: Database, *, client_id: str) -> None:
    """No more messages to a client. Raises WebhookUnknown."""
    with db.write() as tx:
        if not webhooks.remove(tx, client_id):
            raise WebhookUnknown(client_id=client_id)


def every(db: Database) -> list[Webhook]:
    """All endpoints and how they go."""
    with db.read() as tx:
        return webhooks.every(tx)


def signing_keys(keys: Keys, client_id: str, key_no: int) -> list[bytes]:
    """A client's signing keys: made from ours whenever needed, and kept nowhere; several while ours is being changed."""
    return keys.hashes_feed("webhook", client_id, key_no)


def secret(keys: Keys, client_id: str, key_no: int) -> str:
    """The same as the consumer gets it, in the spelling of Standard Webhooks."""
    return "whsec_" + base64.b64encode(signing_keys(keys, client_id, key_no)[0]).decode()
