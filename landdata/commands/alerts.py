"""Commands of the alerts: what is wrong, by which rules, and how those are changed."""

from __future__ import annotations

from typing import Annotated

import typer

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.flows import alerts, tell
from landdata.store import keys
from landdata.writing.alerts import figure

group = typer.Typer(no_args_is_help=True, help="Cảnh báo / Alerts")

RuleCode = Annotated[str, typer.Argument(help="Mã quy tắc / code of the rule")]


@group.command("list")
def alerts_list(
    closed: Annotated[bool, typer.Option("--closed", help="Các cảnh báo đã khôi phục / those that ended")] = False,
    format_: AsFormat = Format.TEXT,
) -> None:
    """Cảnh báo đang mở, hoặc đã khôi phục / Open alerts, or those that ended; the newest first."""
    found = alerts.listed(console.db(), open_=not closed)
    if format_ is Format.JSON:
        console.as_json(found)
        return
    for one in found:
        ended = f" → {one.closed_at:%Y-%m-%d %H:%M}" if one.closed_at else ""
        console.out.print(
            f"{one.opened_at:%Y-%m-%d %H:%M}{ended}  {one.rule.code:<18} {one.subject:<16} "
            f"{figure(one.value, one.rule.unit, vi=False)}  {one.rule.vi} / {one.rule.en}"
        )


@group.command("look")
def alerts_look() -> None:
    """Đo ngay theo mọi quy tắc / Measure by all rules now."""
    looked = alerts.look(console.db(), targets=alerts.targets_of(console.chosen()))
    console.out.print(f"mở / opened {looked.opened}, khôi phục / closed {looked.closed}")


@group.command("rules")
def alerts_rules(
    history: Annotated[bool, typer.Option("--history", help="Mọi lần thay đổi / every change")] = False,
    format_: AsFormat = Format.TEXT,
) -> None:
    """Các quy tắc và ngưỡng / The rules and their thresholds."""
    rules, changes = alerts.rules(console.db())
    if format_ is Format.JSON:
        console.as_json(changes if history else rules)
    elif history:
        for change in changes:
            console.out.print(
                f"{change.at:%Y-%m-%d %H:%M}  {change.code:<18} {change.threshold:g}, {change.calm_minutes} min, "
                f"{'bật / on' if change.enabled else 'tắt / off'}  {change.login}: {change.reason}"
            )
    else:
        for one in rules:
            state = "" if one.enabled else "  (tắt / off)"
            console.out.print(
                f"{one.code:<18} >= {one.threshold:g} {one.unit:<7} {one.audience:<8} {one.vi} / {one.en}{state}"
            )


@group.command("set")
def alerts_set(
    rule: RuleCode,
    by: Annotated[str, typer.Option("--by", help="Tên đăng nhập của cán bộ Bộ / sign-in name, of the ministry")],
    reason: Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")],
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="Ngưỡng theo đơn vị của quy tắc / in the rule's unit")
    ] = None,
    calm_minutes: Annotated[
        int | None,
        typer.Option("--calm-minutes", help="Số phút ổn định trước khi khôi phục / minutes of calm before it ends"),
    ] = None,
    enabled: Annotated[bool | None, typer.Option("--on/--off", help="Bật hoặc tắt / switch on or off")] = None,
) -> None:
    """Đổi một quy tắc / Change a rule; what is not named stays."""
    found = alerts.set_rule(
        console.db(),
        code=rule,
        login=by,
        reason=reason,
        threshold=threshold,
        calm_minutes=calm_minutes,
        enabled=enabled,
    )
    state = "bật / on" if found.enabled else "tắt / off"
    console.out.print(f"{found.code} >= {found.threshold:g} {found.unit}, {found.calm_minutes} min, {state}")


@group.command("webhook-secret")
def alerts_webhook_secret(url: str) -> None:
    """In khóa kiểm chữ ký của cảnh báo gửi đến địa chỉ này / Print what verifies alerts posted to this address."""
    console.out.print(tell.webhook_secret(keys.Keys(console.chosen().key_folder), url))
