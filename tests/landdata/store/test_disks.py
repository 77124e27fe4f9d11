"""How much room is left, as `df` counts it, and from when on files are refused."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from landdata.errors import DiskLow, UploadNoRoom
from landdata.settings import Settings
from landdata.store import disks


@pytest.fixture
def statvfs(monkeypatch):
    """A disk of 1,000 blocks, 100 of them kept back for the system; `free` is what is left for us."""

    def stands(free: int) -> None:
        found = SimpleNamespace(f_blocks=1000, f_bfree=free + 100, f_bavail=free, f_frsize=4096)
        monkeypatch.setattr(os, "statvfs", lambda _: found)

    return stands


def test_what_is_kept_back_is_not_ours(statvfs, tmp_path):
    statvfs(450)
    [disk] = disks.look([tmp_path])
    assert (disk.size, disk.free, disk.free_share) == (900 * 4096, 450 * 4096, 0.5)


def test_files_are_refused_below_the_share(statvfs, tmp_path):
    statvfs(135)
    disks.require_room([tmp_path], share=0.15)
    statvfs(134)
    with pytest.raises(DiskLow, match="Only 14 %"):
        disks.require_room([tmp_path], share=0.15)


def test_a_file_that_would_not_fit_is_refused_before_its_first_byte(statvfs, tmp_path):
    statvfs(235)
    disks.require_fit(tmp_path, size_bytes=100 * 4096, share=0.15)
    with pytest.raises(UploadNoRoom, match=r"takes 409600 for now"):
        disks.require_fit(tmp_path, size_bytes=100 * 4096 + 1, share=0.15)
    with pytest.raises(UploadNoRoom, match=r"takes 204800 for now"):
        disks.require_fit(tmp_path, size_bytes=51 * 4096, share=0.15, times=2)
    statvfs(10)
    with pytest.raises(UploadNoRoom, match=r"takes 0 for now"):
        disks.require_fit(tmp_path, size_bytes=1, share=0.15)


def test_a_folder_still_to_be_made_lies_on_its_parents_disk(tmp_path):
    assert disks.look([tmp_path / "a" / "b"])[0].size == disks.look([tmp_path])[0].size


def test_further_disks_are_named_by_commas(tmp_path):
    made = Settings(data_dir=tmp_path, disk_dirs="/one, /two,")
    assert [str(one) for one in made.disks] == [str(tmp_path), "/one", "/two"]
