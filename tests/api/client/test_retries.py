"""How long a client waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from api.client import Retries

SURE = Retries(chance=lambda: 1.0)


def test_pauses_double_and_end():
    assert [SURE.pause(made) for made in (1, 2, 3, 4, 5)] == [0.25, 0.5, 1.0, 2.0, None]
    assert Retries(attempts=20, chance=lambda: 0.0).pause(15) == 4.0


def test_the_service_is_obeyed_within_patience():
    assert SURE.pause(1, "7") == 7.0625
    assert SURE.pause(1, "0") == 0.0625
    assert SURE.pause(1, "61") is None
    assert SURE.pause(1, "9" * 400) is None
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    assert SURE.pause(1, soon) == pytest.approx(20, abs=2)
    assert SURE.pause(1, format_datetime(datetime.now(UTC) - timedelta(days=1))) < 0.1


@pytest.mark.parametrize("words", ["", "soon", "-1", "1.5", "٣"])
def test_what_cannot_be_read_is_not_believed(words):
    assert SURE.pause(2, words) == 0.5
