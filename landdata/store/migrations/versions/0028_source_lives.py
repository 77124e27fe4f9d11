"""Sources get a life (events with causes, promises), and alerts their rules, their history and an outbox of notices."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_NOW = sa.text("clock_timestamp()")
_STATES = "('NEVER_CONNECTED','CONNECTING','CONNECTED','LATE','FAILING','PAUSED','ENDED')"
_TEXT, _BIG, _INT, _DAY = sa.Text(), sa.BigInteger(), sa.Integer(), sa.Date()
_DOUBLE: sa.Double[float] = sa.Double()
_TIME = sa.DateTime(timezone=True)
_ACTING = "(SELECT nullif(current_setting('landdata.office', true), '')::bigint)"
_OWN = f"office_id = {_ACTING}"
_OF_OWN = "EXISTS (SELECT FROM sync.source s WHERE s.source_id = {}.source_id)"
# table -> what the uploader may do with rows of the office it acts for; the worker and the figures see all of them.
_POLICIES: dict[str, dict[str, str]] = {
    "source": {"select": _OWN, "update": _OWN},
    "source_promise": {"select": _OF_OWN.format("source_promise"), "insert": _OF_OWN.format("source_promise")},
    "source_event": {"select": _OF_OWN.format("source_event"), "insert": _OF_OWN.format("source_event")},
    "alert": {"select": _OWN},
}
_APPEND_ONLY = ("source_promise", "source_event", "alert_rule_change")

# code, vi, en, mend_vi, mend_en, unit, threshold, calm_minutes, audience
_RULES = (
    ("SOURCE_OVERDUE", "Nguồn quá hạn đã cam kết", "A source is behind its promise",
     "Liên hệ văn phòng; nếu cam kết đã đổi, ghi lại bằng `landdata sources promise`, nếu nghỉ, `landdata sources pause`.",
     "Turn to the office; note a new promise by `landdata sources promise`, or a pause by `landdata sources pause`.",
     "DAYS", 1, 0, "MINISTRY"),
    ("SOURCE_SILENT", "Nguồn im lặng lâu bất thường so với thói quen", "A source is silent for much longer than it used to be",
     "Hỏi văn phòng xem hệ thống gửi còn chạy không.", "Ask the office whether its sending system still runs.",
     "TIMES", 3, 0, "MINISTRY"),
    ("SOURCE_FAILING", "Các lần giao nộp liên tiếp bị từ chối toàn bộ", "Deliveries in a row were refused as a whole",
     "Xem lý do bằng `landdata deliveries report`; giúp văn phòng sửa tệp.",
     "See why by `landdata deliveries report`; help the office to mend the file.", "COUNT", 2, 0, "MINISTRY"),
    ("REFUSED_SHARE_ROSE", "Tỷ lệ dòng bị từ chối tăng", "The share of refused rows rises",
     "So phiếu lỗi của lần giao nộp cuối với các lần trước.", "Compare the last delivery's findings with those before.",
     "SHARE", 0.1, 0, "MINISTRY"),
    ("PARCELS_SHRANK", "Số thửa của nguồn giảm đột ngột", "A source has suddenly fewer parcels",
     "Hỏi văn phòng; nếu nhầm, rút lần giao nộp bằng `landdata deliveries withdraw`.",
     "Ask the office; take the delivery back by `landdata deliveries withdraw` where it was wrong.", "SHARE", 0.05, 0, "MINISTRY"),
    ("PARCELS_GREW", "Số thửa của nguồn tăng đột ngột", "A source has suddenly more parcels",
     "Hỏi văn phòng xem dữ liệu mới từ đâu ra.", "Ask the office where the new records come from.", "SHARE", 0.5, 0, "MINISTRY"),
    ("COMMUNE_SHRANK", "Số thửa của một xã giảm đột ngột", "A commune has suddenly fewer parcels",
     "Xem các xã nêu trong cảnh báo; hỏi văn phòng.", "Look at the communes named in the alert; ask the office.",
     "SHARE", 0.3, 0, "MINISTRY"),
    ("COMMUNE_GREW", "Số thửa của một xã tăng đột ngột", "A commune has suddenly more parcels",
     "Xem các xã nêu trong cảnh báo; hỏi văn phòng.", "Look at the communes named in the alert; ask the office.",
     "SHARE", 1, 0, "MINISTRY"),
    ("MISMATCH_ROSE", "Tỷ lệ chủ sử dụng không khớp dân cư tăng", "More holders contradict the citizen database",
     "Xem lý do bằng `landdata matching quality --since`.", "See the reasons by `landdata matching quality --since`.",
     "SHARE", 0.05, 0, "MINISTRY"),
    ("CONSUMER_BEHIND", "Bên khai thác chưa đọc thay đổi", "A consumer has not read its changes",
     "Xem bằng `landdata changes lag`; báo cho bên khai thác.", "See `landdata changes lag`; tell the consumer.",
     "HOURS", 24, 15, "OPERATOR"),
    ("WEBHOOK_FAILING", "Địa chỉ nhận thông báo của bên khai thác không nhận", "A consumer's webhook takes no messages",
     "Xem bằng `landdata webhooks list`; đặt lại bằng `landdata webhooks set`.",
     "See `landdata webhooks list`; set it again by `landdata webhooks set`.", "HOURS", 1, 15, "OPERATOR"),
    ("PROMISE_BROKEN", "Một công việc nền không giữ lời hứa", "A job of the worker breaks its promise",
     "Xem bằng `landdata jobs list`: tiến trình nền có chạy không, việc nào đang hỏng.",
     "See `landdata jobs list`: whether the worker runs, and which job fails.", "MINUTES", 1, 5, "OPERATOR"),
)  # fmt: skip
_RULE_COLUMNS = ("code", "vi", "en", "mend_vi", "mend_en", "unit", "threshold", "calm_minutes", "audience")


def _col(name: str, kind: Any, comment: str, *rest: Any, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *rest, **{"nullable": False, "comment": comment, **more})


def _null(name: str, kind: Any, comment: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True, comment=comment)


def _fk(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"{table}_{column}_fk"))


def _pk(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"{table}_pk"))


def _check(table: str, name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"{table}_{name}_check"))


def upgrade() -> None:
    _sources()
    _alerts()
    owner = op.get_bind().scalar(sa.text("SELECT current_user"))
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON sync.{table} "
            "FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_empty BEFORE TRUNCATE ON sync.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()"
        )
    for table, commands in _POLICIES.items():
        op.execute(f"ALTER TABLE sync.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE sync.{table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f'CREATE POLICY whole ON sync.{table} TO "{owner}", "{owner}_worker", "{owner}_dashboard" '
            "USING (true) WITH CHECK (true)"
        )
        for command, rule in commands.items():
            how = "WITH CHECK" if command == "insert" else "USING"
            op.execute(
                f'CREATE POLICY own_{command} ON sync.{table} FOR {command} TO "{owner}_uploader" {how} ({rule})'
            )
    op.create_index("coverage_event_recorded_idx", "coverage_event", ["recorded_at"], schema="stats")


def _sources() -> None:
    op.create_table(
        "delivery_method",
        _col("code", _TEXT, "Name used in requests."),
        _col("name_vi", _TEXT, "Vietnamese wording."),
        _col("name_en", _TEXT, "English wording."),
        _pk("delivery_method", "code"),
        schema="sync",
        comment="Ways in which a source may deliver.",
    )
    op.execute(
        "INSERT INTO sync.delivery_method VALUES "
        "('PUSH', 'Văn phòng gửi qua API, dòng lệnh hoặc thư mục nhận', 'The office sends by API, command or drop folder')"
    )
    op.drop_constraint(op.f("source_method_check"), "source", schema="sync")
    op.create_foreign_key(
        op.f("source_method_fk"),
        "source",
        "delivery_method",
        ["method"],
        ["code"],
        source_schema="sync",
        referent_schema="sync",
    )
    op.alter_column("source", "method", schema="sync", comment="How it delivers.")
    op.alter_column("source", "state", schema="sync", comment="The state its last event ends in.")
    op.create_table(
        "source_promise",
        _col(
            "promise_id",
            _BIG,
            "Order in which they were noted; the last one of a source holds.",
            sa.Identity(always=True),
        ),
        _col("source_id", _BIG, "Whose promise."),
        _null("cadence_days", _INT, "At least one delivery in so many days; null: not promised."),
        _null("first_due_on", _DAY, "Last day for the first delivery; null: not promised."),
        _null("communes", _INT, "Communes it is to cover; null: not promised."),
        _col("contact", _TEXT, "The unit to turn to, never a private address.", server_default=sa.text("''")),
        _col("person_id", _BIG, "Who noted it."),
        _col("reason", _TEXT, "Why, in the person's words."),
        _col("noted_at", _TIME, "When.", server_default=_NOW),
        _check("source_promise", "positive", "cadence_days > 0 AND communes > 0"),
        _fk("source_promise", "source_id", "sync.source.source_id"),
        _fk("source_promise", "person_id", "org.person.person_id"),
        _pk("source_promise", "promise_id"),
        schema="sync",
        comment="What sources promised, one row a promise; rows are only ever added.",
    )
    op.create_table(
        "source_event",
        _col("source_id", _BIG, "The source."),
        _col("step", _INT, "Counts up from 1 without a gap.", autoincrement=False),
        _col("at", _TIME, "When.", server_default=_NOW),
        _col(
            "cause",
            _TEXT,
            "REGISTERED, RECEIVED, PUBLISHED, REFUSED, WITHDRAWN, MISSED, PROMISED, PAUSED, RESUMED or ENDED.",
        ),
        _null("before", _TEXT, "The state it was in; null: the first event."),
        _col("after", _TEXT, "The state it is in from then on."),
        _null("delivery_id", _BIG, "The delivery it is of."),
        _null("due_on", _DAY, "The promised day that passed."),
        _null("person_id", _BIG, "The person who said so."),
        _col("reason", _TEXT, "Why, in the person's words.", server_default=sa.text("''")),
        _check("source_event", "states", f"after IN {_STATES} AND before IN {_STATES}"),
        _check("source_event", "first", "(step = 1) = (before IS NULL)"),
        _check(
            "source_event",
            "cause",
            "cause IN ('REGISTERED','RECEIVED','PUBLISHED','REFUSED','WITHDRAWN','MISSED','PROMISED','PAUSED','RESUMED',"
            "'ENDED')",
        ),
        _check("source_event", "who", "(cause IN ('PROMISED','PAUSED','RESUMED','ENDED')) = (person_id IS NOT NULL)"),
        _check("source_event", "missed", "(cause = 'MISSED') = (due_on IS NOT NULL)"),
        _check("source_event", "changes", "before <> after OR cause = 'PROMISED'"),
        _fk("source_event", "source_id", "sync.source.source_id"),
        _fk("source_event", "delivery_id", "intake.delivery.delivery_id"),
        _fk("source_event", "person_id", "org.person.person_id"),
        _pk("source_event", "source_id", "step"),
        schema="sync",
        comment="The life of each source: what changed, when and why. Append-only.",
    )
    # What is known of those that were registered before: since when, and by which delivery they were connected.
    op.execute(
        "INSERT INTO sync.source_event (source_id, step, at, cause, after) "
        "SELECT source_id, 1, created_at, 'REGISTERED', 'NEVER_CONNECTED' FROM sync.source JOIN org.office USING (office_id)"
    )
    op.execute(
        "INSERT INTO sync.source_event (source_id, step, at, cause, before, after, delivery_id) "
        "SELECT s.source_id, 2, s.state_since, 'PUBLISHED', 'NEVER_CONNECTED', s.state, "
        "  (SELECT min(d.delivery_id) FROM intake.delivery d WHERE d.office_id = s.office_id "
        "   AND d.state IN ('PUBLISHED','WITHDRAWN')) "
        "FROM sync.source s WHERE s.state <> 'NEVER_CONNECTED'"
    )


def _alerts() -> None:
    rule = op.create_table(
        "alert_rule",
        _col("code", _TEXT, "Name of the rule; what it measures belongs to it."),
        _col("vi", _TEXT, "What is wrong, in Vietnamese."),
        _col("en", _TEXT, "What is wrong, in English."),
        _col("mend_vi", _TEXT, "What to do about it, in Vietnamese."),
        _col("mend_en", _TEXT, "What to do about it, in English."),
        _col("unit", _TEXT, "DAYS, HOURS, MINUTES, COUNT, TIMES or SHARE: what value and threshold count."),
        _col("threshold", _DOUBLE, "From this value on something is wrong."),
        _col("calm_minutes", _INT, "An alert ends when all was well for so long."),
        _col("audience", _TEXT, "MINISTRY or OPERATOR: who is told."),
        _col("enabled", sa.Boolean(), "Whether it is looked at."),
        _check("alert_rule", "unit", "unit IN ('DAYS','HOURS','MINUTES','COUNT','TIMES','SHARE')"),
        _check("alert_rule", "positive", "threshold > 0 AND threshold < 'Infinity' AND calm_minutes >= 0"),
        _check("alert_rule", "audience", "audience IN ('MINISTRY','OPERATOR')"),
        _pk("alert_rule", "code"),
        schema="sync",
        comment="What is watched, and from which value on it is told.",
    )
    op.bulk_insert(rule, [{**dict(zip(_RULE_COLUMNS, row, strict=True)), "enabled": True} for row in _RULES])
    op.create_table(
        "alert_rule_change",
        _col("change_id", _BIG, "Order of the changes.", sa.Identity(always=True)),
        _col("code", _TEXT, "The rule."),
        _col("threshold", _DOUBLE, "Its threshold from then on."),
        _col("calm_minutes", _INT, "Its calm time from then on."),
        _col("enabled", sa.Boolean(), "Whether it is looked at from then on."),
        _col("person_id", _BIG, "Who changed it."),
        _col("reason", _TEXT, "Why, in the person's words."),
        _col("at", _TIME, "When.", server_default=_NOW),
        _fk("alert_rule_change", "code", "sync.alert_rule.code"),
        _fk("alert_rule_change", "person_id", "org.person.person_id"),
        _pk("alert_rule_change", "change_id"),
        schema="sync",
        comment="Every change of a rule; rows are only ever added.",
    )
    op.create_table(
        "alert",
        _col("alert_id", _BIG, "Identity inside the database.", sa.Identity(always=True)),
        _col(
            "alert_uid", postgresql.UUID(as_uuid=True), "Public identity.", server_default=sa.text("gen_random_uuid()")
        ),
        _col("rule_code", _TEXT, "The rule."),
        _col("subject", _TEXT, "What it is about: the code of an office, a client or a job."),
        _null("office_id", _BIG, "The land office it is about."),
        _col("opened_at", _TIME, "Since when it is told.", server_default=_NOW),
        _col("value", _DOUBLE, "What was measured then."),
        _col("threshold", _DOUBLE, "The threshold then."),
        _col(
            "details", postgresql.JSONB(), "What else was seen then; nothing personal.", server_default=sa.text("'{}'")
        ),
        _null("fine_since", _TIME, "Since when it is below the threshold; null: it is not."),
        _null("closed_at", _TIME, "When it ended; null: it is open."),
        _null("closed_value", _DOUBLE, "What was measured then; null: there was nothing to measure."),
        sa.UniqueConstraint("alert_uid", name=op.f("alert_alert_uid_key")),
        _fk("alert", "rule_code", "sync.alert_rule.code"),
        _fk("alert", "office_id", "org.office.office_id"),
        _pk("alert", "alert_id"),
        schema="sync",
        comment="What is wrong with what since when; at most one open alert a rule and subject.",
    )
    op.create_index(
        "alert_open_key", "alert", ["rule_code", "subject"], unique=True, schema="sync",
        postgresql_where=sa.text("closed_at IS NULL"),
    )  # fmt: skip
    op.create_index("alert_office_idx", "alert", ["office_id", "alert_id"], schema="sync")
    op.create_table(
        "alert_notice",
        _col("notice_id", _BIG, "Order in which they are to be told.", sa.Identity(always=True)),
        _col("alert_id", _BIG, "The alert."),
        _col("occasion", _TEXT, "OPENED or CLOSED."),
        _col("channel", _TEXT, "MAIL or WEBHOOK."),
        _col("target", _TEXT, "Address or URL."),
        _col("made_at", _TIME, "When it was asked for, together with the change it tells of.", server_default=_NOW),
        _col("attempts", _INT, "Tries so far.", server_default=sa.text("0")),
        _null("next_try_at", _TIME, "Not before; null: at once."),
        _null("last_status", _TEXT, "What came of the last try: a reply code, TIMEOUT, UNREACHABLE and the like."),
        _null("told_at", _TIME, "When it was taken."),
        _null("given_up_at", _TIME, "When it was given up."),
        sa.UniqueConstraint(
            "alert_id", "occasion", "channel", "target", name=op.f("alert_notice_alert_id_occasion_channel_target_key")
        ),
        _check("alert_notice", "occasion", "occasion IN ('OPENED','CLOSED')"),
        _check("alert_notice", "channel", "channel IN ('MAIL','WEBHOOK')"),
        _check("alert_notice", "one_end", "told_at IS NULL OR given_up_at IS NULL"),
        _fk("alert_notice", "alert_id", "sync.alert.alert_id"),
        _pk("alert_notice", "notice_id"),
        schema="sync",
        comment="What has to be told to whom, once an occasion, until it is taken.",
    )
    op.create_index(
        "alert_notice_open_idx", "alert_notice", ["notice_id"], schema="sync",
        postgresql_where=sa.text("told_at IS NULL AND given_up_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("coverage_event_recorded_idx", "coverage_event", schema="stats")
    for table in ("alert_notice", "alert", "alert_rule_change", "alert_rule", "source_event", "source_promise"):
        op.drop_table(table, schema="sync")
    op.execute("DROP POLICY own_select ON sync.source")
    op.execute("DROP POLICY own_update ON sync.source")
    op.execute("DROP POLICY whole ON sync.source")
    op.execute("ALTER TABLE sync.source NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE sync.source DISABLE ROW LEVEL SECURITY")
    op.drop_constraint(op.f("source_method_fk"), "source", schema="sync")
    op.drop_table("delivery_method", schema="sync")
    op.create_check_constraint(op.f("source_method_check"), "source", "method IN ('PUSH')", schema="sync")
    op.alter_column("source", "method", schema="sync", comment="PUSH: the office delivers through the API.")
    op.alter_column(
        "source", "state", schema="sync",
        comment="NEVER_CONNECTED, CONNECTING, CONNECTED, LATE, FAILING, PAUSED or ENDED.",
    )  # fmt: skip
