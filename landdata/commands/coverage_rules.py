"""The commands about the rules of coverage: what each rung takes, and how an administrator sets it anew."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.flows import coverage_rules
from landdata.model.coverage_rules import Rule, Rung

group = typer.Typer(no_args_is_help=True, help="Quy tắc tính độ bao phủ / Rules of coverage")

_NONE = "none"
_Share = Annotated[str | None, typer.Option(help="Tỷ lệ 0..1 hoặc none / share 0..1 or none")]
_Many = Annotated[int | None, typer.Option(help="Số xã ít nhất / communes at least", min=1)]


@group.command("list")
def rules_list(format_: AsFormat = Format.TEXT) -> None:
    """Mọi phiên bản của mọi quy tắc / Every version of every rule."""
    found = coverage_rules.every(console.db())
    if format_ is Format.JSON:
        console.as_json(found)
        return
    table = Table()
    for heading in (
        "Phiên bản / version",
        "Bậc / rung",
        "Từ ngày / from",
        "Điều kiện / terms",
        "Ai / by",
        "Lý do / reason",
    ):
        table.add_column(heading, justify="right" if heading.startswith("Phiên") else "left")
    for one in found:
        first = "" if one.effective_from.year == 1 else one.effective_from.isoformat()
        table.add_row(str(one.rule_id), one.rung, first, _terms(one), one.by or "", one.reason)
    console.out.print(table)


@group.command("set")
def rules_set(
    rung: Annotated[Rung, typer.Argument(case_sensitive=False, help="Bậc / rung")],
    by: Annotated[str, typer.Option("--by", help="Quản trị làm việc này / administrator")],
    reason: Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")],
    effective_from: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help="Ngày bắt đầu, từ hôm nay / first day, today at the earliest"
        ),
    ] = None,
    within_days: Annotated[str | None, typer.Option(help="Số ngày hoặc none / days or none")] = None,
    commune_share: _Share = None,
    district_communes: _Many = None,
    district_share: _Share = None,
    province_communes: _Many = None,
    province_share: _Share = None,
) -> None:
    """Thêm một phiên bản; phần không nêu giữ như cũ / Add a version; what is not named stays as it is."""
    named: dict[str, object] = {
        "within_days": _or_none(within_days, int),
        "commune_share": _or_none(commune_share, float),
        "district_communes": district_communes,
        "district_share": _or_none(district_share, float),
        "province_communes": province_communes,
        "province_share": _or_none(province_share, float),
    }
    # A word says that a condition goes; an option that was left out says nothing.
    changed = {name: None if value == _NONE else value for name, value in named.items() if value is not None}
    made = coverage_rules.set_rule(
        console.db(),
        rung=rung,
        by=by,
        reason=reason,
        effective_from=effective_from.date() if effective_from else None,
        **changed,
    )
    console.out.print(f"{made.rung} {made.rule_id}: {made.effective_from} · {_terms(made)}")


def _or_none(given: str | None, kind: type[int | float]) -> int | float | str | None:
    if given is None or given.lower() == _NONE:
        return given and _NONE
    try:
        return kind(given)
    except ValueError as error:
        raise typer.BadParameter(given) from error


def _terms(rule: Rule) -> str:
    terms = rule.terms
    said = [
        f"≤ {terms.within_days} ngày / days" if terms.within_days else "",
        f"xã / commune ≥ {terms.commune_share:.0%}" if terms.commune_share is not None else "",
        f"huyện / district ≥ {_of(terms.district_communes, terms.district_share)}",
        f"tỉnh / province ≥ {_of(terms.province_communes, terms.province_share)}",
    ]
    return " · ".join(one for one in said if one)


def _of(communes: int, share: float | None) -> str:
    return f"{communes} xã" + ("" if share is None else f", {share:.0%}")
