"""What coverage means is data: rungs with their formulas, rules with a validity in both clocks, and deliveries by commune."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0026"
branch_labels = None
depends_on = None

# code, name_vi, name_en, formula_vi, formula_en, numerator, denominator, public
_RUNGS = (
    (
        "RECEIVED", "Đã nhận", "Received",
        "Xã có tên trong ít nhất một lần giao nộp có hiệu lực đến ngày đó, dù được công bố, đang chờ hay trả lại.",
        "A delivery in effect by the day names the commune, whether it was published, waits or went back.",
        "stats.delivery_event, state RECEIVED", "", True,
    ),
    (
        "CONNECTED", "Đã kết nối (đã công bố)", "Connected (published)",
        "Xã có thửa đất đã công bố, có hiệu lực đến ngày đó và chưa bị rút: tổng các thay đổi lớn hơn 0.",
        "The commune has parcels that are published, in effect by the day and not withdrawn: its changes sum to more than 0.",
        "stats.coverage_event.parcels", "", True,
    ),
    (
        "ON_TIME", "Đúng hạn", "On time",
        "Lần giao nộp mới nhất đã công bố của xã có hiệu lực không quá số ngày quy định trước ngày đó, kể cả khi không có gì thay đổi.",
        "The commune's newest published delivery counts from no more than the set number of days before, changes or none.",
        "stats.delivery_event.effective_on, state PUBLISHED", "", True,
    ),
    (
        "MATCHED", "Đã khớp chủ sử dụng", "Holders matched",
        "Số khai báo chủ sử dụng khớp với dữ liệu dân cư, trên số đã có câu trả lời.",
        "Claims of holders that the population database verified, of those it has answered.",
        "stats.matching_quality.verified", "stats.matching_quality.claims - pending", False,
    ),
    (
        "RIGHT", "Đúng", "Right",
        "Số dòng qua được mọi kiểm tra, trên số dòng đọc được, của lần giao nộp mới nhất đã công bố ở xã (tính cho cả lần giao nộp).",
        "Rows that passed every check, of the rows read, in the commune's newest published delivery (of the delivery as a whole).",
        "intake.delivery_layer.rows_read - rows_refused", "intake.delivery_layer.rows_read", False,
    ),
    (
        "COMPLETE", "Đủ", "Complete",
        "Số thửa có diện tích pháp lý, mục đích sử dụng và giấy chứng nhận ghi người có số định danh và năm sinh, hoặc tổ chức, cộng đồng, trên số thửa đang có.",
        "Parcels with a legal area, a purpose, and a certificate that names a person with number and year of birth, or an organisation or community, of all on record.",
        "stats.commune_quality.complete", "stats.commune_quality.parcels", False,
    ),
    (
        "CLEAN", "Sạch", "Clean",
        "Số khai báo đã có câu trả lời mà không mâu thuẫn với dữ liệu dân cư (không MISMATCH, không AMBIGUOUS), trên số đã có câu trả lời.",
        "Answered claims that do not contradict the population database (neither MISMATCH nor AMBIGUOUS), of the answered ones.",
        "stats.matching_quality.claims - pending - mismatch - ambiguous", "stats.matching_quality.claims - pending", False,
    ),
    (
        "LIVE", "Sống", "Live",
        "Trong số ngày quy định trước ngày đó có ít nhất một lần giao nộp được công bố làm thay đổi hồ sơ của xã.",
        "A delivery that changed records of the commune was published for a day within the set number of days before.",
        "stats.delivery_event.effective_on, state PUBLISHED, changed", "", False,
    ),
    (
        "USED", "Được dùng khi giải quyết cư trú", "Used by residency services",
        "Trong số ngày quy định trước ngày đó có ít nhất một lần tra cứu được trả lời bằng hồ sơ của xã; chỉ đếm, không ghi về ai.",
        "A look-up within the set number of days before was answered with a record of the commune; counted, never about whom.",
        "stats.commune_use.look_ups", "", False,
    ),
)  # fmt: skip
# code -> within_days, commune_share, reason
_RULES = {
    "RECEIVED": (None, None, "Cách tính ban đầu / the definition from the start"),
    "CONNECTED": (None, None, "Cách tính của báo cáo ngày 28/3/2023 / as the report of 28 March 2023 counts"),
    "ON_TIME": (
        92,
        None,
        "Một quý, cho đến khi mỗi nguồn có cam kết riêng / a quarter, until each source has promised",
    ),
    "MATCHED": (None, 0.95, "Mức cao nhất từng công bố: 95,3 % / the highest share published: 95.3 %"),
    "RIGHT": (
        None,
        0.95,
        "Bảng theo dõi nhắc từ 5 % dòng bị trả lại / the dashboard warns from 5 % of rows refused on",
    ),
    "COMPLETE": (None, 0.95, "Như mức của Đúng / as for Right"),
    "CLEAN": (None, 0.95, "Như mức của Đúng / as for Right"),
    "LIVE": (184, None, "Nửa năm / half a year"),
    "USED": (365, None, "Một năm / a year"),
}
_GUARDS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stats.coverage_rule
  FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER never_empty BEFORE TRUNCATE ON stats.coverage_rule
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
"""
# What came before this table was kept: received when it came, published or withdrawn when it was finished.
_EARLIER = """
INSERT INTO stats.delivery_event (delivery_id, unit_id, state, effective_on, recorded_at, changed)
SELECT c.delivery_id, c.unit_id, e.state, d.effective_on, e.at, e.state <> 'RECEIVED' AND c.publication_id > 0
FROM intake.delivery_commune c JOIN intake.delivery d USING (delivery_id)
CROSS JOIN LATERAL (VALUES ('RECEIVED', d.recorded_at), ('PUBLISHED', coalesce(
  (SELECT min(p.recorded_at) FROM land.publication p WHERE p.delivery_id = d.delivery_id AND p.kind = 'PUBLISH'),
  d.finished_at, d.recorded_at))) AS e (state, at)
WHERE e.state = 'RECEIVED' OR c.state IN ('PUBLISHED', 'WITHDRAWN')
UNION ALL
SELECT c.delivery_id, c.unit_id, 'WITHDRAWN',
       greatest(d.effective_on, (d.finished_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date), d.finished_at, c.publication_id > 0
FROM intake.delivery_commune c JOIN intake.delivery d USING (delivery_id) WHERE c.state = 'WITHDRAWN';
"""


def upgrade() -> None:
    _rungs()
    _rules()
    _deliveries()
    _counts()
    _history()
    op.execute(_GUARDS)


def _rungs() -> None:
    rung = op.create_table(
        "rung",
        sa.Column("code", sa.Text(), nullable=False, comment="Code, as in requests."),
        sa.Column(
            "place", sa.SmallInteger(), autoincrement=False, nullable=False, comment="Counts up the ladder, from 1."
        ),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Vietnamese name."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="English name."),
        sa.Column("formula_vi", sa.Text(), nullable=False, comment="How it is reckoned for a commune, in Vietnamese."),
        sa.Column("formula_en", sa.Text(), nullable=False, comment="The same in English."),
        sa.Column("numerator", sa.Text(), nullable=False, comment="Where what counts comes from: table and columns."),
        sa.Column(
            "denominator",
            sa.Text(),
            nullable=False,
            comment="Where what it is a share of comes from; empty where it is none.",
        ),
        sa.Column(
            "public",
            sa.Boolean(),
            nullable=False,
            comment="Whether anyone may see it; the others are for the ministry and the own office.",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("rung_pk")),
        sa.UniqueConstraint("place", name=op.f("rung_place_key")),
        schema="stats",
        comment="Rungs of the ladder of coverage, as said to people.",
    )
    names = ("code", "name_vi", "name_en", "formula_vi", "formula_en", "numerator", "denominator", "public")
    op.bulk_insert(
        rung, [{"place": place, **dict(zip(names, one, strict=True))} for place, one in enumerate(_RUNGS, start=1)]
    )


def _rules() -> None:
    share = sa.Numeric(5, 4)
    rule = op.create_table(
        "coverage_rule",
        sa.Column(
            "rule_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Version: every figure says under which it was counted.",
        ),
        sa.Column("rung", sa.Text(), nullable=False, comment="The rung."),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=False,
            comment="First day in Vietnam that is counted by it, until that of another version.",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When the database learnt it.",
        ),
        sa.Column(
            "within_days",
            sa.Integer(),
            nullable=True,
            comment="Days before the day asked about that still count; null: any.",
        ),
        sa.Column("commune_share", share, nullable=True, comment="Share a commune must reach, 0..1; null: none."),
        sa.Column(
            "district_communes", sa.Integer(), nullable=False, comment="Communes on the rung that a district needs."
        ),
        sa.Column("district_share", share, nullable=True, comment="Share of a district's communes, 0..1; null: none."),
        sa.Column(
            "province_communes", sa.Integer(), nullable=False, comment="Communes on the rung that a province needs."
        ),
        sa.Column("province_share", share, nullable=True, comment="Share of a province's communes, 0..1; null: none."),
        sa.Column("person_id", sa.BigInteger(), nullable=True, comment="Who set it; null: from the start."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why."),
        sa.CheckConstraint("within_days > 0", name=op.f("coverage_rule_days_check")),
        sa.CheckConstraint(
            "least(district_communes, province_communes) >= 1", name=op.f("coverage_rule_communes_check")
        ),
        sa.CheckConstraint(
            "least(commune_share, district_share, province_share) >= 0 "
            "AND greatest(commune_share, district_share, province_share) <= 1",
            name=op.f("coverage_rule_shares_check"),
        ),
        sa.CheckConstraint(
            "person_id IS NULL OR effective_from >= (recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date",
            name=op.f("coverage_rule_never_back_check"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("coverage_rule_reason_check")),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("coverage_rule_person_id_fk")),
        sa.ForeignKeyConstraint(["rung"], ["stats.rung.code"], name=op.f("coverage_rule_rung_fk")),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("coverage_rule_pk")),
        schema="stats",
        comment="What it takes to stand on a rung. Versions are only added, never changed.",
    )
    op.create_index(
        "coverage_rule_rung_idx",
        "coverage_rule",
        ["rung", sa.text("effective_from DESC"), sa.text("rule_id DESC")],
        schema="stats",
    )
    op.bulk_insert(
        rule,
        [
            {
                "rung": code, "effective_from": date.min, "within_days": days, "commune_share": least,
                "district_communes": 1, "province_communes": 1, "reason": reason,
            }
            for code, (days, least, reason) in _RULES.items()
        ],
    )  # fmt: skip


def _deliveries() -> None:
    op.create_table(
        "delivery_event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False, comment="The delivery."),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="Commune version."),
        sa.Column("state", sa.Text(), nullable=False, comment="RECEIVED, PUBLISHED or WITHDRAWN."),
        sa.Column("effective_on", sa.Date(), nullable=False, comment="Day in Vietnam from which it counts."),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When the database learnt it.",
        ),
        sa.Column(
            "changed",
            sa.Boolean(),
            nullable=False,
            comment="Whether a publication changed records; false: all of it was asserted unchanged.",
        ),
        sa.CheckConstraint("state IN ('RECEIVED','PUBLISHED','WITHDRAWN')", name=op.f("delivery_event_state_check")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["intake.delivery.delivery_id"], name=op.f("delivery_event_delivery_id_fk")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("delivery_event_unit_id_fk")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("delivery_event_pk")),
        sa.UniqueConstraint(
            "delivery_id", "unit_id", "state", name=op.f("delivery_event_delivery_id_unit_id_state_key")
        ),
        schema="stats",
        comment="When each delivery came, was published and was taken back, commune by commune. Rows are only ever added.",
    )
    op.create_index("delivery_event_unit_idx", "delivery_event", ["unit_id", "effective_on"], schema="stats")
    op.execute(_EARLIER)


def _counts() -> None:
    unit = ("unit_id", sa.Integer(), "Commune version.")
    _count(
        "commune_quality",
        "quality_id",
        "How many parcels of a commune are complete; a row whenever the nightly count is another than the last.",
        unit,
        ("day", sa.Date(), "Day in Vietnam from which it holds, until the next row of the commune."),
        "When it was counted.",
        ("parcels", "Parcels on record."),
        ("complete", "Those with legal area, purpose, and a certificate with a holder who can be matched."),
        check="complete BETWEEN 0 AND parcels",
    )
    op.create_index(
        "commune_quality_unit_idx",
        "commune_quality",
        ["unit_id", sa.text("day DESC"), sa.text("quality_id DESC")],
        schema="stats",
    )
    _count(
        "commune_use",
        "use_id",
        "Look-ups by commune and day, counted from the access log; nothing about anyone. Rows are only ever added.",
        unit,
        ("day", sa.Date(), "Day in Vietnam of the look-ups."),
        "When they were counted.",
        ("look_ups", "Look-ups of the day that a record of the commune answered; the last row tells all."),
        check="look_ups > 0",
    )
    op.create_index("commune_use_day_idx", "commune_use", ["day", "unit_id"], schema="stats")


def _history() -> None:
    op.create_table(
        "coverage_history",
        sa.Column("row_no", sa.SmallInteger(), autoincrement=False, nullable=False, comment="Line of the file."),
        sa.Column(
            "on_date", sa.Date(), nullable=False, comment="The day, or the first of the month where no more is known."
        ),
        sa.Column("exact", sa.Boolean(), nullable=False, comment="Whether the day is known."),
        sa.Column("dated", sa.Text(), nullable=False, comment="The date as the source writes it."),
        sa.Column("scope", sa.Text(), nullable=False, comment="national, or `province: Name`."),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="What it is, in Vietnamese."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="What it is, in English."),
        sa.Column("source", sa.Text(), nullable=False, comment="Where it was published."),
        *(
            sa.Column(f"{level}_{part}", sa.Integer(), nullable=True, comment=f"{words} {level}; null: not told.")
            for level in ("provinces", "districts", "communes")
            for part, words in (("connected", "Connected"), ("total", "All"))
        ),
        sa.Column("parcels_million", sa.Text(), nullable=False, comment="Parcels in millions, as written."),
        sa.Column("note", sa.Text(), nullable=False, comment="What the source adds."),
        sa.Column("confidence", sa.Text(), nullable=False, comment="How sure the source is."),
        sa.PrimaryKeyConstraint("row_no", name=op.f("coverage_history_pk")),
        schema="stats",
        comment="Figures of coverage as others published them, in their own way to count; never put among counted ones.",
    )


def _count(
    name: str,
    key: str,
    comment: str,
    unit: tuple[str, Any, str],
    day: tuple[str, Any, str],
    counted: str,
    *counts: tuple[str, str],
    check: str,
) -> None:
    """A table of counts by commune and day."""
    op.create_table(
        name,
        sa.Column(
            key, sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Order in which they were noted."
        ),
        *(sa.Column(column, kind, nullable=False, comment=words) for column, kind, words in (unit, day)),
        sa.Column(
            "counted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment=counted,
        ),
        *(sa.Column(column, sa.Integer(), nullable=False, comment=words) for column, words in counts),
        sa.CheckConstraint(check, name=op.f(f"{name}_counts_check")),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f(f"{name}_unit_id_fk")),
        sa.PrimaryKeyConstraint(key, name=op.f(f"{name}_pk")),
        schema="stats",
        comment=comment,
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS audit.look_ups_by_commune(date)")
    op.execute("DROP TRIGGER IF EXISTS delivery_came ON intake.delivery_commune")
    op.execute("DROP TRIGGER IF EXISTS delivery_moved ON intake.delivery_commune")
    op.execute("DROP FUNCTION IF EXISTS stats.note_delivery()")
    # Else a load after the next step up would take the file for loaded.
    op.execute("DELETE FROM ref.reference_load WHERE file = 'codelists/coverage_history.csv'")
    for table in ("coverage_history", "commune_use", "commune_quality", "delivery_event", "coverage_rule", "rung"):
        op.drop_table(table, schema="stats")
