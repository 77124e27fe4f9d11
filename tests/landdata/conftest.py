"""Databases and desks of the domain's tests; what they share to make rows, files and people stands in `landworld.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from landworld import Desk  # found by the line above

from landdata.store.engine import Database


@pytest.fixture
def desk(country, tmp_path):
    """Offices, deliveries and look-ups on a database of this test's own."""
    return Desk(country, tmp_path)


@pytest.fixture(scope="module")
def shared_desk(shared_country, tmp_path_factory):
    """The same on a database that the tests of a module share."""
    return Desk(shared_country, tmp_path_factory.mktemp("data"))


@pytest.fixture
def other_desk(new_database, _registered, tmp_path_factory):
    """A second desk on a second database, to compare with."""
    with new_database(_registered) as url:
        db = Database(url, pool_size=4)
        yield Desk(db, tmp_path_factory.mktemp("other"))
        db.close()


@pytest.fixture
def in_process(monkeypatch):
    """Reads files without a child process: for tests that deliver often and are not about reading."""
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
