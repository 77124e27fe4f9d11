"""Commands of the keys that sign access tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from landdata.commands import console
from landdata.flows import signing_keys

group = typer.Typer(no_args_is_help=True, help="Khóa ký token / Keys that sign access tokens")


@group.command("list")
def token_keys_list() -> None:
    """Các khóa / All keys."""
    for one in signing_keys.every(console.chosen().data_dir):
        console.out.print(f"{one.name:<26} {one.state:<8} {one.seconds // 60:>8} min  {one.kid}")


@group.command("prepare")
def token_keys_prepare() -> None:
    """Tạo và công bố khóa kế tiếp / Make the next key and publish it."""
    console.out.print(signing_keys.prepare(console.chosen().data_dir))


@group.command("activate")
def token_keys_activate(
    at_once: Annotated[bool, typer.Option(help="Không chờ một giờ / without the hour's wait")] = False,
) -> None:
    """Ký bằng khóa kế tiếp / Sign with the next key from now on."""
    console.out.print(signing_keys.activate(console.chosen().data_dir, at_once=at_once))


@group.command("forget")
def token_keys_forget() -> None:
    """Xóa khóa thôi dùng từ hai giờ / Delete keys retired two hours ago or earlier."""
    for name in signing_keys.forget(console.chosen().data_dir):
        console.out.print(name)
