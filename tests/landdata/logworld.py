"""An access log to falsify: entries, seals, and a superuser who does what only a superuser can."""

from __future__ import annotations

import time
from typing import Any

from landworld import SERVICE, Desk

from landdata.flows import seal, verify

EVENT = """INSERT INTO audit.access_event (request_id, client_id, token_jti, agency_code, officer_code, service_code,
  case_file_no, subject, status, fields_mask, address) SELECT gen_random_uuid(), 'police', 'jti', 'CA', 'CB', :service, 'HS',
  gen_random_uuid(), 'FOUND', 3, '10.0.0.1' FROM generate_series(1, :many)"""


def add(desk: Desk, many: int, *, together: int = 1, until: int | None = None) -> None:
    """Log entries, final when this returns: another test's transaction on the same server holds a seal back."""
    for _ in range(many // together):
        desk.execute(EVENT, service=SERVICE, many=together)
    last = until or desk.scalar("SELECT max(tx) + 1 FROM audit.access_event")
    deadline = time.monotonic() + 60
    while desk.scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") < last:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def sealed(desk: Desk, **more: Any) -> list[int]:
    """Seal; how many entries each new seal has."""
    return [one.entries for one in seal.seal(desk.db, settings=desk.settings, **more)]


def verdict(desk: Desk, **more: Any):
    return verify.verify(desk.db, settings=desk.settings, **more)


def faults(desk: Desk, **more: Any) -> list[tuple[str, int | None, int | None]]:
    """What is wrong, as (kind, seal, entry)."""
    return [(one.kind.value, one.seal_no, one.access_id) for one in verdict(desk, **more).faults]
