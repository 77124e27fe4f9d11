"""Deliveries of changes: rows with an operation touch their records only, whole or not at all, and know their parents."""

from __future__ import annotations

import pytest
from landworld import COMMUNES, DAY, codes, row

from landdata.model.deliveries import CommuneState, Kind, State

A, B = COMMUNES[:2]
PAPER = {"certificate_serial": "DB 777777", "registry_number": "CH7"}


def ledger(view) -> tuple[int, int, int, int]:
    [line] = view.ledger
    assert line.rows_read == line.rows_new + line.rows_changed + line.rows_unchanged + line.rows_refused
    return line.rows_new, line.rows_changed, line.rows_unchanged, line.rows_refused


def current(desk, commune) -> set[int]:
    return {
        one[0]
        for one in desk.rows(
            "SELECT parcel_number FROM land.parcel p JOIN ref.unit u ON u.unit_id = p.commune_id "
            "WHERE p.is_current AND u.code = :code",
            code=commune,
        )
    }


def gone(commune: str, number: int) -> dict[str, object]:
    """A row that says no more than which parcel is no more."""
    return {"commune_code": commune, "map_sheet_number": 1, "parcel_number": number, "operation": "retire"}


def test_what_goes_back_as_a_whole_only_at_the_comparison_is_refused_too(stocked):
    again = stocked.change([row(A, 1), row(A, 2)])
    assert (again.state, ledger(again)) == (State.PUBLISHED, (0, 0, 2, 0))
    # Parcel 5 shares a certificate with 4 and is not named; 9 never was.
    view = stocked.change([row(A, 4, area_m2=100.2, **PAPER), gone(A, 9)])
    assert codes(view) == {"NOTHING_ACCEPTED": 1, "RECORD_INCOMPLETE": 1, "PARCEL_NOT_ON_RECORD": 1}
    assert (view.state, view.refusal["code"], ledger(view)) == (State.REFUSED, "NOTHING_ACCEPTED", (0, 0, 0, 2))
    assert [line.state for line in view.communes] == [CommuneState.LEFT]
    # With one commune of two it is published, and withdrawn without what was left.
    mixed = stocked.change([gone(A, 9), row(B, 1, area_m2=100.1)])
    assert (mixed.state, [one.state for one in mixed.communes]) == (
        State.PUBLISHED,
        [CommuneState.LEFT, CommuneState.PUBLISHED],
    )


@pytest.fixture
def stocked(desk, in_process):
    """Parcels 1 to 5 of one commune; 4 and 5 on one certificate."""
    desk.deliver([*(row(A, number) for number in range(1, 4)), row(A, 4, **PAPER), row(A, 5, **PAPER), row(B, 1)])
    return desk


def test_only_what_is_named_changes(stocked):
    view = stocked.change([row(A, 1), row(A, 2, area_m2=100.3), row(A, 6), gone(A, 3)])
    assert (view.state, codes(view), ledger(view)) == (State.PUBLISHED, {}, (1, 2, 1, 0))
    assert current(stocked, A) == {1, 2, 4, 5, 6}
    assert current(stocked, B) == {1}
    [line] = view.communes
    assert (line.code, line.parcels_before, line.parcels_new, line.parcels_retired, line.parcels_after) == (
        A,
        5,
        2,
        2,
        5,
    )
    # The same again changes nothing: what was retired is retired.
    again = stocked.change([row(A, 1), row(A, 2, area_m2=100.3), row(A, 6), gone(A, 3)])
    assert (codes(again), ledger(again)) == ({}, (0, 0, 4, 0))
    assert stocked.scalar("SELECT count(*) FROM land.assertion") == 5  # what is retired once more is asserted too


def test_a_record_goes_whole_or_not_at_all(stocked):
    view = stocked.change([row(A, 4, **PAPER, area_m2=100.2), gone(A, 3)])
    assert (codes(view), ledger(view)) == ({"RECORD_INCOMPLETE": 1}, (0, 1, 0, 1))
    assert next(one.details for one in view.findings if one.code == "RECORD_INCOMPLETE") == {"value": f"{A}.1.5"}
    assert current(stocked, A) == {1, 2, 4, 5}
    assert codes(stocked.change([gone(A, 4), row(A, 1)])) == {"RECORD_INCOMPLETE": 1}
    view = stocked.change([row(A, 4, **PAPER, area_m2=100.2), gone(A, 5)])
    assert (codes(view), ledger(view)) == ({}, (0, 2, 0, 0))
    assert current(stocked, A) == {1, 2, 4}


def test_a_parcel_joins_a_certificate_only_with_the_whole_record(stocked):
    assert codes(stocked.change([row(A, 6, **PAPER), row(A, 1)])) == {"RECORD_INCOMPLETE": 1}
    view = stocked.change([row(A, number, **PAPER) for number in (4, 5, 6)])
    assert (codes(view), ledger(view)) == ({}, (0, 3, 0, 0))
    assert current(stocked, A) == {1, 2, 3, 4, 5, 6}


def test_what_cannot_be_retired_comes_back(stocked):
    view = stocked.change([gone(A, 99), gone(A, 2), gone("99999", 1), gone(A, 0)])
    assert codes(view) == {"PARCEL_NOT_ON_RECORD": 1, "COMMUNE_UNKNOWN": 1, "PARCEL_NUMBER_INVALID": 1}
    assert ledger(view) == (0, 1, 0, 3)
    assert current(stocked, A) == {1, 3, 4, 5}


def test_operations_that_make_no_sense(stocked):
    view = stocked.change([row(A, 1), gone(A, 1), row(A, 2, operation="delete"), row(A, 3, operation="UPSERT")])
    assert codes(view)["OPERATION_CONTRADICTS"] == 2
    assert codes(view)["OPERATION_UNKNOWN"] == 1
    assert ledger(view) == (0, 0, 1, 3)
    view = stocked.deliver([row(A, 1)], kind=Kind.CHANGES)
    assert view.refusal == {"code": "COLUMNS_MISSING", "details": {"columns": "operation / thao_tac"}}


def test_a_refused_row_holds_what_it_speaks_of(stocked):
    view = stocked.change([row(A, 4, **PAPER), row(A, 5, **PAPER, ring=None), gone(A, 1)])
    assert codes(view) == {"GEOMETRY_MISSING": 1, "REFUSED_WITH_RECORD": 1}
    assert current(stocked, A) == {2, 3, 4, 5}
    view = stocked.change(
        [gone(A, 4), row(A, 5, certificate_serial="DB 1", registry_number="CH8", ring=None), row(A, 2)]
    )
    assert codes(view) == {"GEOMETRY_MISSING": 1, "HELD_WITH_RECORD": 1, "SERIAL_PATTERN": 1}


def children(*numbers: int, of: str) -> list[dict[str, object]]:
    return [row(A, number, parent_parcels=of) for number in numbers]


def test_a_split_and_a_merger_keep_their_lineage(stocked):
    view = stocked.change([gone(A, 1), *children(11, 12, of=f"{A}.1.1")])
    assert (codes(view), ledger(view)) == ({}, (0, 3, 0, 0))
    stocked.change([gone(A, 11), gone(A, 2), *children(21, of=f"{A}.1.11;{A}.1.2")])
    assert current(stocked, A) == {3, 4, 5, 12, 21}
    known = stocked.rows(
        "SELECT p.parcel_number, l.parent_no, l.parent_parcel, u.code FROM land.lineage l "
        "JOIN land.parcel p USING (commune_id, record_id, parcel_no) JOIN ref.unit u ON u.unit_id = l.parent_commune_id "
        "ORDER BY 1, 2"
    )
    assert known == [(11, 1, 1, A), (12, 1, 1, A), (21, 1, 11, A), (21, 2, 2, A)]


def test_a_split_is_published_whole_or_not_at_all(stocked):
    one, two = children(11, 12, of=f"{A}.1.1")
    view = stocked.change([gone(A, 1), one, two | {"ring": None}])
    assert codes(view) == {"GEOMETRY_MISSING": 1, "HELD_WITH_RECORD": 2, "NOTHING_ACCEPTED": 1}
    assert current(stocked, A) == {1, 2, 3, 4, 5}
    # Children beside a parent that stays: the land would be there twice.
    view = stocked.change([one, two, row(B, 1)])
    assert codes(view) == {"RECORD_INCOMPLETE": 2}
    # The rest of the parcel may keep the number.
    view = stocked.change([row(A, 1, area_m2=50), one, two])
    assert codes(view) == {"PURPOSES_SUM": 1, "USE_EXCEEDS_AREA": 1, "AREA_DIFFERS": 1}
    assert current(stocked, A) == {1, 2, 3, 4, 5, 11, 12}


def test_a_split_of_long_ago_ties_nothing(stocked):
    one, two = children(11, 12, of=f"{A}.1.1")
    stocked.change([gone(A, 1), one, two])
    view = stocked.change([gone(A, 1), one | {"area_m2": 100.2}, two | {"ring": None}])
    assert (codes(view), ledger(view)) == ({"GEOMETRY_MISSING": 1}, (0, 1, 1, 1))


def test_a_row_that_retires_a_parcel_says_nothing_else(stocked):
    """An office may fill in all of it: neither its certificate nor its parents are spoken of."""
    stocked.change([row(A, 11, parent_parcels=f"{A}.1.1"), row(A, 1, area_m2=100.2)])
    filled = row(A, 11, parent_parcels=f"{A}.1.1", **PAPER) | {"operation": "retire"}
    view = stocked.change([filled])
    assert (codes(view), ledger(view)) == ({}, (0, 1, 0, 0))
    assert current(stocked, A) == {1, 2, 3, 4, 5}


def test_changes_speak_for_named_communes_only(stocked):
    view = stocked.change([row(A, 6), row(B, 2)], communes=(A,))
    assert (codes(view), ledger(view)) == ({"COMMUNE_NOT_NAMED": 1}, (1, 0, 0, 1))
    assert view.named == (A,)


def test_a_full_delivery_after_changes_speaks_for_all_again(stocked):
    stocked.change([row(A, 6), gone(A, 1)])
    view = stocked.deliver([row(A, number) for number in (1, 2, 3, 6)] + [row(A, 4, **PAPER), row(A, 5, **PAPER)])
    assert ledger(view) == (1, 0, 5, 0)
    assert current(stocked, A) == {1, 2, 3, 4, 5, 6}
    assert view.effective_on == DAY
