"""Commands of the reference data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landdata.commands import console
from landdata.flows import reference

group = typer.Typer(no_args_is_help=True, help="Dữ liệu tham chiếu / Reference data")


@group.command("load")
def reference_load(
    folder: Annotated[Path | None, typer.Option("--from", help="Thư mục / folder")] = None,
) -> None:
    """Nạp danh mục đơn vị, mã, múi chiếu / Load units, codes, zones; files already loaded are passed over."""
    loaded = reference.load(
        console.db(),
        folder or console.chosen().reference_dir,
        progress=lambda name: console.out.print(f"  {name}"),
    )
    console.out.print(f"Đã nạp / loaded: {len(loaded.rows)}; không đổi / unchanged: {len(loaded.unchanged)}")
