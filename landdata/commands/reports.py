"""Commands about reports for the ministry: make one, see them, save their files, verify a signed one, make a key."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from landdata.commands import console
from landdata.flows import reports
from landdata.flows.reports import Press
from landdata.model.reports import Report, Step
from landdata.store import report_keys
from landdata.store.engine import Database
from landdata.store.roles import Role

group = typer.Typer(no_args_is_help=True, help="Báo cáo cho Bộ / Reports for the ministry")
Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Số báo cáo / number of the report")]
OfDivision = Annotated[str | None, typer.Option("--division", help="Địa giới: 2023, 2025 / division")]
Against = Annotated[int | None, typer.Option("--against", min=1, help="So với báo cáo số / compare with this report")]
BeforeOn = Annotated[
    datetime | None, typer.Option("--before-on", formats=["%Y-%m-%d"], help="So với ngày / compare with this day")
]
KnownAt = Annotated[
    datetime | None,
    typer.Option(
        "--known-at", formats=["%Y-%m-%dT%H:%M:%S%z"], help="Biết đến lúc, có múi giờ / as known at, with offset"
    ),
]
_PATIENCE_SECONDS = 300.0
_STEPS = {Step.FIGURES: "số liệu / figures", Step.VI: "bản tiếng Việt / Vietnamese", Step.EN: "bản tiếng Anh / English"}


@group.command()
def make(
    on: console.Day = None,
    division: OfDivision = None,
    against: Against = None,
    before_on: BeforeOn = None,
    known_at: KnownAt = None,
    to: Annotated[
        Path | None, typer.Option("--to", file_okay=False, help="Lưu các tệp vào / save its files into")
    ] = None,
    format_: console.AsFormat = console.Format.TEXT,
) -> None:
    """Lập một báo cáo ngay tại đây / Make a report here and now; what waits already is made with it."""
    db = console.db_as(Role.WORKER)
    press = Press.of(console.chosen())
    number = reports.ask(
        db, on=on.date() if on else None, known_at=known_at, division=division, against=against,
        before_on=before_on.date() if before_on else None, worker=False,
    )  # fmt: skip

    def told(of: int, step: Step) -> None:
        if format_ is console.Format.TEXT:
            console.out.print(f"{of}: {_STEPS[step]}", highlight=False)

    reports.make_waiting(db, press, told=told)
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while reports.show(db, number).made_at is None and time.monotonic() < give_up:
        time.sleep(0.5)  # the worker is at it, or was, when this one came
        reports.make_waiting(db, press, told=told)
    if to is not None:
        _save(db, number, to)
    _show(reports.show(db, number), format_)


@group.command("list")
def list_(
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="Nhiều nhất / at most so many")] = 50,
    format_: console.AsFormat = console.Format.TEXT,
) -> None:
    """Các báo cáo, mới nhất trước / The reports, newest first."""
    found = reports.listed(console.db(), most=most)
    if format_ is console.Format.JSON:
        console.as_json(found)
        return
    table = Table(
        "Số / no.",
        "Loại / kind",
        "Ngày / day",
        "Địa giới / division",
        "So với / compared with",
        "Lập lúc / made",
        "Ký / signed",
    )
    for one in found:
        table.add_row(
            str(one.number), one.wanted.kind.value, one.wanted.now.on.isoformat(), one.wanted.now.division,
            _against(one), _made(one), one.signer or "–",
        )  # fmt: skip
    console.out.print(table)


@group.command()
def show(number: Number, format_: console.AsFormat = console.Format.TEXT) -> None:
    """Một báo cáo và các tệp của nó / One report and its files."""
    _show(reports.show(console.db(), number), format_)


@group.command()
def save(
    number: Number,
    to: Annotated[Path, typer.Option("--to", file_okay=False, help="Thư mục / folder")] = Path(),
) -> None:
    """Lưu mọi tệp của một báo cáo vào thư mục / Save all files of a report into a folder."""
    for path in _save(console.db(), number, to):
        console.out.print(str(path), soft_wrap=True, highlight=False)


@group.command()
def verify(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="Tệp PDF / PDF files")
    ],
    certificate: Annotated[
        list[Path] | None,
        typer.Option(
            "--certificate", exists=True, dir_okay=False, help="Chứng thư được tin / certificate that is believed"
        ),
    ] = None,
    format_: console.AsFormat = console.Format.TEXT,
) -> None:
    """Kiểm tra chữ ký của báo cáo / Verify signatures; exit code 2 when a file was changed or is not ours."""
    settings = console.chosen()
    db = console.db() if settings.database_url else None
    found = [
        reports.verify(
            file.read_bytes(),
            file=file.name,
            key_folder=settings.key_folder,
            certificates=tuple(certificate or ()),
            db=db,
        )
        for file in files
    ]
    if format_ is console.Format.JSON:
        console.as_json(found)
        return
    for file, one in zip(files, found, strict=True):
        console.out.print(f"{file.name}: nguyên vẹn, do / whole, signed by: {one.signer}", highlight=False)
        console.out.print(f"  SHA-256: {one.fingerprint}", soft_wrap=True, highlight=False)
        if one.signed_at:
            stamped = " (dấu thời gian / time stamp)" if one.stamped_at else ""
            console.out.print(f"  lúc / at: {(one.stamped_at or one.signed_at).isoformat()}{stamped}", highlight=False)
        if db is not None:
            known = f"báo cáo số / report {one.report}" if one.report else "không giữ ở đây / not among those kept here"
            console.out.print(f"  {known}")


@group.command("make-key")
def make_key(
    name: Annotated[
        str, typer.Option("--name", help="Tên trên chứng thư / name on the certificate")
    ] = "LANDDATA SANDBOX",
) -> None:
    """Tạo khóa ký có chứng thư tự ký, cho môi trường thử / Make a key with a self-signed certificate, for a sandbox."""
    made = report_keys.make(console.chosen().key_folder, name)
    console.out.print(
        f"{made.subject}\nSHA-256: {report_keys.fingerprint(made.certificate)}", soft_wrap=True, highlight=False
    )


def _save(db: Database, number: int, to: Path) -> list[Path]:
    """Put every file of a report into a folder."""
    to.mkdir(parents=True, exist_ok=True)
    saved = []
    for one in reports.show(db, number).files:
        path = to / f"bao-cao-{number}.{one.name}"
        path.write_bytes(reports.file_of(db, console.chosen().data_dir, number, one.name).content)
        saved.append(path)
    return saved


def _show(one: Report, format_: console.Format) -> None:
    if format_ is console.Format.JSON:
        console.as_json(one)
        return
    now = one.wanted.now
    console.out.print(
        f"Báo cáo số {one.number} / report {one.number}: {now.on}, {now.division}, {now.known_at.isoformat()}",
        highlight=False,
    )
    console.out.print(
        f"So với / compared with: {_against(one)}; lập lúc / made: {_made(one)}; ký / signed: {one.signer or '–'}",
        highlight=False,
    )
    for each in one.files:
        console.out.print(f"  {each.name:<16} {each.size_bytes:>10,}  {each.sha256}", soft_wrap=True, highlight=False)


def _against(one: Report) -> str:
    number, before = one.wanted.against, one.wanted.before
    return f"{number} ({before.on})" if number else before.on.isoformat()


def _made(one: Report) -> str:
    if one.made_at is None:
        return f"đang lập / under way ({len(one.steps)}/{len(Step)})"
    return f"{one.made_at.astimezone():%Y-%m-%d %H:%M}"
