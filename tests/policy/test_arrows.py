"""Imports obey the arrows of the house, and no package stands outside them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def contracts() -> dict[str, dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {one["name"]: one for one in settings["tool"]["importlinter"]["contracts"]}


def test_the_contracts_hold():
    # A process of its own: import-linter changes sys.path and keeps what it has read.
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "COLUMNS": "160"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_package_of_the_domain_is_on_a_floor():
    (floors,) = (one for one in contracts().values() if one["type"] == "layers")
    named = {name.strip() for layer in floors["layers"] for name in layer.split("|")}
    here = {
        f"landdata.{path.stem if path.is_file() else path.name}"
        for path in (ROOT / "landdata").iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }
    # Settings are values that every floor may read.
    assert here - named <= {"landdata.settings"}
    assert not floors["ignore_imports"]


def test_the_strict_ones_allow_no_exception():
    assert not [name for name, one in contracts().items() if one.get("ignore_imports")]
