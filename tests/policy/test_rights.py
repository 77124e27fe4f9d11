"""Who can do what in the database: every right as it is, against a list that people read; and the opposite, tried out."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege, ReadOnlySqlTransaction
from sqlalchemy import make_url

sys.path.insert(0, str(Path(__file__).parent))

from rightslist import lines  # found by the line above

from landdata.store import migrate, rights
from landdata.store.roles import Role, address
from landdata.store.tables import SCHEMAS, metadata

LIST = Path(__file__).parent / "rights.txt"
OWNER = "landdata"
TABLES = sorted(metadata.tables)
EVERYBODY = [role for role in Role if role is not Role.GATE]


@pytest.fixture(scope="module")
def superuser(admin_url, shared_country_url):
    url = make_url(admin_url).set(database=make_url(shared_country_url).database)
    with closing(psycopg2.connect(url.render_as_string(hide_password=False))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


@pytest.fixture(scope="module")
def run(shared_country_url):
    """Execute a statement as a role, and take it back."""
    open_ = {}

    def call(role: Role, sql: str) -> list[tuple]:
        if role not in open_:
            open_[role] = psycopg2.connect(address(shared_country_url, role))
        connection = open_[role]
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.rollback()

    yield call
    for connection in open_.values():
        connection.close()


def test_every_right_is_on_the_list(superuser, tmp_path):
    now = "\n".join(lines(superuser, OWNER))
    fresh = tmp_path / "rights.txt"
    fresh.write_text(now, encoding="utf-8")
    assert now == LIST.read_text(encoding="utf-8"), (
        f"what is there now stands in {fresh}; take it over when it is meant"
    )


def test_a_right_too_many_would_be_seen_and_is_taken_back(database, admin_url):
    url = make_url(admin_url).set(database=database.engine.url.database).render_as_string(hide_password=False)
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        before = lines(cursor, OWNER)
        for sql in (
            f"GRANT SELECT ON land.holder TO {OWNER}_api",
            "GRANT EXECUTE ON FUNCTION share.note_changes(bigint, bigint) TO PUBLIC",
            f"GRANT UPDATE (name) ON land.holder TO {OWNER}_dashboard",
            f"GRANT CREATE ON SCHEMA audit TO {OWNER}_auditor",
            f"REVOKE SELECT ON ref.unit FROM {OWNER}_worker",
            "CREATE TABLE land.extra (citizen text)",
            f"ALTER TABLE land.extra OWNER TO {OWNER}",
            f"GRANT ALL ON land.extra TO {OWNER}_worker",
        ):
            cursor.execute(sql)
        assert lines(cursor, OWNER) != before
        assert len(migrate.deviating(database)) >= 6
        migrate.grant(database)
        assert migrate.deviating(database) == []
        # A new table without a line is reachable for nobody but the owner, and the backup that has to hold it.
        after = lines(cursor, OWNER)
        after.remove("land.extra: SELECT")
        assert after == before


def test_what_is_named_exists_and_is_ours(superuser):
    columns = {name: {column.name for column in table.columns} for name, table in metadata.tables.items()}
    for objects in rights.RIGHTS.values():
        for named in objects:
            if named.endswith(")"):
                superuser.execute("SELECT %s LIKE '%%*()' OR to_regprocedure(%s) IS NOT NULL", (named, named))
            else:
                superuser.execute("SELECT to_regclass(%s) IS NOT NULL", (named.removeprefix("sequence "),))
            assert superuser.fetchone() == (True,), named
    assert columns.keys() >= {name for objects in rights.RIGHTS.values() for name in objects if name in columns}


# The map's views are a fence themselves: columns without persons, and rows by what the transaction says of its reader.
# They run with the owner's rights, who is no superuser; `tests/landdata/flows/test_tiles.py` tries the fence.
FENCES = [
    (name,)
    for name in (
        "land.shown_lineage", "land.shown_parcel", "land.shown_purpose", "land.shown_version", "stats.shown_commune",
        "stats.shown_ground",
    )
]  # fmt: skip


def test_a_view_shows_what_its_reader_may_see(superuser):
    superuser.execute(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'v' AND n.nspname = ANY (%s) AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)",
        (list(SCHEMAS),),
    )
    assert sorted(superuser.fetchall()) == FENCES
    for (view,) in FENCES:
        superuser.execute("SELECT pg_get_viewdef(%s::regclass)", (view,))
        assert "landdata.sight" in superuser.fetchone()[0], view


@pytest.mark.parametrize("table", [*TABLES, "public.procrastinate_jobs", "public.spatial_ref_sys"])
def test_who_answers_consumers_reads_and_writes_no_table(run, table):
    column = next(iter(metadata.tables[table].columns)).name if table in metadata.tables else None
    for sql in (
        f"SELECT * FROM {table}",
        f"SELECT count(*) FROM {table}",
        f"INSERT INTO {table} DEFAULT VALUES",
        f'UPDATE {table} SET "{column}" = DEFAULT' if column else f"DELETE FROM {table}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
    ):
        with pytest.raises(InsufficientPrivilege):
            run(Role.API, sql)


NUMBERS = "SELECT nextval('audit.access_event_access_id_seq')"
HOLDERS = "SELECT name FROM land.holder"
LOG = "SELECT * FROM audit.access_event"
FORBIDDEN: dict[Role, tuple[str, ...]] = {
    Role.API: (
        NUMBERS, "SELECT setval('audit.access_event_access_id_seq', 1)", "SELECT last_value FROM land.record_ids",
        "SELECT share.stood(1, 1, pg_current_snapshot())", "SELECT share.in_scope(1, 1::smallint, 1, 1)",
        "SELECT * FROM share.communes_of(1::smallint, 1, NULL)", "SELECT share.not_covered(0::smallint, NULL, NULL)",
        "SELECT share.wholly_connected(1::smallint, 1, NULL)", "SELECT share.record_version('a'::bytea)",
        "SELECT share.note_changes(NULL, NULL)", "SELECT stats.count_connected()", "SELECT intake.blocker(1)",
        "SELECT audit.ensure_partitions(1)", "SELECT procrastinate_cancel_job_v1(1, true, true)",
        f"SET ROLE {OWNER}", f"SET ROLE {OWNER}_gate", "CREATE TEMPORARY TABLE mine (a int)", "CREATE TABLE mine (a int)",
        "SELECT lo_create(0)", "COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('/etc/passwd')",
        "CREATE FUNCTION share.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
    Role.ISSUER: (
        HOLDERS, LOG, "SELECT * FROM match.party", "UPDATE oauth.client SET enabled = true", "DELETE FROM oauth.client",
        "INSERT INTO oauth.client (client_id) VALUES ('x')", "DELETE FROM oauth.revoked_token", "DELETE FROM oauth.assertion",
        "UPDATE share.agreement SET state = 'ACTIVE'", "SELECT purpose FROM share.agreement",
        "SELECT share.read_land_records('[]')", "SELECT * FROM share.quota_use", "SELECT * FROM org.person",
    ),
    Role.UPLOADER: (
        HOLDERS, LOG, "SELECT * FROM land.parcel", "SELECT * FROM land.record", "SELECT * FROM match.claim",
        "DELETE FROM intake.delivery", "UPDATE intake.delivery SET refusal = '{}'", "UPDATE intake.delivery SET office_id = 1",
        "INSERT INTO intake.finding (delivery_id, layer, code, severity) VALUES (1, '', 'X', 'WARNING')",
        "DELETE FROM intake.finding", "DELETE FROM intake.decision", "UPDATE intake.decision SET reason = ''",
        "UPDATE intake.delivery_layer SET rows_read = 0", "INSERT INTO intake.delivery_commune (delivery_id) VALUES (1)",
        "UPDATE sync.run SET outcome = 'DONE'", "SELECT * FROM procrastinate_jobs", "SELECT * FROM share.agreement",
        "INSERT INTO procrastinate_jobs (task_name) VALUES ('seal')", "SELECT procrastinate_cancel_job_v1(1, true, true)",
        "SELECT share.read_land_records('[]')", "UPDATE org.role_grant SET approved_by = 1", "SELECT * FROM oauth.client",
        "INSERT INTO org.role_grant (role) VALUES ('BACKFILL')", "SELECT requested_by FROM org.role_grant",
    ),
    Role.DASHBOARD: (
        HOLDERS, LOG, "SELECT * FROM land.parcel", "SELECT * FROM land.certificate", "SELECT * FROM match.party",
        "SELECT * FROM match.claim", "SELECT file_name FROM intake.delivery", "SELECT * FROM intake.finding",
        "SELECT party_id FROM share.change", "SELECT * FROM share.watch", "SELECT * FROM oauth.client",
        "SELECT purpose FROM share.agreement", "SELECT * FROM org.person", "SELECT share.read_land_records('[]')",
    ),
    Role.MAP: (
        HOLDERS, LOG, "SELECT * FROM land.parcel", "SELECT geom FROM land.parcel", "SELECT * FROM land.record",
        "SELECT * FROM land.certificate", "SELECT * FROM match.party", "SELECT * FROM org.person",
        "SELECT * FROM people.gis_key", "SELECT name_vi FROM org.office", "SELECT share.read_land_records('[]')",
        "UPDATE stats.commune_extent SET is_stale = true",
    ),
    Role.WORKER: (
        LOG, NUMBERS, "INSERT INTO audit.access_event (request_id) VALUES (gen_random_uuid())",
        "DELETE FROM audit.access_event", "UPDATE audit.access_event SET status = ''", "TRUNCATE audit.access_event",
        "DROP TABLE audit.access_event", "SELECT * FROM audit.seal", "DELETE FROM audit.seal", "DELETE FROM land.record",
        "DELETE FROM land.parcel", "UPDATE land.holder SET name = ''", "UPDATE land.parcel SET geom = NULL",
        "UPDATE land.record SET content_hash = ''", "DELETE FROM intake.delivery", "DELETE FROM intake.decision",
        "UPDATE share.agreement SET state = 'ACTIVE'", "INSERT INTO share.change (change_no) VALUES (1)",
        "UPDATE share.watch SET record_version = ''", "SELECT secret_digests FROM oauth.client", "SELECT * FROM share.request",
        "UPDATE oauth.client SET enabled = true", "SELECT share.read_land_records('[]')", "CREATE TABLE public.mine (a int)",
        "UPDATE org.role_grant SET approved_by = 1", "ALTER TABLE intake.delivery DISABLE ROW LEVEL SECURITY",
    ),
    Role.SEALER: (
        HOLDERS, "UPDATE audit.seal SET root = ''", "DELETE FROM audit.seal", "TRUNCATE audit.seal",
        "DELETE FROM audit.access_event",
        "UPDATE audit.access_event SET status = ''", "ALTER TABLE audit.seal DISABLE TRIGGER ALL", "DROP TABLE audit.seal",
        "INSERT INTO audit.access_event (request_id) VALUES (gen_random_uuid())", "SELECT * FROM share.agreement",
        "CREATE TABLE audit.mine (a int)", "CREATE TEMPORARY TABLE mine (a int)", "DELETE FROM audit.verification",
        "UPDATE audit.verification SET reason = 'x'", "UPDATE audit.inspection SET reason = ''",
    ),
    Role.AUDITOR: (
        HOLDERS, "SELECT * FROM match.party_number", "SELECT jwks FROM oauth.client", "SELECT audit.ensure_partitions(1)",
        "UPDATE audit.verification SET outcome = 'INTACT'", "INSERT INTO audit.verification (reason) VALUES ('x')",
        "INSERT INTO procrastinate_jobs (task_name) VALUES ('seal')", "SELECT * FROM people.account",
    ),
    Role.ADMIN: (
        HOLDERS, LOG, "SELECT * FROM land.parcel", "SELECT * FROM match.claim", "SELECT * FROM match.party",
        "SELECT * FROM audit.inspection", "SELECT * FROM audit.seal", "SELECT audit.ask_verification(1, 'x')",
        "SELECT share.read_land_records('[]')", "SELECT * FROM share.quota_use", "SELECT party_id FROM share.watch",
        "UPDATE share.agreement SET daily_quota = 1", "DELETE FROM share.agreement", "DELETE FROM share.agreement_event",
        "UPDATE share.agreement_event SET reason = ''", "DELETE FROM people.event", "UPDATE people.event SET note = ''",
        "DELETE FROM org.role_grant", "UPDATE org.role_grant SET role = 'ADMINISTRATOR'", "DELETE FROM oauth.client",
        "UPDATE oauth.client SET auth_method = 'x'", "UPDATE org.person SET login = 'x'",
        "UPDATE org.office SET kind = 'MINISTRY'", "UPDATE stats.coverage_rule SET commune_share = 1",
        "DELETE FROM stats.coverage_rule", "SELECT * FROM people.used_state",
        "DELETE FROM procrastinate_jobs", "UPDATE procrastinate_jobs SET args = '{}'",
        "INSERT INTO people.session DEFAULT VALUES",
        "SELECT * FROM intake.delivery", "UPDATE sync.source SET state = 'PAUSED'",
        "SELECT pending_no FROM share.webhook", "UPDATE share.webhook SET announced_no = 1",
        "UPDATE share.webhook SET client_id = 'x'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("role", "sql"), [(role, sql) for role, many in FORBIDDEN.items() for sql in many])
def test_what_a_role_is_not_for_is_refused(run, role, sql):
    with pytest.raises((InsufficientPrivilege, ReadOnlySqlTransaction)):
        run(role, sql)


WRITES = [
    sql
    for table in TABLES
    for sql in (
        f"INSERT INTO {table} DEFAULT VALUES",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"DROP TABLE {table}",
    )
]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.BACKUP, Role.DASHBOARD, Role.MAP])
def test_who_only_reads_writes_nothing_even_when_it_takes_its_own_fetter_off(run, role):
    for sql in WRITES:
        with pytest.raises((InsufficientPrivilege, ReadOnlySqlTransaction)):
            run(role, sql)
        with pytest.raises(InsufficientPrivilege):
            run(role, f"SET TRANSACTION READ WRITE; {sql}")


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_can_do_what_it_is_for(run, role):
    allowed = {
        Role.API: "SELECT * FROM share.read_land_records('[]')",
        Role.ISSUER: "SELECT client_id FROM oauth.client",
        Role.UPLOADER: "SELECT * FROM intake.delivery",
        Role.DASHBOARD: "SELECT sum(parcels) FROM stats.coverage_event",
        Role.MAP: "SELECT count(*) FROM land.shown_parcel",
        Role.PEOPLE: "SELECT count(*) FROM people.session",
        Role.WORKER: "SELECT nextval('land.record_ids')",
        Role.SEALER: "SELECT audit.ensure_partitions(2)",
        Role.AUDITOR: LOG,
        Role.ADMIN: "SELECT * FROM share.agreement",
        Role.BACKUP: HOLDERS,
    }
    run(role, allowed[role])


def test_nobody_stands_in_for_another(run):
    for role in EVERYBODY:
        for other in (OWNER, *(f"{OWNER}_{one.value}" for one in Role if one is not role)):
            with pytest.raises(InsufficientPrivilege):
                run(role, f"SET ROLE {other}")


def test_a_partition_is_no_way_around_the_log(run, superuser):
    superuser.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit.access_event'::regclass"
    )
    for (partition,) in superuser.fetchall():
        for role in (Role.API, Role.WORKER, Role.SEALER, Role.AUDITOR):
            with pytest.raises((InsufficientPrivilege, ReadOnlySqlTransaction)):
                run(role, f"DELETE FROM {partition}")
