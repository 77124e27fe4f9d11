"""Indicators: letters, states, uploads and values with versions; the first tables for them were never used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# Nothing ever wrote them; were there a row, it must not go unseen.
_UNUSED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM stats.indicator_value) OR EXISTS (SELECT FROM stats.indicator) THEN
    RAISE EXCEPTION 'stats.indicator is in use: its rows would be lost';
  END IF;
END $$;
DROP TABLE stats.indicator_value;
DROP TABLE stats.indicator;
"""
_KEPT = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stats.indicator_value
  FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER never_empty BEFORE TRUNCATE ON stats.indicator_value
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER recorded BEFORE UPDATE OR DELETE ON stats.indicator_upload
  FOR EACH ROW WHEN (OLD.recorded_at IS NOT NULL) EXECUTE FUNCTION audit.refuse_change();
"""


def upgrade() -> None:
    op.execute(_UNUSED)
    op.create_table(
        "letter",
        sa.Column("code", sa.Text(), nullable=False, comment="Number of the letter."),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Vietnamese name."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="English name."),
        sa.Column("issued_on", sa.Date(), nullable=False, comment="Its day."),
        sa.PrimaryKeyConstraint("code", name=op.f("letter_pk")),
        schema="stats",
        comment="Letters of the government office that ask for figures.",
    )
    op.create_table(
        "indicator",
        sa.Column("code", sa.Text(), nullable=False, comment="Short name."),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Vietnamese name."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="English name."),
        sa.Column("kind", sa.Text(), nullable=False, comment="DONE_OF_TOTAL or STATE."),
        sa.Column(
            "subject_kinds",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Whom its values may be about: UNIT, AGENCY, SERVICE.",
        ),
        sa.Column(
            "levels",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Levels at which is counted: all, province, district, commune.",
        ),
        sa.Column("noun_vi", sa.Text(), nullable=False, comment="What is counted, in Vietnamese."),
        sa.Column("noun_en", sa.Text(), nullable=False, comment="What is counted, in English."),
        sa.Column(
            "target_share",
            sa.Numeric(precision=5, scale=4),
            nullable=True,
            comment="Share of the total that is the target; null: none of it.",
        ),
        sa.Column("target_vi", sa.Text(), nullable=False, comment="The target in words, Vietnamese."),
        sa.Column("target_en", sa.Text(), nullable=False, comment="The target in words, English."),
        sa.Column("letter_code", sa.Text(), nullable=False, comment="Letter it stands in."),
        sa.Column("place", sa.Integer(), nullable=False, comment="Where it stands in lists."),
        sa.CheckConstraint("kind IN ('DONE_OF_TOTAL','STATE')", name=op.f("indicator_kind_check")),
        sa.CheckConstraint("target_share > 0 AND target_share <= 1", name=op.f("indicator_target_share_check")),
        sa.ForeignKeyConstraint(["letter_code"], ["stats.letter.code"], name=op.f("indicator_letter_code_fk")),
        sa.PrimaryKeyConstraint("code", name=op.f("indicator_pk")),
        schema="stats",
        comment="What is measured.",
    )
    op.create_table(
        "indicator_state",
        sa.Column("code", sa.Text(), nullable=False, comment="The indicator."),
        sa.Column("state", sa.Text(), nullable=False, comment="Name used in tables."),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Vietnamese wording."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="English wording."),
        sa.Column("reaches", sa.Boolean(), nullable=False, comment="Whether the target is reached in it."),
        sa.Column("place", sa.Integer(), nullable=False, comment="Order: from the first to the target."),
        sa.ForeignKeyConstraint(["code"], ["stats.indicator.code"], name=op.f("indicator_state_code_fk")),
        sa.PrimaryKeyConstraint("code", "state", name=op.f("indicator_state_pk")),
        schema="stats",
        comment="States that an indicator knows.",
    )
    op.create_table(
        "indicator_upload",
        sa.Column("upload_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column(
            "upload_uid",
            sa.UUID(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
            comment="Public identity.",
        ),
        sa.Column("code", sa.Text(), nullable=False, comment="The indicator."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="Day of its figures, where a row says none."),
        sa.Column(
            "exact",
            sa.Boolean(),
            nullable=False,
            comment="False: the source says only the year, of which this is the last day.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Letter or report that the table stands in."),
        sa.Column("file_name", sa.Text(), nullable=False, comment="Its name, as it was sent."),
        sa.Column("sha256", sa.Text(), nullable=False, comment="Its bytes."),
        sa.Column(
            "content",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Its rows as text, as they were sent: list of objects by column.",
        ),
        sa.Column("person_id", sa.BigInteger(), nullable=True, comment="Who; null: the reference files."),
        sa.Column(
            "reason",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Why values that stood were changed.",
        ),
        sa.Column(
            "begun_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was checked first.",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was recorded; null: it waits for its sender.",
        ),
        sa.ForeignKeyConstraint(["code"], ["stats.indicator.code"], name=op.f("indicator_upload_code_fk")),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("indicator_upload_person_id_fk")),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("indicator_upload_pk")),
        sa.UniqueConstraint("upload_uid", name=op.f("indicator_upload_upload_uid_key")),
        schema="stats",
        comment="Tables of figures: kept as they were sent, looked at first, and then recorded or forgotten.",
    )
    op.create_index(
        "indicator_upload_waiting_idx",
        "indicator_upload",
        ["begun_at"],
        unique=False,
        schema="stats",
        postgresql_where=sa.text("recorded_at IS NULL"),
    )
    op.create_table(
        "indicator_value",
        sa.Column("value_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("code", sa.Text(), nullable=False, comment="The indicator."),
        sa.Column("upload_id", sa.BigInteger(), nullable=False, comment="The table it stands in."),
        sa.Column("row_no", sa.Integer(), nullable=False, comment="Row of that table, from 1."),
        sa.Column("subject_kind", sa.Text(), nullable=False, comment="UNIT, AGENCY or SERVICE."),
        sa.Column("subject", sa.Text(), nullable=False, comment="Unit, agency or service, as published."),
        sa.Column(
            "subject_key",
            sa.Text(),
            nullable=False,
            comment="By what it is known again: the unit version, or the name without marks.",
        ),
        sa.Column("unit_id", sa.Integer(), nullable=True, comment="The unit, as in force on that day."),
        sa.Column("level", sa.Text(), nullable=False, comment="Level counted: all, province, district or commune."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="As of which day."),
        sa.Column("exact", sa.Boolean(), nullable=False, comment="False: the source says only the year."),
        sa.Column("done", sa.Integer(), nullable=True, comment="Done."),
        sa.Column("total", sa.Integer(), nullable=True, comment="Of how many."),
        sa.Column("remaining", sa.Integer(), nullable=True, comment="Left to do, where the source says so itself."),
        sa.Column("state", sa.Text(), nullable=True, comment="State, where it is not counted."),
        sa.Column(
            "due_from",
            sa.Date(),
            nullable=True,
            comment="First day of the stretch in which it is due; the due day itself.",
        ),
        sa.Column("due_on", sa.Date(), nullable=True, comment="Last day on which it is in time."),
        sa.Column(
            "due_text", sa.Text(), server_default=sa.text("''"), nullable=False, comment="Due date as published."
        ),
        sa.Column(
            "reached_on",
            sa.Date(),
            nullable=True,
            comment="Day on which the target was reached, where the source says so.",
        ),
        sa.Column("lead", sa.Text(), server_default=sa.text("''"), nullable=False, comment="Agency that leads."),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False, comment="What the source adds."),
        sa.Column(
            "listed", sa.Boolean(), nullable=False, comment="False: the source means it by every other province."
        ),
        sa.Column("version", sa.Integer(), nullable=False, comment="Corrections are new versions."),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True, comment="The version corrected."),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When the database learnt it; its own clock.",
        ),
        sa.CheckConstraint("(subject_kind = 'UNIT') = (unit_id IS NOT NULL)", name=op.f("indicator_value_unit_check")),
        sa.CheckConstraint(
            "coalesce(done, total, due_on - date '2000-01-01') IS NOT NULL OR state IS NOT NULL",
            name=op.f("indicator_value_says_check"),
        ),
        sa.CheckConstraint(
            "level IN ('all','province','district','commune')", name=op.f("indicator_value_level_check")
        ),
        sa.CheckConstraint(
            "subject_kind IN ('UNIT','AGENCY','SERVICE')", name=op.f("indicator_value_subject_kind_check")
        ),
        sa.CheckConstraint(
            "(due_from IS NULL) = (due_on IS NULL) AND due_from <= due_on", name=op.f("indicator_value_due_check")
        ),
        sa.CheckConstraint(
            "done >= 0 AND total >= 0 AND remaining >= 0", name=op.f("indicator_value_not_negative_check")
        ),
        sa.CheckConstraint(
            "state IS NULL OR (done IS NULL AND total IS NULL AND remaining IS NULL)",
            name=op.f("indicator_value_count_or_state_check"),
        ),
        sa.CheckConstraint(
            "version >= 1 AND (version = 1) = (replaces_id IS NULL)", name=op.f("indicator_value_version_check")
        ),
        sa.ForeignKeyConstraint(["code"], ["stats.indicator.code"], name=op.f("indicator_value_code_fk")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["stats.indicator_value.value_id"], name=op.f("indicator_value_replaces_id_fk")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("indicator_value_unit_id_fk")),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["stats.indicator_upload.upload_id"], name=op.f("indicator_value_upload_id_fk")
        ),
        sa.PrimaryKeyConstraint("value_id", name=op.f("indicator_value_pk")),
        sa.UniqueConstraint(
            "code",
            "subject_key",
            "level",
            "on_date",
            "version",
            name=op.f("indicator_value_code_subject_key_level_on_date_version_key"),
        ),
        schema="stats",
        comment="Values as published, one row a version; rows are only ever added.",
    )
    op.execute(_KEPT)


def downgrade() -> None:
    for name in ("indicator_value", "indicator_upload", "indicator_state", "indicator", "letter"):
        op.drop_table(name, schema="stats")
    op.create_table(
        "indicator",
        sa.Column("code", sa.Text(), nullable=False, comment="Short name."),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Vietnamese name."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="English name."),
        sa.Column("kind", sa.Text(), nullable=False, comment="DONE_OF_TOTAL or STATE."),
        sa.Column("source", sa.Text(), nullable=False, comment="Letter it stands in."),
        sa.CheckConstraint("kind IN ('DONE_OF_TOTAL','STATE')", name=op.f("indicator_kind_check")),
        sa.PrimaryKeyConstraint("code", name=op.f("indicator_pk")),
        schema="stats",
        comment="What is measured.",
    )
    op.create_table(
        "indicator_value",
        sa.Column("value_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("code", sa.Text(), nullable=False, comment="The indicator."),
        sa.Column("subject", sa.Text(), nullable=False, comment="Unit, agency or service, as published."),
        sa.Column("unit_id", sa.Integer(), nullable=True, comment="The unit, where the subject is one."),
        sa.Column("level", sa.Text(), nullable=False, comment="Level counted; empty where none."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="As of which day."),
        sa.Column("done", sa.Integer(), nullable=True, comment="Done."),
        sa.Column("total", sa.Integer(), nullable=True, comment="Of how many."),
        sa.Column("state", sa.Text(), nullable=True, comment="State, where it is not counted."),
        sa.Column("due_on", sa.Date(), nullable=True, comment="Due date of the target."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Corrections are new versions."),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True, comment="The version corrected."),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When the database learnt it; its own clock.",
        ),
        sa.CheckConstraint(
            "(done IS NOT NULL OR total IS NOT NULL) <> (state IS NOT NULL)",
            name=op.f("indicator_value_count_or_state_check"),
        ),
        sa.ForeignKeyConstraint(["code"], ["stats.indicator.code"], name=op.f("indicator_value_code_fk")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["stats.indicator_value.value_id"], name=op.f("indicator_value_replaces_id_fk")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("indicator_value_unit_id_fk")),
        sa.PrimaryKeyConstraint("value_id", name=op.f("indicator_value_pk")),
        sa.UniqueConstraint(
            "code",
            "subject",
            "level",
            "on_date",
            "version",
            name=op.f("indicator_value_code_subject_level_on_date_version_key"),
        ),
        schema="stats",
        comment="Values as published, never corrected in place.",
    )
