"""Commands about deliveries that wait for a second person, and about taking one back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import typer

from landdata.commands import console, following
from landdata.flows import decide, receive, withdraw
from landdata.model.deliveries import Decision

By = Annotated[str, typer.Option("--by", help="Tên đăng nhập của người quyết định / sign-in name of who decides")]
Why = Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")]
Codes = Annotated[
    list[str] | None, typer.Option("--commune", help="Mã xã; bỏ trống: mọi xã đang chờ / all that wait; lặp lại được")
]


Follow = Annotated[bool, typer.Option("--follow", help="Chờ đến khi xong / wait for the end")]


def approve(delivery: UUID, by: By, reason: Why, commune: Codes = None, follow: Follow = False) -> None:
    """Người thứ hai đồng ý công bố / A second person agrees to what waits."""
    _decide(delivery, Decision.APPROVE, by, reason, commune)
    if follow:
        _follow(delivery)


def reject(delivery: UUID, by: By, reason: Why, commune: Codes = None) -> None:
    """Người thứ hai trả lại / A second person sends back what waits."""
    _decide(delivery, Decision.REJECT, by, reason, commune)


def withdraw_(delivery: UUID, by: By, reason: Why, follow: Follow = False) -> None:
    """Rút một lần giao nộp, khôi phục đúng như trước / Take a delivery back; what was there is there again."""
    db = console.db()
    withdraw.ask(db, delivery_uid=delivery, office_code=None, login=by, reason=reason)
    console.out.print("Tiến trình nền sẽ thực hiện / The worker will do it")
    if follow:
        _follow(delivery, busy=lambda: withdraw.under_way(db, delivery_uid=delivery))


def _follow(delivery: UUID, *, busy: Callable[[], bool] | None = None) -> None:
    """Exit code as of `deliver --follow`; a withdrawal that a later delivery prevented is said as it would be at once."""
    db = console.db()
    following.watch(following.looks(db, delivery, busy=busy or (lambda: False)))
    if busy is not None:
        withdraw.require_done(db, delivery_uid=delivery)
    view = receive.view(db, caller=None, delivery_uid=delivery)
    raise typer.Exit(following.tell(following.answer(view)))


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
