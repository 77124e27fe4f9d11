"""Groups what is tied together: rows by shared keys, on records and across versions; pure NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from landdata.model.parcels import Booleans, Integers


def components(size: int, keys: Sequence[Integers]) -> Integers:
    """The number of the group of each of `size` things; two things with an equal key in any list are tied.

    Negative keys tie nothing. Labels sink to the smallest member until nothing moves: a few rounds, since a
    certificate ties few parcels.
    """
    label = np.arange(size, dtype=np.int64)
    groups = [_compact(key) for key in keys]
    while True:
        before = label
        for members, group, count in groups:
            smallest = np.full(count, size, dtype=np.int64)
            np.minimum.at(smallest, group, label[members])
            label = label.copy()
            label[members] = np.minimum(label[members], smallest[group])
        # Follow labels to their own labels, so that long chains close in few rounds.
        label = label[label]
        if np.array_equal(before, label):
            break
    return np.unique(label, return_inverse=True)[1].astype(np.int64)


def _compact(key: Integers) -> tuple[Integers, Integers, int]:
    members = np.flatnonzero(key >= 0)
    distinct, group = np.unique(key[members], return_inverse=True)
    return members, group.astype(np.int64), len(distinct)


def any_in_group(flag: Booleans, group: Integers) -> Booleans:
    """True for every member of a group in which any member is flagged."""
    flagged = np.zeros(int(group.max(initial=-1)) + 1, dtype=np.bool_)
    flagged[group[flag]] = True
    return flagged[group]


def first_in_group(flag: Booleans, group: Integers) -> Integers:
    """For every group the index of its first flagged member, or the number of members where there is none."""
    first = np.full(int(group.max(initial=-1)) + 1, len(group), dtype=np.int64)
    flagged = np.flatnonzero(flag)
    np.minimum.at(first, group[flagged], flagged)
    return first
