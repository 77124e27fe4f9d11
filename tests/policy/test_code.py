"""The house rules of style that no linter knows: docstrings, length, nothing left unfinished."""

from __future__ import annotations

import ast
from collections.abc import Callable
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


def wrong(paths: list[Path], judge: Callable[[Path, str], object]) -> list[str]:
    """The files of which `judge` finds something to say."""
    return [name_of(path) for path in paths if judge(path, path.read_text(encoding="utf-8"))]


def test_a_module_opens_with_a_sentence():
    """In one sentence it says what it holds, and what it must not."""
    assert wrong(PROGRAM, lambda _, text: len((ast.get_docstring(ast.parse(text)) or "").split()) < 3) == []


def test_a_file_is_a_room_not_a_hall():
    assert wrong(FILES, lambda path, text: len(text.splitlines()) > LONG.get(name_of(path), MOST_LINES)) == []


def test_nothing_is_left_unfinished():
    assert wrong(FILES, lambda _, text: any(word in text for word in UNFINISHED)) == []


def test_only_settings_reads_the_environment():
    """The domain, the API and the worker get settings handed in; the embedded machine makes environments."""
    asked = [
        path
        for path in PROGRAM
        if not path.is_relative_to(ROOT / "fixtures") and path not in {HANDS_ON, ROOT / "landdata/settings.py"}
    ]
    assert wrong(asked, lambda _, text: _environment(ast.parse(text))) == []


def _environment(tree: ast.Module) -> list[str]:
    return [
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]


@pytest.mark.parametrize(
    ("spoiled", "judge"),
    [
        ("import os\n", test_a_module_opens_with_a_sentence),
        ('"""One two three."""\n' + "\n" * MOST_LINES, test_a_file_is_a_room_not_a_hall),
        (f'"""One two three."""\n# {UNFINISHED[0]}\n', test_nothing_is_left_unfinished),
        ('"""One two three."""\nimport os\nos.environ\n', test_only_settings_reads_the_environment),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_one_that_is_wrong_is_named(monkeypatch, tmp_path, spoiled, judge):
    (path := tmp_path / "wrong.py").write_text(spoiled, encoding="utf-8")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    monkeypatch.setattr(f"{__name__}.PROGRAM", [path])
    monkeypatch.setattr(f"{__name__}.FILES", [path])
    with pytest.raises(AssertionError, match=r"wrong\.py"):
        judge()
