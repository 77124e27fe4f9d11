"""The life of a source as a machine: every step is in the table, and where it ends is what the facts say."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from landdata.model.sources import SAID, TRANSITIONS, WORKING, Cause, Facts, State, moved, standing

DAY = date(2026, 11, 22)


def later(days: int) -> date:
    return DAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, State.NEVER_CONNECTED),
        ({"received": True}, State.CONNECTING),
        ({"received": True, "published": True, "last_on": DAY}, State.CONNECTED),
        ({"received": True, "published": True, "last_on": later(-31), "cadence_days": 30}, State.LATE),
        ({"received": True, "published": True, "last_on": later(-30), "cadence_days": 30}, State.CONNECTED),
        ({"received": True, "published": True, "last_on": later(-99), "counts_from": DAY, "cadence_days": 30}, State.CONNECTED),
        ({"first_due_on": DAY}, State.NEVER_CONNECTED),
        ({"first_due_on": later(-1)}, State.LATE),
        ({"received": True, "last_on": later(-3), "first_due_on": later(-1)}, State.CONNECTING),
        ({"counts_from": later(-8), "cadence_days": 7}, State.LATE),
        ({"received": True, "published": True, "last_refused": True, "last_on": later(-31), "cadence_days": 1}, State.FAILING),
    ],
)  # fmt: skip
def test_how_it_stands_follows_from_the_facts(facts, state):
    assert standing(Facts(today=DAY, **facts)) is state


def test_what_a_person_said_only_a_person_takes_back():
    for cause, steps in TRANSITIONS.items():
        for before, after in steps:
            assert before is not after
            if before in SAID or after in SAID:
                assert cause in {Cause.PAUSED, Cause.RESUMED, Cause.ENDED}


def test_every_state_can_be_reached_and_left():
    steps = frozenset().union(*TRANSITIONS.values())
    assert {after for _, after in steps} == set(State)
    assert {before for before, _ in steps} == set(State)


def test_states_and_causes_are_documented():
    page = (Path(__file__).resolve().parents[3] / "docs/sources.md").read_text(encoding="utf-8")
    assert not [one for one in (*State, *Cause) if f"`{one}`" not in page]


class Office:
    """Deliveries, days and persons at random, told to the machine as the flows tell them."""

    def __init__(self, random: Random) -> None:
        self.random, self.today = random, DAY
        self.state, self.came = State.NEVER_CONNECTED, []  # (day, what became of it)
        self.cadence = self.first = self.since = None

    def facts(self) -> Facts:
        at_rest = [end for _, end in self.came if end != "RECEIVED"]
        good = [day for day, end in self.came if end not in {"REFUSED", "WITHDRAWN"}]
        return Facts(
            today=self.today, received=bool(self.came), published="PUBLISHED" in (end for _, end in self.came),
            last_refused=bool(at_rest) and at_rest[-1] == "REFUSED", last_on=max(good, default=None),
            counts_from=self.since, cadence_days=self.cadence, first_due_on=self.first,
        )  # fmt: skip

    def step(self) -> Cause:
        cause = self.random.choice([one for one in Cause if one is not Cause.REGISTERED])
        open_ = [at for at, (_, end) in enumerate(self.came) if end == "RECEIVED"]
        standing_ = [at for at, (_, end) in enumerate(self.came) if end == "PUBLISHED"]
        if cause is Cause.RECEIVED:
            self.came.append((self.today, "RECEIVED"))
        elif cause in {Cause.PUBLISHED, Cause.REFUSED} and open_:
            self.came[open_[0]] = (self.came[open_[0]][0], cause.value)
        elif cause is Cause.WITHDRAWN and standing_:
            at = self.random.choice(standing_)
            self.came[at] = (self.came[at][0], "WITHDRAWN")
        elif cause is Cause.PROMISED:
            self.cadence = self.random.choice([None, 3, 7])
            self.first, self.since = self.random.choice([None, self.today]), self.today
        elif cause is Cause.MISSED:
            self.today += timedelta(days=self.random.randrange(6))
        elif cause in {Cause.PUBLISHED, Cause.REFUSED, Cause.WITHDRAWN}:
            return Cause.MISSED
        if cause is Cause.RESUMED and self.state in SAID:
            self.since = self.today
        return cause


@pytest.mark.parametrize("seed", range(20))
def test_however_it_goes_the_state_is_what_the_facts_say(seed):
    office = Office(Random(seed))
    for _ in range(200):
        cause = office.step()
        after = moved(office.state, cause, office.facts())
        assert after is office.state or (office.state, after) in TRANSITIONS[cause]
        office.state = after
        # The job looks every few minutes.
        office.state = moved(office.state, Cause.MISSED, office.facts())
        if office.state in WORKING:
            assert office.state is standing(office.facts()), (cause, office.came)
        else:
            assert office.state in SAID
