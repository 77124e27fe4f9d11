"""The commands that hand out what comes back of a delivery: refused rows, report, map; from the database or at the desk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from landdata.commands import console
from landdata.errors import LandDataError
from landdata.flows import home, returns
from landdata.flows.home import Wanted
from landdata.flows.report import ReportFormat
from landdata.flows.returns import MapFormat, Returned
from landdata.flows.verdict import Verdict
from landdata.store import keys

F = TypeVar("F", ReportFormat, MapFormat)

group = typer.Typer(no_args_is_help=True, help="Các lần giao nộp / Deliveries")
Output = Annotated[Path, typer.Option("-o", "--output", dir_okay=False, help="Tệp sẽ ghi / file to write")]


@group.command("refused")
def refused(delivery_uid: UUID, output: Output) -> None:
    """Các dòng bị trả lại, đúng định dạng đã gửi / The refused rows, in the format they were sent in."""
    keep(_asked(returns.refused_rows, delivery_uid), output)


@group.command("report")
def report_(
    delivery_uid: UUID,
    output: Output,
    format_: Annotated[ReportFormat | None, typer.Option("--format", help="json, csv, xlsx")] = None,
) -> None:
    """Báo cáo với mọi lỗi / The report with every finding."""
    keep(_asked(returns.report_of, delivery_uid, format_=format_ or _format(ReportFormat, output)), output)


@group.command("map")
def map_(
    delivery_uid: UUID,
    output: Output,
    format_: Annotated[MapFormat | None, typer.Option("--format", help="geojson, svg")] = None,
) -> None:
    """Bản đồ các thửa lỗi / The map of faulty parcels."""
    keep(_asked(returns.map_of, delivery_uid, format_=format_ or _format(MapFormat, output)), output)


def at_home(files: Sequence[Path], verdict: Verdict, wanted: Wanted) -> None:
    """Write what a check at the desk was asked for; said on the error output, since `--json` has the other one."""
    for made in home.hand_out(files, verdict, wanted, settings=console.chosen()):
        if isinstance(made, LandDataError):
            typer.echo(f"{made.sentence('vi')} / {made.sentence('en')}", err=True)
        else:
            typer.echo(f"Đã ghi / written: {made}", err=True)


def wanted(report_to: Path | None, map_to: Path | None, refused_to: Path | None) -> Wanted:
    """What is asked for, before anything is read: a name that says no format stops the command."""
    if report_to:
        _format(ReportFormat, report_to)
    if map_to:
        _format(MapFormat, map_to)
    return Wanted(report_to, map_to, refused_to)


def _asked(make: Callable[..., Returned], delivery_uid: UUID, **more: object) -> Returned:
    chosen = console.chosen()
    return make(
        console.db(), settings=chosen, keys=keys.Keys(chosen.key_folder), caller=None, delivery_uid=delivery_uid, **more
    )


def keep(returned: Returned, output: Path) -> None:
    """Write what came back to a file."""
    with returned.content as content, output.open("wb") as out:
        shutil.copyfileobj(content, out)
    console.out.print(f"Đã ghi / written: {output} ({returned.name})")


def _format(kind: type[F], output: Path) -> F:
    """The format that a file's name asks for."""
    try:
        return kind(output.suffix.removeprefix("."))
    except ValueError as error:
        known = ", ".join(f".{one.value}" for one in kind)
        raise typer.BadParameter(f"đuôi tệp phải là / the name has to end in {known}") from error
