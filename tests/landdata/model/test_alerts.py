"""What opens and closes: once for a rule and subject, not before it was well for long enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from landdata.model.alerts import Audience, Measure, Open, Rule, Unit, weigh

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def rule(code: str = "R", **changed: object) -> Rule:
    given = {
        "code": code, "vi": "v", "en": "e", "mend_vi": "v", "mend_en": "e", "unit": Unit.COUNT, "threshold": 2.0,
        "calm_minutes": 0, "audience": Audience.OPERATOR, "enabled": True,
    }  # fmt: skip
    return Rule(**given | changed)


def test_it_opens_at_the_threshold_and_closes_below_it():
    found = weigh([rule()], [Measure("R", "a", 2.0), Measure("R", "b", 1.9)], [], NOW)
    assert [(one.subject, one.value) for one in found.opening] == [("a", 2.0)]
    stands = [Open(1, "R", "a", None)]
    assert weigh([rule()], [Measure("R", "a", 5.0)], stands, NOW) == weigh([], [], [], NOW)
    assert weigh([rule()], [Measure("R", "a", 1.0)], stands, NOW).closing == {1: 1.0}
    assert weigh([rule()], [], stands, NOW).closing == {1: None}


def test_it_closes_only_after_it_was_calm():
    calm = [rule(calm_minutes=15)]
    assert weigh(calm, [], [Open(1, "R", "a", None)], NOW).well == (1,)
    recent, long_ago = NOW - timedelta(minutes=14), NOW - timedelta(minutes=15)
    assert not weigh(calm, [], [Open(1, "R", "a", recent)], NOW).closing
    assert weigh(calm, [], [Open(1, "R", "a", long_ago)], NOW).closing == {1: None}
    again = weigh(calm, [Measure("R", "a", 3.0)], [Open(1, "R", "a", long_ago)], NOW)
    assert (again.bad, again.closing, again.opening) == ((1,), {}, ())


def test_a_rule_that_is_off_measures_nothing_and_ends_what_it_opened():
    off = [rule(enabled=False, calm_minutes=60)]
    found = weigh(off, [Measure("R", "a", 9.0)], [Open(1, "R", "a", None)], NOW)
    assert (found.opening, found.closing) == ((), {1: None})


def test_at_random_never_two_open_and_never_one_too_many_told():
    random, now = Random(7), NOW
    rules = [rule("R"), rule("S", calm_minutes=3)]
    open_: dict[int, Open] = {}
    for turn in range(500):
        now += timedelta(minutes=1)
        measured = [
            Measure(code, one, random.choice([0, 3])) for code in "RS" for one in "abc" if random.random() < 0.8
        ]
        found = weigh(rules, measured, list(open_.values()), now)
        for one in found.opening:
            assert (one.rule, one.subject) not in {(o.rule, o.subject) for o in open_.values()}
            assert one.value >= 2
        for alert_id in found.closing:
            del open_[alert_id]
        for alert_id in (*found.well, *found.bad):
            was = open_[alert_id]
            open_[alert_id] = Open(alert_id, was.rule, was.subject, now if alert_id in found.well else None)
        wrong = {(one.rule, one.subject) for one in measured if one.value >= 2}
        open_ |= {
            turn * 10 + at: Open(turn * 10 + at, one.rule, one.subject, None) for at, one in enumerate(found.opening)
        }
        assert wrong <= {(one.rule, one.subject) for one in open_.values()}
