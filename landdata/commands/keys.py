"""Commands of the keys that seal and hash numbers, names, rows and files."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypedDict

import typer

from landdata.commands import console
from landdata.flows import keys
from landdata.store.key_files import PUBLISHED_SECONDS
from landdata.store.keys import PURPOSES

group = typer.Typer(no_args_is_help=True, help="Khóa của dữ liệu / Keys of the data")
Purpose = StrEnum("Purpose", {one.upper().replace("-", "_"): one for one in PURPOSES})  # type: ignore[misc]
OfPurpose = Annotated[Purpose, typer.Argument(help="Mục đích của khóa / purpose of the key")]


class _Places(TypedDict):
    folder: Path
    data_dir: Path
    copy: Path | None


def _places() -> _Places:
    chosen = console.chosen()
    return {"folder": chosen.key_folder, "data_dir": chosen.data_dir, "copy": chosen.raw_copy}


@group.command("status")
def keys_status(as_format: console.AsFormat = console.Format.TEXT) -> None:
    """Các khóa và số giá trị dưới mỗi phiên bản / All keys and what is under each version. Exit code 1 when one lacks."""
    found = keys.status(console.db(), **_places())
    if as_format is console.Format.JSON:
        console.as_json(found)
    else:
        for one in found:
            since = datetime.fromtimestamp(one.since, UTC).strftime("%Y-%m-%d %H:%M UTC") if one.number else "-"
            values = "-" if one.values is None else one.values
            console.out.print(
                f"{one.purpose:<13} {one.number:>3}  {one.state:<8}  {since:<20}  {one.mode:<4}  {values:>12}"
            )
    raise typer.Exit(1 if any(one.state in {keys.State.MISSING, keys.State.UNUSABLE} for one in found) else 0)


@group.command("make")
def keys_make() -> None:
    """Tạo tệp khóa còn thiếu khi cài mới / Make the key files of a new installation."""
    for name in keys.make(console.db(), **_places()):
        console.out.print(name)


@group.command("rotate")
def keys_rotate(
    purpose: OfPurpose,
    after: Annotated[
        float, typer.Option(min=0, help="Bắt đầu dùng sau bao nhiêu giây / seconds until it is used")
    ] = PUBLISHED_SECONDS,
) -> None:
    """Ghi phiên bản kế tiếp; các tiến trình tự chuyển / Write down the next version; processes change over by themselves."""
    made = keys.rotate(folder=_places()["folder"], purpose=purpose.value, after_seconds=after)
    since = datetime.fromtimestamp(made.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    console.out.print(f"{purpose.value} {made.number}: {since}")


@group.command("retire")
def keys_retire(
    purpose: OfPurpose,
    at_once: Annotated[bool, typer.Option(help="Không chờ / without waiting; docs/keys.md")] = False,
) -> None:
    """Bỏ phiên bản cũ khi không còn giá trị nào dùng nó / Retire the former version once nothing is under it."""
    number = keys.retire(console.db(), **_places(), purpose=purpose.value, at_once=at_once)
    if number is None:
        console.out.print("Không có phiên bản cũ / There is no former version")
    else:
        console.out.print(f"{purpose.value} {number}")
