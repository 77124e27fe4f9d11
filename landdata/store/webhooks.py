"""Webhooks of consumers: which have something to tell, what is under way, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text

from landdata.model.webhooks import Webhook
from landdata.store.engine import Reader, Writer
from landdata.store.feed import IN_FORCE
from landdata.store.tables import webhooks as t

# Without a try for so long, what failed before says nothing about now.
_QUIET = "interval '1 day'"
_COLUMNS = [t.webhook.c[name] for name in Webhook.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Due:
    """A message to be sent: the change it tells of, which its id is made of, and when it was made."""

    client_id: str
    url: str
    key_no: int
    both_keys: bool  # the key before is still believed
    change_no: int
    made_at: datetime


def save(tx: Writer, *, client_id: str, url: str) -> int:
    """Set the endpoint of a client, working anew; returns the number of its signing key."""
    return int(
        tx.connection.scalar(
            text(
                "INSERT INTO share.webhook (client_id, url) VALUES (:client, :url) ON CONFLICT (client_id) DO UPDATE SET "
                "url = excluded.url, pending_no = NULL, pending_at = NULL, attempts = 0, failing_since = NULL, "
                "next_try_at = NULL, last_try_at = NULL, last_status = NULL, disabled_at = NULL RETURNING key_no"
            ),
            {"client": client_id, "url": url},
        )
        or 0
    )


def next_key(tx: Writer, client_id: str) -> int | None:
    """Give a client its next signing key; its number, or None without a webhook."""
    sql = text(
        "UPDATE share.webhook SET key_no = key_no + 1, key_since = clock_timestamp() WHERE client_id = :client "
        "RETURNING key_no"
    )
    found = tx.connection.scalar(sql, {"client": client_id})
    return None if found is None else int(found)


def remove(tx: Writer, client_id: str) -> bool:
    """Forget the endpoint of a client; False when there is none."""
    return tx.connection.execute(delete(t.webhook).where(t.webhook.c.client_id == client_id)).rowcount == 1


def every(tx: Reader) -> list[Webhook]:
    """All webhooks, by client id."""
    return [Webhook(*row) for row in tx.connection.execute(select(*_COLUMNS).order_by(t.webhook.c.client_id))]


def find(tx: Reader, client_id: str) -> Webhook | None:
    """A client's webhook, or None without one."""
    row = tx.connection.execute(select(*_COLUMNS).where(t.webhook.c.client_id == client_id)).first()
    return None if row is None else Webhook(*row)


def begin(tx: Writer) -> list[Due]:
    """Note a try for every endpoint that has something to tell now. A message that was begun keeps its number."""
    rows = tx.connection.execute(
        text(
            "WITH due AS ("
            "  SELECT w.client_id, n.newest, coalesce(r.confirmed_no, 0) AS read FROM share.webhook w "
            "  JOIN oauth.client k ON k.client_id = w.client_id AND k.enabled "
            "  LEFT JOIN share.reader r ON r.client_id = w.client_id CROSS JOIN LATERAL ("
            "    SELECT max(l.change_no) AS newest FROM share.agreement a CROSS JOIN LATERAL ("
            "      SELECT c.change_no FROM share.change c WHERE c.agreement_id = a.agreement_id "
            "      ORDER BY c.change_no DESC LIMIT 1) l "
            f"    WHERE a.client_id = w.client_id AND {IN_FORCE}) n "
            "  WHERE w.disabled_at IS NULL AND n.newest > greatest(w.announced_no, coalesce(r.confirmed_no, 0)) "
            "    AND (w.next_try_at IS NULL OR w.next_try_at <= clock_timestamp())"
            ") UPDATE share.webhook w SET "
            "  pending_at = CASE WHEN w.pending_no > due.read THEN w.pending_at ELSE clock_timestamp() END, "
            "  attempts = CASE WHEN w.pending_no > due.read THEN w.attempts ELSE 0 END, "
            "  pending_no = CASE WHEN w.pending_no > due.read THEN w.pending_no ELSE due.newest END, "
            f"  failing_since = CASE WHEN w.last_try_at > clock_timestamp() - {_QUIET} THEN w.failing_since END, "
            "  last_try_at = clock_timestamp() "
            "FROM due WHERE w.client_id = due.client_id "
            "RETURNING w.client_id, w.url, w.key_no, w.pending_no, w.pending_at, "
            "  w.key_no > 1 AND w.key_since > clock_timestamp() - interval '1 day' AS both_keys"
        )
    )
    return [Due(row.client_id, row.url, row.key_no, row.both_keys, row.pending_no, row.pending_at) for row in rows]


# An endpoint that was set anew meanwhile has nothing under way.
_MINE = "WHERE client_id = :client AND pending_no = :change_no"
_TAKEN = text(
    "UPDATE share.webhook SET announced_no = pending_no, pending_no = NULL, pending_at = NULL, attempts = 0, "
    f"failing_since = NULL, next_try_at = NULL, last_status = :status {_MINE}"
)
_FAILED = text(
    "UPDATE share.webhook SET attempts = attempts + 1, last_status = :status, "
    "failing_since = coalesce(failing_since, last_try_at), "
    "next_try_at = clock_timestamp() "
    "  + make_interval(secs => greatest(:asked, least(:longest, :shortest * 2.0 ^ least(attempts, 30)) * :jitter)), "
    "disabled_at = CASE WHEN :gone OR failing_since < clock_timestamp() - make_interval(secs => :give_up) "
    f"THEN clock_timestamp() END {_MINE}"
)


def took(tx: Writer, taken: list[dict[str, Any]]) -> None:
    """Messages that were taken: client, change_no, status."""
    if taken:
        tx.connection.execute(_TAKEN, taken)


def failed(tx: Writer, vain: list[dict[str, Any]], *, shortest: float, longest: float, give_up: int) -> None:
    """Messages that were not: client, change_no, status, gone, jitter (a factor), asked (at least so long).

    Waits double, in seconds.
    """
    if vain:
        bounds = {"shortest": shortest, "longest": longest, "give_up": give_up}
        tx.connection.execute(_FAILED, [{**one, **bounds} for one in vain])
