"""The command that proves a restored service whole, before it serves again."""

from __future__ import annotations

from typing import Annotated

import typer

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.flows import backup
from landdata.store import keys as key_files

group = typer.Typer(no_args_is_help=True, help="Sao lưu và khôi phục / Backup and restore")


@group.callback()
def backup_group() -> None:
    """Sao lưu và khôi phục: docs/backup.md / Backup and restore."""


@group.command("prove")
def backup_prove(
    newest: Annotated[
        int | None,
        typer.Option("--newest", min=0, help="Chỉ mở bấy nhiêu tệp mới nhất / open only so many newest files"),
    ] = None,
    format_: AsFormat = Format.TEXT,
) -> None:
    """Kiểm tra bản khôi phục: số thửa, sổ cái, từng tệp gốc / Prove a restored service. Exit code 1 when not whole."""
    chosen = console.chosen()
    proof = backup.prove(console.db(), data_dir=chosen.data_dir, keys=key_files.Keys(chosen.key_folder), newest=newest)
    if format_ is Format.JSON:
        console.as_json(proof)
    else:
        console.out.print(
            f"{proof.parcels} thửa / parcels, {proof.deliveries} lần giao nộp / deliveries, "
            f"{proof.raw_files} tệp gốc / raw files"
        )
        for fault in proof.faults:
            console.out.print(f"  SAI / FAULT: {fault}")
        console.out.print("NGUYÊN VẸN / WHOLE" if proof.whole else "KHÔNG NGUYÊN VẸN / NOT WHOLE")
    raise typer.Exit(0 if proof.whole else 1)
