"""The commands about recounts: count now, see what was found, and set it right with a reason."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.flows import recounts
from landdata.model.recounts import Recount

_Number = Annotated[int, typer.Argument(metavar="RECOUNT", help="Số của lần kiểm đếm / number of the recount")]


def add_to(group: typer.Typer) -> None:
    """Put the commands beside the figures that are counted."""
    group.command("recounts")(listed)
    group.command("recount")(recount)
    group.command("mend")(mend)


def listed(
    number: Annotated[
        int | None, typer.Argument(metavar="RECOUNT", help="Xem sai lệch của lần này / its differences")
    ] = None,
    format_: AsFormat = Format.TEXT,
) -> None:
    """Các lần kiểm đếm, hoặc sai lệch của một lần / The recounts, or what one of them found."""
    if number is None:
        _show(recounts.latest(console.db()), format_)
        return
    found = recounts.differences(console.db(), number)
    if format_ is Format.JSON:
        console.as_json(found)
        return
    table = Table()
    for heading in (
        "Nguồn / source",
        "Mã / code",
        "Đơn vị / unit",
        "Số / figure",
        "Đang giữ / held",
        "Đếm được / counted",
    ):
        table.add_column(heading)
    for one in found:
        table.add_row(one.source, one.unit_code, one.unit_name, one.figure, f"{one.held:,}", f"{one.counted:,}")
    console.out.print(table)


def recount(format_: AsFormat = Format.TEXT) -> None:
    """Đếm lại từ thửa đất ngay bây giờ; không sửa gì / Count from the parcels now, mend nothing; 1 when something differs."""
    found = recounts.recount(console.db())
    _show((found,), format_)
    if found.differences:
        raise typer.Exit(1)


def mend(
    number: _Number,
    by: Annotated[str, typer.Option("--by", help="Quản trị làm việc này / administrator")],
    reason: Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")],
) -> None:
    """Sửa những gì lần kiểm đếm thấy sai và vẫn còn sai / Set right what a recount found and is still so."""
    mended = recounts.mend(console.db(), number, by=by, reason=reason)
    console.out.print(f"Đã sửa {mended} số / {mended} figures mended")


def _show(found: tuple[Recount, ...], format_: Format) -> None:
    if format_ is Format.JSON:
        console.as_json(found)
        return
    table = Table()
    for heading in (
        "Lần / no.",
        "Lúc / at",
        "Xã / communes",
        "Thửa / parcels",
        "Sai lệch / differences",
        "Giây / s",
        "Đã sửa / mended",
    ):
        table.add_column(heading, justify="left" if heading.startswith(("Lúc", "Đã")) else "right")
    for one in found:
        mended = f"{one.mended_by}: {one.reason}" if one.mended_by else ""
        table.add_row(
            str(one.recount_id), f"{one.counted_at.astimezone():%Y-%m-%d %H:%M}", f"{one.communes:,}", f"{one.parcels:,}",
            f"{one.differences:,}", f"{one.seconds:.1f}", mended,
        )  # fmt: skip
    console.out.print(table)
