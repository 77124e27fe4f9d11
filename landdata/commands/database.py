"""Commands of the database: what a superuser prepares, migrations, what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landdata.commands import console
from landdata.store import migrate, roles
from landdata.store.engine import Database

group = typer.Typer(no_args_is_help=True, help="Cơ sở dữ liệu / Database")
_Passwords = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="Đặt mật khẩu cho các vai trò có trong tệp pgpass / set those of a pgpass file",
    ),
]
_Replication = Annotated[
    bool, typer.Option("--replication", help="Cho vai trò sao lưu chạy pg_basebackup / let the backup copy the cluster")
]


@group.command("bootstrap")
def db_bootstrap(passwords: _Passwords = None, replication: _Replication = False) -> None:
    """Việc của superuser: vai trò, phần mở rộng, hệ tọa độ / Superuser's part: roles, extensions, coordinate systems."""
    chosen = console.chosen()
    owner = roles.owner_of(chosen.database_url)
    superuser = Database(chosen.admin_url or chosen.database_url, pool_size=1)
    given = roles.passwords_in(passwords.read_text(encoding="utf-8"), owner) if passwords else {}
    migrate.bootstrap(superuser, owner, passwords=given, replication=replication)
    console.out.print(f"Đã sẵn sàng / Ready: {len(roles.Role)} vai trò / roles, postgis, btree_gist, spatial_ref_sys")


@group.command("migrate")
def db_migrate() -> None:
    """Đưa lược đồ lên bản mới nhất / Bring the schema up to date."""
    migrate.migrate(console.db())
    console.out.print("Lược đồ đã mới nhất / The schema is up to date")


@group.command("status")
def db_status() -> None:
    """Còn thiếu gì, quyền nào sai / What is missing, which rights deviate. Exit code 1 when something is."""
    lacking = migrate.missing(console.db())
    if not lacking:
        migrate.check_current(console.db())
        lacking = migrate.deviating(console.db())
    console.out.print("Đủ / Complete" if not lacking else f"Còn thiếu / Missing: {', '.join(lacking)}")
    raise typer.Exit(1 if lacking else 0)
