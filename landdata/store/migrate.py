"""Brings a database to the present schema: roles and extensions by a superuser, then migrations, functions, rights."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text

from landdata.errors import DatabaseNotReady
from landdata.model.crs import ZONES
from landdata.store import coverage, delivery_communes, granting, projection, roles
from landdata.store.engine import Database, Reader, Writer

EXTENSIONS = ("postgis", "btree_gist")
# One migration at a time, whoever starts it: any number that nobody else uses.
_MIGRATION_LOCK = 7_240_001


def bootstrap(
    db: Database, service_role: str, *, passwords: Mapping[str, str] | None = None, replication: bool = False
) -> None:
    """Superuser work: the roles beside the owner's, extensions, our rows of spatial_ref_sys with the national transformation.

    `db` connects as a superuser. `passwords` are set for the roles named; `replication` lets the backup's role copy the
    cluster as a whole. Safe to repeat.
    """
    with db.write() as tx:
        roles.ensure(tx, service_role)
        roles.set_passwords(tx, passwords or {})
        if replication:
            roles.allow_replication(tx, service_role)
    with db.write() as tx:
        for extension in EXTENSIONS:
            tx.connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        tx.connection.execute(
            text(
                "INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text) "
                "VALUES (:srid, 'LANDDATA', :srid, NULL, :proj4text) "
                "ON CONFLICT (srid) DO UPDATE SET auth_name = excluded.auth_name, srtext = NULL, proj4text = excluded.proj4text"
            ),
            [{"srid": zone.srid, "proj4text": zone.proj4text} for zone in ZONES],
        )
        database = str(tx.connection.scalar(text("SELECT current_database()")))
        for statement in (*roles.database_statements(database, service_role), *_entrance(service_role)):
            tx.connection.exec_driver_sql(statement)


def _entrance(owner: str) -> list[str]:
    """The schema that everybody shares: PostGIS is there for all, its lists for those who transform coordinates."""
    lists = "spatial_ref_sys, geometry_columns, geography_columns"
    transforming = ", ".join(f'"{roles.name(owner, role)}"' for role in (roles.Role.WORKER, roles.Role.MAP))
    return [
        # Large objects are the one thing that whoever is connected may make: rows of nobody's table.
        "REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f'GRANT USAGE, CREATE ON SCHEMA public TO "{owner}"',
        f"REVOKE ALL ON {lists} FROM PUBLIC",
        f'GRANT SELECT ON spatial_ref_sys TO "{owner}", {transforming}',
    ]


def missing(db: Database) -> list[str]:
    """What `landdata db bootstrap` still has to do; empty when nothing."""
    with db.read() as tx:
        present = set(tx.connection.scalars(text("SELECT extname FROM pg_extension")))
        lacking = [f"extension {name}" for name in EXTENSIONS if name not in present]
        lacking += [f"role {name}" for name in roles.lacking(tx)]
        if not lacking:
            known = set(tx.connection.scalars(text("SELECT srid FROM spatial_ref_sys WHERE auth_name = 'LANDDATA'")))
            if not known.issuperset(zone.srid for zone in ZONES):
                lacking.append("spatial_ref_sys rows of the VN-2000 zones")
    return lacking


def beside(url: str, name: str) -> str:
    """The address of another database of the same server and owner."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def name_and_owner(url: str) -> tuple[str, str]:
    """The database that an address names, and the owner's role."""
    return make_url(url).database or "landdata", roles.owner_of(url)


def make(admin_url: str, name: str, owner: str) -> None:
    """A database of this name that the owner can migrate, unless it is there; a superuser's work."""
    server = Database(admin_url, pool_size=1)
    try:
        with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            quote = connection.dialect.identifier_preparer.quote
            if not connection.scalar(
                text("SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name)"), {"name": name}
            ):
                connection.exec_driver_sql(f"CREATE DATABASE {quote(name)} OWNER {quote(owner)} TEMPLATE template0")
    finally:
        server.close()
    inside = Database(beside(admin_url, name), pool_size=1)
    try:
        bootstrap(inside, owner)
    finally:
        inside.close()


def migrate(db: Database) -> None:
    """Run all migrations that are due. Raises DatabaseNotReady when the superuser's part is missing."""
    lacking = missing(db)
    if lacking:
        raise DatabaseNotReady(missing=", ".join(lacking))
    with db.write() as tx:
        tx.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        tx.connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        command.upgrade(_config(tx), "head")
        _install_functions(tx)
        granting.apply(tx)
        coverage.count_connected(tx)


def grant(db: Database) -> None:
    """Bring the rights to what `rights.py` says; after something came that no migration makes, such as the job engine."""
    with db.write() as tx:
        tx.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        granting.apply(tx)


def deviating(db: Database) -> list[str]:
    """Rights in the database that are not those of `rights.py`, as one sentence each."""
    with db.read() as tx:
        lacking, surplus = granting.drift(tx)
    return [*(f"right lacks: {one}" for one in sorted(lacking)), *(f"right too many: {one}" for one in sorted(surplus))]


def downgrade(db: Database, revision: str) -> None:
    """Go back to a revision ('base' is the empty database); its data goes with it."""
    with db.write() as tx:
        command.downgrade(_config(tx), revision)


def revision(db: Database) -> str | None:
    """The migration that the database is at; None: none."""
    with db.read() as tx:
        return MigrationContext.configure(
            tx.connection, opts={"version_table": "schema_version", "version_table_schema": "public"}
        ).get_current_revision()


def head() -> str | None:
    """The last migration that this program knows."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def check_current(db: Database) -> None:
    """Raises DatabaseNotReady unless the schema is the one this program was written for."""
    current, wanted = revision(db), head()
    if current != wanted:
        raise DatabaseNotReady(missing=f"migrations {current or 'none'} -> {wanted}")


def _config(tx: Reader | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    if tx is not None:
        config.attributes["connection"] = tx.connection
    return config


def _install_functions(tx: Writer) -> None:
    # Functions are replaced as a whole after every migration, so that their newest text is the one in the file.
    for file in sorted(files("landdata.store.sql").iterdir(), key=lambda one: one.name):
        if file.name.startswith("function_"):
            body = file.read_text(encoding="utf-8")
            for placeholder, sql in {**projection.placeholders(), **delivery_communes.placeholders()}.items():
                body = body.replace(placeholder, sql)
            # By a bare cursor: SQL functions hold '%' and ':' that no one may take for parameters.
            with tx.raw.cursor() as cursor:
                cursor.execute("SET LOCAL check_function_bodies = off")
                cursor.execute(body)
