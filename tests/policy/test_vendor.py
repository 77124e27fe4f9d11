"""What others made is byte for byte what its lock names, with its licence beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(
    path
    for name in ("landdata", "api", "sync", "fixtures", "tests")
    for path in (ROOT / name).rglob("vendor.lock.json")
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_vendor_folder_has_a_lock():
    folders = [
        path
        for name in ("landdata", "api", "sync", "fixtures", "tests")
        for path in (ROOT / name).rglob("vendor")
        if path.is_dir()
    ]
    assert sorted(folders) == sorted(lock.parent for lock in LOCKS)


@pytest.mark.parametrize("lock", LOCKS, ids=name_of)
def test_files_are_those_of_the_lock_and_no_others(lock):
    listed = {
        one["file"]: one["sha256"]
        for package in json.loads(lock.read_text(encoding="utf-8"))
        for one in package["files"]
    }
    here = {
        str(path.relative_to(lock.parent)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in lock.parent.rglob("*")
        if path.is_file() and path != lock
    }
    assert here == listed


@pytest.mark.parametrize("lock", LOCKS, ids=name_of)
def test_every_package_brings_its_licence_and_is_in_the_list(lock):
    notices = (ROOT / "LICENSES/README.md").read_text(encoding="utf-8")
    for package in json.loads(lock.read_text(encoding="utf-8")):
        assert [one for one in package["files"] if Path(one["file"]).name == "LICENSE"], package["name"]
        assert package["licence"] in notices, package["name"]
        assert package["version"]
    assert name_of(lock.parent) in notices


def test_notices_of_the_data_are_copies_of_those_beside_the_data():
    folder = ROOT / "fixtures/reference/admin/LICENSES"
    for path in folder.iterdir():
        assert (ROOT / "LICENSES" / path.name).read_bytes() == path.read_bytes()
        assert path.name in (ROOT / "LICENSES/README.md").read_text(encoding="utf-8")
