"""A country whose sources have a past: offices, promises, deliveries, events, alerts, jobs and their runs, relative to now."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg2
from psycopg2.extras import Json, execute_values

from api.web.figures import VIETNAM
from landdata.flows import jobs, offices, reports
from landdata.flows.reports import Press
from landdata.model.sources import State
from landdata.store.engine import Database
from sync.schedule import JOBS

DAY = datetime(2023, 3, 28, tzinfo=UTC).date()
OWN = "LO-24"
# By the order of the provinces' codes; those without an office never connected. (state, days since the last delivery)
PLAN: dict[str, tuple[State, int]] = {
    "04": (State.LATE, 37), "10": (State.PAUSED, 61), "14": (State.LATE, 44), "17": (State.CONNECTING, 2), "24": (State.LATE, 34),
    "33": (State.CONNECTED, 28), "38": (State.FAILING, 19), "44": (State.CONNECTED, 25), "51": (State.CONNECTING, 1),
    "58": (State.FAILING, 12), "66": (State.CONNECTED, 24), "70": (State.LATE, 52), "74": (State.ENDED, 200),
    "83": (State.CONNECTED, 29), "92": (State.LATE, 31), "95": (State.CONNECTING, 4),
}  # fmt: skip
NEVER = ("06", "11", "45", "62", "67", "93")
_CADENCE, _CONTACT = 30, "Phòng Kỹ thuật, (0204) 3 855 001"
# (rule, subject or None for the own office, value, hours open, hours since it ended or None, value at its end, details)
_ALERTS = (
    ("SOURCE_OVERDUE", "LO-04", 7, 168, None, None, {"due_on": "2026-01-02"}),
    ("SOURCE_OVERDUE", OWN, 4, 96, None, None, {"due_on": "2026-01-02"}),
    ("SOURCE_FAILING", "LO-38", 3, 50, None, None, {}),
    ("REFUSED_SHARE_ROSE", "LO-33", 0.184, 20, None, None, {"now": 0.231, "before": 0.047}),
    ("COMMUNE_SHRANK", "LO-79", 0.412, 9, None, None, {"communes": "26734, 26737"}),
    ("CONSUMER_BEHIND", "C06-CU-TRU", 31.5, 7, None, None, {"outstanding": 18244}),
    ("PROMISE_BROKEN", "recheck", 84, 1.4, None, None, {"vi": "thay đổi bị sót đã có trong luồng", "en": "what slipped is told", "done_at": "-"}),
    ("SOURCE_SILENT", OWN, 3.4, 400, 300, 0.1, {"silent_days": 34, "usual_days": 10}),
    ("PARCELS_GREW", "LO-48", 0.61, 200, 32, None, {"before": 120500, "change": 73505}),
    ("WEBHOOK_FAILING", "C06-CU-TRU", 2.5, 90, 86, 0, {"last_status": "503"}),
)  # fmt: skip


def fill(db: Database, owner_url: str) -> None:
    """`db`: the service's database with the ministry and the own office; `owner_url`: a superuser's address of it."""
    with closing(psycopg2.connect(owner_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, full_name_vi, name_vi FROM ref.unit WHERE level = 'province' AND validity @> %s ORDER BY code",
            (DAY,),
        )
        provinces = cursor.fetchall()
        for code, full, name in provinces:
            if code not in NEVER:
                offices.register_land_office(
                    db, code=f"LO-{code}", name_vi=f"Văn phòng Đăng ký đất đai {full[0].lower()}{full[1:]}",
                    name_en=f"{name} Land Registration Office", provinces=[(code, DAY)],
                )  # fmt: skip
        jobs.keep(db, [one.promise for one in JOBS])
        cursor.execute("SET session_replication_role = replica")
        _lives(cursor, [code for code, _, _ in provinces if code not in NEVER])
        _alerts(cursor)
        _runs(cursor)
        connection.commit()


def report(desk) -> None:
    """A report that is made, in the division with fewer provinces, and one that waits."""
    reports.ask(desk.uploader, division="2025", login="lan")
    reports.make_waiting(desk.worker, Press.of(desk.settings))
    reports.ask(desk.uploader, division="2025", login="lan", worker=False)


def _lives(cursor, codes: list[str]) -> None:
    now = datetime.now(UTC)
    cursor.execute("SELECT o.code, s.source_id, o.office_id FROM sync.source s JOIN org.office o USING (office_id)")
    ids = {code: (source, office) for code, source, office in cursor.fetchall()}
    cursor.execute("SELECT person_id FROM org.person WHERE login = 'lan'")
    [person] = cursor.fetchone()
    cursor.execute("UPDATE sync.source_event SET at = now() - interval '320 days'")
    for place, code in enumerate(codes):
        source, office = ids[f"LO-{code}"]
        state, days = PLAN.get(code, (State.CONNECTED, place * 7 % 20))
        last = now - timedelta(days=days, hours=place % 9)
        events = [
            (
                2,
                now - timedelta(days=300),
                "PROMISED",
                "NEVER_CONNECTED",
                "NEVER_CONNECTED",
                None,
                None,
                person,
                "Công văn 12/VPĐK",
            )
        ]
        cursor.execute(
            "INSERT INTO sync.source_promise (source_id, cadence_days, first_due_on, communes, contact, person_id, reason, noted_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, 'Công văn 12/VPĐK', %s)",
            (
                source,
                _CADENCE,
                (now - timedelta(days=250)).date(),
                90 + place * 3,
                _CONTACT,
                person,
                now - timedelta(days=300),
            ),
        )
        handed = []
        for back in (0,) if state is State.CONNECTING else (3, 2, 1, 0):
            at = last - timedelta(days=27 * back)
            outcome = (
                "CHECKED"
                if state is State.CONNECTING
                else "REFUSED"
                if state is State.FAILING and back < 2
                else "PUBLISHED"
            )
            handed.append((_delivery(cursor, office, at, outcome, 4000 + 97 * place), at))
        first, began = handed[0]
        events.append((3, began, "RECEIVED", "NEVER_CONNECTED", "CONNECTING", first, None, None, ""))
        since = began
        if state is not State.CONNECTING:
            since = began + timedelta(minutes=9)
            events.append((4, since, "PUBLISHED", "CONNECTING", "CONNECTED", first, None, None, ""))
        due = (last + timedelta(days=_CADENCE)).date()
        if state is State.LATE:
            since = last + timedelta(days=_CADENCE + 1)
            events.append((5, since, "MISSED", "CONNECTED", "LATE", None, due, None, ""))
        elif state is State.FAILING:
            since = last
            events.append((5, since, "REFUSED", "CONNECTED", "FAILING", handed[-1][0], None, None, ""))
        elif state in {State.PAUSED, State.ENDED}:
            since = now - timedelta(days=40)
            why = "Chuyển hệ thống" if state is State.PAUSED else "Sáp nhập văn phòng"
            events.append((5, since, state.value, "CONNECTED", state.value, None, None, person, why))
        execute_values(
            cursor,
            "INSERT INTO sync.source_event (source_id, step, at, cause, before, after, delivery_id, due_on, person_id, reason) VALUES %s",
            [(source, *one) for one in events],
        )
        cursor.execute(
            "UPDATE sync.source SET state = %s, state_since = %s WHERE source_id = %s", (state.value, since, source)
        )
        if state is not State.CONNECTING:
            _publish(cursor, first, 30 + place * 2)


def _delivery(cursor, office: int, at: datetime, state: str, rows: int) -> int:
    refusal = Json({"code": "FILE_UNREADABLE", "details": {}}) if state == "REFUSED" else None
    finished = at + timedelta(minutes=9) if state != "CHECKED" else None
    cursor.execute(
        "INSERT INTO intake.delivery (office_id, idempotency_key, declaration_hash, sha256, file_name, kind, effective_on, recorded_at, "
        "simulated, state, refusal, finished_at) VALUES (%s, %s, sha256('w'), sha256('w'), 'thua.gpkg', 'full', %s, %s, true, %s, %s, %s) "
        "RETURNING delivery_id",
        (office, uuid4().hex, at.astimezone(VIETNAM).date(), at, state, refusal, finished),
    )
    [delivery] = cursor.fetchone()
    if state != "REFUSED":
        off = rows % 61
        cursor.execute(
            "INSERT INTO intake.delivery_layer (delivery_id, layer, rows_read, rows_new, rows_changed, rows_unchanged, rows_refused, "
            "records_refused) VALUES (%s, 'data', %s, %s, 0, 0, %s, %s)",
            (delivery, rows, rows - off, off, off),
        )
    return int(delivery)


def _publish(cursor, delivery: int, communes: int) -> None:
    cursor.execute(
        "INSERT INTO land.publication (delivery_id, kind, effective_on) SELECT delivery_id, 'PUBLISH', effective_on "
        "FROM intake.delivery WHERE delivery_id = %s RETURNING publication_id",
        (delivery,),
    )
    cursor.execute(
        "INSERT INTO intake.delivery_commune (delivery_id, unit_id, parcels_before, parcels_new, parcels_retired, parcels_after, state, "
        "publication_id) SELECT %s, unit_id, 0, 5, 0, 5, 'PUBLISHED', %s FROM ref.unit "
        "WHERE level = 'commune' AND validity @> date '2023-03-28' ORDER BY unit_id LIMIT %s",
        (delivery, cursor.fetchone()[0], communes),
    )


def _alerts(cursor) -> None:
    now = datetime.now(UTC)
    for rule, subject, value, open_hours, ended_hours, at_end, details in _ALERTS:
        opened = now - timedelta(hours=open_hours)
        ended = None if ended_hours is None else now - timedelta(hours=ended_hours)
        told = {**details, "due_on": opened.date().isoformat()} if "due_on" in details else details
        cursor.execute(
            "INSERT INTO sync.alert (rule_code, subject, office_id, value, threshold, details, opened_at, fine_since, closed_at, closed_value) "
            "SELECT r.code, %s, (SELECT office_id FROM org.office WHERE code = %s), %s, r.threshold, %s, %s, %s, %s, %s "
            "FROM sync.alert_rule r WHERE r.code = %s",
            (subject, subject, value, Json(told), opened, ended, ended, at_end, rule),
        )


def _runs(cursor) -> None:
    now = datetime.now(UTC)
    # Every promise is judged from some time ago; a run that was done since keeps it, but for one.
    cursor.execute("UPDATE sync.job SET since = now() - interval '3 days'")
    runs = []
    uid = uuid4()
    for number in range(12):
        for place, one in enumerate(JOBS):
            at = now - timedelta(minutes=11 * number, seconds=3 * place + 2)
            if one.name == "recheck":
                continue
            outcome, failure = "DONE", None
            if (number, one.name) in {(2, "match"), (3, "match")}:
                outcome, failure = "RETRY", "PLATFORM_UNAVAILABLE"
            elif (number, one.name) == (5, "deliver"):
                outcome, failure = "KILLED", None
            elif (number, one.name) == (7, "deliver"):
                outcome, failure = "FAILED", "DISK_LOW"
            subject = str(uuid4()) if one.name == "deliver" else None
            slot = at if one.cron else None
            runs.append((one.name, number * 100 + place, subject, slot, number == 9, 2 if number == 2 else 1, at, at,
                         at + timedelta(seconds=0.4 + place), outcome, failure, "may-1/41"))  # fmt: skip
    runs.sort(key=lambda row: row[7])
    started = now - timedelta(minutes=4)
    runs.append(("deliver", 9001, str(uid), None, False, 2, started, started, None, None, None, "may-1/41"))
    execute_values(
        cursor,
        "INSERT INTO sync.job_run (job, queue_id, subject, slot, caught_up, attempt, queued_at, started_at, ended_at, outcome, failure, worker) "
        "VALUES %s",
        runs,
    )
    cursor.execute(
        "INSERT INTO sync.run (job, subject, started_at, stage, stage_done, stage_total) VALUES ('deliver', %s, %s, 'CHECKING', 18250, 42100)",
        (str(uid), started),
    )
    cursor.execute(
        "UPDATE sync.job j SET began_at = r.began, done_at = r.done, failures = r.failures, kills = r.kills FROM (SELECT job, "
        "max(started_at) FILTER (WHERE outcome = 'DONE') AS began, max(ended_at) FILTER (WHERE outcome = 'DONE') AS done, "
        "count(*) FILTER (WHERE outcome IN ('RETRY', 'FAILED', 'KILLED')) AS failures, count(*) FILTER (WHERE outcome = 'KILLED') AS kills "
        "FROM sync.job_run GROUP BY job) r WHERE r.job = j.name"
    )
