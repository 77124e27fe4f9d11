"""The navigation's rooms: every page that has a name stands in one of them, and few pages need none."""

from __future__ import annotations

from collections import Counter

from api.web.places import PLACES
from api.web.rooms import MOST_IN_A_LINE, ROOMS, navigation

NAMED = [name for name, one in PLACES.every.items() if one.words]


def test_every_named_page_stands_in_one_room():
    assert Counter(name for room in ROOMS for name in room.names) == Counter(NAMED)


def test_few_pages_stand_in_one_line():
    few = [PLACES.every[name] for name in NAMED[:MOST_IN_A_LINE]]
    found = navigation(few, few[0])
    assert [one.place for one in found.doors] == few
    assert not found.beside


def test_many_pages_stand_in_rooms_whose_door_is_their_first_page():
    pages = list(PLACES.every.values())
    found = navigation(pages, PLACES.delivery_report)
    assert [one.place for one in found.doors] == [room.pages[0] for room in ROOMS]
    assert [one.place for one in found.doors if one.open] == [PLACES.deliver]
    assert [one.place for one in found.beside if one.open] == [PLACES.deliveries]
    alone = navigation([one for one in pages if one not in (PLACES.deliver, PLACES.own_source, PLACES.territory)], None)
    assert [one.words for one in alone.doors if one.place == PLACES.deliveries] == [PLACES.deliveries.words]
