"""A land office and files for tests of the worker."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from syncworld import register  # found by the line above

from fixtures.generators.deliveries import write_deliveries
from fixtures.generators.people import make_people
from fixtures.population.register import create, entries

PROVINCE = "24"


@pytest.fixture(scope="module")
def people():
    return make_people(provinces=[PROVINCE], scale=0.3)


@pytest.fixture(scope="module")
def delivery(people, tmp_path_factory):
    """A small file of one province, with refused rows and doubtful holders among it."""
    manifest = write_deliveries(tmp_path_factory.mktemp("files"), people, provinces=[PROVINCE], scale=0.3)
    return manifest.files[0]


@pytest.fixture
def data_dir(people, tmp_path):
    """A data folder with the population's register in it."""
    create(tmp_path / "population" / "population.sqlite", entries(people))
    return tmp_path


@pytest.fixture
def office(country):
    return register(country, PROVINCE)
