"""Commands of the access log: seal it, verify it, give evidence, change the sealing key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.errors import InspectionUnfit
from landdata.flows import evidence as evidences
from landdata.flows import seal, verify
from landdata.model.access_log import LogState, Verdict
from landdata.model.inspections import Inspector
from landdata.store.roles import Role

group = typer.Typer(no_args_is_help=True, help="Nhật ký truy cập / Access log")
keys = typer.Typer(no_args_is_help=True, help="Khóa niêm phong / Sealing keys")
group.add_typer(keys, name="keys")

By = Annotated[str, typer.Option("--by", metavar="LOGIN", help="Ai xem / who looks")]
Why = Annotated[str, typer.Option("--reason", help="Vì sao / why")]
File = Annotated[
    str, typer.Option("--file", metavar="NO", help="Số hồ sơ của lần kiểm tra / the inspection's own file")
]
# Exit codes beside 0: found to be false; nothing false, but something that a person has to look at.
TAMPERED, DOUBTFUL = 1, 3


@group.command("seal")
def access_log_seal() -> None:
    """Niêm phong các dòng mới và trao đầu chuỗi ra ngoài / Seal what is new and hand the head outside."""
    made = seal.seal(console.db_as(Role.SEALER), settings=console.chosen())
    for one in made:
        console.out.print(f"Niêm phong / seal {one.seal_no}: {one.entries}")
    if not made:
        console.out.print("Không có dòng mới / nothing new")


@group.command("status")
def access_log_status(format_: AsFormat = Format.TEXT) -> None:
    """Nhật ký đã niêm phong, đã neo tới đâu / How far sealing and anchoring are. Exit code 3 when look-ups are stopped."""
    found = seal.state(console.db_as(Role.AUDITOR))
    if format_ is Format.JSON:
        console.as_json(found)
    else:
        console.out.print(f"Niêm phong / seal {found.shown() or '-'} {found.sealed_at or ''}")
        console.out.print(f"chờ niêm phong / waiting for a seal: {found.unsealed_seconds:.0f} s")
        console.out.print(f"chờ neo / waiting for an anchor: {found.unanchored_seconds:.0f} s{_stopped(found)}")
    raise typer.Exit(DOUBTFUL if found.stopped else 0)


@group.command("verify")
def access_log_verify(
    format_: AsFormat = Format.TEXT,
    head: Annotated[
        list[str] | None,
        typer.Option("--head", help="Đầu chuỗi người khác giữ / a head held elsewhere: 4711;sha-256=..."),
    ] = None,
) -> None:
    """Kiểm tra toàn bộ nhật ký / Verify the whole log. Exit code 1: tampered with; 3: a person has to look."""
    with _bar() as progress:
        verdict = verify.verify(
            console.db_as(Role.AUDITOR),
            settings=console.chosen(),
            heads=[_head(one) for one in head or ()],
            progress=progress,
        )
    if format_ is Format.JSON:
        console.as_json(verdict)
    else:
        _tell(verdict)
    raise typer.Exit(TAMPERED if verdict.faults else DOUBTFUL if verdict.doubts else 0)


@group.command("evidence")
def access_log_evidence(
    access_id: int,
    out: Annotated[Path, typer.Option("--out", help="Tệp bằng chứng / file to write")],
    by: By,
    reason: Why,
    file: File,
    newest: Annotated[
        bool, typer.Option("--newest", help="Nối tới đầu chuỗi mới nhất / chain to the newest anchored head")
    ] = False,
) -> None:
    """Bằng chứng về một dòng, kiểm tra được ngoại tuyến / Evidence of one entry, to be checked offline by anyone."""
    found = evidences.evidence(
        console.db_as(Role.AUDITOR),
        settings=console.chosen(),
        who=Inspector(by, reason, file),
        access_id=access_id,
        newest=newest,
    )
    out.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    last = found["chain"][-1]
    console.out.print(f"{out}: access_id {access_id}, {last['words'][0]};sha-256={last['head']}")


@keys.command("make")
def keys_make() -> None:
    """Tạo khóa đầu tiên trước niêm phong đầu / Make the first key, where the sealer may not write keys by itself."""
    console.out.print(f"Khóa / key {seal.make_key(console.db_as(Role.SEALER), settings=console.chosen())}")


@keys.command("rotate")
def keys_rotate(
    lost: Annotated[
        bool, typer.Option("--lost", help="Khóa cũ đã mất; không ai bảo chứng khóa mới / the old one is gone")
    ] = False,
) -> None:
    """Khóa mới từ niêm phong kế tiếp; khóa cũ bị hủy / A new key from the next seal on; the old private key is gone."""
    made = seal.rotate_key(console.db_as(Role.SEALER), settings=console.chosen(), lost=lost)
    console.out.print(f"Khóa / key {made}")


@keys.command("list")
def keys_list() -> None:
    """Các khóa công khai, để giao cho bên ngoài / The public keys, to be given to others."""
    for key in seal.public_keys(console.chosen()):
        by = f" <- {key.introduced_by}" if key.introduced_by else ""
        console.out.print(f"{key.key_id} {key.public.public_bytes_raw().hex()} {key.from_seal}.. {key.at}{by}")


def _head(text: str) -> tuple[int, str]:
    number, mark, value = text.strip().partition(";sha-256=")
    if not mark or not number.isdigit():
        raise InspectionUnfit(reason_vi="đầu chuỗi không đúng dạng", reason_en="a head has another form")
    return int(number), value


def _tell(verdict: Verdict) -> None:
    say = console.out.print
    say(
        f"{verdict.seals} niêm phong / seals, {verdict.sealed} dòng đã niêm phong / entries sealed, "
        f"{verdict.unsealed} chưa / not yet, {verdict.anchors} neo / anchors"
    )
    for gap in verdict.gaps:
        cause = "máy chủ khởi động lại / server restart" if gap.after_start else "yêu cầu bị hủy / rolled back"
        say(
            f"  khoảng trống / gap: {gap.many} số từ / numbers from {gap.first}, {gap.before} .. {gap.after or ''} ({cause})"
        )
    for doubt in verdict.doubts:
        say(f"  CẦN XEM / LOOK: {doubt}")
    for fault in verdict.faults:
        say(f"  SAI / FAULT {fault.kind}: {fault.said()}")
    if verdict.further_faults:
        say(f"  ... và / and {verdict.further_faults}")
    say("NGUYÊN VẸN / INTACT" if verdict.intact else "ĐÃ BỊ SỬA / TAMPERED WITH")


def _stopped(found: LogState) -> str:
    return ", DỮ LIỆU CÁ NHÂN TẠM DỪNG / PERSONAL DATA STOPPED" if found.stopped else ""


class _bar:  # noqa: N801 - used like a function
    """Progress on the error output, to a person only."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("Kiểm tra / verifying"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not Console(stderr=True).is_terminal,
        )

    def __enter__(self) -> verify.Progress:
        self._bar.__enter__()
        task = self._bar.add_task("", total=None)
        return lambda done, many: self._bar.update(task, completed=done, total=many)

    def __exit__(self, *error: object) -> None:
        self._bar.__exit__(None, None, None)
