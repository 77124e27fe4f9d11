"""What the rules measure in a real database: it opens at its threshold, closes below it, and a rule is data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from landworld import COMMUNES, CONSUMER, row
from sourceworld import BAD, SAID, long_ago

from landdata.errors import AlertRuleUnfit, AlertRuleUnknown, OfficeUnknown, PersonUnknown
from landdata.flows import alerts, jobs, people, recounts, sources
from landdata.model.alerts import Channel
from landdata.model.jobs import Promise as JobPromise
from landdata.model.people import Role
from landdata.model.sources import Promise

A, B = COMMUNES[:2]
TARGETS = (("MINISTRY", Channel.MAIL, "a@b.example"), ("OPERATOR", Channel.WEBHOOK, "https://x.example/"))


def look(desk) -> set[tuple[str, str]]:
    """What stands open after a look, with the worker's own rights; a second look changes nothing."""
    alerts.look(desk.worker, targets=TARGETS)
    again = alerts.look(desk.worker, targets=TARGETS)
    assert (again.opened, again.closed) == (0, 0)
    return {(one.rule.code, one.subject) for one in alerts.listed(desk.db)}


def found(desk, code: str):
    [one] = [one for one in alerts.listed(desk.db, open_=None) if one.rule.code == code]
    return one


def test_a_quiet_service_has_nothing_to_tell(desk, in_process):
    desk.agree()
    desk.deliver([row(A, 1)])
    assert look(desk) == set()
    assert desk.scalar("SELECT count(*) FROM sync.alert_notice") == 0


def test_late_silent_and_failing_sources(desk, in_process):
    sources.promise(desk.uploader, promised=Promise(cadence_days=40), **SAID)
    for number in range(1, 5):
        desk.deliver([row(A, one) for one in range(1, number + 1)])
        long_ago(desk, 5)
    assert look(desk) == set(), "5 days are as usual"
    long_ago(desk, 10)
    assert look(desk) == {("SOURCE_SILENT", "LO-24")}
    one = found(desk, "SOURCE_SILENT")
    assert (one.value, one.details["silent_days"], one.details["usual_days"]) == (3, 15, 5)
    long_ago(desk, 30)
    sources.sweep(desk.worker)
    assert look(desk) == {("SOURCE_OVERDUE", "LO-24")}, "one alert for one thing"
    assert found(desk, "SOURCE_SILENT").closed_at is not None
    desk.deliver(BAD)
    assert look(desk) == {("SOURCE_OVERDUE", "LO-24")}
    desk.deliver(BAD)
    assert ("SOURCE_FAILING", "LO-24") in look(desk)
    sources.pause(desk.uploader, **SAID)
    assert look(desk) == set()
    told = desk.rows("SELECT DISTINCT occasion, channel, target FROM sync.alert_notice ORDER BY 1")
    assert told == [("CLOSED", "MAIL", "a@b.example"), ("OPENED", "MAIL", "a@b.example")]
    count = "SELECT count(*) = 2 * (SELECT count(*) FROM sync.alert) FROM sync.alert_notice"
    assert desk.scalar(count), "each begins once and ends once"


def test_parcels_that_go_and_come_of_a_sudden(desk, in_process):
    first = [row(A, one) for one in range(1, 101)] + [row(B, one) for one in range(1, 31)]
    desk.deliver(first)
    assert look(desk) == set(), "what was not there before has not grown"
    desk.execute("UPDATE stats.coverage_event SET recorded_at = recorded_at - interval '8 days'")
    view = desk.deliver(first[:95] + first[100:110])
    desk.decide(view.delivery_uid, "approve")
    assert look(desk) == {("PARCELS_SHRANK", "LO-24"), ("COMMUNE_SHRANK", "LO-24")}
    whole, commune = found(desk, "PARCELS_SHRANK"), found(desk, "COMMUNE_SHRANK")
    assert (whole.value, dict(whole.details)) == (pytest.approx(25 / 130), {"before": 130, "change": -25})
    assert (commune.value, commune.details["communes"].split(", ")[0]) == (pytest.approx(20 / 30), B)
    desk.withdraw(view.delivery_uid)
    assert look(desk) == set()
    more = desk.deliver([*first, *(row(B, one, sheet=2, ring=row(B, 100 + one)["ring"]) for one in range(1, 71))])
    if more.state.value == "WAITING":
        desk.decide(more.delivery_uid, "approve")
    assert look(desk) == {("PARCELS_GREW", "LO-24"), ("COMMUNE_GREW", "LO-24")}


def test_more_rows_are_refused_than_before(desk, in_process):
    def rows(bad: int, sheet: int) -> list[dict[str, object]]:
        return [row(A, one, sheet=sheet, **({"area_m2": -1.0} if one <= bad else {})) for one in range(1, 61)]

    desk.deliver(rows(3, 1))
    desk.deliver(rows(6, 1))
    assert look(desk) == set()
    desk.deliver(rows(12, 1))
    assert look(desk) == {("REFUSED_SHARE_ROSE", "LO-24")}
    assert found(desk, "REFUSED_SHARE_ROSE").value == pytest.approx(12 / 60 - 9 / 120)
    desk.deliver(rows(0, 1))
    assert look(desk) == set()


def test_more_holders_contradict_the_citizen_database(desk):
    add = (
        "INSERT INTO stats.matching_quality (unit_id, day, claims, verified, mismatch, not_found, incomplete, ambiguous, "
        "pending, reasons, signs) SELECT unit_id, (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - :ago, 210, 200 - :many, "
        ":many, 0, 0, 0, 10, '{}', '{}' FROM ref.unit WHERE code = :code AND level = 'commune'"
    )
    desk.execute(add, ago=1, many=19, code=A)
    assert look(desk) == set(), "in its first week a source has nothing to be compared with"
    desk.execute(add, ago=20, many=10, code=A)
    assert look(desk) == set()
    desk.execute(add, ago=0, many=21, code=A)
    assert look(desk) == {("MISMATCH_ROSE", "LO-24")}
    assert found(desk, "MISMATCH_ROSE").value == pytest.approx(11 / 200)


def test_consumers_that_lag(desk):
    desk.agree()
    desk.execute(
        "INSERT INTO share.change (change_no, agreement_id, party_id, at) "
        "SELECT 1, agreement_id, 7, now() - interval '25 hours' FROM share.agreement"
    )
    desk.execute("UPDATE share.feed SET last_no = 1")
    desk.execute(
        "INSERT INTO share.webhook (client_id, url, failing_since) "
        "VALUES (:c, 'https://x.example/', now() - interval '2 hours')",
        c=CONSUMER,
    )
    assert look(desk) == {("CONSUMER_BEHIND", CONSUMER), ("WEBHOOK_FAILING", CONSUMER)}
    desk.execute("UPDATE share.webhook SET failing_since = NULL")
    assert ("WEBHOOK_FAILING", CONSUMER) in look(desk), "a quarter of an hour has to go well"
    desk.execute("UPDATE sync.alert SET fine_since = fine_since - interval '16 minutes'")
    assert look(desk) == {("CONSUMER_BEHIND", CONSUMER)}
    told = desk.rows("SELECT channel, occasion FROM sync.alert_notice ORDER BY notice_id")
    assert told == [("WEBHOOK", "OPENED"), ("WEBHOOK", "OPENED"), ("WEBHOOK", "CLOSED")]


def test_a_job_that_breaks_its_promise(desk):
    jobs.keep(desk.worker, [JobPromise("nightly", 3600, "đã đếm", "it is counted", cron="30 18 * * *", lock="nightly")])
    assert look(desk) == set()
    desk.execute("UPDATE sync.job SET since = now() - interval '3 days'")
    assert look(desk) == {("PROMISE_BROKEN", "nightly")}
    assert found(desk, "PROMISE_BROKEN").details["vi"] == "đã đếm"
    desk.execute("UPDATE sync.job SET began_at = now()")
    assert look(desk) == {("PROMISE_BROKEN", "nightly")}
    desk.execute("UPDATE sync.alert SET fine_since = fine_since - interval '6 minutes'")
    assert look(desk) == set()


def test_figures_that_are_not_what_the_parcels_say(desk, in_process):
    desk.deliver([row(A, 1)])
    recounts.recount(desk.worker)
    assert look(desk) == set()
    desk.execute("UPDATE stats.coverage_counter SET holders = holders + 3 WHERE parcels > 0")
    recounts.recount(desk.worker)
    assert look(desk) == {("RECOUNT_DIFFERS", "recount")}
    assert alerts.open_by_rule(desk.db)["RECOUNT_DIFFERS"] == 1
    one = found(desk, "RECOUNT_DIFFERS")
    assert one.value == 1
    people.add(desk.db, login="admin", full_name="An", office_code="MAE", by=None)
    people.grant(desk.db, login="admin", role=Role.ADMINISTRATOR, by=None, reason="thử")
    recounts.mend(desk.db, one.details["recount"], by="admin", reason="đã rõ")
    assert look(desk) == set(), "it ends once the figures were set right"
    assert set(alerts.open_by_rule(desk.db).values()) == {0}


def test_a_rule_is_data_that_people_change_with_a_reason(desk):
    sources.promise(
        desk.uploader, promised=Promise(first_due_on=datetime.now(tz=UTC).date() - timedelta(days=4)), **SAID
    )
    sources.sweep(desk.worker)
    said = {"login": "lan", "reason": "mùa lũ"}
    assert alerts.set_rule(desk.db, code="SOURCE_OVERDUE", threshold=9, **said).threshold == 9
    assert look(desk) == set()
    alerts.set_rule(desk.db, code="SOURCE_OVERDUE", threshold=2, **said)
    assert look(desk) == {("SOURCE_OVERDUE", "LO-24")}
    assert not alerts.set_rule(desk.db, code="SOURCE_OVERDUE", enabled=False, **said).enabled
    assert look(desk) == set()
    _, changes = alerts.rules(desk.db)
    assert [(one.threshold, one.enabled, one.login, one.reason) for one in changes] == [
        (2, False, "lan", "mùa lũ"), (2, True, "lan", "mùa lũ"), (9, True, "lan", "mùa lũ"),
    ]  # fmt: skip
    for code, changed, error in (
        ("NONE", {}, AlertRuleUnknown), ("SOURCE_SILENT", {"login": "x"}, PersonUnknown),
        ("SOURCE_SILENT", {"threshold": 0}, AlertRuleUnfit), ("SOURCE_SILENT", {"threshold": float("nan")}, AlertRuleUnfit),
        ("SOURCE_SILENT", {"calm_minutes": -1}, AlertRuleUnfit),
    ):  # fmt: skip
        with pytest.raises(error):
            alerts.set_rule(desk.db, code=code, **said | changed)


def test_every_rule_is_documented_with_its_threshold(shared_desk):
    page = (Path(__file__).resolve().parents[3] / "docs/alerts.md").read_text(encoding="utf-8")
    rules, _ = alerts.rules(shared_desk.db)
    assert len(rules) >= 12
    for one in rules:
        [line] = [line for line in page.splitlines() if line.startswith("|") and f"`{one.code}`" in line]
        assert f"{one.threshold:g}" in line.split("|")[3], one.code
        assert f"{one.calm_minutes}" in line.split("|")[4], one.code


def test_an_office_sees_its_own_alone(desk):
    desk.office("LO-27", "27")
    for office in ("LO-24", "LO-27"):
        promised = Promise(first_due_on=datetime.now(tz=UTC).date() - timedelta(days=4))
        sources.promise(desk.uploader, promised=promised, **SAID | {"office_code": office})
    sources.sweep(desk.worker)
    assert look(desk) == {("SOURCE_OVERDUE", "LO-24"), ("SOURCE_OVERDUE", "LO-27")}
    assert [one.subject for one in alerts.listed(desk.uploader, own="LO-27")] == ["LO-27"]
    assert alerts.listed(desk.uploader, own="LO-27", office_codes=["LO-24"]) == ()
    assert [one.subject for one in alerts.listed(desk.db, office_codes=["LO-24"])] == ["LO-24"]
    assert alerts.listed(desk.db, open_=False) == ()
    with desk.uploader.read() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM sync.alert").scalar() == 0
    with pytest.raises(OfficeUnknown):
        alerts.listed(desk.uploader, own="x")
