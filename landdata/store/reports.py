"""Reports: those asked for, those made, their files; and what only a report asks of the registers and sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.alerts import Alert
from landdata.model.reports import Kept, Kind, Report, Side, SourceRow, Step, Wanted
from landdata.model.sources import Facts, State
from landdata.model.units import Level
from landdata.store.alerts import alert_of, select_alerts
from landdata.store.engine import Reader, Writer
from landdata.store.queries import query
from landdata.store.tables import alerts as a
from landdata.store.tables import offices as o
from landdata.store.tables import reports as t
from landdata.store.tables import sources as s

JOB = "reports"


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit of a register with what it lies in; a district lies in itself."""

    unit_id: int
    level: Level
    code: str
    name: str
    district: str
    province_code: str
    province: str
    communes: int


def add(tx: Writer, wanted: Wanted, *, person_id: int | None) -> int | None:
    """Ask for a report; returns its number, None for a quarter that has one."""
    statement = upsert(t.report).values(
        kind=wanted.kind.value, period_from=wanted.first, effective_on=wanted.now.on, known_at=wanted.now.known_at,
        division=wanted.now.division, before_on=wanted.before.on, before_known_at=wanted.before.known_at,
        before_division=wanted.before.division, against=wanted.against, person_id=person_id,
    )  # fmt: skip
    if wanted.kind is Kind.QUARTERLY:
        statement = statement.on_conflict_do_nothing()
    found: int | None = tx.connection.scalar(statement.returning(t.report.c.report_no))
    return found


def ask_worker(tx: Writer) -> None:
    """Have the worker make what waits."""
    tx.connection.execute(text("SELECT stats.ask_reporter()"))


def alone(tx: Writer) -> bool:
    """Whether this transaction, as long as it lasts, is the only one that makes reports."""
    return bool(tx.connection.scalar(text("SELECT pg_try_advisory_xact_lock(hashtextextended('stats.report', 0))")))


def unsettled(tx: Reader, *, known_at: datetime) -> bool:
    """Whether a writing transaction of this role that began before that time is still open: its rows may yet appear."""
    return bool(
        tx.connection.scalar(
            text(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user "
                "AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL AND xact_start < :known_at)"
            ),
            {"known_at": known_at},
        )
    )


def note_made(tx: Writer, number: int, *, rule: int, content: bytes, signer: str | None, files: Sequence[Kept]) -> None:
    """Write down that it is made, with all its files at once."""
    tx.connection.execute(
        insert(t.report_made).values(report_no=number, rule_id=rule, content_sha256=content, signer=signer)
    )
    tx.connection.execute(
        insert(t.report_file),
        [
            {"report_no": number, "name": one.name, "sha256": bytes.fromhex(one.sha256), "size_bytes": one.size_bytes}
            for one in files
        ],
    )


def waiting(tx: Reader) -> tuple[int, ...]:
    """Numbers of reports that are not made, oldest first."""
    statement = select(t.report.c.report_no).order_by(t.report.c.report_no)
    statement = statement.where(t.report.c.report_no.not_in(select(t.report_made.c.report_no)))
    return tuple(tx.connection.scalars(statement))


def find(tx: Reader, number: int) -> Report | None:
    """One report with its files, and how far it is while it is being made."""
    found = _reports(tx, t.report.c.report_no == number, 1)
    return found[0] if found else None


def listed(tx: Reader, *, before: int | None, most: int) -> tuple[Report, ...]:
    """Reports with smaller numbers than `before`, newest first."""
    return _reports(tx, t.report.c.report_no < before if before is not None else text("true"), most)


def last_made(tx: Reader, *, before: date, kind: Kind | None = None) -> Report | None:
    """The newest made report of an earlier day, the latest day first: what one is compared with unless told otherwise."""
    where = (t.report.c.effective_on < before) & t.report_made.c.report_no.is_not(None)
    if kind is not None:
        where &= t.report.c.kind == kind.value
    found = _reports(tx, where, 1, t.report.c.effective_on.desc(), t.report.c.report_no.desc())
    return found[0] if found else None


def with_file(tx: Reader, sha256: str) -> int | None:
    """The number of the report that has a file of this hash."""
    found: int | None = tx.connection.scalar(
        select(func.min(t.report_file.c.report_no)).where(t.report_file.c.sha256 == bytes.fromhex(sha256))
    )
    return found


def hashes(tx: Reader) -> frozenset[str]:
    """Hashes of all files of all reports, and of what a report under way has kept already."""
    made = tx.connection.scalars(select(t.report_file.c.sha256))
    steps = tx.connection.execute(
        select(s.step.c.result).join(s.run, s.run.c.run_id == s.step.c.run_id).where(s.run.c.job == JOB)
    )
    under_way = (one["sha256"] for row in steps for one in row.result.get("files", ()))
    return frozenset((*(bytes(one).hex() for one in made), *under_way))


def places(tx: Reader, *, epoch_id: int) -> dict[int, Placed]:
    """Every unit of a register with where it lies."""
    rows = tx.connection.execute(
        text(
            "SELECT r.unit_id, r.level, u.code, u.full_name_vi, coalesce(d.full_name_vi, '') AS district, "
            "  p.code AS province_code, p.full_name_vi AS province, CASE r.level "
            "    WHEN 'commune' THEN 1 WHEN 'district' THEN coalesce(c.many, 0) ELSE 0 END AS communes "
            "FROM ref.register r JOIN ref.unit u USING (unit_id) JOIN ref.unit p ON p.unit_id = r.province_id "
            "LEFT JOIN ref.unit d ON d.unit_id = r.district_id "
            "LEFT JOIN (SELECT district_id, count(*) AS many FROM ref.register "
            "           WHERE epoch_id = :epoch AND level = 'commune' GROUP BY district_id) c ON c.district_id = r.unit_id "
            "WHERE r.epoch_id = :epoch ORDER BY p.code, u.code"
        ),
        {"epoch": epoch_id},
    )
    return {
        row.unit_id: Placed(
            row.unit_id, Level(row.level), row.code, row.full_name_vi, row.district, row.province_code, row.province,
            row.communes,
        )
        for row in rows
    }  # fmt: skip


def sources(tx: Reader, *, known_at: datetime, in_charge: dict[int, tuple[str, ...]]) -> tuple[SourceRow, ...]:
    """Every source as it was known then; `in_charge`: provinces by office."""
    found = []
    for row in tx.connection.execute(query("reports_sources"), {"known_at": known_at}):
        facts = Facts(
            today=row.today, last_on=row.last_on, counts_from=row.counts_from, cadence_days=row.cadence_days,
            first_due_on=row.first_due_on,
        )  # fmt: skip
        state = State(row.state)
        found.append(
            SourceRow(
                office_code=row.code, name_vi=row.name_vi, name_en=row.name_en,
                province_codes=in_charge.get(row.office_id, ()), state=state, last_on=row.last_on,
                cadence_days=row.cadence_days, due_on=facts.due_on if state.at_work else None,
                days_late=facts.days_late if state.at_work else 0, contact=row.contact,
            )
        )  # fmt: skip
    return tuple(found)


def open_alerts(tx: Reader, *, known_at: datetime, most: int) -> tuple[Alert, ...]:
    """Alerts that were open then and are the ministry's to know, the oldest first."""
    one = a.alert.c
    statement = (
        select_alerts()
        .where(one.opened_at <= known_at, (one.closed_at > known_at) | one.closed_at.is_(None))
        .where(a.alert_rule.c.audience == "MINISTRY")
        .order_by(one.rule_code, one.opened_at, one.alert_id)
        .limit(most)
    )
    return tuple(alert_of(row) for row in tx.connection.execute(statement))


def _reports(tx: Reader, where: Any, most: int, *order: Any) -> tuple[Report, ...]:
    r, m = t.report.c, t.report_made.c
    rows = tx.connection.execute(
        select(t.report, m.made_at, m.rule_id, m.content_sha256, m.signer, o.person.c.login)
        .outerjoin(t.report_made, m.report_no == r.report_no)
        .outerjoin(o.person, o.person.c.person_id == r.person_id)
        .where(where)
        .order_by(*(order or (r.report_no.desc(),)))
        .limit(most)
    ).all()
    numbers = [row.report_no for row in rows]
    files: dict[int, list[Kept]] = defaultdict(list)
    one = t.report_file.c
    for row in tx.connection.execute(select(t.report_file).where(one.report_no.in_(numbers)).order_by(one.name)):
        files[row.report_no].append(Kept(row.name, bytes(row.sha256).hex(), row.size_bytes))
    steps: dict[str, list[Step]] = defaultdict(list)
    for row in tx.connection.execute(
        select(s.run.c.subject, s.step.c.name)
        .join(s.run, s.run.c.run_id == s.step.c.run_id)
        .where(s.run.c.job == JOB, s.run.c.subject.in_([str(one) for one in numbers]))
        .order_by(s.step.c.done_at)
    ):
        steps[row.subject].append(Step(row.name))
    return tuple(_report(row, tuple(files[row.report_no]), tuple(steps[str(row.report_no)])) for row in rows)


def _report(row: Row[Any], files: tuple[Kept, ...], steps: tuple[Step, ...]) -> Report:
    wanted = Wanted(
        kind=Kind(row.kind),
        first=row.period_from,
        now=Side(row.effective_on, row.known_at, row.division),
        before=Side(row.before_on, row.before_known_at, row.before_division),
        against=row.against,
    )
    return Report(
        number=row.report_no, wanted=wanted, login=row.login, asked_at=row.asked_at, made_at=row.made_at,
        rule=row.rule_id, content_sha256=bytes(row.content_sha256).hex() if row.content_sha256 else None,
        signer=row.signer, files=files, steps=steps,
    )  # fmt: skip
