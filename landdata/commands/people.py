"""Commands of people's accounts; a password or a code is never an argument: arguments are seen by the whole machine."""

from __future__ import annotations

from typing import Annotated

import typer

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.flows import gis_keys, people
from landdata.model.people import ROLES, Kind, Role

group = typer.Typer(no_args_is_help=True, help="Tài khoản cán bộ / Accounts of officials")

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Tên đăng nhập / sign-in name")]
RoleName = Annotated[Role, typer.Argument(case_sensitive=False, help="Vai trò / role")]
By = Annotated[str | None, typer.Option("--by", help="Quản trị làm việc này; bỏ trống: người vận hành / administrator")]
Why = Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")]


@group.command("add")
def people_add(login: Login, full_name: str, office_code: str, by: By = None) -> None:
    """Tạo tài khoản; in mã một lần, dùng trong 72 giờ / Make an account; prints a code, good once within 72 hours."""
    _tell_once(people.add(console.db(), login=login, full_name=full_name, office_code=office_code, by=by))


@group.command("list")
def people_list(as_format: AsFormat = Format.TEXT) -> None:
    """Các tài khoản và vai trò / Accounts and their roles."""
    found = people.every(console.db())
    if as_format is Format.JSON:
        console.as_json(found)
        return
    for one in found:
        state = "đóng / closed" if one.disabled else "mở / open"
        factor = "2FA" if one.has_second_factor else "-"
        roles = ", ".join(role.value for role in one.roles) or "-"
        console.out.print(f"{one.login:<24} {one.office_code:<10} {state:<14} {factor:<4} {roles}  {one.full_name}")


@group.command("roles")
def people_roles() -> None:
    """Mỗi vai trò được làm gì / What each role may do."""
    for role, terms in ROLES.items():
        console.out.print(f"{role.value:<18} {terms.vi} / {terms.en}\n{'':<18} {terms.told_vi} / {terms.told_en}")


@group.command("grant")
def people_grant(login: Login, role: RoleName, reason: Why, by: By = None) -> None:
    """Cấp vai trò; quản trị đầu tiên không cần --by / Give a role; only the first administrator needs no --by."""
    people.grant(console.db(), login=login, role=role, by=by, reason=reason)


@group.command("revoke")
def people_revoke(
    login: Login, role: RoleName, reason: Why, by: Annotated[str, typer.Option("--by", help="Quản trị / administrator")]
) -> None:
    """Thu hồi vai trò / End a role."""
    people.revoke(console.db(), login=login, role=role, by=by, reason=reason)


@group.command("disable")
def people_disable(login: Login, reason: Why, by: By = None) -> None:
    """Đóng tài khoản, kết thúc mọi phiên / Close an account and end its sessions."""
    people.disable(console.db(), login=login, by=by, reason=reason)


@group.command("enable")
def people_enable(login: Login, reason: Why, by: By = None) -> None:
    """Mở lại tài khoản / Open an account again."""
    people.enable(console.db(), login=login, by=by, reason=reason)


@group.command("reset-password")
def people_reset_password(login: Login, by: By = None) -> None:
    """Bỏ mật khẩu; in mã một lần mới / Forget the password; prints a new code, good once."""
    _tell_once(people.reset_password(console.db(), login=login, by=by))


@group.command("reset-second-factor")
def people_reset_second_factor(login: Login, by: By = None) -> None:
    """Bỏ yếu tố thứ hai đã mất / Take a lost second factor away."""
    people.reset_second_factor(console.db(), login=login, by=by)


@group.command("sessions")
def people_sessions(
    login: Login,
    end: Annotated[bool, typer.Option("--end", help="Kết thúc tất cả / end them all")] = False,
    by: By = None,
) -> None:
    """Các phiên đang mở / Sessions in force."""
    if end:
        console.out.print(people.end_sessions(console.db(), login=login, by=by))
        return
    for one in people.sessions_of(console.db(), login=login):
        console.out.print(
            f"{one.started_at:%Y-%m-%d %H:%M} {one.seen_at:%H:%M} {one.stage.value:<14} {one.address} {one.agent}"
        )


@group.command("link")
def people_link(
    login: Login,
    issuer: Annotated[str, typer.Argument(help="Bên cấp danh tính / issuer of OpenID Connect")],
    subject: Annotated[str, typer.Argument(help="Mã người dùng ở đó (sub) / its name of the person (sub)")],
    by: By = None,
) -> None:
    """Liên kết danh tính OpenID Connect / Link an identity of OpenID Connect."""
    people.link(console.db(), login=login, issuer=issuer, subject=subject, by=by)


@group.command("events")
def people_events(
    login: Annotated[str | None, typer.Option(help="Chỉ của một người / of one person only")] = None,
    kind: Annotated[Kind | None, typer.Option(case_sensitive=False, help="Chỉ một loại / of one kind only")] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="Nhiều nhất / at most")] = 100,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Sự kiện đăng nhập và cấp quyền, mới nhất trước / Sign-ins, failures and grants, the newest first."""
    found = people.events(console.db(), login=login, kind=kind, most=most)
    if as_format is Format.JSON:
        console.as_json(found)
        return
    for one in found:
        who = f"{one.login or '-':<24} {one.by or '-':<24} {one.address or '-':<15}"
        console.out.print(f"{one.at:%Y-%m-%d %H:%M:%S} {one.kind.value:<16} {who} {one.note}")


def _tell_once(code: str) -> None:
    # On its own line of standard output, for a pipe; what is kept here is a digest, so nobody can ask again.
    typer.echo(code)
    typer.echo("Chỉ hiện một lần / shown once only", err=True)


@group.command("map-use")
def people_map_use(days: Annotated[int, typer.Option(min=1, max=400)] = 30, as_format: AsFormat = Format.TEXT) -> None:
    """Ai đã lấy bao nhiêu thửa đất, theo ngày / Who took how much of the map, day by day."""
    found = gis_keys.used(console.db(), days=days)
    if as_format is Format.JSON:
        console.as_json(found)
        return
    for one in found:
        console.out.print(
            f"{one.on}  {one.subject:<28} {one.features:>10} thửa / features {one.pages:>7} {one.tiles:>7}"
        )
