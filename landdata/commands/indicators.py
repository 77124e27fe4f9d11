"""Commands of the indicators: what is measured, how it stands, tables that come in, and corrections."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from landdata.commands import console
from landdata.commands.console import AsFormat, Day, Format
from landdata.errors import IndicatorTableRefused
from landdata.flows import indicator_uploads, indicators
from landdata.flows.indicator_uploads import Change, Recorded, sentence
from landdata.model.indicators import Count, CountedLevel, Figure, Timing
from landdata.writing.indicators import of_figures

group = typer.Typer(
    no_args_is_help=True, help="Chỉ tiêu theo văn bản của Văn phòng Chính phủ / Indicators of the letters"
)

Code = Annotated[str, typer.Argument(help="Mã chỉ tiêu / code of the indicator")]
By = Annotated[str, typer.Option("--by", help="Tên đăng nhập của cán bộ Bộ / sign-in name of a person of the ministry")]
Source = Annotated[str, typer.Option("--source", help="Văn bản có số liệu / letter or report it stands in")]
KnownAt = Annotated[
    datetime | None, typer.Option("--known-at", help="Theo hiểu biết lúc đó (UTC) / as it was known then, UTC")
]


@group.command("list")
def indicators_list(format_: AsFormat = Format.TEXT) -> None:
    """Các chỉ tiêu, mục tiêu và công văn / What is measured, with target and letter."""
    found = indicators.listed(console.db())
    if format_ is Format.JSON:
        console.as_json(found)
        return
    table = Table()
    for heading in ("Mã / code", "Chỉ tiêu / indicator", "Mục tiêu / target", "Công văn / letter"):
        table.add_column(heading)
    for one in found:
        table.add_row(one.code, f"{one.name_vi}\n{one.name_en}", f"{one.target_vi}\n{one.target_en}", one.letter.code)
    console.out.print(table)


@group.command("show")
def indicators_show(
    code: Code,
    on: Day = None,
    division: Annotated[str | None, typer.Option("--division", help="2023 hoặc / or 2025")] = None,
    level: Annotated[CountedLevel | None, typer.Option("--level", help="Cấp / level")] = None,
    timing: Annotated[Timing | None, typer.Option("--timing", help="Chỉ đối tượng như vậy / only these")] = None,
    known_at: KnownAt = None,
    csv: Annotated[bool, typer.Option("--csv", help="Bảng CSV / a table")] = False,
    format_: AsFormat = Format.TEXT,
) -> None:
    """Một chỉ tiêu vào một ngày, từng đối tượng / An indicator on a day, subject by subject."""
    found = indicators.figures(
        console.db(),
        code=code,
        effective_on=on.date() if on else None,
        known_at=known_at.astimezone() if known_at else None,
        division=division,
        level=level,
        timing=timing,
    )
    if csv:
        typer.echo(of_figures(found), nl=False)
        return
    if format_ is Format.JSON:
        console.as_json(found)
        return
    table = Table(
        title=f"{found.indicator.name_vi} / {found.indicator.name_en} · {found.effective_on}", title_justify="left"
    )
    for heading in (
        "Đối tượng / subject",
        "Cấp / level",
        "Đạt / done",
        "Hạn / due",
        "Thế nào / timing",
        "Lưu ý / flags",
    ):
        table.add_column(heading)
    for one in found.figures:
        table.add_row(*_cells(one))
    console.out.print(table)
    for group_ in indicators.summed(found).totals:
        done = f"{_count(group_.done)}/{_count(group_.total)}" if group_.total else str(dict(group_.states))
        console.out.print(f"{group_.subject_kind} {group_.level}: {group_.subjects} · {done} · {dict(group_.timings)}")


@group.command("versions")
def indicators_versions(code: Code, format_: AsFormat = Format.TEXT) -> None:
    """Mọi phiên bản của số liệu đã sửa / Every version of the values that were corrected."""
    found = indicators.versions(console.db(), code=code, named=True)
    if format_ is Format.JSON:
        console.as_json(found)
        return
    for one in found:
        said = one.state or f"{'-' if one.done is None else one.done}/{'-' if one.total is None else one.total}"
        who = f"{one.by}: {one.reason}" if one.by else one.source
        console.out.print(f"{one.subject} · {one.level} · {one.on_date} · v{one.version} · {said} · {who}")


@group.command("load")
def indicators_load(
    code: Code,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Bảng CSV hoặc XLSX / CSV or XLSX table")],
    by: By,
    source: Source,
    on: Day = None,
    reason: Annotated[str, typer.Option("--reason", help="Lý do, khi sửa số đã có / why, where values change")] = "",
    look: Annotated[bool, typer.Option("--look", help="Chỉ kiểm tra / only look at it")] = False,
) -> None:
    """Nạp một bảng số liệu; nạp lại không đổi gì / Load a table; loading it again changes nothing."""
    content = file.read_bytes()
    rows = indicator_uploads.read(content, scratch=console.chosen().data_dir / "scratch")
    day = on.date() if on else None
    draft = indicator_uploads.look(console.db(), code=code, rows=rows, on=day, source=source, file_name=file.name)
    for row in draft.rows:
        for one in row.findings:
            console.out.print(f"{one.row_no:>5}  {one.code}  {sentence(one, 'vi')} / {sentence(one, 'en')}")
    console.out.print(" · ".join(f"{one} {draft.count(one)}" for one in Change))
    if look:
        return
    if draft.count(Change.REFUSED):
        first = next(one for row in draft.rows for one in row.findings if one.refuses)
        raise IndicatorTableRefused(
            rows=draft.count(Change.REFUSED),
            row=first.row_no,
            reason_vi=sentence(first, "vi"),
            reason_en=sentence(first, "en"),
        )
    _say(
        indicator_uploads.load(
            console.db(), code=code, rows=rows, on=day, source=source, file_name=file.name,
            sha256=sha256(content).hexdigest(), login=by, reason=reason,
        )
    )  # fmt: skip


@group.command("correct")
def indicators_correct(
    code: Code,
    subject: Annotated[str, typer.Option("--subject", help="Đối tượng, như đã công bố / subject, as published")],
    on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="Ngày của số liệu / day of the value")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Lý do, được lưu lại / why; it is kept")],
    source: Source,
    set_: Annotated[list[str], typer.Option("--set", help="Cột=giá trị, ví dụ total=608 / column=value")],
    level: Annotated[CountedLevel, typer.Option("--level", help="Cấp / level")] = CountedLevel.ALL,
) -> None:
    """Sửa một số liệu bằng phiên bản mới / Correct one value by a new version; the old one stays."""
    pairs = [one.partition("=") for one in set_]
    if wrong := next((name for name, mark, _ in pairs if not mark or name not in indicator_uploads.CORRECTED), None):
        raise typer.BadParameter(f"{wrong}: {', '.join(indicator_uploads.CORRECTED)}")
    _say(
        indicator_uploads.correct(
            console.db(), code=code, subject=subject, level=level, on=on.date(),
            changed={name: value for name, _, value in pairs}, source=source, login=by, reason=reason,
        )
    )  # fmt: skip


def _say(done: Recorded) -> None:
    console.out.print(f"Mới / new {done.new} · đổi / changed {done.changed} · không đổi / unchanged {done.unchanged}")


def _cells(one: Figure) -> tuple[str, ...]:
    done = f"{_count(one.done)}/{_count(one.total)}" if one.total else one.state or ", ".join(one.states) or "-"
    share = f" ({one.share:.1%})" if one.share is not None else ""
    due = one.due_text or (one.due_on.isoformat() if one.due_on else "-")
    flags = "; ".join(sentence(flag, "vi") for flag in one.flags)
    return one.subject, one.level, f"{done}{share}", due, one.timing, flags


def _count(count: Count | None) -> str:
    if count is None:
        return "-"
    if count.exact:
        return str(count.at_least)
    return f"≥{count.at_least}" if count.at_most is None else f"{count.at_least}–{count.at_most}"
