"""A full data disk refuses the delivery, leaves nothing behind, and hinders nothing once there is room."""

from __future__ import annotations

import pytest
from servers import small_disk
from syncworld import hand_in, value

from landdata.errors import DiskFull

_SIZE = 1 << 20


def test_a_full_disk(country, office, files, tmp_path):
    with small_disk(1) as disk:
        _deliver_to(disk, country, files, tmp_path)


def _deliver_to(disk, country, files, tmp_path) -> None:
    assert files[0].stat().st_size > _SIZE
    with pytest.raises(DiskFull):
        hand_in(country, disk, files[0], "large")
    assert [path for path in (disk / "raw").rglob("*") if path.is_file()] == []
    assert value(country, "SELECT count(*) FROM intake.delivery") == 0
    assert value(country, "SELECT count(*) FROM procrastinate_jobs") == 0
    small = tmp_path / "small.geojson"
    small.write_bytes(b"x" * (_SIZE // 2))
    assert not hand_in(country, disk, small, "large").repeated
    assert value(country, "SELECT count(*) FROM intake.delivery") == 1
