"""Commands of the administrative units: what a code was, became and was made from."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from landdata.commands import console
from landdata.commands.console import AsFormat, Day, Format, OfLevel
from landdata.flows import registers
from landdata.model.units import Level, Unit

group = typer.Typer(no_args_is_help=True, help="Đơn vị hành chính / Administrative units")


@group.command("show")
def units_show(code: str, on: Day = None, level: OfLevel = None, format_: AsFormat = Format.TEXT) -> None:
    """Mã này là đơn vị nào vào ngày đó / What this code was on that day."""
    unit = registers.show(console.db(), code=code, level=level, on=console.day(on))
    if format_ is Format.JSON:
        console.as_json(unit)
    else:
        console.out.print(_unit_line(unit))


@group.command("versions")
def units_versions(
    code: str, level: Annotated[Level, typer.Option("--level")], format_: AsFormat = Format.TEXT
) -> None:
    """Mọi đời của một mã / Every version of a code."""
    found = registers.versions(console.db(), code=code, level=level)
    if format_ is Format.JSON:
        console.as_json(found)
    else:
        for unit in found:
            console.out.print(_unit_line(unit))


@group.command("became")
def units_became(code: str, on: Day = None, level: OfLevel = None, format_: AsFormat = Format.TEXT) -> None:
    """Đơn vị này đã thành gì / What became of it."""
    steps = registers.became(console.db(), code=code, level=level, on=console.day(on))
    _successions(steps, format_)


@group.command("consisted-of")
def units_consisted_of(code: str, on: Day = None, level: OfLevel = None, format_: AsFormat = Format.TEXT) -> None:
    """Đơn vị này gồm những gì / What it was made from."""
    steps = registers.consisted_of(console.db(), code=code, level=level, on=console.day(on))
    _successions(steps, format_)


def _successions(steps: tuple[Any, ...], format_: Format) -> None:
    if format_ is Format.JSON:
        console.as_json(steps)
        return
    for step in steps:
        old = f"{step.old.code} {step.old.full_name_vi}" if step.old else "-"
        new = f"{step.new.code} {step.new.full_name_vi}" if step.new else "-"
        console.out.print(
            f"{step.effective_on}  {old} -> {new}  {step.kind.value} ({step.extent.value})  {step.legal_ref}"
        )


def _unit_line(unit: Unit) -> str:
    until = unit.valid_to or "nay / now"
    return f"{unit.code}  {unit.full_name_vi}  [{unit.level.value}]  {unit.valid_from or '≤ 2021-11-01'} .. {until}"
