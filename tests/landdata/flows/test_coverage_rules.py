"""What "connected" means is data: a rule is added with a reason, counts from its day on, and is known from its hour on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from landworld import COMMUNES, DAY, Desk, row
from sqlalchemy.exc import DBAPIError

from landdata.errors import AdministratorNeeded, CoverageRuleUnfit
from landdata.flows import coverage_rules, observe, people
from landdata.model.coverage_rules import Rule, Rung, Terms, in_force
from landdata.model.people import Role
from landdata.model.units import Level

TODAY = "(now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
HERE, THERE = COMMUNES[:2]
ASSERTED = date(2025, 6, 30)


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    """Bắc Giang: two communes of one district, delivered for 28 March 2023, and one of them asserted again in 2025."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(shared_country, tmp_path_factory.mktemp("data"))
    people.add(made.db, login="admin", full_name="An", office_code="MAE", by=None)
    people.grant(made.db, login="admin", role=Role.ADMINISTRATOR, by=None, reason="thử")
    made.day = made.scalar(f"SELECT {TODAY}")
    made.deliver([row(HERE, 1), row(THERE, 1)])
    made.deliver([row(HERE, 1)], effective_on=ASSERTED)
    made.before = datetime.now(UTC)
    yield made
    patch.undo()
    made.close()


def tighten(desk, **said: object) -> Rule:
    return coverage_rules.set_rule(desk.db, **{"rung": Rung.CONNECTED, "by": "admin", "reason": "thử"} | said)


def counts(desk, on: date, **asked: object) -> tuple[int, ...]:
    """Provinces, districts and communes that are certainly connected in the division of 2023, and the rule's version."""
    found = observe.national(desk.db, on=on, division="2023", **asked)
    for level in Level:
        rows = observe.units(desk.db, on=on, level=level, division="2023", **asked)
        assert sum(one.connected.at_least for one in rows) == found.level(level).connected.at_least
    provinces = observe.units(desk.db, on=on, level=Level.PROVINCE, division="2023", **asked)
    assert sum(one.districts_connected.at_least for one in provinces) == found.level(Level.DISTRICT).connected.at_least
    return (*(one.connected.at_least for one in found.levels), found.rule)


def test_the_rule_from_the_start_counts_as_the_report_of_2023(desk):
    [first] = [one for one in coverage_rules.every(desk.db) if one.rung is Rung.CONNECTED and one.by is None]
    assert (first.terms, first.effective_from) == (Terms(), date.min)
    assert counts(desk, DAY) == (1, 1, 2, first.rule_id)
    assert counts(desk, DAY, known_at=datetime(1999, 1, 1, tzinfo=UTC)) == (0, 0, 0, first.rule_id)


def test_tighter_from_a_day_on_and_never_before(desk):
    """Three communes a district, 1 in 200 of a province's, and nothing older than 2025: one step after the other."""
    start, long = counts(desk, DAY)[-1], (desk.day - ASSERTED).days + 31
    days = [desk.day + timedelta(days=ahead) for ahead in (1, 2, 3)]
    rules = [
        tighten(desk, effective_from=days[0], district_communes=3),
        tighten(desk, effective_from=days[1], district_communes=1, district_share=0.01, province_share=0.5),
        tighten(
            desk,
            effective_from=days[2],
            province_share=None,
            district_share=None,
            within_days=long,
        ),
    ]
    assert counts(desk, desk.day) == (1, 1, 2, start)
    assert counts(desk, days[0]) == (1, 0, 2, rules[0].rule_id)
    assert counts(desk, days[1]) == (0, 1, 2, rules[1].rule_id)
    assert counts(desk, days[2]) == (1, 1, 1, rules[2].rule_id)  # the commune last delivered for 2023 is stale
    assert counts(desk, days[2] + timedelta(days=60))[:3] == (0, 0, 0)
    # Records are there whatever the rule says, and what was known before the rule was set stays as it was.
    assert observe.national(desk.db, on=days[2], division="2023").parcels == 2
    assert counts(desk, days[2], known_at=desk.before) == (1, 1, 2, start)
    asked = {"on": days[2], "level": Level.COMMUNE, "division": "2023", "parent": "24"}
    assert [one.code for one in observe.units(desk.db, **asked) if one.connected.at_least] == [HERE]


def test_only_an_administrator_with_a_reason_and_never_back_in_time(desk):
    with pytest.raises(AdministratorNeeded):
        tighten(desk, by="lan", district_communes=2)
    for said in (
        {"reason": " ", "district_communes": 2},
        {"effective_from": desk.day - timedelta(days=1), "district_communes": 2},
        {"district_communes": 1},  # as it is
        {"district_share": 1.5},
        {"province_communes": 0},
        {"commune_share": 0.5},  # connection is no share
        {"rung": Rung.MATCHED, "within_days": 5},
        {"rung": Rung.MATCHED, "commune_share": None},
    ):
        with pytest.raises(CoverageRuleUnfit):
            tighten(desk, **said)


def test_the_database_keeps_every_version(desk):
    backwards = "SELECT 'CONNECTED', '2023-01-01', 1, 1, min(person_id), 'x' FROM org.person"
    columns = "rung, effective_from, district_communes, province_communes, person_id, reason"
    for statement in (
        "UPDATE stats.coverage_rule SET district_communes = 9",
        "DELETE FROM stats.coverage_rule",
        "TRUNCATE stats.coverage_rule",
        f"INSERT INTO stats.coverage_rule ({columns}) {backwards}",
    ):
        with pytest.raises(DBAPIError):
            desk.execute(statement)


def test_which_rule_is_in_force():
    def rule(number: int, first: date, rung: Rung = Rung.CONNECTED) -> Rule:
        return Rule(number, rung, Terms(), first, datetime(2026, 1, number, tzinfo=UTC), "")

    january, march = date(2026, 1, 1), date(2026, 3, 1)
    rules = [rule(1, date.min), rule(2, march), rule(3, january), rule(4, march), rule(5, date.min, Rung.LIVE)]
    days = [date(2025, 12, 31), january, date(2026, 2, 28), march, date(2027, 1, 1)]
    assert [one.rule_id for one in in_force(rules, Rung.CONNECTED, days)] == [1, 3, 3, 4, 4]


def test_by_the_command_line(desk, command, monkeypatch):
    monkeypatch.setattr("landdata.commands.console.db", lambda: desk.db)
    code, out, _ = command(
        "coverage", "rules", "set", "live", "--by", "admin", "--reason", "thử", "--within-days", "90"
    )
    assert (code, "LIVE" in out, "90" in out) == (0, True, True)
    code, out, _ = command("coverage", "rules", "list", "--format", "json")
    assert (code, '"within_days": 90' in out, '"by": "admin"' in out) == (0, True, True)
    code, _, told = command("coverage", "rules", "set", "live", "--by", "admin", "--reason", "", "--within-days", "91")
    assert (code, "COVERAGE_RULE_UNFIT" in told) == (2, True)
