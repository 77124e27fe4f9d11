"""Commands about the population platform: how it does, and matching with an extract of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landdata.commands import console
from landdata.commands.console import AsFormat, Format
from landdata.flows import asking, match
from landdata.matching.reasons import SENTENCES
from landdata.model.asking import Breaker
from landdata.store.keys import Keys
from landdata.store.roles import Role

group = typer.Typer(no_args_is_help=True, help="Nền tảng dân cư / The population platform")

_STATES = {
    Breaker.CLOSED: "đang hỏi bình thường / asked as usual",
    Breaker.OPEN: "tạm ngừng hỏi vì lỗi liên tiếp / left alone after failures in a row",
    Breaker.HALF_OPEN: "hết thời gian ngừng, sẽ thử một lần hỏi / one request will try whether it is back",
}
_File = typer.Argument(
    exists=True, dir_okay=False, help="Bản trích công dân, CSV hoặc Parquet / citizens, CSV or Parquet"
)
_Whole = typer.Option(
    "--whole",
    help="Bản trích có mọi công dân: số không có trong đó là không ai mang / it holds every citizen: "
    "a number that is not in it is nobody's",
)


@group.command("state")
def state(format_: AsFormat = Format.TEXT) -> None:
    """Có đang hỏi được không, hôm nay đã hỏi bao nhiêu / Whether it can be asked, and how much was today."""
    found, limit = asking.health(console.db()), console.chosen().match_daily_quota
    if format_ is Format.JSON:
        console.as_json(found)
        return
    console.out.print(f"{found.breaker}: {_STATES[found.breaker]}")
    if found.open_until and found.breaker is not Breaker.CLOSED:
        console.out.print(f"đến / until {found.open_until:%Y-%m-%d %H:%M:%S} UTC")
    if found.failed_at:
        console.out.print(
            f"lỗi gần nhất / last failure: {found.failed_at:%Y-%m-%d %H:%M:%S} UTC, {found.failed_reason}; "
            f"liên tiếp / in a row: {found.failures}"
        )
    console.out.print(f"hôm nay đã hỏi / asked today: {found.asked}" + (f" / {limit}" if limit else ""))
    console.out.print(f"đợt chưa có trả lời / batches without an answer: {found.waiting}")


@group.command("outcomes")
def outcomes(format_: AsFormat = Format.TEXT) -> None:
    """Bao nhiêu chủ đã xác thực, bao nhiêu chưa, vì sao / How many holders are verified, how many not, and why."""
    statuses, reasons = match.standing(console.db())
    if format_ is Format.JSON:
        told = {
            one.name: {"count": count, "vi": SENTENCES[one].vi, "en": SENTENCES[one].en}
            for one, count in reasons.items()
        }
        console.as_json({"statuses": {one.value: count for one, count in statuses.items()}, "reasons": told})
        return
    total = sum(statuses.values())
    for status, count in statuses.items():
        console.out.print(f"{status.value:<11} {count:>10}  {100 * count / total:5.1f} %")
    for reason, count in reasons.items():
        console.out.print(f"{reason.name:<25} {count:>10}  {SENTENCES[reason].vi} / {SENTENCES[reason].en}")


@group.command("load")
def load(file: Annotated[Path, _File], whole: Annotated[bool, _Whole] = False) -> None:
    """Đối soát mọi chủ đang chờ với một bản trích / Match all pending holders with an extract; it is not kept."""
    from landdata.flows import extract

    with console.progress() as shown:
        done = extract.match_extract(
            console.db_as(Role.WORKER), file, keys=Keys(console.chosen().key_folder), whole=whole, report=shown
        )
    console.out.print(f"{done.citizens} công dân / citizens; {done.unusable} dòng không dùng được / unusable rows")
    console.out.print(
        f"{done.linked} chủ khớp ngay / plain links; {done.judged} chủ xét theo quy tắc / judged by rules"
    )


@group.command("forget")
def forget() -> None:
    """Xóa bản trích còn lại sau một lần chạy bị ngắt / Delete an extract that a cut left behind."""
    from landdata.flows import extract

    console.out.print(f"{extract.forget(console.db_as(Role.WORKER))} công dân đã xóa / citizens deleted")
