"""What commands show on a terminal; nothing here knows the database or the settings, which take long to load."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

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
from landdata.model.progress import Stage

out = Console(soft_wrap=True, highlight=False, markup=False)
_STAGES = {
    Stage.RECEIVED: "Chờ đến lượt / waiting",
    Stage.READING: "Đang đọc / reading",
    Stage.CHECKING: "Đang kiểm tra / checking",
    Stage.COMPARING: "Đang so sánh / comparing",
    Stage.PUBLISHING: "Đang công bố / publishing",
    Stage.DONE: "Xong / done",
}


class Shown(Protocol):
    """A `Report` (model/progress.py) that also says what is known of the time it takes: seconds, and who waits before."""

    def __call__(
        self, stage: Stage, done: int = 0, total: int = 0, left: int | None = None, ahead: int | None = None
    ) -> None: ...


def remaining(seconds: int) -> str:
    """How long still, as roughly as it is known."""
    if seconds < 60:
        return "còn dưới 1 phút / under a minute left"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours:
        return f"còn khoảng {hours} giờ {minutes} phút / about {hours} h {minutes} min left"
    return f"còn khoảng {minutes} phút / about {minutes} min left"


def known(stage: Stage, left: int | None, ahead: int | None) -> str:
    """What is known of the time, and that it is not known where it could be."""
    if ahead is not None:
        return f"trước nó còn {ahead} / {ahead} before it"
    if left is not None:
        return remaining(left)
    asked = stage in {Stage.READING, Stage.CHECKING, Stage.PUBLISHING}
    return "chưa biết còn bao lâu / remaining time not known yet" if asked else ""


@contextmanager
def progress() -> Iterator[Shown]:
    """Show how far long work is, on the error output and only to a person: nothing when it is no terminal."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield _silent
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[known]}"),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=None, known="")

        def report(
            stage: Stage, done: int = 0, total: int = 0, left: int | None = None, ahead: int | None = None
        ) -> None:
            time = known(stage, left, ahead)
            bar.update(task, description=_STAGES[stage], completed=done, total=total or None, known=time)

        yield report


def _silent(stage: Stage, done: int = 0, total: int = 0, left: int | None = None, ahead: int | None = None) -> None:
    """For work that nobody watches."""


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
