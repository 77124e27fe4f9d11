"""Commands of the sharing agreements."""

from __future__ import annotations

import typer

from landdata.commands import console
from landdata.flows import agreements
from landdata.model.agreements import AgreementState

group = typer.Typer(no_args_is_help=True, help="Thỏa thuận chia sẻ / Sharing agreements")


@group.command("list")
def agreements_list() -> None:
    """Các thỏa thuận / All agreements."""
    for one in agreements.every(console.db()):
        console.out.print(
            f"{one.code:<20} {one.client_id:<20} {one.state:<10} {one.valid_from} .. {one.valid_to or ''}"
        )


@group.command("set-state")
def agreements_set_state(code: str, state: AgreementState) -> None:
    """Tạm dừng, mở lại, kết thúc / Suspend, resume, end."""
    agreements.set_state(console.db(), code=code, state=state)
