"""Commands of the connections to provinces' own services: register, approve, try, pull, suspend, end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from landdata.commands import console
from landdata.commands.console import Format
from landdata.flows import connections, trial
from landdata.flows.trial import Trial
from landdata.model.connections import Connection, Credential, Pull, Terms, Way

group = typer.Typer(
    no_args_is_help=True, help="Kết nối lấy dữ liệu từ dịch vụ của tỉnh / Connections to provinces' services"
)

Uid = Annotated[UUID, typer.Argument(help="Mã kết nối / the connection's uid")]
By = Annotated[str, typer.Option("--by", help="Tên đăng nhập của cán bộ Bộ / sign-in name of a person of the ministry")]
Why = Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")]


@group.command("add")
def connections_add(
    office: Annotated[str, typer.Argument(help="Mã văn phòng / code of the land office")],
    way: Annotated[Way, typer.Argument(help="OAPIF, WFS hoặc / or SFTP")],
    address: Annotated[str, typer.Argument(help="Địa chỉ dịch vụ / the service's address")],
    collection: Annotated[str, typer.Argument(help="Lớp, kiểu đối tượng, thư mục / collection, feature type, folder")],
    by: By,
    reason: Why,
    crs: Annotated[int | None, typer.Option("--crs", help="Mã EPSG của múi VN-2000 / EPSG code of the zone")] = None,
    wgs84: Annotated[
        bool,
        typer.Option("--wgs84", help="Nhận CRS84 tạo theo QĐ 05/2007 / take CRS84 made by the national parameters"),
    ] = False,
    column: Annotated[
        list[str] | None, typer.Option("--column", help="TÊN_Ở_TỈNH=tên cột / NAME_THERE=column of the profile")
    ] = None,
    credential: Annotated[
        Credential, typer.Option("--credential", help="Cách xác thực / how we prove ourselves")
    ] = Credential.NONE,
    secret_file: Annotated[
        str, typer.Option("--secret-file", help="Tên tệp trong keys/connections / name of a file in keys/connections")
    ] = "",
    user: Annotated[str, typer.Option("--user", help="Tên người dùng hoặc client / user or client id")] = "",
    header: Annotated[str, typer.Option("--header", help="Tiêu đề của khóa API / header of the API key")] = "",
    token_url: Annotated[str, typer.Option("--token-url", help="Địa chỉ cấp mã OAuth 2 / where tokens are given")] = "",
    host_key: Annotated[
        Path | None,
        typer.Option("--host-key", exists=True, dir_okay=False, help="Khóa công khai máy chủ SFTP / its public key"),
    ] = None,
    changed_by: Annotated[
        str, typer.Option("--changed-by", help="Cột ngày giờ thay đổi / property with the instant of change")
    ] = "",
    full_every_days: Annotated[
        int, typer.Option("--full-every-days", help="Lấy toàn bộ mỗi N ngày / all of it every so many days")
    ] = 7,
    cadence_minutes: Annotated[
        int, typer.Option("--cadence-minutes", help="Số phút giữa hai lượt / minutes between pulls")
    ] = 1440,
    page_rows: Annotated[int, typer.Option("--page-rows", help="Số dòng mỗi trang / rows a page")] = 1000,
    effective_on: Annotated[
        datetime | None,
        typer.Option("--effective-on", formats=["%Y-%m-%d"], help="Ngày hiệu lực cố định / fixed effective day"),
    ] = None,
) -> None:
    """Đăng ký một kết nối, chờ người thứ hai duyệt / Register a connection; a second person approves it."""
    terms = Terms(
        way=way, address=address, collection=collection, epsg=crs, wgs84=wgs84, columns=_columns(column or []),
        credential=credential, secret_file=secret_file, user_name=user, header=header, token_address=token_url,
        host_key=_host_key(host_key), changed_by=changed_by, full_every_days=full_every_days,
        cadence_minutes=cadence_minutes, page_rows=page_rows, effective_on=effective_on.date() if effective_on else None,
    )  # fmt: skip
    uid = connections.add(console.db(), office_code=office, terms=terms, login=by, reason=reason)
    typer.echo(str(uid))


@group.command("approve")
def connections_approve(connection: Uid, by: By, reason: Why) -> None:
    """Người thứ hai duyệt; lấy dữ liệu ngay / The second person agrees; it is pulled at once."""
    connections.approve(console.db(), connection_uid=connection, login=by, reason=reason)
    _show(connection)


@group.command("suspend")
def connections_suspend(connection: Uid, by: By, reason: Why) -> None:
    """Tạm dừng / Pull nothing for now."""
    connections.suspend(console.db(), connection_uid=connection, login=by, reason=reason)
    _show(connection)


@group.command("resume")
def connections_resume(connection: Uid, by: By, reason: Why) -> None:
    """Tiếp tục / Pull again."""
    connections.resume(console.db(), connection_uid=connection, login=by, reason=reason)
    _show(connection)


@group.command("end")
def connections_end(connection: Uid, by: By, reason: Why) -> None:
    """Kết thúc / Pull nothing any more."""
    connections.end(console.db(), connection_uid=connection, login=by, reason=reason)
    _show(connection)


@group.command("list")
def connections_list(
    office: Annotated[str | None, typer.Option("--office", help="Mã văn phòng / code of the land office")] = None,
    format_: console.AsFormat = Format.TEXT,
) -> None:
    """Mọi kết nối và lượt lấy cuối / All connections with their last pull."""
    found = connections.listed(console.db(), office_code=office)
    if format_ is Format.JSON:
        console.as_json([_told(one) for one in found])
        return
    table = Table()
    table.add_column("Mã / uid", no_wrap=True)  # it is copied into the next command
    for heading in (
        "Văn phòng / office",
        "Cách / way",
        "Trạng thái / standing",
        "Lượt cuối / last",
        "Lượt tới / next",
    ):
        table.add_column(heading)
    for one in found:
        following = f"{one.next_at:%Y-%m-%d %H:%M}" if one.next_at else "-"
        table.add_row(str(one.connection_uid), one.office_code, one.terms.way, one.standing, _line(one.last), following)
    console.out.print(table)


@group.command("show")
def connections_show(connection: Uid, format_: console.AsFormat = Format.TEXT) -> None:
    """Một kết nối: điều khoản, cuộc đời, các lượt lấy / One connection: terms, life, pulls."""
    if format_ is Format.JSON:
        life = connections.shown(console.db(), connection_uid=connection)
        console.as_json({**_told(life.connection), "steps": life.steps, "pulls": life.pulls})
        return
    _show(connection)


@group.command("test")
def connections_test(connection: Uid, format_: console.AsFormat = Format.TEXT) -> None:
    """Thử mà không lấy gì: kết nối, xác thực, số dòng, các cột / Try, take nothing; exit code 1: of no use to a pull."""
    life = connections.shown(console.db(), connection_uid=connection)
    found = trial.look(console.chosen(), life.connection.terms)
    if format_ is Format.JSON:
        console.as_json(found)
    else:
        _tell(found, life.connection.terms.way)
    empty = life.connection.terms.way is not Way.SFTP and not found.looked_at
    if empty or found.missing or not found.changed_by_there:
        raise typer.Exit(1)


@group.command("pull")
def connections_pull(connection: Uid) -> None:
    """Yêu cầu tiến trình nền lấy ngay / Ask the worker to pull now."""
    connections.ask(console.db(), connection_uid=connection)
    console.out.print("Đã yêu cầu / asked for")


def _columns(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    if any(not there or not ours for there, _, ours in pairs):
        raise typer.BadParameter("TÊN=cột / NAME=column")
    columns = {there: ours for there, _, ours in pairs}
    if len(columns) < len(pairs):
        raise typer.BadParameter("mỗi TÊN một lần / each NAME once: TÊN=cột / NAME=column")
    return columns


def _host_key(path: Path | None) -> str:
    """Kind and key as `ssh-keyscan` and a .pub file give them; a host's name in front and a comment behind are left out."""
    if path is None:
        return ""
    words = path.read_text(encoding="ascii", errors="replace").split()
    at = next((place for place, word in enumerate(words) if word.startswith(("ssh-", "ecdsa-", "sk-"))), None)
    if at is None or at + 1 >= len(words):
        raise typer.BadParameter("khóa công khai / public key")
    return " ".join(words[at : at + 2])


def _told(one: Connection) -> dict[str, object]:
    """A connection without what only the next pull needs."""
    return {
        "connection_uid": one.connection_uid, "office": one.office_code, "terms": one.terms, "standing": one.standing,
        "registered_by": one.registered_by, "approved_by": one.approved_by, "reason": one.reason, "next_at": one.next_at,
        "failures": one.failures, "full_at": one.full_at, "last": one.last,
    }  # fmt: skip


def _tell(found: Trial, way: Way) -> None:
    if way is Way.SFTP:
        console.out.print(f"Kết nối được / reached; tệp / files: {len(found.files)}")
        for name, complete in found.files:
            console.out.print(f"  {name}  {'đủ / complete' if complete else 'chờ / waits'}", markup=False)
        return
    console.out.print(f"Kết nối được / reached; số dòng / rows: {'?' if found.matched is None else found.matched}")
    if not found.looked_at:
        console.out.print("Không có dòng nào / there is no row")
        return
    for words, names in (
        ("Cột dùng được / columns known", found.known),
        ("Cột lạ / columns unknown", found.unknown),
        ("Cột bắt buộc còn thiếu / required columns missing", found.missing),
    ):
        console.out.print(f"{words}: {', '.join(names) or '-'}", markup=False)
    if not found.changed_by_there:
        console.out.print("Không thấy cột ngày thay đổi / the property of change is not there")


def _line(pull: Pull | None) -> str:
    if pull is None:
        return "-"
    what = pull.outcome or "…"
    return f"{pull.started_at:%Y-%m-%d %H:%M} {what}{f' {pull.code}' if pull.code else ''}"


def _show(uid: UUID) -> None:
    life = connections.shown(console.db(), connection_uid=uid)
    one, terms = life.connection, life.connection.terms
    say = console.out.print
    say(f"{one.connection_uid}  {one.office_code}  {terms.way}  {one.standing}", markup=False)
    say(f"{terms.address}  {terms.collection}  EPSG:{terms.epsg or '-'}  {terms.credential}", markup=False)
    following = f"{one.next_at:%Y-%m-%d %H:%M}" if one.next_at else "-"
    say(f"Lượt tới / next {following} · không thành liên tiếp / failures in a row {one.failures}", markup=False)
    for at, standing, login, why in life.steps:
        say(f"{at:%Y-%m-%d %H:%M}  {standing:<9}  {login}: {why}", markup=False)
    for pull in life.pulls:
        uids = " ".join(str(uid) for uid in pull.deliveries)
        kind = "tất cả / all" if pull.full else "thay đổi / changes"
        say(f"#{pull.pull_no} {_line(pull)}  {kind}  {pull.rows} dòng / rows  {uids}".rstrip(), markup=False)
