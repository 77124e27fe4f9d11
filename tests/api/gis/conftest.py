"""The service on a small map of two provinces, and who looks at it; the tests of a module share both, for they only read."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest
from landworld import Desk
from mapworld import MapWorld
from serving import serving

from landdata.settings import Settings
from landdata.store import keys as key_files

sys.path.insert(0, str(Path(__file__).parent))

from gisworld import reader_of  # found by the line above


@pytest.fixture(scope="module")
def world(shared_country, tmp_path_factory):
    """The map."""
    with pytest.MonkeyPatch.context() as patch, closing(Desk(shared_country, tmp_path_factory.mktemp("map"))) as desk:
        patch.setattr("landdata.flows.check.open_layer", desk.open_layer)
        with closing(MapWorld(desk)) as made:
            yield made


@pytest.fixture(scope="module")
def database(world):
    return world.desk.db


@pytest.fixture(scope="module")
def api(database, tmp_path_factory):
    """The service on that map."""
    folder = tmp_path_factory.mktemp("service")
    key_files.make_all(folder)
    url = database.engine.url.render_as_string(hide_password=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.oauth.replays.SLOTS", 1 << 12)
        with serving(Settings(database_url=url, data_dir=folder, pool_size=4)) as running:
            yield running


@pytest.fixture(scope="module")
def key_of(api, database):
    return lambda office="MAE": reader_of(api, database, office)


@pytest.fixture(scope="module")
def ministry(key_of):
    return key_of()


@pytest.fixture(scope="module")
def office(key_of):
    return key_of("LO-24")
