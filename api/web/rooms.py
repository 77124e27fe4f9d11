"""The rooms of the house: which pages of the navigation stand together, and what a visitor sees of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.web.i18n import Words
from api.web.places import PLACES, Place

# So many pages stand in one line, which a desk can hold; more are shown room by room.
MOST_IN_A_LINE = 6


@dataclass(frozen=True, slots=True)
class Room:
    """Pages for one kind of work, by their names in the house, the first one being its door."""

    words: Words
    names: tuple[str, ...]

    @property
    def pages(self) -> list[Place]:
        return [PLACES.every[name] for name in self.names]


ROOMS = (
    Room(Words("Kết nối", "Coverage"), ("home", "ladder", "comparison")),
    Room(Words("Bản đồ", "Map"), ("map",)),
    Room(Words("Giao nộp", "Deliveries"), ("deliver", "deliveries", "territory", "own_source")),
    Room(Words("Đối chiếu", "Matching"), ("matching", "cases")),
    Room(Words("Chỉ tiêu, báo cáo", "Indicators, reports"), ("indicators", "reports")),
    Room(Words("Giám sát", "Watch"), ("sources", "alerts", "runs", "approvals")),
    Room(Words("Nhật ký", "Access log"), ("log",)),
    Room(Words("Quản trị", "Administration"), ("admin",)),
)


@dataclass(frozen=True, slots=True)
class Door:
    """A place in the navigation: where it leads, and what is written on it."""

    place: Place
    words: Words
    open: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    """`doors`: the line in the head of a page. `beside`: the pages of the room that one is in, where there are several."""

    doors: Sequence[Door]
    beside: Sequence[Door] = ()


def navigation(allowed: Sequence[Place], here: Place | None) -> Navigation:
    """What whoever may see the `allowed` pages is shown on the page `here`."""
    doors = {one: Door(one, one.words, here is not None and here.within(one)) for one in allowed if one.words}
    if len(doors) <= MOST_IN_A_LINE:
        return Navigation(list(doors.values()))
    line: list[Door] = []
    beside: list[Door] = []
    for room in ROOMS:
        inside = [doors[one] for one in room.pages if one in doors]
        if len(inside) == 1:
            line += inside
        elif inside:
            entered = any(one.open for one in inside)
            line.append(Door(inside[0].place, room.words, entered))
            beside = inside if entered else beside
    return Navigation(line, beside)
