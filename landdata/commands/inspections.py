"""Commands that look into the access log: an inspector's search, a citizen's view, and lawful delays of that view."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from landdata.commands import console
from landdata.commands.access_log import By, File, Why
from landdata.commands.console import AsFormat, Format
from landdata.errors import InspectionUnfit
from landdata.flows import inspections
from landdata.model.cells import harmless
from landdata.model.inspections import Inspector, Secrecy, SecrecyStep, SecrecyTerms, Sought
from landdata.store import keys as number_keys
from landdata.store.roles import Role

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class Table(StrEnum):
    """How entries are printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


Since = Annotated[
    datetime | None, typer.Option("--since", formats=_FORMATS, help="Từ, giờ Việt Nam / from, Vietnam's time")
]
Until = Annotated[datetime | None, typer.Option("--until", formats=_FORMATS, help="Trước / before")]
Before = Annotated[int | None, typer.Option("--before", help="Trang sau: số mà trang trước kết thúc / the next page")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Số dòng một trang / entries a page")]


def search(
    by: By,
    reason: Why,
    file: File,
    since: Since = None,
    until: Until = None,
    client: Annotated[str | None, typer.Option("--client", help="Hệ thống / client")] = None,
    agency: Annotated[str | None, typer.Option("--agency", help="Cơ quan / agency")] = None,
    officer: Annotated[str | None, typer.Option("--officer", help="Cán bộ / officer")] = None,
    procedure: Annotated[str | None, typer.Option("--procedure", help="Thủ tục / procedure")] = None,
    case: Annotated[str | None, typer.Option("--case", help="Hồ sơ đã hỏi / the file asked for")] = None,
    status: Annotated[str | None, typer.Option("--status", help="Kết quả / status")] = None,
    refusal: Annotated[str | None, typer.Option("--refusal", help="Mã lý do từ chối / code of a refusal")] = None,
    citizen: Annotated[
        bool,
        typer.Option("--citizen", help="Hỏi số định danh ở dấu nhắc hay từ stdin / ask for a number, or read stdin"),
    ] = False,
    before: Before = None,
    limit: Limit = 100,
    format_: Annotated[Table, typer.Option("--format", help="text, json hoặc / or csv")] = Table.TEXT,
) -> None:
    """Tìm trong nhật ký; chính lần tìm này được ghi lại / Search the log; this very search is recorded for good."""
    subject, *former = _subjects() if citizen else (None,)
    sought = Sought(
        _at(since), _at(until), client, agency, officer, procedure, case, status, subject, before, limit,
        tuple(former), refusal,
    )  # fmt: skip
    found = inspections.search(console.db_as(Role.AUDITOR), who=Inspector(by, reason, file), sought=sought)
    if format_ is Table.JSON:
        console.as_json({"entries": [asdict(one) for one in found.entries], "before": found.before})
    elif format_ is Table.CSV:
        _csv([asdict(one) for one in found.entries])
    else:
        for one in found.entries:
            console.out.print(
                f"{one.access_id} {_local(one.at)} {one.client_id} {one.agency_code} {one.officer_code} {one.service_code} "
                f"{one.case_file_no} {one.status}{f' {one.reason}' if one.reason else ''} {one.subject or '-'}"
                f"{f' (từ chối lúc / refused at {_local(one.refused_at)})' if one.refused_at else ''}"
            )
        more = f"; tiếp / more: --before {found.before}" if found.before else ""
        console.out.print(f"{len(found.entries)} dòng / entries (lần tìm này / this search: {found.access_id}){more}")


def citizen_view(
    by: By, reason: Why, file: File, before: Before = None, limit: Limit = 100, format_: AsFormat = Format.TEXT
) -> None:
    """Ai đã xem dữ liệu của một công dân, khi nào, vì sao / Who looked at a citizen's data, when and why."""
    subject, *former = _subjects()
    found = inspections.citizen(
        console.db_as(Role.AUDITOR),
        who=Inspector(by, reason, file),
        subject=subject,
        former=tuple(former),
        before=before,
        limit=limit,
    )
    if format_ is Format.JSON:
        console.as_json([asdict(one) for one in found])
        return
    for one in found:
        console.out.print(
            f"{_local(one.at)} {one.consumer_vi} / {one.consumer_en}, {one.agency_code}: {one.service_code} "
            f"{one.case_file_no}, {one.status} ({', '.join(one.fields) or '-'})"
        )
    console.out.print(f"{len(found)} lần / looks")


def delay(
    client: Annotated[str, typer.Option("--client", help="Hệ thống / client")],
    ground: Annotated[str, typer.Option("--legal-ground", help="Căn cứ pháp lý / legal ground")],
    by: By,
    reason: Why,
    procedure: Annotated[str | None, typer.Option("--procedure", help="Chỉ thủ tục này / only this procedure")] = None,
    case: Annotated[str | None, typer.Option("--case", help="Chỉ hồ sơ này / only this file")] = None,
    days: Annotated[
        int | None, typer.Option("--days", help="Công dân thấy sau số ngày / shown so many days after")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="Công dân thấy từ ngày / shown from this day on"),
    ] = None,
) -> None:
    """Đề nghị hoãn cho công dân xem; chờ người thứ hai / Ask for a delay of the citizen's view; a second person approves."""
    terms = SecrecyTerms(client, ground, procedure, case, days, until.date() if until else None)
    number = inspections.ask_delay(console.db(), terms=terms, by=by, reason=reason)
    console.out.print(f"{number} {SecrecyStep.ASKED}")


def delay_step(
    number: int,
    step: Annotated[SecrecyStep, typer.Argument(help="APPROVED, REJECTED hoặc / or ENDED")],
    by: By,
    reason: Why,
) -> None:
    """Duyệt, từ chối hoặc chấm dứt việc hoãn / Approve, reject or end a delay."""
    _tell(inspections.move_delay(console.db(), secrecy_id=number, step=step, by=by, reason=reason))


def delays(format_: AsFormat = Format.TEXT) -> None:
    """Mọi việc hoãn đã đề nghị / All delays that were ever asked for."""
    found = inspections.delays(console.db())
    if format_ is Format.JSON:
        console.as_json(found)
        return
    for one in found:
        _tell(one)


def add_to(group: typer.Typer) -> None:
    """Add these commands to those of the access log."""
    group.command("search")(search)
    group.command("citizen")(citizen_view)
    group.command("delay")(delay)
    group.command("delay-step")(delay_step)
    group.command("delays")(delays)


def _tell(one: Secrecy) -> None:
    terms = one.terms
    limit = f"{terms.days} ngày / days" if terms.days else f"đến / until {terms.until}"
    scope = " ".join(part for part in (terms.client_id, terms.service_code, terms.case_file_no) if part)
    console.out.print(
        f"{one.secrecy_id} {one.state} {scope}: {limit}; {terms.legal_ground} ({one.asked_by}, {one.approved_by or '-'})"
    )


def _subjects() -> list[UUID]:
    """The citizen as blind indexes, the present one first. Never an argument: process lists and histories would keep it."""
    asked = sys.stdin.isatty()
    number = typer.prompt("Số định danh / citizen number", hide_input=True) if asked else sys.stdin.readline()
    digits = "".join(letter for letter in number if letter.isdigit())
    if len(digits) not in {9, 12}:
        raise InspectionUnfit(
            reason_vi="số định danh có 9 hoặc 12 chữ số", reason_en="a citizen number has 9 or 12 digits"
        )
    return number_keys.Keys(console.chosen().key_folder).indexes_ever(digits)


def _at(given: datetime | None) -> datetime | None:
    return given.replace(tzinfo=_VIETNAM).astimezone(UTC) if given else None


def _local(at: datetime) -> str:
    return at.astimezone(_VIETNAM).strftime("%Y-%m-%d %H:%M:%S")


def _csv(rows: list[dict[str, Any]]) -> None:
    """What a consumer wrote must not become a formula in somebody's table."""

    def cell(value: Any) -> str:
        text = ";".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
        return harmless(text)

    if rows:
        writer = csv.writer(sys.stdout)
        writer.writerow(rows[0])
        writer.writerows([cell(value) for value in row.values()] for row in rows)
