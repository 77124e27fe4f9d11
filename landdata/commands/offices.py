"""Commands of the offices: who they are, their area, their people and rights."""

from __future__ import annotations

from typing import Annotated

import typer

from landdata.commands import console
from landdata.commands.console import Day
from landdata.flows import offices

group = typer.Typer(no_args_is_help=True, help="Cơ quan / Offices")


@group.command("list")
def offices_list() -> None:
    """Các cơ quan / All offices."""
    for one in offices.every(console.db()):
        console.out.print(f"{one.code:<12} {one.kind:<12} {one.name_vi} / {one.name_en}")


@group.command("add-person")
def offices_add_person(login: str, full_name: str, office_code: str) -> None:
    """Đăng ký cán bộ / Register an official."""
    offices.register_person(console.db(), login=login, full_name=full_name, office_code=office_code)


@group.command("add")
def offices_add(
    code: str,
    name_vi: str,
    name_en: str,
    province: Annotated[
        list[str], typer.Option("--province", help="Mã tỉnh / province code; lặp lại được / repeatable")
    ],
    on: Day = None,
) -> None:
    """Đăng ký cơ quan đất đai và địa bàn / Register a land office and its provinces."""
    charge = [(one, console.day(on)) for one in province]
    offices.register_land_office(console.db(), code=code, name_vi=name_vi, name_en=name_en, provinces=charge)


@group.command("grant-backfill")
def offices_grant_backfill(
    office_code: str,
    reason: Annotated[str, typer.Option()],
    requested_by: Annotated[str, typer.Option()],
    approved_by: Annotated[str, typer.Option()],
) -> None:
    """Cho phép lùi ngày, hai người duyệt / Allow back-dating, by two persons."""
    offices.grant_backfill(
        console.db(), office_code=office_code, reason=reason, requested_by=requested_by, approved_by=approved_by
    )
