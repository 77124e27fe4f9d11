"""Provinces' own services are pulled: connections of two persons, their pulls, and a source's life that knows of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_NOW = sa.text("clock_timestamp()")
_TEXT, _BIG, _INT = sa.Text(), sa.BigInteger(), sa.Integer()
_TIME, _BOOL, _UUID = sa.DateTime(timezone=True), sa.Boolean(), postgresql.UUID(as_uuid=True)
_EMPTY = sa.text("''")
_ZERO = sa.text("0")
_JSON = postgresql.JSONB()
_ACTING = "(SELECT nullif(current_setting('landdata.office', true), '')::bigint)"
_OWN = "EXISTS (SELECT FROM sync.connection c WHERE c.connection_id = {}.connection_id)"
_POLICIES = {
    "connection": f"office_id = {_ACTING}",
    "connection_step": _OWN.format("connection_step"),
    "pull": _OWN.format("pull"),
}
_STANDINGS = "('PROPOSED','ACTIVE','SUSPENDED','ENDED')"
_METHODS = (
    ("OAPIF", "Bộ lấy từ dịch vụ OGC API Features của văn phòng", "Pulled from the office's OGC API Features service"),
    ("WFS", "Bộ lấy từ dịch vụ WFS của văn phòng", "Pulled from the office's Web Feature Service"),
    ("SFTP", "Bộ lấy từ thư mục SFTP của văn phòng", "Pulled from the office's SFTP drop area"),
)
_CAUSES = (
    "REGISTERED", "RECEIVED", "PUBLISHED", "REFUSED", "WITHDRAWN", "MISSED", "PROMISED", "PAUSED", "RESUMED", "ENDED",
)  # fmt: skip
_PULLED = ("PULLED", "PULL_FAILED")
_RULE = {
    "code": "PULL_FAILING",
    "vi": "Lấy dữ liệu từ dịch vụ của tỉnh liên tiếp không thành",
    "en": "Pulls of a province's own service fail in a row",
    "mend_vi": "Xem lý do bằng `landdata connections show`; thử bằng `landdata connections test`; báo cho văn phòng.",
    "mend_en": "See why by `landdata connections show`; try by `landdata connections test`; tell the office.",
}


def _col(name: str, kind: Any, comment: str, *rest: Any, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *rest, **{"nullable": False, "comment": comment, **more})


def _null(name: str, kind: Any, comment: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True, comment=comment)


def _fk(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"{table}_{column}_fk"))


def _check(table: str, name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"{table}_{name}_check"))


def _causes(names: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("source_event_cause_check"), "source_event", schema="sync")
    listed = ",".join(f"'{name}'" for name in names)
    op.create_check_constraint(op.f("source_event_cause_check"), "source_event", f"cause IN ({listed})", schema="sync")
    op.alter_column("source_event", "cause", schema="sync", comment=f"{', '.join(names[:-1])} or {names[-1]}.")


def upgrade() -> None:
    _connection()
    _pull()
    for method in _METHODS:
        op.get_bind().execute(
            sa.text("INSERT INTO sync.delivery_method VALUES (:code, :vi, :en)"),
            dict(zip(("code", "vi", "en"), method, strict=True)),
        )
    _causes((*_CAUSES, *_PULLED))
    op.alter_column(
        "source_event", "reason", schema="sync", comment="Why: a person's words, or the code of what failed."
    )
    op.get_bind().execute(
        sa.text(
            "INSERT INTO sync.alert_rule (code, vi, en, mend_vi, mend_en, unit, threshold, calm_minutes, audience, enabled) "
            "VALUES (:code, :vi, :en, :mend_vi, :mend_en, 'COUNT', 3, 0, 'MINISTRY', true)"
        ),
        _RULE,
    )
    owner = op.get_bind().scalar(sa.text("SELECT current_user"))
    for table, rule in _POLICIES.items():
        op.execute(f"ALTER TABLE sync.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE sync.{table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f'CREATE POLICY whole ON sync.{table} TO "{owner}", "{owner}_worker", "{owner}_dashboard" '
            "USING (true) WITH CHECK (true)"
        )
        op.execute(f'CREATE POLICY own_select ON sync.{table} FOR select TO "{owner}_uploader" USING ({rule})')
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON sync.connection_step "
        "FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_empty BEFORE TRUNCATE ON sync.connection_step "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()"
    )


def _connection() -> None:
    op.create_table(
        "connection",
        _col("connection_id", _BIG, "Identity inside the database.", sa.Identity(always=True)),
        _col("connection_uid", _UUID, "Public identity.", server_default=sa.text("gen_random_uuid()")),
        _col("office_id", _BIG, "Land office whose data it brings."),
        _col("way", _TEXT, "OAPIF, WFS or SFTP."),
        _col(
            "address", _TEXT, "Where the service is; nothing else is ever called for it, but for the token's address."
        ),
        _col("collection", _TEXT, "Collection, feature type or folder there."),
        _null("epsg", _INT, "Zone of VN-2000 that is asked for; null: each file says (SFTP)."),
        _col(
            "wgs84",
            _BOOL,
            "CRS84 is taken, made there by the national transformation.",
            server_default=sa.text("false"),
        ),
        _col("columns", _JSON, "Names at the service with those of the profile.", server_default=sa.text("'{}'")),
        _col("credential", _TEXT, "NONE, BASIC, API_KEY, OAUTH2 or SSH_KEY."),
        _col("secret_file", _TEXT, "Name of the file with the secret, in the keys folder.", server_default=_EMPTY),
        _col("user_name", _TEXT, "User or client id there.", server_default=_EMPTY),
        _col("header", _TEXT, "Header that an API key goes in.", server_default=_EMPTY),
        _col("token_address", _TEXT, "Where tokens are given (OAuth 2).", server_default=_EMPTY),
        _col("host_key", _TEXT, "Public host key that an SFTP server has to prove itself by.", server_default=_EMPTY),
        _col(
            "changed_by", _TEXT, "Property with the instant of a row's last change; empty: none.", server_default=_EMPTY
        ),
        _col("full_every_days", _INT, "A pull of everything at least once in so many days."),
        _col("cadence_minutes", _INT, "Minutes between two pulls."),
        _col("page_rows", _INT, "Rows asked for in one page."),
        _null("effective_on", sa.Date(), "Day from which it counts and whose codes it bears; null: that of each pull."),
        _col("standing", _TEXT, "PROPOSED, ACTIVE, SUSPENDED or ENDED: what its last step ends in."),
        _col("registered_by", _BIG, "Who registered it."),
        _col("registered_at", _TIME, "When.", server_default=_NOW),
        _col("reason", _TEXT, "Why, in that person's words."),
        _null("approved_by", _BIG, "The second person."),
        _null("next_at", _TIME, "When it is pulled next; null: not by the clock."),
        _col("failures", _INT, "Pulls that failed since one went well.", server_default=_ZERO),
        _null("full_at", _TIME, "When everything was pulled last."),
        _col(
            "memory",
            _JSON,
            "What the next pull asks by: validators, last change, hashes; no row.",
            server_default=sa.text("'{}'"),
        ),
        sa.UniqueConstraint("connection_uid", name=op.f("connection_connection_uid_key")),
        _check("connection", "way", "way IN ('OAPIF','WFS','SFTP')"),
        _check("connection", "credential", "credential IN ('NONE','BASIC','API_KEY','OAUTH2','SSH_KEY')"),
        _check("connection", "sftp", "(way = 'SFTP') = (credential = 'SSH_KEY') AND (way = 'SFTP') = (host_key <> '')"),
        _check("connection", "zone", "(way = 'SFTP') = (epsg IS NULL)"),
        _check("connection", "secret", "(credential = 'NONE') = (secret_file = '')"),
        _check("connection", "standing", f"standing IN {_STANDINGS}"),
        _check("connection", "two_persons", "approved_by <> registered_by"),
        _check("connection", "approved", "approved_by IS NOT NULL OR standing IN ('PROPOSED','ENDED')"),
        _check(
            "connection",
            "numbers",
            "full_every_days BETWEEN 1 AND 366 AND cadence_minutes BETWEEN 5 AND 527040 AND page_rows BETWEEN 1 AND 10000 "
            "AND failures >= 0",
        ),
        _fk("connection", "office_id", "org.office.office_id"),
        _fk("connection", "registered_by", "org.person.person_id"),
        _fk("connection", "approved_by", "org.person.person_id"),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("connection_pk")),
        schema="sync",
        comment="How a land office's own service is reached; the secret itself is never here.",
    )
    op.create_index("connection_office_idx", "connection", ["office_id"], schema="sync")
    op.create_index(
        "connection_due_idx", "connection", ["next_at"], schema="sync", postgresql_where=sa.text("standing = 'ACTIVE'")
    )
    op.create_table(
        "connection_step",
        _col("connection_id", _BIG, "The connection."),
        _col("step", _INT, "Counts up from 1 without a gap.", autoincrement=False),
        _col("at", _TIME, "When.", server_default=_NOW),
        _col("standing", _TEXT, "How it stands from then on."),
        _col("person_id", _BIG, "The person who said so."),
        _col("reason", _TEXT, "Why, in the person's words."),
        _check("connection_step", "standing", f"standing IN {_STANDINGS}"),
        _fk("connection_step", "connection_id", "sync.connection.connection_id"),
        _fk("connection_step", "person_id", "org.person.person_id"),
        sa.PrimaryKeyConstraint("connection_id", "step", name=op.f("connection_step_pk")),
        schema="sync",
        comment="The life of each connection: who did what and why. Append-only.",
    )


def _pull() -> None:
    op.create_table(
        "pull",
        _col("connection_id", _BIG, "The connection."),
        _col("pull_no", _INT, "Counts up from 1.", autoincrement=False),
        _col("started_at", _TIME, "When it began.", server_default=_NOW),
        _null("ended_at", _TIME, "When it ended; null: under way."),
        _null("outcome", _TEXT, "DELIVERED, UNCHANGED, FAILED or KILLED; null: under way."),
        _null("code", _TEXT, "Stable code of what went wrong."),
        _col("details", _JSON, "What fills that code's sentence; nothing personal.", server_default=sa.text("'{}'")),
        _col(
            "everything",
            _BOOL,
            "Whether all rows were asked for, not only what changed.",
            server_default=sa.text("true"),
        ),
        _col("pages", _INT, "Answers with rows, or files.", server_default=_ZERO),
        _col("rows_received", _BIG, "Rows in them; 0 for files.", server_default=_ZERO),
        _col("size_bytes", _BIG, "Bytes of them, unpacked.", server_default=_ZERO),
        _col("deliveries", postgresql.ARRAY(_UUID), "Deliveries that came of it.", server_default=sa.text("'{}'")),
        _check("pull", "outcome", "outcome IN ('DELIVERED','UNCHANGED','FAILED','KILLED')"),
        _check("pull", "ended", "(outcome IS NULL) = (ended_at IS NULL)"),
        _check("pull", "code", "(outcome = 'FAILED') = (code IS NOT NULL)"),
        _check("pull", "deliveries", "(outcome = 'DELIVERED') = (cardinality(deliveries) > 0)"),
        _fk("pull", "connection_id", "sync.connection.connection_id"),
        sa.PrimaryKeyConstraint("connection_id", "pull_no", name=op.f("pull_pk")),
        schema="sync",
        comment="One pull of a connection and what came of it.",
    )
    op.create_index("pull_ended_idx", "pull", ["ended_at"], schema="sync")


def downgrade() -> None:
    for table in ("pull", "connection_step", "connection"):
        op.drop_table(table, schema="sync")
    of_it = f"rule_code = '{_RULE['code']}'"
    op.execute(f"DELETE FROM sync.alert_notice WHERE alert_id IN (SELECT alert_id FROM sync.alert WHERE {of_it})")
    op.execute(f"DELETE FROM sync.alert WHERE {of_it}")
    op.execute("ALTER TABLE sync.alert_rule_change DISABLE TRIGGER append_only")
    op.execute(f"DELETE FROM sync.alert_rule_change WHERE code = '{_RULE['code']}'")
    op.execute("ALTER TABLE sync.alert_rule_change ENABLE TRIGGER append_only")
    op.execute(f"DELETE FROM sync.alert_rule WHERE code = '{_RULE['code']}'")
    # What a pull changed is told by the life no more; the state it ended in stays.
    op.execute("ALTER TABLE sync.source_event DISABLE TRIGGER append_only")
    op.execute("DELETE FROM sync.source_event WHERE cause IN ('PULLED','PULL_FAILED')")
    op.execute("ALTER TABLE sync.source_event ENABLE TRIGGER append_only")
    op.execute("UPDATE sync.source SET method = 'PUSH'")
    op.execute("DELETE FROM sync.delivery_method WHERE code <> 'PUSH'")
    op.alter_column("source_event", "reason", schema="sync", comment="Why, in the person's words.")
    _causes(_CAUSES)
