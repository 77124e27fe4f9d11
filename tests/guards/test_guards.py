"""Takes one guard away at a time, in a copy of the tree, and sees its test fail: a guard that nobody misses is none (A16)."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from guards import GUARDS, Guard

ROOT = Path(__file__).resolve().parents[2]
# Tests of another kind each, so that the small run says something of all.
_SMALL = {"assertion-once", "token-type", "agency", "formula-is-text"}
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".landdata", "build", "__pycache__", ".*_cache", "*.egg-info")
_MIGRATIONS = "landdata/store/migrations/"
# pytest's own: tests ran and some failed. Anything else, such as nothing collected, proves nothing.
_FAILED = 1


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The tree again, file by file, for guards to be taken from, and an interpreter that finds it before any other."""
    folder = tmp_path_factory.mktemp("tree") / "copy"
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT, symlinks=True)
    venv.create(folder / ".venv", symlinks=True)
    # Processes that read files start without PYTHONPATH; what stands in a .pth they see as well.
    [packages] = (folder / ".venv/lib").glob("python3*/site-packages")
    places = [str(folder), *(one for one in sys.path if one.endswith("-packages"))]
    (packages / "places.pth").write_text("\n".join(places) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def templates(_migrated, _registered) -> str:
    """This run's own: those that start without a guard need not make theirs, unless a migration is the guard's place."""
    return f"{_migrated} {_registered}"


def missed(tree: Path, templates: str, guard: Guard) -> subprocess.CompletedProcess[str]:
    """The guard's tests without it; the file is as it was afterwards."""
    file = tree / guard.file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(guard.old, guard.new), encoding="utf-8")
    try:
        command = [
            str(tree / ".venv/bin/python"),
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            *shlex.split(guard.tests),
        ]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        if not guard.file.startswith(_MIGRATIONS):
            environment["LANDDATA_TEST_TEMPLATES"] = templates
        return subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=900, check=False
        )
    finally:
        file.write_text(text, encoding="utf-8")


def noticed(found: subprocess.CompletedProcess[str]) -> None:
    """Fail unless a test ran and failed: one that could not even start, or no pytest at all, proves nothing."""
    assert found.returncode == _FAILED, found.stdout + found.stderr
    assert re.search(r"^FAILED ", found.stdout, re.MULTILINE), found.stdout + found.stderr


def test_there_are_enough_and_each_stands_where_it_is_said_to():
    assert len(GUARDS) >= 30
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)
    for guard in GUARDS:
        assert (ROOT / guard.file).read_text(encoding="utf-8").count(guard.old) == 1, guard.name


def test_with_all_guards_the_tests_pass(copy, templates):
    """The control: what fails below fails for want of the guard."""
    nothing = Guard("none", "README.md", "# ", "# ", "tests/contract/test_statuses.py -k refusals_name")
    found = missed(copy, templates, nothing)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("guard", [one for one in GUARDS if one.name in _SMALL], ids=lambda one: one.name)
def test_a_guard_taken_away_is_missed(copy, templates, guard):
    noticed(missed(copy, templates, guard))


@pytest.mark.full
@pytest.mark.parametrize("guard", [one for one in GUARDS if one.name not in _SMALL], ids=lambda one: one.name)
def test_every_other_one_is_missed_too(copy, templates, guard):
    noticed(missed(copy, templates, guard))
