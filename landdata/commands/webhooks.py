"""Commands of the webhooks: where consumers are told that there is more."""

from __future__ import annotations

import typer

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.flows import webhooks
from landdata.store import keys

group = typer.Typer(no_args_is_help=True, help="Địa chỉ nhận thông báo / Webhooks")


@group.command("set")
def webhooks_set(client_id: str, url: str) -> None:
    """Đặt địa chỉ, hoặc mở lại; in khóa kiểm chữ ký / Set or reopen one; prints the secret that verifies messages."""
    chosen = console.chosen()
    console.out.print(
        webhooks.set_url(
            console.db(),
            keys=keys.Keys(chosen.key_folder),
            client_id=client_id,
            url=url,
            networks=chosen.webhook_networks,
        )
    )


@group.command("renew-secret")
def webhooks_renew_secret(client_id: str) -> None:
    """Đổi khóa; trong một ngày ký bằng cả hai / A new secret; both sign for a day."""
    console.out.print(
        webhooks.renew_secret(console.db(), keys=keys.Keys(console.chosen().key_folder), client_id=client_id)
    )


@group.command("remove")
def webhooks_remove(client_id: str) -> None:
    """Thôi gửi thông báo / Send no more messages."""
    webhooks.remove(console.db(), client_id=client_id)


@group.command("list")
def webhooks_list(format_: AsFormat = Format.TEXT) -> None:
    """Các địa chỉ và tình trạng / All of them, and how they go."""
    found = webhooks.every(console.db())
    if format_ is Format.JSON:
        console.as_json([{"state": one.state, **{name: getattr(one, name) for name in one.__slots__}} for one in found])
        return
    for one in found:
        since = f"  từ / since {one.failing_since:%Y-%m-%d %H:%M}" if one.failing_since else ""
        console.out.print(f"{one.client_id:<24} {one.state:<9} {one.last_status or '-':<16} {one.url}{since}")
