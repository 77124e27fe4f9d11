"""Commands of the OAuth clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from landdata.commands import console
from landdata.connectors import proofs, service
from landdata.flows import clients

group = typer.Typer(no_args_is_help=True, help="Hệ thống OAuth / OAuth clients")


@group.command("list")
def clients_list() -> None:
    """Các hệ thống đã đăng ký / Registered clients."""
    for one in clients.list_clients(console.db()):
        state = "bật / on" if one.enabled else "tắt / off"
        console.out.print(
            f"{one.client_id:<20} {one.office_code:<12} {one.auth_method:<20} {state}  {' '.join(sorted(one.scopes))}"
        )


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


@group.command("register-statistics")
def clients_register_statistics(client_id: str, office_code: str) -> None:
    """Đăng ký hệ thống chỉ đọc thống kê, bằng mật khẩu / Register a reader of statistics, by a secret."""
    _tell_once(clients.register_with_secret(console.db(), client_id=client_id, office_code=office_code))


@group.command("register-external")
def clients_register_external(
    client_id: Annotated[str, typer.Argument(help="Tên trong token của bên cấp ngoài / its name in their tokens")],
    office_code: str,
    scope: Annotated[list[str], typer.Option(help="Lặp lại được / repeatable")],
) -> None:
    """Đăng ký hệ thống dùng token của bên cấp ngoài / Register a client of the external issuer."""
    clients.register_external(console.db(), client_id=client_id, office_code=office_code, scopes=frozenset(scope))


@group.command("set-keys")
def clients_set_keys(
    client_id: str, jwks: Annotated[Path, typer.Option(help="Tệp khóa công khai / file of public keys (JWKS)")]
) -> None:
    """Thay khóa công khai; nộp cả khóa cũ và mới để không gián đoạn / Replace public keys; old and new for no gap."""
    clients.replace_keys(console.db(), client_id=client_id, jwks=json.loads(jwks.read_text(encoding="utf-8")))


@group.command("add-key")
def clients_add_key(
    client_id: str, jwks: Annotated[Path, typer.Option(help="Tệp khóa công khai / file of public keys (JWKS)")]
) -> None:
    """Thêm khóa công khai bên cạnh khóa đang dùng / Add public keys beside those in place."""
    clients.add_keys(console.db(), client_id=client_id, jwks=json.loads(jwks.read_text(encoding="utf-8")))


@group.command("end-key")
def clients_end_key(client_id: str, kid: str) -> None:
    """Kết thúc một khóa công khai / End a public key."""
    clients.end_key(console.db(), client_id=client_id, kid=kid)


@group.command("set-scopes")
def clients_set_scopes(
    client_id: str, scope: Annotated[list[str], typer.Option(help="Lặp lại được / repeatable")]
) -> None:
    """Đổi phạm vi; thỏa thuận vẫn giới hạn / Change the scopes; agreements narrow them all the same."""
    clients.set_scopes(console.db(), client_id=client_id, scopes=frozenset(scope))


@group.command("renew-secret")
def clients_renew_secret(client_id: str) -> None:
    """Cấp mật khẩu mới; cái cũ còn dùng được / Make a new secret; the one before it stays good."""
    _tell_once(clients.renew_secret(console.db(), client_id=client_id))


@group.command("forget-secret")
def clients_forget_secret(client_id: str) -> None:
    """Bỏ mật khẩu cũ / Forget the secret before the newest one."""
    clients.forget_secret(console.db(), client_id=client_id)


@group.command("assertion")
def clients_assertion(
    issuer: Annotated[str, typer.Argument(help="Địa chỉ của dịch vụ / address of the service")],
    client_id: str,
    key: Annotated[Path, typer.Option(help="Tệp khóa riêng / private key file")],
) -> None:
    """Ký một client_assertion, dùng một lần trong một phút / Sign a client assertion, good once, for a minute."""
    typer.echo(proofs.assertion(service.private_key(key), client_id=client_id, issuer=issuer))


@group.command("proof")
def clients_proof(
    method: str,
    url: str,
    key: Annotated[Path, typer.Option(help="Tệp khóa riêng của token / private key file of the token")],
    token: Annotated[str, typer.Option(help="Access token đi cùng / access token that goes along")] = "",
    nonce: Annotated[str, typer.Option(help="Từ header DPoP-Nonce / from the header DPoP-Nonce")] = "",
) -> None:
    """Ký một bằng chứng DPoP cho đúng một yêu cầu / Sign a DPoP proof for one request."""
    typer.echo(proofs.dpop(service.private_key(key), method=method, url=url, token=token, nonce=nonce))


@group.command("enable")
def clients_enable(client_id: str) -> None:
    """Bật lại một hệ thống / Enable a client again."""
    clients.enable(console.db(), client_id=client_id)


@group.command("disable")
def clients_disable(client_id: str) -> None:
    """Tắt một hệ thống / Disable a client; it bites within the promised delay."""
    clients.disable(console.db(), client_id=client_id)


def _tell_once(secret: str) -> None:
    # On its own line of standard output, for a pipe; what is kept here is a digest, so nobody can ask again.
    typer.echo(secret)
    typer.echo("Chỉ hiện một lần / shown once only", err=True)
