"""What may stand at the top level, and that tests mirror the tree."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {
    "landdata", "api", "sync", "fixtures", "tests", "docs", "run", "docker-compose.yml", "Dockerfile",
    "pyproject.toml", "README.md", "README.vi.md", "CHANGELOG.md", "LICENSE", "LICENSES", "NOTICE", ".ci",
    ".gitignore", ".dockerignore", ".gitattributes", ".editorconfig",
}  # fmt: skip
NEEDED = {
    "landdata", "api", "sync", "fixtures", "tests", "docs", "run", "docker-compose.yml", "Dockerfile",
    "pyproject.toml", "README.md", "README.vi.md", "CHANGELOG.md", "LICENSE", "LICENSES", ".ci", ".gitignore",
    ".dockerignore",
}  # fmt: skip
# One noun under two names; this list may only shrink.
TEST_ROOMS = {
    "landdata",
    "api",
    "sync",
    "fixtures",
    "embedded",
    "contract",
    "policy",
    "browser",
    "faults",
    "bench",
    "corpus",
    "guards",
}


def ignored() -> list[str]:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [".git", *(line.rstrip("/") for line in lines if line and not line.startswith("#"))]


def test_the_top_level_is_what_the_architecture_names():
    here = {path.name for path in ROOT.iterdir() if not any(fnmatch(path.name, shape) for shape in ignored())}
    assert here - ALLOWED == set()
    assert NEEDED - here == set()


def test_what_is_private_is_ignored():
    assert {".landdata", ".venv"} <= set(ignored())


def test_tests_live_in_known_rooms():
    rooms = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms <= TEST_ROOMS


def test_one_noun_has_one_name():
    """A noun that the store or the model knows is spelt the same wherever it has a file."""
    nouns = {path.stem for path in (ROOT / "landdata/store/tables").glob("*.py")} - {"__init__", "base"}
    known = {path.stem for place in ("landdata/model", "landdata/store") for path in (ROOT / place).glob("*.py")}
    routes = {path.stem for path in (ROOT / "api/routes").glob("*.py")} - {"__init__"}
    schemas = {path.stem for path in (ROOT / "api/schemas").glob("*.py")}
    assert routes <= schemas
    # Singular twins are how two names for one noun begin.
    every = nouns | known | routes | schemas
    assert {name for name in every if f"{name}s" in every} == set()


def test_the_script_and_ci_can_be_run():
    for name in ("run", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111
