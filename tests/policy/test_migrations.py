"""Migrations are numbered, in one line, without branches, and name what they do."""

from __future__ import annotations

import re
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "landdata/store/migrations"
NAME = re.compile(r"(\d{4})_[a-z][a-z0-9_]*\.py")


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def files() -> list[Path]:
    return sorted(path for path in (MIGRATIONS / "versions").glob("*.py") if path.name != "__init__.py")


def test_names_are_numbered_from_one_without_a_gap():
    numbers = []
    for path in files():
        match = NAME.fullmatch(path.name)
        assert match, path.name
        numbers.append(int(match[1]))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_line_has_one_end_and_no_branch():
    directory = scripts()
    assert len(directory.get_heads()) == 1
    assert len(directory.get_bases()) == 1
    line = [
        (script.revision, script.down_revision, Path(script.path).name[:4]) for script in directory.walk_revisions()
    ]
    line.reverse()
    assert len(line) == len(files())
    before = None
    for revision, down, prefix in line:
        assert (revision, down) == (prefix, before)
        before = revision
    assert not [script.revision for script in directory.walk_revisions() if script.branch_labels or script.dependencies]


def test_each_says_what_it_does_and_goes_both_ways():
    for script in scripts().walk_revisions():
        assert (script.doc or "").strip(), script.revision
        assert callable(script.module.upgrade), script.revision
        assert callable(script.module.downgrade), script.revision
