"""Whether the population platform may be asked now: one row that all workers share, held for milliseconds."""

from __future__ import annotations

from sqlalchemy import text

from landdata.model.asking import Breaker, Health, Limits, Permit, Refusal
from landdata.store.engine import Reader, Writer

# The one request that tries whether the platform is back is waited for so long; then another may try.
_TRYING_SECONDS = 120
_TODAY = "(clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
_STATE = (
    "CASE WHEN open_until IS NULL THEN 'CLOSED' WHEN open_until > clock_timestamp() THEN 'OPEN' ELSE 'HALF_OPEN' END"
)


def admit(tx: Writer, limits: Limits, holders: int) -> Permit:
    """Take a place for one request about so many holders. It counts as sent, whatever becomes of it.

    Places are given one behind the other, so that two workers together keep the rate of one.
    """
    row = tx.connection.execute(
        text(
            f"SELECT {_STATE} AS state, coalesce(trying_until > clock_timestamp(), false) AS tried, "
            f"CASE WHEN day = {_TODAY} THEN asked ELSE 0 END AS asked FROM match.platform FOR UPDATE"
        )
    ).one()
    if row.state == Breaker.OPEN or (row.state == Breaker.HALF_OPEN and row.tried):
        return Permit(refusal=Refusal.OPEN)
    if limits.daily and row.asked + holders > limits.daily:
        return Permit(refusal=Refusal.QUOTA)
    waited = tx.connection.scalar(
        text(
            "UPDATE match.platform p SET "
            "  free_at = greatest(p.free_at, clock_timestamp()) + make_interval(secs => :gap), "
            f"  day = {_TODAY}, asked = :asked, "
            "  trying_until = CASE WHEN :trying THEN clock_timestamp() + make_interval(secs => :trial) END "
            "FROM match.platform o RETURNING greatest(0, extract(epoch FROM o.free_at - clock_timestamp()))"
        ),
        {
            "gap": 1.0 / limits.per_second if limits.per_second else 0.0,
            "asked": row.asked + holders,
            "trying": row.state == Breaker.HALF_OPEN,
            "trial": _TRYING_SECONDS,
        },
    )
    return Permit(wait_seconds=float(waited or 0.0))


def left_today(tx: Reader, limits: Limits) -> int | None:
    """How many holders may still be sent today; None: as many as there are."""
    if not limits.daily:
        return None
    asked = tx.connection.scalar(text(f"SELECT CASE WHEN day = {_TODAY} THEN asked ELSE 0 END FROM match.platform"))
    return max(0, limits.daily - int(asked or 0))


def went_well(tx: Writer) -> None:
    """Note that the platform answered: the breaker closes."""
    tx.connection.execute(
        text(
            "UPDATE match.platform SET failures = 0, openings = 0, open_until = NULL, trying_until = NULL "
            "WHERE failures > 0 OR open_until IS NOT NULL"
        )
    )


def failed(tx: Writer, limits: Limits, reason: str, wait_seconds: float = 0.0) -> None:
    """Note that a request failed. The platform may ask to be left alone for a while, which then holds for all workers.

    The breaker opens after enough failures in a row, and again when the one request that tries fails.
    """
    tx.connection.execute(
        text(
            "UPDATE match.platform SET failures = failures + 1, failed_at = clock_timestamp(), failed_reason = :reason, "
            "  trying_until = NULL, "
            "  free_at = greatest(free_at, clock_timestamp() + make_interval(secs => :wait)), "
            "  openings = openings + CASE WHEN opens THEN 1 ELSE 0 END, "
            "  open_until = CASE WHEN opens THEN clock_timestamp() + make_interval(secs => greatest(:wait, "
            "    least(:longest, :pause * 2 ^ least(openings, 20)))) ELSE open_until END "
            "FROM (SELECT CASE WHEN open_until IS NULL THEN failures + 1 >= :threshold "
            "  ELSE open_until <= clock_timestamp() END AS opens FROM match.platform FOR UPDATE) o"
        ),
        {
            "reason": reason[:200],
            "wait": wait_seconds,
            "longest": limits.longest_seconds,
            "pause": limits.open_seconds,
            "threshold": limits.failures,
        },
    )


def health(tx: Reader) -> Health:
    """How the platform does, as the workers found it."""
    row = tx.connection.execute(
        text(
            f"SELECT {_STATE} AS state, failures, failed_at, failed_reason, open_until, "
            f"CASE WHEN day = {_TODAY} THEN asked ELSE 0 END AS asked, "
            "(SELECT count(*) FROM match.batch) AS waiting FROM match.platform"
        )
    ).one()
    return Health(
        Breaker(row.state), row.failures, row.failed_at, row.failed_reason, row.open_until, row.asked, row.waiting
    )


def cursor(tx: Reader) -> str:
    """How far the platform's list of changes is read."""
    return str(tx.connection.scalar(text("SELECT changes_cursor FROM match.platform")))


def move_cursor(tx: Writer, to: str) -> None:
    """Note that the list is read as far as this."""
    tx.connection.execute(text("UPDATE match.platform SET changes_cursor = :to"), {"to": to})
