"""Commands about holders that are not linked with a citizen: a land office's work list, and what is decided about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from landdata.commands import console
from landdata.commands.deliveries_report import keep
from landdata.flows import caselist, cases, decisions
from landdata.flows.caselist import ListFormat
from landdata.matching.told import told
from landdata.model.agreements import UnitScope
from landdata.model.cases import Case, Kind, Mark, Saying, Sought, Words, masked
from landdata.model.persons import ClaimStatus
from landdata.model.units import Level
from landdata.store.keys import Keys

group = typer.Typer(
    no_args_is_help=True,
    help="Đối sánh dân cư và chủ chưa khớp / Matching, and holders not linked",
)

Office = Annotated[str, typer.Option("--office", help="Văn phòng đăng ký đất đai / land office")]
OfCase = Annotated[UUID, typer.Argument(metavar="CASE", help="Mã hồ sơ / the case")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Số quyết định / number of the decision")]
By = Annotated[str, typer.Option("--by", help="Tên đăng nhập / sign-in name of who does it")]
Why = Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")]
Document = Annotated[str, typer.Option("--evidence", help="Số hiệu văn bản / the document that shows it")]
MaybeDocument = Annotated[str | None, typer.Option("--evidence", help="Số hiệu văn bản / the document that shows it")]
Unit = Annotated[
    str | None, typer.Option("--unit", metavar="DIVISION:LEVEL:CODE", help="Địa bàn / unit: 2025:commune:07210")
]
Status = Annotated[ClaimStatus | None, typer.Option("--status", help="Trạng thái / status")]
Code = Annotated[str | None, typer.Option("--reason-code", help="Mã lý do / code of a reason")]
OfMark = Annotated[Mark | None, typer.Option("--mark", help="WAITING, CONTRADICTED")]
AsJson = Annotated[bool, typer.Option("--json", help="In JSON / print JSON")]


@group.command("list")
def list_(
    office: Office,
    unit: Unit = None,
    status: Status = None,
    reason_code: Code = None,
    mark: OfMark = None,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="Số hồ sơ / how many")] = 50,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", dir_okay=False, help="Ghi cả danh sách / write the whole list")
    ] = None,
    form: Annotated[
        ListFormat | None, typer.Option("--as", help="own: các dòng đã giao nộp / the rows as delivered")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hồ sơ giải quyết được nhiều giấy nhất trước / What would clear most certificates first."""
    sought = Sought(_scope(unit), (status,) if status else None, reason_code, mark)
    if output is not None:
        chosen = console.chosen()
        by_name = {".csv": ListFormat.CSV, ".xlsx": ListFormat.XLSX}.get(output.suffix, ListFormat.OWN)
        made = caselist.as_file(
            console.db(), settings=chosen, keys=_keys(), office_code=office, sought=sought, format_=form or by_name
        )
        keep(made, output)
        return
    keys, page = _keys(), cases.page(console.db(), office_code=office, sought=sought, limit=limit)
    if as_json:
        console.as_json([_plain(one, keys) for one in page.cases])
        return
    for one in page.cases:
        codes = ";".join(one.reasons)
        mark_ = f" [{one.mark.value}]" if one.mark else ""
        console.out.print(
            f"{one.case}  {one.status.value:<10} {one.certificates:>4} GCN {one.parcels:>4} thửa  {codes}{mark_}"
        )
    for count in cases.counts(console.db(), office_code=office, sought=sought):
        if count.what == "status":
            console.out.print(
                f"{count.code:<11} {count.cases:>9} hồ sơ / cases  {count.certificates:>9} GCN / certificates"
            )


@group.command("show")
def show(case: OfCase, office: Office) -> None:
    """Một hồ sơ với giấy chứng nhận và các quyết định / One case, its certificates and decisions."""
    keys = _keys()
    whole = cases.show(console.db(), office_code=office, case=case)
    console.as_json(
        _plain(whole.case, keys)
        | {
            "records": list(whole.records),
            "decisions": [
                {
                    "number": one.number, "kind": one.kind, "state": one.state, "office": one.office_code,
                    "asking": one.due, "contradicted": one.contradicted, "steps": list(one.steps),
                }
                for one in whole.decisions
            ],
        }
    )  # fmt: skip


@group.command("confirm")
def confirm(case: OfCase, office: Office, by: By, reason: Why, evidence: Document) -> None:
    """Người mang số đúng là chủ này; chờ người thứ hai / The bearer is this holder; a second person has to approve."""
    _decide(case, office, Kind.CONFIRM, Saying(by, reason, evidence), Words())


@group.command("correct")
def correct(
    case: OfCase,
    office: Office,
    by: By,
    reason: Why,
    evidence: Document,
    name: Annotated[str | None, typer.Option("--name", help="Họ tên đúng / the name as it should be read")] = None,
    number: Annotated[
        bool, typer.Option("--number", help="Nhập số đúng, không hiện / asks for the number, unseen")
    ] = False,
    birth_date: Annotated[
        datetime | None, typer.Option("--birth-date", formats=["%Y-%m-%d"], help="Ngày sinh / date of birth")
    ] = None,
    birth_year: Annotated[int | None, typer.Option("--birth-year", help="Năm sinh / year of birth")] = None,
) -> None:
    """Số, họ tên hoặc ngày sinh phải đọc khác / Number, name or birth have to be read otherwise."""
    # A number on the command line would stand in the shell's history and in the list of processes.
    typed = typer.prompt("Số giấy tờ / identity number", hide_input=True) if number else None
    words = Words(name, typed, birth_date.date() if birth_date else None, birth_year)
    _decide(case, office, Kind.CORRECT, Saying(by, reason, evidence), words)


@group.command("reject")
def reject(case: OfCase, office: Office, by: By, reason: Why, evidence: Document) -> None:
    """Số này không phải của chủ này / The number is not this holder's."""
    _decide(case, office, Kind.REJECT, Saying(by, reason, evidence), Words())


def _step(name: str, words: str, act: Callable[..., None]) -> None:
    @group.command(name, help=words)
    def command(
        case: OfCase, number: Number, office: Office, by: By, reason: Why, evidence: MaybeDocument = None
    ) -> None:
        act(console.db(), office_code=office, case=case, number=number, saying=Saying(by, reason, evidence))
        console.out.print("Đã ghi / noted")


_step("approve", "Người thứ hai duyệt / A second person approves.", decisions.approve)
_step("refuse", "Người thứ hai trả lại / A second person turns it down.", decisions.refuse)
_step("withdraw", "Rút một quyết định / Take a decision back.", decisions.withdraw)


def _decide(case: UUID, office: str, kind: Kind, saying: Saying, words: Words) -> None:
    number = decisions.decide(
        console.db(), office_code=office, case=case, kind=kind, saying=saying, words=words, keys=_keys()
    )
    console.out.print(f"Quyết định / decision {number}")


def _plain(one: Case, keys: Keys) -> dict[str, object]:
    return {
        "case": one.case, "status": one.status, "mark": one.mark, "name": one.name,
        "id_number": masked(keys.unseal(one.sealed)) if one.sealed else None,
        "birth": one.birth_date or one.birth_year, "certificates": one.certificates, "parcels": one.parcels,
        "communes": list(one.communes), "first_seen_at": one.first_seen_at, "checked_at": one.checked_at,
        "name_share": one.name_share, "years_apart": one.years_apart,
        "reasons": [told(reason) for reason in one.reasons],
    }  # fmt: skip


def _scope(said: str | None) -> UnitScope | None:
    if said is None:
        return None
    division, _, rest = said.partition(":")
    level, _, code = rest.partition(":")
    if level not in set(Level) or not code:
        raise typer.BadParameter("DIVISION:LEVEL:CODE, 2025:commune:07210")
    return UnitScope(code, level, division)


def _keys() -> Keys:
    return Keys(console.chosen().key_folder)
