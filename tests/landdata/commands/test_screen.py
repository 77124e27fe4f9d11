"""What a terminal says of the time that a delivery takes, in both languages."""

from __future__ import annotations

import pytest

from landdata.commands import screen
from landdata.model.progress import Stage


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "còn dưới 1 phút / under a minute left"),
        (59, "còn dưới 1 phút / under a minute left"),
        (60, "còn khoảng 1 phút / about 1 min left"),
        (3570, "còn khoảng 1 giờ 0 phút / about 1 h 0 min left"),
        (7500, "còn khoảng 2 giờ 5 phút / about 2 h 5 min left"),
    ],
)
def test_as_roughly_as_it_is_known(seconds, said):
    assert screen.remaining(seconds) == said


def test_what_is_not_known_is_said_so():
    assert screen.known(Stage.RECEIVED, None, 3) == "trước nó còn 3 / 3 before it"
    assert screen.known(Stage.RECEIVED, None, None) == ""
    assert "not known yet" in screen.known(Stage.READING, None, None)
    assert "not known yet" in screen.known(Stage.PUBLISHING, None, None)
    assert screen.known(Stage.PUBLISHING, 61, None) == screen.remaining(61)
    assert screen.known(Stage.DONE, None, None) == ""
