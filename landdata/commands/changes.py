"""Commands of the change feed: how far each consumer is, and comparing everything anew."""

from __future__ import annotations

import typer

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.flows import feed

group = typer.Typer(no_args_is_help=True, help="Luồng thay đổi cho bên khai thác / Consumers' change feed")


@group.command("lag")
def lag(format_: AsFormat = Format.TEXT) -> None:
    """Mỗi bên khai thác còn chậm bao nhiêu / How far behind each consumer is."""
    found = feed.lag(console.db())
    if format_ is Format.JSON:
        console.as_json(found)
        return
    for one in found:
        fetched = f"{one.fetched_at:%Y-%m-%d %H:%M}" if one.fetched_at else "chưa đọc / never"
        oldest = f" từ / since {one.oldest_at:%Y-%m-%d %H:%M}" if one.oldest_at else ""
        hook = f"{one.webhook.state} {one.webhook.last_status or ''}".strip() if one.webhook else "-"
        console.out.print(
            f"{one.client_id:<24} đọc / fetched {fetched:<18} chờ / outstanding {one.outstanding}{oldest}  webhook {hook}"
        )


@group.command("recheck")
def recheck() -> None:
    """So lại mọi phiên bản đã trả lời / Compare every version that was ever answered."""
    console.out.print(f"{feed.recheck(console.db())} thay đổi / changes")
