"""A full data disk refuses the delivery, leaves nothing behind, and hinders nothing once there is room."""

from __future__ import annotations

import subprocess

import pytest
from syncworld import hand_in, value

from landdata.errors import DiskFull

_SIZE = 1 << 20


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this user may not mount a file system: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(country, office, small_disk, files, tmp_path):
    assert files[0].stat().st_size > _SIZE
    with pytest.raises(DiskFull):
        hand_in(country, small_disk, files[0], "large")
    assert [path for path in (small_disk / "raw").rglob("*") if path.is_file()] == []
    assert value(country, "SELECT count(*) FROM intake.delivery") == 0
    assert value(country, "SELECT count(*) FROM procrastinate_jobs") == 0
    small = tmp_path / "small.geojson"
    small.write_bytes(b"x" * (_SIZE // 2))
    assert not hand_in(country, small_disk, small, "large").repeated
    assert value(country, "SELECT count(*) FROM intake.delivery") == 1
