"""Sessions when the service's own clock jumps: what was ended stays ended, and nothing lives longer (security.md F9)."""

from __future__ import annotations

import pytest
from peopleworld import World

from landdata.store.engine import Database


@pytest.fixture(scope="module")
def world(new_database, _migrated):
    with new_database(_migrated) as url:
        db = Database(url, pool_size=4)
        yield World(db)
        db.close()


@pytest.mark.parametrize("ahead", [{"minutes": 31}, {"hours": 13}])
def test_a_session_that_was_refused_stays_ended_when_the_clock_goes_back(world, ahead):
    token = world.sign_in(world.member())
    world.clock.pass_by(**ahead)
    assert world.who(token) is None
    world.clock.pass_by(**{unit: -many for unit, many in ahead.items()})
    assert world.who(token) is None


def test_a_clock_that_ran_ahead_makes_no_session_idle_for_longer(world):
    token = world.sign_in(world.member())
    world.clock.pass_by(minutes=29)
    assert world.who(token) is not None
    world.clock.pass_by(minutes=-29)
    assert world.who(token) is not None
    world.clock.pass_by(minutes=31)
    assert world.who(token) is None
