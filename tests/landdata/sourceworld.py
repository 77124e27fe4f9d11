"""Days that pass for the sources of a desk, a delivery that is refused, and what people say with every step."""

from __future__ import annotations

from typing import Any

BAD = b'{"type": "FeatureCollection", "features": []}'
SAID = {"office_code": "LO-24", "login": "lan", "reason": "thử"}


def long_ago(desk: Any, days: int) -> None:
    """Let everything on record have happened so many days earlier."""
    desk.execute("ALTER TABLE sync.source_promise DISABLE TRIGGER append_only")
    desk.execute("ALTER TABLE sync.source_event DISABLE TRIGGER append_only")
    desk.execute("ALTER TABLE intake.delivery DISABLE TRIGGER USER")
    for table, column in (
        ("sync.source_promise", "noted_at"), ("sync.source_event", "at"), ("intake.delivery", "recorded_at"),
    ):  # fmt: skip
        desk.execute(f"UPDATE {table} SET {column} = {column} - make_interval(days => :days)", days=days)
    desk.execute("UPDATE sync.source_promise SET first_due_on = first_due_on - :days", days=days)
