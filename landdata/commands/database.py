"""Commands of the database: what a superuser prepares, migrations, what is missing."""

from __future__ import annotations

import typer

from landdata.commands import console
from landdata.store import migrate
from landdata.store.engine import Database

group = typer.Typer(no_args_is_help=True, help="Cơ sở dữ liệu / Database")


@group.command("bootstrap")
def db_bootstrap() -> None:
    """Việc của superuser: phần mở rộng, hệ tọa độ / Superuser's part: extensions, coordinate systems."""
    chosen = console.chosen()
    role = Database(chosen.database_url, pool_size=1).engine.url.username or "landdata"
    migrate.bootstrap(Database(chosen.admin_url or chosen.database_url, pool_size=1), role)
    console.out.print("Đã sẵn sàng / Ready: postgis, btree_gist, spatial_ref_sys")


@group.command("migrate")
def db_migrate() -> None:
    """Đưa lược đồ lên bản mới nhất / Bring the schema up to date."""
    migrate.migrate(console.db())
    console.out.print("Lược đồ đã mới nhất / The schema is up to date")


@group.command("status")
def db_status() -> None:
    """Còn thiếu gì / What is missing. Exit code 1 when something is."""
    lacking = migrate.missing(console.db())
    if not lacking:
        migrate.check_current(console.db())
    console.out.print("Đủ / Complete" if not lacking else f"Còn thiếu / Missing: {', '.join(lacking)}")
    raise typer.Exit(1 if lacking else 0)
