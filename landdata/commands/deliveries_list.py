"""Commands that show deliveries: side by side, and one of them with its ledger, communes, decisions and findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from landdata.commands import console, following
from landdata.flows import receive, report
from landdata.flows.verdict import SEVERITIES, words
from landdata.model.deliveries import DeliveryView, Finding, State

AsJson = Annotated[bool, typer.Option("--json", help="Cho chương trình / for programs")]
OfOffice = Annotated[str | None, typer.Option("--office", help="Mã cơ quan / office")]
OfState = Annotated[State | None, typer.Option("--state", case_sensitive=False, help="Trạng thái / state")]
Most = Annotated[int, typer.Option("--most", min=1, max=10_000, help="Số dòng nhiều nhất / at most so many")]


def list_(office: OfOffice = None, state: OfState = None, most: Most = 50, as_json: AsJson = False) -> None:
    """Các lần giao nộp, mới nhất trước / Deliveries, newest first."""
    found = receive.listed(console.db(), office_code=office, state=state, most=most)
    if as_json:
        console.as_json(found)
        return
    table = Table(
        "Mã / uid", "Cơ quan / office", "Nhận lúc / came", "Hiệu lực / from", "Loại / kind", "Trạng thái / state"
    )
    for heading in ("Đọc / read", "Trả lại / refused", "Chờ / waiting"):
        table.add_column(heading, justify="right")
    table.add_column("Tệp / file")
    for one in found:
        table.add_row(
            str(one.delivery_uid), one.office_code, f"{one.recorded_at:%Y-%m-%d %H:%M}", one.effective_on.isoformat(),
            one.kind, one.state, f"{one.rows_read:,}", f"{one.rows_refused:,}", f"{one.rows_waiting:,}", one.file_name,
        )  # fmt: skip
    console.out.print(table)


def show(delivery: UUID, as_json: AsJson = False) -> None:
    """Một lần giao nộp / One delivery: its ledger, communes, decisions and findings."""
    view = receive.view(console.db(), caller=None, delivery_uid=delivery)
    if as_json:
        head = report.of_view(view, simulated=console.chosen().simulated)
        console.as_json({**head, "findings": [report.said(one) for one in view.findings]})
        return
    for line in _lines(view):
        console.out.print(line)
    following.tell(following.answer(view))


def _lines(view: DeliveryView) -> Iterator[str | Table]:
    zone = f", {view.format}" if view.format else ""
    yield f"{view.file_name}{zone}, {view.kind.value}, {view.office_code}, hiệu lực từ / from {view.effective_on}"
    if view.communes:
        table = Table("Xã / commune", "Trạng thái / state")
        for heading in ("Thửa trước / before", "Thêm / new", "Bớt / retired", "Sau / after"):
            table.add_column(heading, justify="right")
        for one in view.communes:
            figures = (one.parcels_before, one.parcels_new, one.parcels_retired, one.parcels_after)
            table.add_row(f"{one.code} {one.name_vi}", one.state, *(f"{figure:,}" for figure in figures))
        yield table
    for said in view.decisions:
        yield f"{said.decided_at:%Y-%m-%d %H:%M} {said.verdict} {', '.join(said.communes)}: {said.decided_by}: {said.reason}"
    for found in _by_code(view.findings):
        yield f"{found[0].code}  {len(found):,}  [{SEVERITIES[found[0].severity]}]"
        yield f"  {words(found[0])['vi']}\n  {words(found[0])['en']}"
    if view.findings_total > len(view.findings):
        yield f"{view.findings_total:,} lỗi, đây là những lỗi đầu / findings, these are the first {len(view.findings):,}"


def _by_code(findings: tuple[Finding, ...]) -> list[list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.code, []).append(one)
    return list(found.values())


def add_to(group: typer.Typer) -> None:
    """Put the commands into the group about deliveries."""
    group.command("list")(list_)
    group.command("show")(show)
