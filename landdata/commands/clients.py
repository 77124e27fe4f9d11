"""Commands of the OAuth clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from landdata.commands import console
from landdata.connectors import service
from landdata.flows import clients

group = typer.Typer(no_args_is_help=True, help="Hệ thống OAuth / OAuth clients")


@group.command("list")
def clients_list() -> None:
    """Các hệ thống đã đăng ký / Registered clients."""
    for one in clients.list_clients(console.db()):
        state = "bật / on" if one.enabled else "tắt / off"
        console.out.print(f"{one.client_id:<20} {one.office_code:<12} {state}  {' '.join(sorted(one.scopes))}")


@group.command("make-key")
def clients_make_key(
    private: Annotated[Path, typer.Argument(help="Tệp khóa riêng sẽ tạo / private key to make")],
    public: Annotated[Path, typer.Argument(help="Tệp khóa công khai sẽ ghi / file for the public key (JWKS)")],
) -> None:
    """Tạo cặp khóa; gửi tệp công khai để đăng ký / Make a pair of keys; hand in the public one."""
    if private.exists():
        raise typer.BadParameter("đã có, không ghi đè / is there already, and is not overwritten", param_hint="PRIVATE")
    public.write_text(json.dumps(service.make_key(private), indent=1) + "\n", encoding="utf-8")
    console.out.print(f"{private}: giữ kín / keep it secret\n{public}: gửi để đăng ký / to be registered")


@group.command("register")
def clients_register(
    client_id: str,
    office_code: str,
    jwks: Annotated[Path, typer.Option(help="Tệp khóa công khai / file of public keys (JWKS)")],
    scope: Annotated[list[str], typer.Option(help="Lặp lại được / repeatable")],
) -> None:
    """Đăng ký một hệ thống / Register a client."""
    keys = json.loads(jwks.read_text(encoding="utf-8"))
    clients.register(console.db(), client_id=client_id, office_code=office_code, jwks=keys, scopes=frozenset(scope))


@group.command("disable")
def clients_disable(client_id: str) -> None:
    """Tắt một hệ thống / Disable a client; it bites within the promised delay."""
    clients.disable(console.db(), client_id=client_id)
