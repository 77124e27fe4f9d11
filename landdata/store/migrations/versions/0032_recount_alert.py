"""A recount that found a difference is told by an alert, and a source is on time by its own promise where it has one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_UNITS = ("DAYS", "HOURS", "MINUTES", "COUNT", "TIMES", "SHARE")
_RULE = {
    "code": "RECOUNT_DIFFERS",
    "vi": "Số liệu đang giữ khác với số đếm lại từ chính thửa đất",
    "en": "Kept figures are not what a count of the parcels says",
    "mend_vi": "Xem bằng `landdata coverage recounts`; khi rõ nguyên nhân, sửa bằng `landdata coverage mend`.",
    "mend_en": "See `landdata coverage recounts`; once the cause is known, set it right by `landdata coverage mend`.",
}
_ON_TIME = {
    "vi": "Lần giao nộp mới nhất đã công bố của xã có hiệu lực không quá số ngày quy định trước ngày đó, kể cả khi không có gì "
    "thay đổi; nguồn có cam kết chu kỳ riêng thì tính theo chu kỳ đó từ ngày cam kết được ghi.",
    "en": "The commune's newest published delivery counts from no more than the set number of days before, changes or none; "
    "where its source promised a cadence of its own, from the day that was noted on that cadence is the number of days.",
}
_ON_TIME_BEFORE = {
    "vi": "Lần giao nộp mới nhất đã công bố của xã có hiệu lực không quá số ngày quy định trước ngày đó, kể cả khi không có gì thay đổi.",
    "en": "The commune's newest published delivery counts from no more than the set number of days before, changes or none.",
}


def _units(names: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("alert_rule_unit_check"), "alert_rule", schema="sync")
    listed = ",".join(f"'{name}'" for name in names)
    op.create_check_constraint(op.f("alert_rule_unit_check"), "alert_rule", f"unit IN ({listed})", schema="sync")
    comment = f"{', '.join(names[:-1])} or {names[-1]}: what value and threshold count."
    op.alter_column("alert_rule", "unit", schema="sync", comment=comment)


def _say(words: dict[str, str]) -> None:
    statement = sa.text("UPDATE stats.rung SET formula_vi = :vi, formula_en = :en WHERE code = 'ON_TIME'")
    op.get_bind().execute(statement, words)


def upgrade() -> None:
    _units((*_UNITS, "FIGURES"))
    op.get_bind().execute(
        sa.text(
            "INSERT INTO sync.alert_rule (code, vi, en, mend_vi, mend_en, unit, threshold, calm_minutes, audience, enabled) "
            "VALUES (:code, :vi, :en, :mend_vi, :mend_en, 'FIGURES', 1, 0, 'OPERATOR', true)"
        ),
        _RULE,
    )
    _say(_ON_TIME)


def downgrade() -> None:
    _say(_ON_TIME_BEFORE)
    of_it = "rule_code = 'RECOUNT_DIFFERS'"
    op.execute(f"DELETE FROM sync.alert_notice WHERE alert_id IN (SELECT alert_id FROM sync.alert WHERE {of_it})")
    op.execute(f"DELETE FROM sync.alert WHERE {of_it}")
    op.execute("ALTER TABLE sync.alert_rule_change DISABLE TRIGGER append_only")
    op.execute("DELETE FROM sync.alert_rule_change WHERE code = 'RECOUNT_DIFFERS'")
    op.execute("ALTER TABLE sync.alert_rule_change ENABLE TRIGGER append_only")
    op.execute("DELETE FROM sync.alert_rule WHERE code = 'RECOUNT_DIFFERS'")
    _units(_UNITS)
