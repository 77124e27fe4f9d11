"""The numbered migrations on a database that holds data: up, down to nothing, up again, and equal to the tables in code."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from landworld import COMMUNES, Desk, row
from sqlalchemy import text

from landdata.errors import DatabaseNotReady
from landdata.flows import agreements
from landdata.model.crs import ZONES
from landdata.model.terms import said
from landdata.store import migrate
from landdata.store.engine import Database
from landdata.store.tables import SCHEMAS, metadata


def schemas(db) -> set[str]:
    with db.read() as tx:
        return set(tx.connection.scalars(text("SELECT nspname FROM pg_namespace"))) & set(SCHEMAS)


def differences(db) -> list[object]:
    with db.read() as tx:
        context = MigrationContext.configure(
            tx.connection,
            opts={
                "include_schemas": True, "compare_type": True, "version_table": "schema_version",
                "include_name": lambda name, kind, _: kind != "schema" or name in SCHEMAS,
                "include_object": lambda made, _name, kind, *_: not is_partition(made, kind),
            },
        )  # fmt: skip
        return list(compare_metadata(context, metadata))


def is_partition(made, kind) -> bool:
    """Partitions of the log are made by a job, not by a migration."""
    table = made if kind == "table" else getattr(made, "table", None)
    return table is not None and table.name.startswith("access_event_")


def test_metadata_equals_the_database(database):
    assert differences(database) == []


def test_a_difference_would_be_seen(database):
    with database.write() as tx:
        tx.connection.execute(text("ALTER TABLE land.parcel ADD COLUMN extra text"))
        tx.connection.execute(text("ALTER TABLE org.person DROP COLUMN full_name"))
    assert {one[0] for one in differences(database)} == {"remove_column", "add_column"}


def test_up_and_down_and_up_with_data(country, tmp_path, in_process):
    desk = Desk(country, tmp_path)
    desk.deliver([row(COMMUNES[0], 1)])
    desk.agree()
    assert desk.ask("024070000001")["status"] == "UNAVAILABLE"
    migrate.check_current(country)
    migrate.migrate(country)  # again is no error
    assert schemas(country) == set(SCHEMAS)
    migrate.downgrade(country, "base")
    assert schemas(country) == set()
    with pytest.raises(DatabaseNotReady):
        migrate.check_current(country)
    migrate.migrate(country)
    assert schemas(country) == set(SCHEMAS)
    assert differences(country) == []
    with country.read() as tx:
        assert tx.connection.scalar(text("SELECT count(*) FROM land.parcel")) == 0
        assert tx.connection.scalar(text("SELECT to_regprocedure('share.read_land_records(jsonb)') IS NOT NULL"))


def test_agreements_keep_their_words_on_the_way_down_and_get_steps_on_the_way_up(country, tmp_path):
    """Versions get codes of their own, what was never in force goes, and what was is noted when it comes back."""
    desk = Desk(country, tmp_path)
    desk.agree("kept")
    for words, step in (({"daily_quota": 5}, agreements.approve), ({"daily_quota": 9}, agreements.reject)):
        agreements.amend(country, code="TT-kept", said=said(words), by="lan", reason="thử")
        step(country, code="TT-kept", by="minh", reason="thử")
    migrate.downgrade(country, "0015")
    rows = "SELECT code, state, daily_quota FROM share.agreement ORDER BY agreement_id"
    assert desk.rows(rows) == [("TT-kept#1", "ENDED", 1000), ("TT-kept", "ACTIVE", 5)]
    migrate.migrate(country)
    assert differences(country) == []
    assert desk.rows(rows) == [("TT-kept#1", "ENDED", 1000), ("TT-kept", "ACTIVE", 5)]
    [version] = agreements.show(country, code="TT-kept").versions
    assert (version.drafted_by, version.edited_by, version.approved_by) == ("lan", "lan", "minh")
    assert [one.step for one in agreements.show(country, code="TT-kept").events] == ["DRAFTED", "APPROVED"]
    agreements.suspend(country, code="TT-kept", by="lan", reason="thử")


def test_down_one_by_one(database):
    """Each step back is followed by a step forward from there."""
    with database.read() as tx:
        head = tx.connection.scalar(text("SELECT version_num FROM public.schema_version"))
    for number in range(int(head) - 1, 0, -1):
        migrate.downgrade(database, f"{number:04d}")
    migrate.downgrade(database, "base")
    migrate.migrate(database)
    assert differences(database) == []


def test_bootstrap_says_what_is_missing_and_mends_it(admin_url, database, database_url):
    url = database.engine.url.set(username="postgres")
    superuser = Database(url.render_as_string(hide_password=False), pool_size=1)
    with superuser.write() as tx:
        tx.connection.execute(text("DELETE FROM spatial_ref_sys WHERE srid = :srid"), {"srid": ZONES[3].srid})
        tx.connection.execute(
            text("UPDATE spatial_ref_sys SET proj4text = '+proj=longlat' WHERE srid = :srid"), {"srid": ZONES[4].srid}
        )
    assert migrate.missing(database) == ["spatial_ref_sys rows of the VN-2000 zones"]
    with pytest.raises(DatabaseNotReady) as caught:
        migrate.migrate(database)
    assert "bootstrap" in caught.value.mend("en")
    migrate.bootstrap(superuser, "landdata")
    migrate.bootstrap(superuser, "landdata")
    assert migrate.missing(database) == []
    with database.read() as tx:
        rows = dict(
            tuple(one)
            for one in tx.connection.execute(
                text("SELECT srid, proj4text FROM spatial_ref_sys WHERE auth_name = 'LANDDATA'")
            )
        )
    assert rows == {zone.srid: zone.proj4text for zone in ZONES}
    superuser.close()
