"""Tables explain themselves, and those of parcels can be distributed by commune (Citus)."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, Table, UniqueConstraint

from landdata.store.tables import SCHEMAS, metadata

TABLES = sorted(metadata.tables.values(), key=lambda table: table.fullname)
DISTRIBUTION = "commune_id"
# One row a transaction, of whole communes: it belongs to none of them and is a reference table.
NOT_DISTRIBUTED = {"land.publication"}
DISTRIBUTED = [table for table in TABLES if table.schema == "land" and table.fullname not in NOT_DISTRIBUTED]


def name_of(table: Table) -> str:
    return table.fullname


def test_every_schema_is_explained_and_used():
    assert {table.schema for table in TABLES} == set(SCHEMAS)
    assert all(words.endswith(".") for words in SCHEMAS.values())
    assert len(DISTRIBUTED) >= 7
    assert set(metadata.tables) >= NOT_DISTRIBUTED


@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_table_and_columns_have_comments(table):
    assert (table.comment or "").strip()
    assert not [column.name for column in table.columns if not (column.comment or "").strip()]


@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_every_table_has_a_primary_key(table):
    assert list(table.primary_key.columns)


@pytest.mark.parametrize("table", DISTRIBUTED, ids=name_of)
def test_every_unique_key_holds_the_distribution_column(table):
    keys = [one for one in table.constraints if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)]
    unique = [{column.name for column in key.columns} for key in keys]
    unique += [{column.name for column in index.columns} for index in table.indexes if index.unique]
    assert unique
    assert all(DISTRIBUTION in names for names in unique), unique
    assert not table.columns[DISTRIBUTION].nullable


@pytest.mark.parametrize("table", DISTRIBUTED, ids=name_of)
def test_foreign_keys_stay_within_the_commune(table):
    """Citus takes foreign keys between distributed tables only with the distribution column in them."""
    for key in (one for one in table.constraints if isinstance(one, ForeignKeyConstraint)):
        pairs = {element.parent.name: element.target_fullname for element in key.elements}
        target = key.elements[0].column.table
        assert target in DISTRIBUTED, (table.fullname, target.fullname)
        assert pairs.get(DISTRIBUTION) == f"{target.fullname}.{DISTRIBUTION}"


def test_nobody_outside_points_at_a_distributed_table():
    for table in (one for one in TABLES if one not in DISTRIBUTED):
        assert not [key for key in table.foreign_keys if key.column.table in DISTRIBUTED], table.fullname
