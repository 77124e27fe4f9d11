"""The commands that print the ladder of coverage and its course over time: the same tables as the API's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from landdata.commands import console
from landdata.commands.console import OfLevel
from landdata.flows import ladder as rungs_of
from landdata.flows import series as over_time
from landdata.model.coverage_rules import Rung
from landdata.model.series import Step
from landdata.writing.coverage import of_ladder, of_series

_Division = Annotated[str | None, typer.Option("--division", help="2023 hoặc / or 2025")]
_Unit = Annotated[str | None, typer.Option("--unit", help="Mã đơn vị / code of a unit")]
_KnownAt = Annotated[datetime | None, typer.Option("--known-at", help="Theo hiểu biết lúc / as known at")]
_DAYS = ["%Y-%m-%d"]


def add_to(group: typer.Typer) -> None:
    """Put the commands below `landdata coverage`."""
    group.command("ladder")(ladder)
    group.command("series")(series)


def ladder(
    effective_on: Annotated[
        datetime | None, typer.Option("--effective-on", formats=_DAYS, help="Ngày / day, yyyy-mm-dd")
    ] = None,
    level: OfLevel = None,
    unit: _Unit = None,
    parent: Annotated[str | None, typer.Option("--parent", help="Mã tỉnh hoặc huyện / province or district")] = None,
    rung: Annotated[Rung | None, typer.Option("--rung", case_sensitive=False, help="Một bậc / one rung")] = None,
    division: _Division = None,
    known_at: _KnownAt = None,
) -> None:
    """Các bậc của độ bao phủ, dạng CSV / The ladder of coverage as CSV."""
    found = rungs_of.units(
        console.db(),
        effective_on=effective_on.date() if effective_on else None,
        known_at=known_at,
        division=division,
        level=level,
        unit=unit,
        parent=parent,
        rungs=(rung,) if rung else tuple(Rung),
    )
    typer.echo(of_ladder(found), nl=False)


def series(
    first: Annotated[datetime | None, typer.Option("--from", formats=_DAYS, help="Ngày đầu / first day")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=_DAYS, help="Ngày cuối / last day")] = None,
    step: Annotated[Step, typer.Option("--step", help="Bước / step")] = Step.MONTH,
    unit: _Unit = None,
    division: _Division = None,
    known_at: _KnownAt = None,
) -> None:
    """Độ bao phủ theo thời gian, dạng CSV / Coverage over time as CSV."""
    found = over_time.series(
        console.db(),
        first=first.date() if first else None,
        last=last.date() if last else None,
        step=step,
        division=division,
        unit=unit,
        known_at=known_at,
    )
    typer.echo(of_series(found), nl=False)
