"""Commands of the sources: how each land office stands, what it promised, and what people say about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from landdata.commands import console
from landdata.commands.console import Day, Format
from landdata.flows import sources
from landdata.model.sources import Event, Promise, Source, SourceView
from landdata.writing.sources import as_csv

group = typer.Typer(no_args_is_help=True, help="Nguồn dữ liệu của các tỉnh / Sources of the provinces")

Office = Annotated[str, typer.Argument(help="Mã văn phòng / code of the land office")]
By = Annotated[str, typer.Option("--by", help="Tên đăng nhập của cán bộ Bộ / sign-in name of a person of the ministry")]
Why = Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")]
Division = Annotated[str | None, typer.Option("--division", help="2023 hoặc / or 2025")]


@group.command("list")
def sources_list(
    on: Day = None,
    division: Division = None,
    csv: Annotated[bool, typer.Option("--csv", help="Bảng CSV / a table")] = False,
    format_: console.AsFormat = Format.TEXT,
) -> None:
    """Mọi nguồn theo tỉnh, và các tỉnh chưa có nguồn / All sources by province, and provinces without one."""
    found = sources.listed(console.db(), on=on.date() if on else None, division=division)
    if csv:
        typer.echo(as_csv(found), nl=False)
        return
    if format_ is Format.JSON:
        console.as_json(found)
        return
    table = Table(title=f"Phân chia / division {found.division}", title_justify="left")
    headings = (
        "Tỉnh / province",
        "Văn phòng / office",
        "Trạng thái / state",
        "Từ / since",
        "Lần cuối / last",
        "Hạn / due",
    )
    for heading in (*headings, "Xã / communes"):
        table.add_column(heading)
    for one in found.sources:
        table.add_row(*_cells(one))
    for province in found.without:
        table.add_row(f"{province.code} {province.full_name_vi}", "-", "NEVER_CONNECTED", "-", "-", "-", "-")
    console.out.print(table)


@group.command("show")
def sources_show(office: Office, format_: console.AsFormat = Format.TEXT) -> None:
    """Một nguồn và cả đời nó / A source with its life, event by event."""
    view = sources.of_office(console.db(), office_code=office)
    if format_ is Format.JSON:
        console.as_json(view)
        return
    _show(view)


@group.command("promise")
def sources_promise(
    office: Office,
    by: By,
    reason: Why,
    cadence_days: Annotated[
        int | None,
        typer.Option("--cadence-days", help="Ít nhất một lần trong số ngày này / at least once in so many days"),
    ] = None,
    first_due_on: Annotated[
        datetime | None, typer.Option("--first-due-on", formats=["%Y-%m-%d"], help="Hạn lần đầu / day of the first one")
    ] = None,
    communes: Annotated[int | None, typer.Option("--communes", help="Số xã cam kết / communes promised")] = None,
    contact: Annotated[
        str,
        typer.Option(
            "--contact", help="Bộ phận liên hệ, không phải địa chỉ riêng / unit to turn to, no private address"
        ),
    ] = "",
) -> None:
    """Ghi cam kết mới, thay toàn bộ cam kết trước / Note what it promises from now on, all of it."""
    due = first_due_on.date() if first_due_on else None
    promised = Promise(cadence_days=cadence_days, first_due_on=due, communes=communes, contact=contact)
    sources.promise(console.db(), office_code=office, promised=promised, login=by, reason=reason)
    _show(sources.of_office(console.db(), office_code=office))


@group.command("pause")
def sources_pause(office: Office, by: By, reason: Why) -> None:
    """Tạm dừng: chưa chờ đợi gì / Expect nothing for now."""
    _step(sources.pause, office, by, reason)


@group.command("resume")
def sources_resume(office: Office, by: By, reason: Why) -> None:
    """Tiếp tục; cam kết tính lại từ hôm nay / Expect deliveries again; the promise counts from today."""
    _step(sources.resume, office, by, reason)


@group.command("end")
def sources_end(office: Office, by: By, reason: Why) -> None:
    """Kết thúc: không chờ đợi gì nữa / Expect nothing any more."""
    _step(sources.end, office, by, reason)


def _step(step: Callable[..., None], office: str, by: str, reason: str) -> None:
    step(console.db(), office_code=office, login=by, reason=reason)
    _show(sources.of_office(console.db(), office_code=office))


def _cells(one: Source) -> tuple[str, ...]:
    where = ", ".join(f"{province.code} {province.full_name_vi}" for province in one.provinces) or "-"
    promised = f"/{one.promise.communes}" if one.promise.communes else ""
    return (
        where, one.office_code, one.state, f"{one.since:%Y-%m-%d}", str(one.facts.last_on or "-"),
        str(one.facts.due_on or "-"), f"{one.communes}{promised}",
    )  # fmt: skip


def _show(view: SourceView) -> None:
    source, promised = view.source, view.source.promise
    console.out.print(f"{source.office_code}  {source.name_vi} / {source.name_en}  {source.state}")
    console.out.print(f"Cách giao nộp / delivers: {source.method_vi} / {source.method_en}")
    console.out.print(
        f"Cam kết / promised: chu kỳ / cadence {promised.cadence_days or '-'} ngày / days · lần đầu / first "
        f"{promised.first_due_on or '-'} · xã / communes {promised.communes or '-'} · "
        f"liên hệ / contact {promised.contact or '-'}"
    )
    console.out.print(
        f"Lần cuối / last {source.facts.last_on or '-'} · hạn tới / next due {source.facts.due_on or '-'}"
    )
    for link in source.connections:
        last = (
            f"{link.pulled_at:%Y-%m-%d %H:%M} {link.outcome or '…'}{f' {link.code}' if link.code else ''}"
            if link.pulled_at
            else "-"
        )
        following = f"{link.next_at:%Y-%m-%d %H:%M}" if link.next_at else "-"
        console.out.print(f"{link.way} {link.standing}  lượt cuối / last {last} · lượt tới / next {following}")
    for event in view.events:
        console.out.print(f"{event.at:%Y-%m-%d %H:%M}  {event.cause:<10} {event.after:<16} {_because(event)}".rstrip())


def _because(event: Event) -> str:
    said = f"{event.login}: {event.reason}" if event.login else ""
    return str(event.delivery_uid or event.due_on or said)
