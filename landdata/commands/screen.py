"""What commands show on a terminal; nothing here knows the database or the settings, which take long to load."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from landdata.errors import LandDataError
from landdata.model.progress import Report, Stage, silent

out = Console(soft_wrap=True, highlight=False, markup=False)
_STAGES = {
    Stage.RECEIVED: "Chờ đến lượt / waiting",
    Stage.READING: "Đang đọc / reading",
    Stage.CHECKING: "Đang kiểm tra / checking",
    Stage.COMPARING: "Đang so sánh / comparing",
    Stage.PUBLISHING: "Đang công bố / publishing",
    Stage.DONE: "Xong / done",
}


@contextmanager
def progress() -> Iterator[Report]:
    """Show how far long work is, on the error output and only to a person: nothing when it is no terminal."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield silent
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(stage: Stage, done: int = 0, total: int = 0) -> None:
            bar.update(task, description=_STAGES[stage], completed=done, total=total or None)

        yield report


@contextmanager
def sending(size: int) -> Iterator[Callable[[int], None]]:
    """Show how many bytes of so many are sent, to a person alone as `progress`; it may go back when the line breaks."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("Đang gửi / sending"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=size)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def counting(words: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show how much of how much is done and how long it will take yet, to a person alone as `progress`.

    Told what it is about, how much is done and how much there is; `words` stand there until then.
    """
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield lambda _words, _done, _total: None
        return
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("còn / left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=screen, transient=True, speed_estimate_period=600) as bar:
        task = bar.add_task(words, total=None)

        def report(said: str, done: int, total: int) -> None:
            if said != bar.tasks[0].description:
                bar.reset(task, description=said)
            bar.update(task, completed=done, total=total or None)

        yield report


@contextmanager
def telling() -> Iterator[None]:
    """End the program on a domain error: two sentences, what to do, and exit code 2."""
    try:
        yield
    except LandDataError as error:
        sys.stderr.write(
            f"{error.code}\n{error.sentence('vi')} {error.mend('vi')}\n{error.sentence('en')} {error.mend('en')}\n"
        )
        sys.exit(2)
