"""The mock platform's mood, told and changed as the page of administration does, over the mock's own HTTP."""

from __future__ import annotations

import pytest
from syncworld import platform

from fixtures.population.register import DATABASE, create
from landdata.errors import PopulationUnavailable, SandboxAbsent
from landdata.flows import sandbox
from landdata.model.sandbox import Mood, Order
from landdata.settings import Settings


def test_a_mood_is_put_and_read_in_a_simulation_only(tmp_path):
    (tmp_path / "population").mkdir()
    create(tmp_path / "population" / DATABASE, [])
    with platform(tmp_path) as mock:
        url = str(mock.base_url)
        here = Settings(simulated=True, population_url=url)
        assert sandbox.present(here).mood is Mood.NORMAL
        assert sandbox.put(here, Order(Mood.FAILING, 0.25, 7)) == Order(Mood.FAILING, 0.25, 7)
        assert mock.get("/moods").json() == {"mood": "failing", "seed": 7, "share": 0.25}
        with pytest.raises(SandboxAbsent):
            sandbox.put(Settings(simulated=False, population_url=url), Order(Mood.DOWN, 1, 1))
        assert sandbox.present(here).mood is Mood.FAILING
    with pytest.raises(PopulationUnavailable):
        sandbox.present(here)
    with pytest.raises(SandboxAbsent):
        sandbox.present(Settings(simulated=True, population_url=""))


def test_every_mood_of_the_mock_has_its_word():
    from api.web.moods import MOODS
    from fixtures.population import moods

    assert {one.value for one in moods.Mood} == {one.value for one in Mood} == {one.value for one in MOODS}
