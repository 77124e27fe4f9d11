"""Small made-up countries: whatever happens to communes, nothing is moved by guess and nothing certain is lost."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from landdata.model.succession import Edge, Epoch, epochs_of, projections
from landdata.model.units import Extent, Level, Unit

FULL, PART = Extent.FULL, Extent.PART
FIRST = date(2024, 1, 1)


def unit(unit_id, code, start=None, end=None):
    return Unit(unit_id, Level.COMMUNE, code, code, code, "xã", code, "001", start, end)


def worlds(steps):
    """`steps`: (day, old id, new id, extent); units are (id, code, first, last)."""
    units, edges = steps
    made = [unit(*one) for one in units]
    epochs = epochs_of(made)
    return epochs, projections(made, [Edge(old, new, day, extent) for day, old, new, extent in edges], epochs)


def test_merged_wholly():
    epochs, found = worlds(
        ([(1, "a", None, FIRST), (2, "b", None, FIRST), (3, "c", FIRST)], [(FIRST, 1, 3, FULL), (FIRST, 2, 3, FULL)])
    )
    assert [epoch.valid_from for epoch in epochs] == [None, FIRST]
    assert (found[1, 1], found[1, 2]) == ({3: FULL}, {3: FULL})
    # Nobody knows which of the new commune's parcels came from where.
    assert found[0, 3] == {1: PART, 2: PART}


def test_split_in_two():
    _, found = worlds(
        ([(1, "a", None, FIRST), (2, "b", FIRST), (3, "c", FIRST)], [(FIRST, 1, 2, PART), (FIRST, 1, 3, PART)])
    )
    assert found[1, 1] == {2: PART, 3: PART}
    assert found[0, 2] == found[0, 3] == {1: FULL}


def test_pieces_that_meet_again_are_whole():
    later = FIRST + timedelta(days=100)
    units = [(1, "a", None, FIRST), (2, "b", FIRST, later), (3, "c", FIRST, later), (4, "d", later)]
    edges = [(FIRST, 1, 2, PART), (FIRST, 1, 3, PART), (later, 2, 4, FULL), (later, 3, 4, FULL)]
    assert worlds((units, edges))[1][2, 1] == {4: FULL}


def test_a_part_that_went_elsewhere():
    """A version that goes on keeps its facts; what stood before it is only possible on either side."""
    later = FIRST + timedelta(days=100)
    units = [(0, "z", None, FIRST), (1, "a", FIRST), (2, "b", later)]
    _, found = worlds((units, [(FIRST, 0, 1, FULL), (later, 1, 2, PART)]))
    assert found[2, 1] == {1: FULL}
    assert found[2, 0] == {1: PART, 2: PART}


def test_a_new_name_under_the_same_code_needs_no_step():
    units = [(1, "a", None, FIRST), (2, "a", FIRST)]
    assert worlds((units, []))[1][1, 1] == {2: FULL}


def test_an_end_nobody_explains_leads_nowhere():
    later = FIRST + timedelta(days=100)
    units = [(1, "a", None, FIRST), (2, "b", None, later), (3, "c", later)]
    _, found = worlds((units, [(later, 2, 3, FULL)]))
    assert found[1, 1] == found[2, 1] == {}
    assert found[2, 2] == {3: FULL}


def test_an_unknown_extent_is_only_possible():
    _, found = worlds(([(1, "a", None, FIRST), (2, "b", FIRST)], [(FIRST, 1, 2, Extent.UNKNOWN)]))
    assert found[1, 1] == {2: PART}


@st.composite
def countries(draw):
    """Up to three reforms; in each, some communes end and go to new ones, whole or in parts, and the rest go on."""
    units, edges, alive = [], [], list(range(draw(st.integers(1, 5))))
    starts, codes = dict.fromkeys(alive), {one: f"c{one}" for one in alive}
    ends = {}
    for reform in range(draw(st.integers(1, 3))):
        day = FIRST + timedelta(days=100 * reform)
        ending = draw(st.sets(st.sampled_from(alive), min_size=1)) if alive else set()
        fresh = [len(codes) + number for number in range(draw(st.integers(1, 3)))]
        for one in fresh:
            starts[one], codes[one] = day, f"c{one}"
        for one in ending:
            ends[one] = day
            targets = sorted(draw(st.sets(st.sampled_from(fresh), max_size=2)))
            extent = FULL if len(targets) == 1 and draw(st.booleans()) else PART
            edges += [(day, one, target, extent) for target in targets]
        alive = [one for one in alive if one not in ending] + fresh
    units = [(one, codes[one], starts[one], ends.get(one)) for one in codes]
    return units, edges


@given(countries())
@settings(max_examples=150, deadline=None)
def test_any_country(country):
    units, edges = country
    epochs, found = worlds(country)
    made = {one[0]: unit(*one) for one in units}
    stepped = {old for _, old, _, _ in edges}
    for (epoch_id, unit_id), image in found.items():
        day = epochs[epoch_id].day
        # An image lies in the register looked at, and itself is itself.
        assert all(made[target].valid_on(day) for target in image)
        if made[unit_id].valid_on(day):
            assert image == {unit_id: FULL}
        # Certain means one place.
        if FULL in image.values() and made[unit_id].valid_from != day:
            assert len(image) == 1 or epoch_id < _first(epochs, made[unit_id])
    for one in made.values():
        if one.valid_to is not None and one.unit_id not in stepped:
            assert found[_first_after(epochs, one), one.unit_id] == {}
    # Every commune has an answer in every register, an empty one at worst.
    assert len(found) == len(made) * len(epochs)


def _first(epochs: tuple[Epoch, ...], one: Unit) -> int:
    return next(epoch.epoch_id for epoch in epochs if one.valid_on(epoch.day))


def _first_after(epochs: tuple[Epoch, ...], one: Unit) -> int:
    return next(epoch.epoch_id for epoch in epochs if epoch.valid_from == one.valid_to)
