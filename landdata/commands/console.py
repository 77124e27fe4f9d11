"""What all commands share: the terminal, the settings and database of this call, and options that mean the same everywhere."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from landdata.commands import screen
from landdata.model.deliveries import Kind, Profile
from landdata.model.units import Level
from landdata.settings import Settings, settings
from landdata.store import roles
from landdata.store.engine import Database
from landdata.store.roles import Role

out, progress, sending, counting = screen.out, screen.progress, screen.sending, screen.counting


class Format(StrEnum):
    """How a command prints its answer."""

    TEXT = "text"
    JSON = "json"


Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Ngày / day, yyyy-mm-dd")]
AsFormat = Annotated[Format, typer.Option("--format", help="text hoặc / or json")]
OfLevel = Annotated[Level | None, typer.Option("--level", help="Cấp / level")]


# What is said of files, whether they are checked or delivered.
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", exists=True, dir_okay=False, help="Tệp, hoặc bảng và lớp bản đồ / file, or table and layer"
    ),
]
OfKind = Annotated[Kind, typer.Option("--kind", help="Loại giao nộp / kind of delivery")]
EffectiveOn = Annotated[
    datetime | None, typer.Option("--effective-on", formats=["%Y-%m-%d"], help="Ngày hiệu lực / effective day")
]
OfZone = Annotated[int | None, typer.Option("--crs", help="Mã EPSG của múi chiếu / EPSG code of the zone")]
OfCommunes = Annotated[str | None, typer.Option("--communes", help="Mã xã, cách bằng dấu phẩy / codes, by comma")]
OfProfile = Annotated[
    Profile | None, typer.Option("--profile", help="Hồ sơ; mặc định tự nhận / profile; default: found by looking")
]


def communes(given: str | None) -> tuple[str, ...] | None:
    """The codes that were named, or None for none."""
    return None if given is None else tuple(code.strip() for code in given.split(","))


def chosen() -> Settings:
    """The settings of this call."""
    return settings()


def db() -> Database:
    """The operator's database."""
    return Database(chosen().database_url, pool_size=2)


def db_as(role: Role) -> Database:
    """The operator's database, with no more rights than one role has."""
    return roles.connect(chosen().database_url, role, pool_size=2)


def day(given: datetime | None) -> date:
    """The day that was named, or today."""
    return given.date() if given else date.today()  # noqa: DTZ011 - the operator's own calendar


def as_json(value: Any) -> None:
    """Print a value; through the bare stream: a console wraps and colours, JSON must arrive as it is."""

    def plain(one: Any) -> Any:
        if is_dataclass(one) and not isinstance(one, type):
            return asdict(one)
        return one.isoformat() if isinstance(one, date | datetime) else str(one)

    sys.stdout.write(json.dumps(value, default=plain, ensure_ascii=False, indent=2) + "\n")
