"""The commands that tell how much of the country is connected, and by which rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from landdata.commands import console, coverage_rules, coverage_tables
from landdata.commands.console import AsFormat, Day, Format
from landdata.flows import observe
from landdata.model.coverage import Bounded, Coverage
from landdata.model.units import Level

_LEVELS = {Level.PROVINCE: "Tỉnh / provinces", Level.DISTRICT: "Huyện / districts", Level.COMMUNE: "Xã / communes"}

group = typer.Typer(invoke_without_command=True)
group.add_typer(coverage_rules.group, name="rules")
coverage_tables.add_to(group)


@group.callback()
def coverage(
    context: typer.Context,
    on: Day = None,
    division: Annotated[str | None, typer.Option("--division", help="2023 hoặc / or 2025")] = None,
    known_at: Annotated[datetime | None, typer.Option("--known-at", help="Theo hiểu biết lúc / as known at")] = None,
    format_: AsFormat = Format.TEXT,
) -> None:
    """Số đơn vị đã kết nối / Connected units by level, and parcels."""
    if context.invoked_subcommand is not None:
        return
    found = observe.national(console.db(), on=console.day(on), division=division, known_at=known_at)
    if format_ is Format.JSON:
        console.as_json(found)
        return
    table = Table(title=f"Ngày / on {found.on} · phân chia / division {found.division}", title_justify="left")
    for heading in ("Cấp / level", "Đã kết nối / connected", "Tổng số / total"):
        table.add_column(heading, justify="left" if heading.startswith("Cấp") else "right")
    for one in found.levels:
        table.add_row(_LEVELS[one.level], _bounded(one.connected), f"{one.total:,}")
    console.out.print(table)
    console.out.print(_notes(found))


def _bounded(count: Bounded) -> str:
    return f"{count.at_least:,}" if count.exact else f"{count.at_least:,} .. {count.at_most:,}"


def _notes(found: Coverage) -> str:
    lines = [f"Thửa đất / parcels: {found.parcels:,} · quy tắc / rule {found.rule}"]
    if not all(one.connected.exact for one in found.levels):
        lines.append("Ít nhất .. nhiều nhất: có xã bị chia tách / At least .. at most: a commune was split")
    if found.backfilled:
        lines.append("Có số liệu giao nộp lùi ngày / Rests on back-dated deliveries")
    if found.simulated:
        lines.append("MÔ PHỎNG: đơn vị nào đã kết nối là giả định / SIMULATION: which units are connected is made up")
    return "\n".join(lines)
