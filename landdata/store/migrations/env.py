"""Alembic's entry: runs the numbered migrations on the connection that `store/migrate.py` hands over."""

from __future__ import annotations

from alembic import context

from landdata.store.tables import SCHEMAS, metadata


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Compare our own schemas only; PostGIS and the job engine keep theirs."""
    return kind != "schema" or name in SCHEMAS


def main() -> None:
    """Run inside the transaction of the given connection; each migration stands or falls whole."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_schemas=True,
        include_name=include_name,
        transaction_per_migration=False,
        version_table="schema_version",
        version_table_schema="public",
    )
    with context.begin_transaction():
        context.run_migrations()


main()
