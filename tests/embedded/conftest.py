"""A project of its own for each test: folders, and whatever was started in it, are gone afterwards."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.embedded import cluster
from fixtures.embedded.paths import Paths, paths_for

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Paths]:
    yield from _swept(paths_for(tmp_path, uid=os.geteuid(), environment={}))


@pytest.fixture
def tests_paths(tmp_path: Path) -> Iterator[Paths]:
    yield from _swept(paths_for(tmp_path, uid=os.geteuid(), environment={}, tests=True))


def _swept(found: Paths) -> Iterator[Paths]:
    yield found
    cluster.stop(found)
    for folder in (found.state, found.socket):
        shutil.rmtree(folder, ignore_errors=True)
