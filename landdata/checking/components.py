"""Groups what is tied together: rows by shared keys, on records and across versions; pure NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from landdata.model.parcels import Booleans, Integers


def components(size: int, keys: Sequence[Integers]) -> Integers:
    """The number of the group of each of `size` things; two things with an equal key in any list are tied.

    Keys are small, as `values.codes` makes them; negative ones tie nothing. Labels sink to the smallest member until
    nothing moves: a few rounds, since a certificate ties few parcels. Millions of rows go through here at once, so
    everything is as narrow as their number allows.
    """
    largest = max([size, *(int(key.max(initial=0)) for key in keys)])
    narrow = np.int32 if largest < np.iinfo(np.int32).max else np.int64
    label = np.arange(size, dtype=narrow)
    groups = [_members(key, narrow) for key in keys]
    while True:
        before = label
        for members, group, count in groups:
            smallest = np.full(count, size, dtype=narrow)
            np.minimum.at(smallest, group, label[members])
            label = label.copy()
            label[members] = np.minimum(label[members], smallest[group])
        # Follow labels to their own labels, so that long chains close in few rounds.
        label = label[label]
        if np.array_equal(before, label):
            break
    # Every group has one member that is its own label: counted in their order they number the groups.
    number: Integers = (np.cumsum(label == np.arange(size, dtype=narrow)) - 1)[label]
    return number


def _members(key: Integers, narrow: type[np.int32 | np.int64]) -> tuple[npt.NDArray[Any], npt.NDArray[Any], int]:
    members = np.flatnonzero(key >= 0)
    return members.astype(narrow), key[members].astype(narrow), int(key.max(initial=-1)) + 1


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
