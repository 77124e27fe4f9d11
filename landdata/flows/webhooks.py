"""Sets, renews, lists and removes the endpoints where consumers are told that there is more; an administrator's work."""

from __future__ import annotations

import base64

from landdata.connectors import addresses
from landdata.errors import ClientUnknown, WebhookUnfit, WebhookUnknown
from landdata.flows import clients
from landdata.model.webhooks import Webhook
from landdata.store import webhooks
from landdata.store.engine import Database
from landdata.store.keys import Keys


def set_url(
    db: Database, *, keys: Keys, client_id: str, url: str, networks: str, resolver_elsewhere: bool = False
) -> str:
    """Set a client's endpoint, or mend a disabled one; returns the secret that verifies its messages.

    `networks`: private ones that may be reached, as CIDR. `resolver_elsewhere`: where no resolver can be asked, an https
    address is taken, for the worker judges it before every message anyhow; a name that does not exist is refused all the
    same. Raises ClientUnknown, WebhookUnfit.
    """
    if clients.find(db, client_id=client_id) is None:
        raise ClientUnknown(client_id=client_id)
    where = addresses.target(url)
    try:
        found = addresses.resolve(where)
    except OSError as error:
        if not (resolver_elsewhere and where.secure and addresses.nobody_to_ask(error)):
            raise WebhookUnfit(reason_vi="không phân giải được tên", reason_en="its name cannot be resolved") from None
        found = []
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


def find(db: Database, *, client_id: str) -> Webhook | None:
    """A client's endpoint and how it goes; None without one."""
    with db.read() as tx:
        return webhooks.find(tx, client_id)


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
