"""The command that checks files at an office's own desk, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landdata.commands import console, deliveries_report
from landdata.flows import desk
from landdata.model.deliveries import Kind


def check(
    file: console.Files,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON / print JSON")] = False,
    effective_on: console.EffectiveOn = None,
    kind: console.OfKind = Kind.FULL,
    epsg: console.OfZone = None,
    communes: console.OfCommunes = None,
    province: Annotated[
        str | None, typer.Option("--province", help="Mã tỉnh của cơ quan / the office's province")
    ] = None,
    profile: console.OfProfile = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", exists=True, dir_okay=False, help="So với lần giao trước / compare with the last one"
        ),
    ] = None,
    report_to: Annotated[
        Path | None, typer.Option("--report", dir_okay=False, help="Ghi báo cáo / write the report: .json .csv .xlsx")
    ] = None,
    map_to: Annotated[
        Path | None, typer.Option("--map", dir_okay=False, help="Vẽ thửa lỗi / draw faulty parcels: .svg .geojson")
    ] = None,
    refused_to: Annotated[
        Path | None, typer.Option("--refused", dir_okay=False, help="Ghi các dòng bị trả lại / write the refused rows")
    ] = None,
) -> None:
    """Kiểm tra tệp tại chỗ, không cần cơ sở dữ liệu / Check a file offline. Exit code 1: refused, 2: error."""
    named = console.communes(communes)
    asked = desk.Asked(
        console.day(effective_on), kind, epsg, None if named is None else frozenset(named), province, profile
    )
    wanted = deliveries_report.wanted(report_to, map_to, refused_to)
    with console.progress() as shown:
        verdict = desk.check(file, asked, settings=console.chosen(), against=against or (), report=shown)
    if as_json:
        console.as_json(verdict.plain())
    else:
        for line in verdict.lines():
            console.out.print(line)
    deliveries_report.at_home(file, verdict, wanted)
    raise typer.Exit(0 if verdict.accepted else 1)
