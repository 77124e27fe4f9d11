"""Commands about deliveries that wait for a second person, and about taking one back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from landdata.commands import console
from landdata.flows import decide, withdraw
from landdata.model.deliveries import Decision

By = Annotated[str, typer.Option("--by", help="Tên đăng nhập của người quyết định / sign-in name of who decides")]
Why = Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")]
Codes = Annotated[
    list[str] | None, typer.Option("--commune", help="Mã xã; bỏ trống: mọi xã đang chờ / all that wait; lặp lại được")
]


def approve(delivery: UUID, by: By, reason: Why, commune: Codes = None) -> None:
    """Người thứ hai đồng ý công bố / A second person agrees to what waits."""
    _decide(delivery, Decision.APPROVE, by, reason, commune)


def reject(delivery: UUID, by: By, reason: Why, commune: Codes = None) -> None:
    """Người thứ hai trả lại / A second person sends back what waits."""
    _decide(delivery, Decision.REJECT, by, reason, commune)


def withdraw_(delivery: UUID, by: By, reason: Why) -> None:
    """Rút một lần giao nộp, khôi phục đúng như trước / Take a delivery back; what was there is there again."""
    withdraw.ask(console.db(), delivery_uid=delivery, office_code=None, login=by, reason=reason)
    console.out.print("Tiến trình nền sẽ thực hiện / The worker will do it")


def _decide(delivery: UUID, decision: Decision, by: str, reason: str, communes: list[str] | None) -> None:
    count = decide.decide(
        console.db(),
        delivery_uid=delivery,
        office_code=None,
        decision=decision,
        login=by,
        reason=reason,
        communes=communes,
    )
    console.out.print(f"{count} xã / communes; tiến trình nền sẽ thực hiện / the worker will do the rest")


def add_to(group: typer.Typer) -> None:
    """Put the commands into the group about deliveries."""
    group.command("approve")(approve)
    group.command("reject")(reject)
    group.command("withdraw")(withdraw_)
