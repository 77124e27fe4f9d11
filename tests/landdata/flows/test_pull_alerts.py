"""Pulls that keep failing: three in a row are told, once; one that goes well takes it back; the source's life knows both."""

from __future__ import annotations

import pytest
from landworld import COMMUNES, DAY, row
from provinceworld import feature, hostile
from pullworld import connect, pulled, work

from landdata.flows import alerts, connections, sources
from landdata.model.alerts import Channel, Occasion
from landdata.model.connections import Outcome
from landdata.model.sources import Cause, State

TARGETS = (("MINISTRY", Channel.MAIL, "a@b.example"), ("OPERATOR", Channel.WEBHOOK, "https://x.example/"))
RULE = "PULL_FAILING"


def look(desk) -> list[tuple[str, str]]:
    """What stands open after a look with the worker's own rights; a second look finds nothing new."""
    alerts.look(desk.worker, targets=TARGETS)
    again = alerts.look(desk.worker, targets=TARGETS)
    assert (again.opened, again.closed) == (0, 0)
    return [(one.rule.code, one.subject) for one in alerts.listed(desk.db)]


def told(desk) -> list[tuple[str, str, str]]:
    return desk.rows("SELECT occasion, channel, target FROM sync.alert_notice ORDER BY notice_id")


def life(desk) -> list[tuple[Cause, State, str]]:
    return [(one.cause, one.after, one.reason) for one in sources.of_office(desk.db, office_code="LO-24").events]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with hostile(tmp_path_factory.mktemp("hostile")) as made:
        yield made


@pytest.fixture
def service(served):
    """One without rows, a pull of which fails at once."""
    served.put()
    return served


def test_it_opens_at_the_third_failure_and_closes_when_a_pull_goes_well(desk, service, in_process):
    uid = connect(desk, service.terms("good", effective_on=DAY))
    for _ in range(2):
        assert pulled(desk, uid) is Outcome.FAILED
        assert look(desk) == []
    assert life(desk) == [(Cause.REGISTERED, State.NEVER_CONNECTED, "")], "one bad night is none"
    assert pulled(desk, uid) is Outcome.FAILED
    assert look(desk) == [(RULE, "LO-24")]
    [one] = alerts.listed(desk.db)
    assert (one.value, one.threshold, one.office_code) == (3, 3, "LO-24")
    assert one.details == {"connection": str(uid), "why": "PULL_EMPTY"}
    assert told(desk) == [(Occasion.OPENED, Channel.MAIL, "a@b.example")]
    assert life(desk)[1:] == [(Cause.PULL_FAILED, State.FAILING, "PULL_EMPTY")]
    # One more failure is no second alert, no second notice and no second event.
    assert pulled(desk, uid) is Outcome.FAILED
    assert look(desk) == [(RULE, "LO-24")]
    assert (len(told(desk)), len(life(desk))) == (1, 2)
    service.put(feature("p1", row(COMMUNES[0], 1)))
    assert pulled(desk, uid) is Outcome.DELIVERED
    assert look(desk) == []
    [one] = alerts.listed(desk.db, open_=None)
    assert (one.closed_value, one.closed_at is not None) == (0, True)
    assert told(desk)[1:] == [(Occasion.CLOSED, Channel.MAIL, "a@b.example")]
    assert life(desk)[2:] == [(Cause.PULLED, State.CONNECTING, "")]
    work(desk)
    assert life(desk)[3:] == [(Cause.PUBLISHED, State.CONNECTED, "")]
    # A pull that finds nothing new goes well, too: nothing moves.
    assert pulled(desk, uid) is Outcome.UNCHANGED
    assert (look(desk), len(life(desk)), len(told(desk))) == ([], 4, 2)


def test_the_worst_connection_counts_and_one_that_is_suspended_does_not(desk, service):
    good, bad = (connect(desk, service.terms("good")) for _ in range(2))
    pulled(desk, good)
    desk.execute("UPDATE sync.connection SET failures = 2 WHERE connection_uid = :uid", uid=bad)
    pulled(desk, bad)
    assert look(desk) == [(RULE, "LO-24")]
    [one] = alerts.listed(desk.db)
    assert one.details["connection"] == str(bad)
    connections.suspend(desk.db, connection_uid=bad, login="lan", reason="thử")
    assert look(desk) == []
    assert [occasion for occasion, _, _ in told(desk)] == [Occasion.OPENED, Occasion.CLOSED]


def test_a_pull_that_ends_after_a_suspension_plans_no_other(desk, service, monkeypatch):
    """A person may suspend a connection while a pull of it runs."""
    uid = connect(desk, service.terms("good"))
    ended = connections.connections.end

    def suspended_meanwhile(*said: object, **more: object) -> None:
        monkeypatch.undo()
        connections.suspend(desk.db, connection_uid=uid, login="lan", reason="thử")
        ended(*said, **more)

    monkeypatch.setattr("landdata.store.connections.end", suspended_meanwhile)
    assert pulled(desk, uid) is Outcome.FAILED
    found = connections.shown(desk.db, connection_uid=uid).connection
    assert (found.standing.value, found.next_at, found.failures) == ("SUSPENDED", None, 0)
