"""Commands of the sharing agreements: their life, from options or a file, and what has to be looked at."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from landdata.commands import console
from landdata.errors import AgreementUnfit
from landdata.flows import agreements
from landdata.model import terms
from landdata.model.fields import groups_of, names_of
from landdata.model.terms import Said, TokenBinding, Version, as_words, terms_of

group = typer.Typer(no_args_is_help=True, help="Thỏa thuận chia sẻ / Sharing agreements")

Code = Annotated[str, typer.Argument(metavar="CODE", help="Số thỏa thuận / number of the agreement")]
By = Annotated[str, typer.Option("--by", help="Tên đăng nhập cán bộ Bộ / sign-in name of who does it")]
Why = Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")]
AsJson = Annotated[bool, typer.Option("--json", help="In JSON / print JSON")]
TermsFile = Annotated[
    Path | None, typer.Option("--file", exists=True, dir_okay=False, help="Tệp TOML hoặc JSON / TOML or JSON file")
]
Client = Annotated[str | None, typer.Option("--client", help="Hệ thống OAuth / OAuth client")]
Purpose = Annotated[str | None, typer.Option("--purpose", help="Mục đích / purpose")]
Ground = Annotated[str | None, typer.Option("--legal-ground", help="Căn cứ pháp lý / legal ground")]
Procedures = Annotated[list[str] | None, typer.Option("--service", help="Mã thủ tục; lặp lại được / procedure")]
Agencies = Annotated[list[str] | None, typer.Option("--agency", help="Mã cơ quan; lặp lại được / agency")]
Fields = Annotated[list[str] | None, typer.Option("--field", help="Tên trường; lặp lại được / field")]
Groups = Annotated[
    list[str] | None, typer.Option("--group", help="holders, parcel, house, works hoặc all; lặp lại được")
]
Mask = Annotated[int | None, typer.Option("--fields-mask", help="Mặt nạ bit, bit 0 là trường 1 / bit mask")]
Units = Annotated[
    list[str] | None, typer.Option("--unit", metavar="DIVISION:LEVEL:CODE", help="2025:province:24; lặp lại được")
]
Quota = Annotated[int | None, typer.Option("--quota", help="Số công dân mỗi ngày / distinct citizens a day")]
Rate = Annotated[float | None, typer.Option("--rate", help="Số yêu cầu mỗi giây / requests a second")]
Burst = Annotated[int | None, typer.Option("--burst", help="Số yêu cầu dồn một lúc / requests at once")]
From = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Ngày đầu / first day")]
To = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Ngày hết / first day no longer")]
Unbound = Annotated[
    str | None, typer.Option("--unbound", help="Lý do token không cần gắn khóa / why tokens need not be bound")
]


def _draft(code: str, said: Said, by: str, reason: str) -> None:
    agreements.draft(console.db(), code=code, terms=terms_of(said), by=by, reason=reason)


def _amend(code: str, said: Said, by: str, reason: str) -> None:
    agreements.amend(console.db(), code=code, said=said, by=by, reason=reason)


def _takes_terms(name: str, words: str, act: Callable[[str, Said, str, str], None]) -> None:
    """Make a command that takes terms, from a file and, over it, from options."""

    @group.command(name, help=words)
    def command(
        code: Code, by: By, reason: Why, file: TermsFile = None, client: Client = None, purpose: Purpose = None,
        legal_ground: Ground = None, service: Procedures = None, agency: Agencies = None, field: Fields = None,
        group_: Groups = None, fields_mask: Mask = None, unit: Units = None, quota: Quota = None, rate: Rate = None,
        burst: Burst = None, valid_from: From = None, valid_to: To = None, unbound: Unbound = None,
        as_json: AsJson = False,
    ) -> None:  # fmt: skip
        options: dict[str, Any] = {
            "client_id": client, "purpose": purpose, "legal_ground": legal_ground, "service_codes": service,
            "agency_codes": agency, "fields": field, "groups": group_, "fields_mask": fields_mask,
            "units": unit and [_unit(one) for one in unit], "daily_quota": quota, "rate_per_second": rate, "burst": burst,
            "valid_from": valid_from and valid_from.date(), "valid_to": valid_to and valid_to.date(),
            "token_binding": unbound and TokenBinding.UNBOUND, "unbound_reason": unbound,
        }  # fmt: skip
        # Typer gives an empty list for an option that was not named.
        named = {name: value for name, value in options.items() if value not in (None, [])}
        act(code, terms.said((_read(file) if file else {}) | named), by, reason)
        _tell(code, as_json=as_json)


_takes_terms("draft", "Soạn thỏa thuận / Draft an agreement; a second person puts it in force.", _draft)
_takes_terms(
    "amend", "Soạn phiên bản mới; chỉ nêu điều thay đổi / Draft a new version; name only what changes.", _amend
)


@group.command("approve")
def approve(
    code: Code,
    by: By,
    reason: Why,
    version: Annotated[int | None, typer.Option(help="Phiên bản đã xem / the version that was seen")] = None,
    as_json: AsJson = False,
) -> None:
    """Người thứ hai duyệt / A second person puts the draft in force."""
    agreements.approve(console.db(), code=code, by=by, reason=reason, version=version)
    _tell(code, as_json=as_json)


@group.command("reject")
def reject(code: Code, by: By, reason: Why, as_json: AsJson = False) -> None:
    """Trả lại bản dự thảo / Turn the draft down; what is in force stays so."""
    agreements.reject(console.db(), code=code, by=by, reason=reason)
    _tell(code, as_json=as_json)


@group.command("suspend")
def suspend(code: Code, by: By, reason: Why, as_json: AsJson = False) -> None:
    """Tạm dừng, có hiệu lực ngay / Suspend; it bites with the next request."""
    agreements.suspend(console.db(), code=code, by=by, reason=reason)
    _tell(code, as_json=as_json)


@group.command("resume")
def resume(code: Code, by: By, reason: Why, as_json: AsJson = False) -> None:
    """Mở lại / Resume what is suspended."""
    agreements.resume(console.db(), code=code, by=by, reason=reason)
    _tell(code, as_json=as_json)


@group.command("end")
def end(code: Code, by: By, reason: Why, as_json: AsJson = False) -> None:
    """Kết thúc vĩnh viễn / End it for good."""
    agreements.end(console.db(), code=code, by=by, reason=reason)
    _tell(code, as_json=as_json)


@group.command("list")
def agreements_list(as_json: AsJson = False) -> None:
    """Các thỏa thuận, mọi phiên bản / All agreements, all versions."""
    found = agreements.every(console.db())
    if as_json:
        console.as_json([_plain(one) for one in found])
        return
    for one in found:
        console.out.print(_line(one))


@group.command("show")
def show(code: Code, as_json: AsJson = False) -> None:
    """Nội dung và mọi bước đã làm / The terms, and every step with who, when and why."""
    _tell(code, as_json=as_json, whole=True)


@group.command("alarms")
def alarms(as_json: AsJson = False) -> None:
    """Điều cần xem, chẳng hạn hết hạn mức trong ngày / What has to be looked at, such as a used-up quota."""
    found = agreements.alarms(console.db())
    if as_json:
        console.as_json(found)
        return
    for one in found:
        console.out.print(
            f"{one.on_day} {one.kind} {one.client_id} {one.agreement or ''} (access log {one.access_id}, {one.at})"
        )


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        words = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise AgreementUnfit(reason_vi=f"không đọc được {file.name}", reason_en=f"cannot read {file.name}") from error
    if not isinstance(words, dict):
        raise AgreementUnfit(reason_vi=f"{file.name} không phải một bảng", reason_en=f"{file.name} holds no table")
    return words


def _unit(text: str) -> dict[str, str]:
    division, _, rest = text.partition(":")
    level, _, code = rest.partition(":")
    return {"division": division, "level": level, "code": code}


def _tell(code: str, *, as_json: bool, whole: bool = False) -> None:
    story = agreements.show(console.db(), code=code)
    if as_json:
        console.as_json({"versions": [_plain(one) for one in story.versions], "events": list(story.events)})
        return
    for one in story.versions:
        console.out.print(_line(one))
        if whole:
            said = _plain(one)["terms"] | {"fields": ", ".join(names_of(one.terms.fields_mask))}
            for name, value in said.items():
                console.out.print(f"    {name}: {value}")
    if whole:
        for event in story.events:
            console.out.print(
                f"{event.at:%Y-%m-%d %H:%M:%S%z} v{event.version} {event.step} -> {event.state} {event.login}: {event.reason}"
            )


def _line(one: Version) -> str:
    said = one.terms
    until = f"{said.valid_from} .. {said.valid_to or ''}"
    people = f"{one.drafted_by}, {one.edited_by}, {one.approved_by or '-'}"
    return f"{one.code:<20} v{one.version:<3} {one.state:<10} {said.client_id:<20} {until:<26} {people}"


def _plain(one: Version) -> dict[str, Any]:
    mask = one.terms.fields_mask
    return {
        "code": one.code, "version": one.version, "state": one.state.value, "consumer": one.consumer_vi,
        "consumer_en": one.consumer_en, "terms": as_words(one.terms), "fields": names_of(mask), "groups": groups_of(mask),
        "drafted_by": one.drafted_by, "edited_by": one.edited_by, "approved_by": one.approved_by,
    }  # fmt: skip
