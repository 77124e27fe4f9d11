"""The command that brings a country back from the raw bytes of its deliveries, and the one that proves it equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.errors import all_errors
from landdata.flows import prints, rebuild
from landdata.flows.rebuild import Watch
from landdata.model.rebuild import PARTS, Difference, Rebuilt, Stopped
from landdata.store import keys as key_files
from landdata.store import migrate
from landdata.store.engine import Database

_MOST_SHOWN = 50
# A lane reads ahead and reports its progress beside the transaction that writes.
_CONNECTIONS = 5
_PATIENCE_MS = 120_000
_ERRORS = {one.code: one for one in all_errors()}


def command(
    into: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="CSDL mới, rỗng: tên, hoặc địa chỉ PostgreSQL / new database: name or address"
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=64, help="Số tỉnh làm cùng lúc / provinces at once")
    ] = 2,
    without: Annotated[
        list[UUID] | None, typer.Option("--without", metavar="DELIVERY", help="Bỏ lần giao nộp này / leave it out")
    ] = None,
    only_compare: Annotated[
        bool, typer.Option("--compare", help="Chỉ so sánh, không dựng lại / only compare, rebuild nothing")
    ] = False,
    save: Annotated[
        Path | None, typer.Option("--prints", metavar="FILE", help="Chỉ ghi dấu vân của CSDL / only write its prints")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="FILE", exists=True, dir_okay=False,
            help="So với tệp dấu vân thay cho CSDL cũ / compare with prints, not with the old database",
        ),
    ] = None,
    format_: AsFormat = Format.TEXT,
) -> None:  # fmt: skip
    """Dựng lại các thửa đất từ tệp gốc rồi so với CSDL đang đặt / Rebuild the country from raw/, and compare it with this one.

    Exit code 0: equal; 1: it differs, something was left out or could not be read; 2: an error.
    """
    keys = key_files.Keys(console.chosen().key_folder)
    with closing(console.db()) as source:
        if save is not None:
            with _bar() as tell:
                many = prints.save(source, save, keys=keys, progress=tell("Đang tính / adding up"))
            console.out.print(f"{many:,} dấu vân / prints: {save}")
            return
        if into is None:
            raise typer.BadParameter("--into ADDRESS", param_hint="--into")
        with closing(_target(into, jobs, make=not only_compare)) as target:
            done = None if only_compare else _rebuild(source, target, keys, jobs, without or ())
            with _bar() as tell:
                said = tell("Đang so sánh / comparing")
                found = (
                    prints.compare(source, target, keys=keys, progress=said)
                    if against is None
                    else prints.against(against, target, progress=said)
                )
            equal = not found and (done is None or done.whole)
            if done is not None and equal:
                rebuild.close(target)
    _tell(done, found, format_)
    raise typer.Exit(0 if equal else 1)


@contextmanager
def _bar() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    with console.counting("…") as report:
        yield lambda words: lambda done, total: report(words, done, total)


def _target(into: str, jobs: int, *, make: bool) -> Database:
    """The database to rebuild into; made and prepared where a superuser's address is known."""
    chosen = console.chosen()
    url = into if "://" in into else migrate.beside(chosen.database_url, into)
    if make and chosen.admin_url:
        migrate.make(chosen.admin_url, *migrate.name_and_owner(url))
    target = Database(url, pool_size=_CONNECTIONS * jobs + 2, wait_seconds=60, lost_after_ms=_PATIENCE_MS)
    if make and migrate.revision(target) is None:
        migrate.migrate(target)
    return target


def _rebuild(source: Database, target: Database, keys: key_files.Keys, jobs: int, without: Sequence[UUID]) -> Rebuilt:
    with _bar() as tell:
        watch = Watch(tell("Đang chép bảng / carrying over tables"), tell("Đang dựng lại, dòng / rebuilding, rows"))
        return rebuild.rebuild(
            source, target, settings=console.chosen(), keys=keys, jobs=jobs, without=without, watch=watch
        )


def _tell(done: Rebuilt | None, found: Sequence[Difference], format_: Format) -> None:
    if format_ is Format.JSON:
        differences = [{"code": one.code, "place": one.place, "was": one.was, "now": one.now} for one in found]
        console.as_json({"rebuilt": done, "differences": differences})
        return
    if done is not None:
        speed = f", {done.rows / done.seconds:,.0f} dòng/giây / rows a second" if done.rows else ""
        console.out.print(f"{done.steps} bước / steps, {done.rows:,} dòng / rows, {done.seconds:.0f} s{speed}")
        for words, stopped in (("DỪNG / STOPPED", done.stopped), ("BỎ RA / LEFT OUT", done.left_out)):
            for one in stopped:
                _tell_stopped(words, one)
        if done.waiting:
            console.out.print(
                f"Còn {done.waiting} bước; chạy lại lệnh này để làm tiếp / {done.waiting} steps are left; "
                "give the command again to go on"
            )
    for difference in found[:_MOST_SHOWN]:
        _, vi, en = PARTS[difference.part]
        console.out.print(
            f"  {difference.code}  {difference.place}: {vi} / {en}: {difference.was:,} → {difference.now:,}"
        )
    if len(found) > _MOST_SHOWN:
        console.out.print(f"  … {len(found) - _MOST_SHOWN:,} khác biệt nữa / more (--format json)")
    console.out.print("GIỐNG HỆT / EQUAL" if not found else f"KHÁC / DIFFERS: {len(found):,}")


def _tell_stopped(words: str, one: Stopped) -> None:
    console.out.print(f"{words}: {one.delivery_uid} ({one.office_code}) {one.code}")
    error = _ERRORS.get(one.code)
    if error is not None:
        console.out.print(f"  {error.vi.format(**one.details)}\n  {error.en.format(**one.details)}")
        console.out.print(f"  {error.mend_vi}\n  {error.mend_en}")
