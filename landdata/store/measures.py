"""What the rules of alerts measure in the database: rows about land offices and consumers, nothing personal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from landdata.model.alerts import Measure
from landdata.store import connections, feed, recounts, sources, webhooks
from landdata.store.engine import Reader
from landdata.store.offices import every
from landdata.store.queries import query

# Fewer parcels, or fewer holders compared, change by chance.
_LEAST = 100


def overdue(tx: Reader) -> Iterator[Measure]:
    """Days since a promised delivery was due, of sources at work."""
    codes = {one.office_id: one.code for one in every(tx)}
    for one in sources.known(tx):
        if one.state.at_work and one.facts.due_on is not None:
            details = {"due_on": one.facts.due_on.isoformat()}
            yield Measure("SOURCE_OVERDUE", codes[one.office_id], one.facts.days_late, one.office_id, details)


def silence(tx: Reader) -> Iterator[Measure]:
    """How many times longer than usual a source is silent."""
    for row in tx.connection.execute(query("measure_silence")):
        details = {"silent_days": row.silent_days, "usual_days": row.usual_days}
        yield Measure("SOURCE_SILENT", row.code, row.value, row.office_id, details)


def refusals(tx: Reader) -> Iterator[Measure]:
    """Deliveries refused in a row, and how far the share of refused rows rose."""
    for row in tx.connection.execute(query("measure_refusals")):
        yield Measure("SOURCE_FAILING", row.code, row.in_a_row, row.office_id)
        if row.now is not None and row.before is not None:
            details = {"now": row.now, "before": row.before}
            yield Measure("REFUSED_SHARE_ROSE", row.code, row.now - row.before, row.office_id, details)


def parcels(tx: Reader) -> Iterator[Measure]:
    """Parcels gained and lost in a week, as shares of what there was: of the source, and of its most changed commune."""
    for row in tx.connection.execute(query("measure_parcels"), {"least": _LEAST}):
        if row.tells:
            details = {"before": int(row.before), "change": int(row.net)}
            yield Measure("PARCELS_SHRANK", row.code, -row.share, row.office_id, details)
            yield Measure("PARCELS_GREW", row.code, row.share, row.office_id, details)
        for code, share, communes in (
            ("COMMUNE_SHRANK", row.shrank, row.shrunk_communes),
            ("COMMUNE_GREW", row.grew, row.grown_communes),
        ):
            if share is not None:
                yield Measure(code, row.code, share, row.office_id, {"communes": ", ".join(communes)})


def mismatch(tx: Reader) -> Iterator[Measure]:
    """How far the share of holders that contradict the citizen database rose in a week."""
    for row in tx.connection.execute(query("measure_mismatch"), {"least": _LEAST}):
        details = {"now": row.now, "before": row.before}
        yield Measure("MISMATCH_ROSE", row.code, row.now - row.before, row.office_id, details)


def recounted(tx: Reader) -> Iterator[Measure]:
    """Figures that the last recount found not to be what the parcels say, until somebody has them set right."""
    for one in recounts.latest(tx, 1):
        details = {"recount": one.recount_id}
        yield Measure("RECOUNT_DIFFERS", "recount", one.differences if one.mended_by is None else 0, details=details)


def pulls(tx: Reader) -> Iterator[Measure]:
    """Pulls of an office's own service that failed in a row: of its connections the worst."""
    for row in connections.failing(tx):
        details = {"connection": str(row.connection_uid), "why": row.why or "-"}
        yield Measure("PULL_FAILING", row.code, row.failures, row.office_id, details)


def consumers(tx: Reader, now: datetime) -> Iterator[Measure]:
    """Hours that the oldest unread change waits for each consumer, and that its webhook takes nothing."""
    for one in feed.readings(tx):
        hours = (now - one.oldest_at).total_seconds() / 3600 if one.oldest_at else 0.0
        yield Measure("CONSUMER_BEHIND", one.client_id, hours, details={"outstanding": one.outstanding})
    for hook in webhooks.every(tx):
        since = hook.failing_since or hook.disabled_at
        hours = (now - since).total_seconds() / 3600 if since else 0.0
        yield Measure("WEBHOOK_FAILING", hook.client_id, hours, details={"last_status": hook.last_status or "-"})
