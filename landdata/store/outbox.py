"""Notices of alerts: asked for together with what they tell of, and told until they are taken or given up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select, text

from landdata.model.alerts import Channel, Occasion, Telling
from landdata.store.alerts import alert_of, select_alerts
from landdata.store.engine import Reader, Writer
from landdata.store.tables import alerts as t

# Waits double from a minute to an hour.
_SHORTEST, _LONGEST = 60.0, 3600.0
_MOST = 200


def add(tx: Writer, alert_ids: Sequence[int], occasion: Occasion, targets: Iterable[tuple[str, Channel, str]]) -> None:
    """Ask that an occasion of these alerts be told. `targets`: (audience, channel, address or URL)."""
    given = list(targets)
    if not alert_ids or not given:
        return
    tx.connection.execute(
        text(
            "INSERT INTO sync.alert_notice (alert_id, occasion, channel, target) "
            "SELECT a.alert_id, :occasion, g.channel, g.target FROM sync.alert a "
            "JOIN sync.alert_rule r ON r.code = a.rule_code "
            "JOIN unnest(CAST(:audiences AS text[]), CAST(:channels AS text[]), CAST(:targets AS text[])) "
            "  AS g (audience, channel, target) ON g.audience = r.audience "
            "WHERE a.alert_id = ANY (:alerts) ORDER BY a.alert_id ON CONFLICT DO NOTHING"
        ),
        {
            "occasion": occasion.value,
            "audiences": [one[0] for one in given],
            "channels": [one[1].value for one in given],
            "targets": [one[2] for one in given],
            "alerts": list(alert_ids),
        },
    )


def follow(tx: Writer, alert_ids: Sequence[int]) -> None:
    """Ask that the end of these alerts be told to all who were to be told of their beginning."""
    if alert_ids:
        n = t.alert_notice
        begun = select(n.c.alert_id, text("'CLOSED'"), n.c.channel, n.c.target).where(
            n.c.alert_id.in_(alert_ids), n.c.occasion == Occasion.OPENED.value
        )
        tx.connection.execute(
            insert(n).from_select(["alert_id", "occasion", "channel", "target"], begun.order_by(n.c.notice_id))
        )


def begin(tx: Writer) -> list[Telling]:
    """Note a try of every notice whose turn it is; a recovery waits until its alert was told or given up.

    The next try is set before this one: cut off at any moment, it is made under the same message id.
    """
    rows = tx.connection.execute(
        text(
            "UPDATE sync.alert_notice SET attempts = attempts + 1, next_try_at = clock_timestamp() "
            "  + make_interval(secs => least(:longest, :shortest * 2.0 ^ least(attempts, 30))) "
            "WHERE notice_id IN (SELECT n.notice_id FROM sync.alert_notice n "
            "  WHERE n.told_at IS NULL AND n.given_up_at IS NULL "
            "    AND (n.next_try_at IS NULL OR n.next_try_at <= clock_timestamp()) "
            "    AND NOT (n.occasion = 'CLOSED' AND EXISTS (SELECT FROM sync.alert_notice f "
            "      WHERE f.alert_id = n.alert_id AND f.channel = n.channel AND f.target = n.target "
            "        AND f.occasion = 'OPENED' AND f.told_at IS NULL AND f.given_up_at IS NULL)) "
            "  ORDER BY n.notice_id LIMIT :most) RETURNING notice_id"
        ),
        {"shortest": _SHORTEST, "longest": _LONGEST, "most": _MOST},
    )
    return _tellings(tx, [row.notice_id for row in rows])


def told(tx: Writer, statuses: dict[int, str]) -> None:
    """Notices that were taken, with the status of each."""
    _note(tx, statuses, "told_at = clock_timestamp()")


def failed(tx: Writer, statuses: dict[int, str], *, hopeless: Sequence[int], give_up: int) -> None:
    """Notices that were not; given up when hopeless, or `give_up` seconds after they were asked for."""
    end = (
        "given_up_at = CASE WHEN n.notice_id = ANY (:hopeless) "
        "OR n.made_at < clock_timestamp() - make_interval(secs => :give_up) THEN clock_timestamp() END"
    )
    _note(tx, statuses, end, hopeless=list(hopeless), give_up=give_up)


def _note(tx: Writer, statuses: dict[int, str], end: str, **more: Any) -> None:
    if statuses:
        tx.connection.execute(
            text(
                f"UPDATE sync.alert_notice n SET last_status = s.status, {end} "
                "FROM unnest(CAST(:ids AS bigint[]), CAST(:statuses AS text[])) AS s (id, status) "
                "WHERE n.notice_id = s.id AND n.told_at IS NULL"
            ),
            {"ids": list(statuses), "statuses": list(statuses.values()), **more},
        )


def _tellings(tx: Reader, notice_ids: Sequence[int]) -> list[Telling]:
    n = t.alert_notice
    columns = (n.c.notice_id, n.c.occasion, n.c.channel, n.c.target, n.c.made_at, n.c.attempts)
    query = select_alerts(*columns).join(n, n.c.alert_id == t.alert.c.alert_id)
    rows = tx.connection.execute(query.where(n.c.notice_id.in_(notice_ids)).order_by(n.c.notice_id))
    return [
        Telling(
            row.notice_id,
            alert_of(row),
            Occasion(row.occasion),
            Channel(row.channel),
            row.target,
            row.made_at,
            row.attempts,
        )
        for row in rows
    ]
