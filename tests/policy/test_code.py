"""The house rules of style that no linter knows: docstrings, length, nothing left unfinished."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = sorted(path for name in ("landdata", "api", "sync", "fixtures") for path in (ROOT / name).rglob("*.py"))
# It hands three variables on to the child that opens a file, and reads none itself.
HANDS_ON = ROOT / "landdata/reading/isolated.py"
FILES = [*PROGRAM, *sorted((ROOT / "tests").rglob("*.py"))]
MOST_LINES = 400
# Rooms that were too full when the rule came; this list may only shrink.
LONG: dict[str, int] = {}
# Put together, so that this file does not hold what it looks for.
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "raise NotImplemented" + "Error")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_something_to_look_at():
    assert len(PROGRAM) > 100
    assert {path.relative_to(ROOT).parts[0] for path in PROGRAM} == {"landdata", "api", "sync", "fixtures"}


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_a_module_opens_with_a_sentence(path):
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert len(words.split()) >= 3, "say in one sentence what it holds and what it must not"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_a_room_not_a_hall(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONG.get(name_of(path), MOST_LINES)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_is_left_unfinished(path):
    text = path.read_text(encoding="utf-8")
    assert not [word for word in UNFINISHED if word in text]


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_only_settings_reads_the_environment(path):
    """The domain, the API and the worker get settings handed in; the embedded machine makes environments."""
    if path.is_relative_to(ROOT / "fixtures") or path in {HANDS_ON, ROOT / "landdata/settings.py"}:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    read = [
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert not read
