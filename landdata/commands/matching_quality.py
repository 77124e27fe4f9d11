"""The command that tells how matching goes, unit by unit, and what has changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from landdata.commands import console
from landdata.commands.console import Day
from landdata.flows import matching_quality
from landdata.model.matching_quality import SIGNS, Change, Drift, Quality, QualityList, UnitQuality
from landdata.model.units import Level
from landdata.writing.quality import as_csv

_DRIFTS = {Drift.UP: "↑", Drift.DOWN: "↓", Drift.STEADY: ""}
_SHOWN_REASONS = 3


class QualityFormat(StrEnum):
    """How the figures are printed."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


def add_to(group: typer.Typer) -> None:
    """Put the command beside those about holders who are not linked."""
    group.command("quality")(quality)


def quality(
    on: Day = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="So với ngày / compared with, yyyy-mm-dd")
    ] = None,
    level: Annotated[Level, typer.Option("--level", help="Cấp / level")] = Level.PROVINCE,
    division: Annotated[str | None, typer.Option("--division", help="2023 hoặc / or 2025")] = None,
    parent: Annotated[
        str | None, typer.Option("--parent", help="Mã tỉnh hoặc huyện / code of province or district")
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Đếm lại trước / count first")] = False,
    format_: Annotated[QualityFormat, typer.Option("--format", help="text, csv hoặc / or json")] = QualityFormat.TEXT,
) -> None:
    """Tỷ lệ đối sánh, lý do và dấu hiệu dữ liệu bịa / Match rates, reasons and signs of invented data."""
    db = console.db()
    if count:
        matching_quality.count(db)
    found = matching_quality.units(
        db,
        on=on.date() if on else None,
        since=since.date() if since else None,
        level=level,
        division=division,
        parent=parent,
    )
    if format_ is QualityFormat.JSON:
        console.as_json(found)
    elif format_ is QualityFormat.CSV:
        typer.echo(as_csv(found), nl=False)
    else:
        console.out.print(_table(found))


def _table(found: QualityList) -> Table:
    title = f"Ngày / on {found.on} · phân chia / division {found.division}"
    if found.since:
        title += f" · so với / since {found.since}"
    table = Table(title=title, title_justify="left")
    columns = ("Mã / code", "Đơn vị / unit", "Chủ / claims", "Khớp / verified", "Thay đổi / change")
    for heading in (*columns, "Lý do / reasons", "Dấu hiệu / signs"):
        table.add_column(heading, justify="right" if heading in columns[2:] else "left")
    for one in found.units:
        table.add_row(
            one.code, one.full_name_vi, f"{one.now.claims:,}", _share(one.now.rate), _change(one), _reasons(one.now),
            _signs(one.now),
        )  # fmt: skip
    return table


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _change(one: UnitQuality) -> str:
    change: Change | None = one.change
    return "" if change is None else f"{100 * change.rate:+.1f} {_DRIFTS[change.drift]}".rstrip()


def _reasons(quality: Quality) -> str:
    return ", ".join(f"{code} {many:,}" for code, many in list(quality.reasons.items())[:_SHOWN_REASONS])


def _signs(quality: Quality) -> str:
    seen = [(code, quality.signs[code]) for code in SIGNS if code in quality.signs and quality.signs[code].found]
    return ", ".join(f"{code} {_share(one.share)}" for code, one in seen)
