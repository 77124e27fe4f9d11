"""How long a stage still takes: nothing while nobody can know, then by the pace of the last minutes."""

from __future__ import annotations

from landdata.model.progress import Pace


def test_nothing_is_said_before_there_is_a_pace():
    pace = Pace()
    assert pace.left(0.0, 0, 1000) is None
    assert pace.left(1.0, 50, 1000) is None  # too short to mean anything
    assert pace.left(5.0, 50, 0) is None  # nobody knows how much there is
    assert Pace().left(0.0, 0, 0) is None


def test_what_stands_still_has_no_end():
    pace = Pace()
    assert [pace.left(10.0 * at, 7, 100) for at in range(4)] == [None] * 4


def test_what_was_done_before_a_cut_does_not_count():
    pace = Pace()
    pace.left(0.0, 900, 1000)
    assert pace.left(10.0, 910, 1000) == 90.0


def test_the_pace_of_the_last_minutes_counts():
    """A stage that began fast and went slow, as when a second delivery came beside it."""
    pace = Pace()
    pace.left(0.0, 0, 100_000)
    assert pace.left(10.0, 10_000, 100_000) == 90.0
    for second in range(20, 1000, 10):
        left = pace.left(float(second), 10_000 + 10 * second, 100_000)
    assert left is not None
    assert abs(left - (100_000 - 19_900) / 10) < 500
