"""One truth set for all tests of the matcher's bench."""

from __future__ import annotations

import pytest

from tests.bench.truth import files

HOLDERS, PEOPLE = 40_000, 60_000


@pytest.fixture(scope="session")
def truth(tmp_path_factory):
    return files.make(tmp_path_factory.mktemp("truth"), holder_count=HOLDERS, people_count=PEOPLE, seed=5)
