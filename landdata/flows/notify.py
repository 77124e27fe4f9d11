"""Tells consumers that there is more in their change feed: signed as Standard Webhooks asks, at least once, never what it is.

HMAC-SHA256 by a key of each consumer's own, since libraries in every language verify it; the key only proves where a
message comes from, and a message says nothing worth forging.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Sequence

from landdata.flows import webhooks
from landdata.model.ports import Notification
from landdata.model.webhooks import Notice
from landdata.store import webhooks as store
from landdata.store.engine import Database
from landdata.store.keys import Keys
from landdata.store.webhooks import Due

# Waits double from the one to the other; up to half of each is left to chance, so that many do not come back at once.
SHORTEST_SECONDS, LONGEST_SECONDS = 5.0, 3600.0


def send_due(db: Database, notification: Notification, *, keys: Keys, give_up_seconds: int) -> int:
    """Tell every consumer with unread changes whose turn it is; returns how many messages were taken.

    Cut off between sending and noting, the same message is sent again under the same id.
    """
    with db.write() as tx:
        due = {one.client_id: one for one in store.begin(tx)}
    if not due:
        return 0
    outcomes = notification.send([_notice(keys, one) for one in due.values()])
    chance = secrets.SystemRandom()
    taken, vain = [], []
    for one in outcomes:
        said = {"client": one.client_id, "change_no": due[one.client_id].change_no, "status": one.status}
        if one.taken:
            taken.append(said)
        else:
            asked = min(one.wait_seconds, LONGEST_SECONDS)
            vain.append({**said, "gone": one.gone, "jitter": chance.uniform(0.5, 1.0), "asked": asked})
    with db.write() as tx:
        store.took(tx, taken)
        store.failed(tx, vain, shortest=SHORTEST_SECONDS, longest=LONGEST_SECONDS, give_up=give_up_seconds)
    return len(taken)


def _notice(keys: Keys, due: Due) -> Notice:
    message = "msg_" + keys.hash_feed("message", due.client_id, due.change_no)[:16].hex()
    body = json.dumps({"type": "land.changes.available", "timestamp": due.made_at.isoformat(), "data": {}}).encode()
    numbers = [due.key_no, due.key_no - 1] if due.both_keys else [due.key_no]
    signing = [key for one in numbers for key in webhooks.signing_keys(keys, due.client_id, one)]
    return signed(due.client_id, due.url, message=message, body=body, keys=signing)


def signed(whose: str, url: str, *, message: str, body: bytes, keys: Sequence[bytes]) -> Notice:
    """A message as Standard Webhooks asks: its id, the time of this try, and a signature by each key."""
    now = str(int(time.time()))
    whole = f"{message}.{now}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key, whole, "sha256")).decode() for key in keys]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "landdata-webhooks/1",
        "webhook-id": message,
        "webhook-timestamp": now,
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }
    return Notice(whose, url, headers, body)
