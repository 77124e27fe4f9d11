"""The command that matches two files at a desk, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landdata.commands import screen

_File = typer.Argument(exists=True, dir_okay=False, help="Bảng chủ sử dụng đất, CSV / table of holders, CSV")
_Register = typer.Option("--register", exists=True, dir_okay=False, help="Bảng công dân, CSV / table of citizens, CSV")
# Settings are not read here: they would take longer to load than a thousand holders to match.
_SHIPPED = Path(__file__).resolve().parents[2] / "fixtures" / "reference"
_Reference = typer.Option(
    envvar="LANDDATA_REFERENCE_DIR", file_okay=False, help="Thư mục dữ liệu tham chiếu / folder of the reference files"
)
_Answer = typer.Option("--out", dir_okay=False, help="Tệp kết quả sẽ ghi / answer to be written, CSV")


def match(
    holders: Annotated[Path, _File],
    register: Annotated[Path, _Register],
    out: Annotated[Path, _Answer],
    reference: Annotated[Path, _Reference] = _SHIPPED,
) -> None:
    """Đối soát chủ sử dụng đất với dữ liệu dân cư / Match holders with a register of citizens, offline."""
    from landdata.flows import linkage

    with screen.progress() as shown:
        found = linkage.match_files(holders, register, out, reference=reference, report=shown)
    screen.out.print(f"{found.holders} chủ / holders × {found.people} công dân / citizens")
    for status, count in found.statuses.items():
        screen.out.print(f"{status.value:<11} {count:>10}  {100 * count / max(found.holders, 1):5.1f} %")
    for reason, count in sorted(found.reasons.items(), key=lambda one: -one[1]):
        screen.out.print(f"  {reason.name:<25} {count:>10}")
    screen.out.print(f"Đã ghi / written: {out}")
