"""Commands of the access log: seal it, verify it."""

from __future__ import annotations

import typer

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.flows import seal
from landdata.store.roles import Role

group = typer.Typer(no_args_is_help=True, help="Nhật ký truy cập / Access log")


@group.command("seal")
def access_log_seal() -> None:
    """Niêm phong các dòng mới / Seal what is new."""
    made = seal.seal(console.db_as(Role.SEALER), data_dir=console.chosen().data_dir)
    console.out.print(
        f"Niêm phong / seal {made.seal_no}: {made.entries}" if made else "Không có dòng mới / nothing new"
    )


@group.command("verify")
def access_log_verify(format_: AsFormat = Format.TEXT) -> None:
    """Kiểm tra toàn bộ nhật ký / Verify the whole log. Exit code 1 when it was tampered with."""
    verdict = seal.verify(console.db_as(Role.AUDITOR), data_dir=console.chosen().data_dir)
    if format_ is Format.JSON:
        console.as_json(verdict)
    else:
        console.out.print(
            f"{verdict.seals} niêm phong / seals, {verdict.sealed} dòng đã niêm phong / entries sealed, "
            f"{verdict.unsealed} chưa / not yet, {verdict.anchors} neo / anchors"
        )
        for first, many in verdict.gaps:
            console.out.print(
                f"  khoảng trống / gap: {many} số từ / numbers from {first} (yêu cầu bị hủy / rolled back)"
            )
        for fault in verdict.faults:
            console.out.print(f"  SAI / FAULT: {fault}")
        console.out.print("NGUYÊN VẸN / INTACT" if verdict.intact else "ĐÃ BỊ SỬA / TAMPERED WITH")
    raise typer.Exit(0 if verdict.intact else 1)
