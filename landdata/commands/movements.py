"""The command that tells why a figure of coverage moved."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from landdata.commands import console
from landdata.commands.console import OfLevel
from landdata.flows import movements
from landdata.model.coverage import Bounded
from landdata.model.movements import CAUSES, Cause, CauseKind, End, Figures, Movement, State
from landdata.model.units import Level
from landdata.writing.movements import as_csv

_DAY = ["%Y-%m-%d"]
_SHOWN_UNITS = 3
_Division = Annotated[str | None, typer.Option("--division", help="Đọc cả hai theo phân chia / division of both")]
_FirstDivision = Annotated[
    str | None, typer.Option("--from-division", help="Phân chia của ngày đầu / division of the first day")
]
_Known = "Theo hiểu biết lúc / as known at"


class MovementFormat(StrEnum):
    """How the causes are printed."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


def add_to(group: typer.Typer) -> None:
    """Put the command beside the figures it explains."""
    group.command("changes")(changes)


def changes(
    from_: Annotated[datetime, typer.Option("--from", formats=_DAY, help="Từ ngày / first day")],
    to: Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Đến ngày / second day")] = None,
    from_known_at: Annotated[datetime | None, typer.Option("--from-known-at", help=_Known)] = None,
    to_known_at: Annotated[datetime | None, typer.Option("--to-known-at", help=_Known)] = None,
    division: _Division = None,
    from_division: _FirstDivision = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Mã đơn vị / code of a unit")] = None,
    level: OfLevel = None,
    first: Annotated[int, typer.Option("--first", min=1, help="Từ nguyên nhân thứ / from which cause")] = 1,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Số nguyên nhân / how many causes")] = movements.MOST,
    format_: Annotated[MovementFormat, typer.Option("--format", help="text, csv hoặc / or json")] = MovementFormat.TEXT,
) -> None:
    """Vì sao con số thay đổi / Why a figure moved: causes whose parts add up exactly."""
    found = movements.explain(
        console.db(),
        before=End(from_.date(), _moment(from_known_at), from_division or division),
        after=End(console.day(to), _moment(to_known_at), division),
        unit=unit,
        level=level,
        first=first,
        limit=limit,
    )
    if format_ is MovementFormat.JSON:
        console.as_json(found)
    elif format_ is MovementFormat.CSV:
        typer.echo(as_csv(found), nl=False)
    else:
        console.out.print(_table(found))
        console.out.print(_after(found))


def _moment(given: datetime | None) -> datetime | None:
    """A time without a zone is the operator's own."""
    return given.astimezone() if given else None


def _table(found: Movement) -> Table:
    table = Table(title=_title(found), title_justify="left")
    for heading in ("", "Nguyên nhân / cause", "Ngày / day"):
        table.add_column(heading)
    for heading in ("Tỉnh / provinces", "Huyện / districts", "Xã / communes", "Thửa / parcels"):
        table.add_column(heading, justify="right")
    table.add_column("Đơn vị / units")
    table.add_row("", "Trước / before", str(found.before.on), *_figures(found.before.figures, signed=False), "")
    for one in found.causes:
        table.add_row(str(one.place), _cause(one), str(one.effective_on), *_figures(one.moved), _units(one))
    table.add_row("", "Sau / after", str(found.after.on), *_figures(found.after.figures, signed=False), "")
    return table


def _title(found: Movement) -> str:
    def side(state: State) -> str:
        return " ".join(filter(None, [str(state.on), f"({state.division})", state.unit_name]))

    return f"{side(found.before)} → {side(found.after)}"


def _after(found: Movement) -> str:
    lines = [f"Chênh lệch / difference: {' · '.join(_figures(found.difference))}"]
    if found.next_place is not None:
        lines.append(f"{len(found.causes)} / {found.causes_total} nguyên nhân / causes: --first {found.next_place}")
    return "\n".join(lines)


def _figures(figures: Figures, *, signed: bool = True) -> list[str]:
    return [_bounded(one, signed=signed) for one in (*map(figures.of, Level), figures.parcels)]


def _bounded(count: Bounded, *, signed: bool) -> str:
    form = "+,d" if signed else ",d"
    if count.exact:
        return "" if signed and not count.at_least else format(count.at_least, form)
    return f"{count.at_least:{form}} .. {count.at_most:{form}}"


def _cause(one: Cause) -> str:
    vi, en = CAUSES[one.kind]
    who = one.office_code if one.kind in {CauseKind.DELIVERY, CauseKind.WITHDRAWAL} else one.resolution
    marks = [
        "lùi ngày / back-dated" if one.backfilled else "",
        "mô phỏng / simulated" if one.simulated else "",
        "không còn tính / undone" if one.undone else "",
    ]
    return " · ".join(filter(None, [f"{vi} / {en}", who, *marks]))


def _units(one: Cause) -> str:
    named = [f"{'+' if unit.moved.at_most + unit.moved.at_least > 0 else '-'}{unit.name_vi}" for unit in one.units]
    more = len(named) - _SHOWN_UNITS
    return ", ".join(named[:_SHOWN_UNITS]) + (f" … {more:+d}" if more > 0 else "")
