"""A plain model of what deliveries do to the record, written from the agreed format: dictionaries and sets, no database.

A record is all rows tied by a parcel or certificate. It goes whole or not at all, a refused row holds what it speaks of,
a withdrawal restores just what was there. Everything is small and slow here, so that it can be read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

RETIRE_SHARE, GROWTH_SHARE, FEW = 0.3, 1.0, 10

STANDING = """
SELECT u.code, r.record_id, p.parcel_number, p.legal_area_m2, p.parent_parcels, c.serial, h.name
FROM land.record r JOIN ref.unit u ON u.unit_id = r.commune_id
JOIN land.parcel p USING (commune_id, record_id)
LEFT JOIN land.land_right t USING (commune_id, record_id, parcel_no)
LEFT JOIN land.certificate c ON c.commune_id = r.commune_id AND c.record_id = r.record_id
  AND c.certificate_no = t.certificate_no
LEFT JOIN land.holder h ON h.commune_id = r.commune_id AND h.record_id = r.record_id AND h.holder_no = t.holder_no
WHERE r.until_pub IS NULL"""
ASTRAY = " UNION ALL ".join(
    f"SELECT '{name}' FROM land.{name} t JOIN land.record r USING (commune_id, record_id) "
    "WHERE t.is_current <> (r.until_pub IS NULL)"
    for name in ("parcel", "certificate", "holder")
)
COUNTED = """
SELECT u.code, c.parcels, c.certificates, c.holders, coalesce(e.p, 0), coalesce(e.c, 0), coalesce(e.h, 0)
FROM stats.coverage_counter c JOIN ref.unit u USING (unit_id) LEFT JOIN (
  SELECT unit_id, sum(parcels) AS p, sum(certificates) AS c, sum(holders) AS h FROM stats.coverage_event GROUP BY 1
) e USING (unit_id)"""


class Said(NamedTuple):
    """What a row says of the land: a parcel under a certificate (or none) with its holder."""

    number: int
    paper: str | None
    holder: str
    area: int
    parents: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """A row of a file: `fault` is the code of what is wrong with it, None for a clean one."""

    commune: str
    said: Said
    operation: str = "upsert"
    fault: str | None = None

    @property
    def known(self) -> str | None:
        return None if self.fault == "COMMUNE_UNKNOWN" else self.commune

    @property
    def parcel(self) -> tuple[str, int] | None:
        unread = self.fault in {"COMMUNE_UNKNOWN", "PARCEL_NUMBER_INVALID"}
        return None if unread else (self.commune, self.said.number)

    @property
    def operates(self) -> str:
        return "delete" if self.fault == "OPERATION_UNKNOWN" else self.operation


@dataclass(eq=False)
class Version:
    """A record as it stood for some time; `first` is the version first delivered of which it is a copy."""

    commune: str
    said: frozenset[Said]
    by: int
    first: Version | None = None
    ended_by: int | None = None  # the delivery that took its place
    stands: bool = True
    asserted_by: set[int] = field(default_factory=set)

    @property
    def origin(self) -> Version:
        return self.first or self

    @property
    def parcels(self) -> set[int]:
        return {one.number for one in self.said}

    @property
    def papers(self) -> set[str]:
        return {one.paper for one in self.said if one.paper}


@dataclass
class Place:
    """How a delivery stands in one commune."""

    state: str
    before: int = 0
    new: int = 0
    retired: int = 0
    reasons: frozenset[str] = frozenset()
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def planned(self) -> tuple[int, int]:
        return self.new, self.retired


@dataclass
class Delivery:
    """A delivery and what became of it; `found` are (row from 1, code) of all that refuses."""

    number: int
    full: bool
    lines: tuple[Line, ...]
    named: frozenset[str] | None
    state: str = "RECEIVED"
    places: dict[str, Place] = field(default_factory=dict)
    found: set[tuple[int, str]] = field(default_factory=set)
    refused: frozenset[int] = frozenset()  # rows from 0
    retires: frozenset[int] = frozenset()
    records: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)  # commune -> rows of each record

    def published(self) -> set[str]:
        return {commune for commune, place in self.places.items() if place.state == "PUBLISHED"}

    def ledger(self) -> dict[str, int]:
        """Where the rows went; empty where nothing was compared."""
        if not self.places:
            return {}
        total = sum((place.rows for place in self.places.values()), Counter())
        total["refused"] += len(self.refused)
        return {name: total[name] for name in ("new", "changed", "unchanged", "refused", "waiting")}


def groups(things: dict[Hashable, Iterable[Hashable]]) -> list[set[Hashable]]:
    """Things that share a key, directly or over others."""
    left, found = dict(things), []
    holders: dict[Hashable, list[Hashable]] = defaultdict(list)
    for thing, keys in things.items():
        for key in keys:
            holders[key].append(thing)
    while left:
        open_, group = [next(iter(left))], set()
        while open_:
            thing = open_.pop()
            if thing in left:
                group.add(thing)
                open_ += [other for key in left.pop(thing) for other in holders[key]]
        found.append(group)
    return found


class Lives:
    """All deliveries of an office and what stands because of them."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.versions: list[Version] = []
        self.ever: set[tuple[str, int]] = set()

    def standing(self, commune: str) -> list[Version]:
        return [one for one in self.versions if one.stands and one.commune == commune]

    # a delivery

    def deliver(self, lines: tuple[Line, ...], *, full: bool, named: frozenset[str] | None) -> Delivery:
        made = Delivery(len(self.deliveries), full, lines, named)
        self.deliveries.append(made)
        if not full and all(one.operates == "delete" for one in lines):
            made.state = "REFUSED"  # a file that never says what to do is not looked at
            return made
        self._check(made)
        communes = {made.lines[at].commune for at in range(len(lines)) if at not in made.refused}
        if full:
            communes |= named or set()
        if not communes:
            made.state = "REFUSED"
            return made
        for commune in sorted(communes):
            self._compare(made, commune, None)
        self._close(made)
        return made

    def decide(self, made: Delivery, commune: str, *, approve: bool) -> None:
        self._compare(made, commune, approve)
        self._close(made)

    def overtaken(self, made: Delivery, commune: str) -> bool:
        return any(commune in later.published() for later in self.deliveries[made.number + 1 :])

    def _close(self, made: Delivery) -> None:
        states = {place.state for place in made.places.values()}
        made.state = next((one for one in ("WAITING", "PUBLISHED") if one in states), "REFUSED")

    def _check(self, made: Delivery) -> None:  # noqa: C901 - rule after rule, as the format has them
        lines = list(enumerate(made.lines))
        made.retires = frozenset(at for at, one in lines if not made.full and one.operates == "retire")
        of_parcel: dict[Hashable, list[int]] = defaultdict(list)
        for at, one in lines:
            # A row that retires a parcel needs no shape; a full delivery reads no operation.
            forgiven = "GEOMETRY_MISSING" if at in made.retires else "OPERATION_UNKNOWN" if made.full else None
            if one.fault and one.fault != forgiven:
                made.found.add((at + 1, one.fault))
            if made.full and one.operates == "retire":
                made.found.add((at + 1, "RETIRE_IN_FULL"))
            if made.named is not None and one.known and one.commune not in made.named:
                made.found.add((at + 1, "COMMUNE_NOT_NAMED"))
            if one.parcel:
                of_parcel[one.parcel].append(at)
        for rows in of_parcel.values():
            written = [at for at in rows if at not in made.retires]
            say = [(made.lines[at].said, made.lines[at].fault) for at in written]
            if len({(said.area, said.parents, fault == "GEOMETRY_MISSING") for said, fault in say}) > 1:
                made.found |= {(at + 1, "PARCEL_TWICE") for at in written}
            if written and len(written) < len(rows):
                made.found |= {(at + 1, "OPERATION_CONTRADICTS") for at in rows}
        bad = {row - 1 for row, _ in made.found}
        keys = {at: _own_keys(one, at in made.retires) for at, one in lines}
        for group in groups(keys):
            rows = sorted(group)
            if bad & group:
                made.found |= {(at + 1, "REFUSED_WITH_RECORD") for at in group - bad}
                made.refused |= group
                continue
            for commune in {made.lines[at].commune for at in rows}:
                written = tuple(at for at in rows if made.lines[at].commune == commune and at not in made.retires)
                if written:
                    made.records.setdefault(commune, []).append(written)

    def _compare(self, made: Delivery, commune: str, approved: bool | None) -> None:  # noqa: C901 - so too
        stood = self.standing(commune)
        place = Place("PUBLISHED", before=sum(len(one.parcels) for one in stood))
        said = {rows: frozenset(made.lines[at].said for at in rows) for rows in made.records.get(commune, [])}
        retires = [at for at in made.retires - made.refused if made.lines[at].commune == commune]
        of_commune = [at for rows in said for at in rows] + retires
        if approved is False:
            place.state, place.rows["refused"] = "LEFT", len(of_commune)
            made.found |= {(at + 1, "COMMUNE_REJECTED") for at in of_commune}
            made.places[commune] = place
            return
        old = {one.said: one for one in stood}
        same = {rows for rows, content in said.items() if content in old}
        loose = [one for one in stood if one.said not in said.values()]
        named = {number for one in loose for number in one.parcels}
        fresh = [rows for rows in said if rows not in same]
        holding = [at for at in made.refused if made.lines[at].known in {commune, None}]
        things: dict[Hashable, Iterable[Hashable]] = {one: [*one.parcels, *one.papers] for one in loose}
        things |= {rows: [key for at in rows for key in _ties(made.lines[at], named)] for rows in fresh}
        things |= {at: _ties(made.lines[at], named, retires=at in made.retires) for at in holding}
        things |= {at: [made.lines[at].said.number] for at in retires}
        new, ended, lost, found, again = [], [], [], set(), set()
        for group in groups(things):
            news = [one for one in group if isinstance(one, tuple)]
            olds = [one for one in group if isinstance(one, Version)]
            rows = [one for one in group if isinstance(one, int)]
            gone = [at for at in rows if at not in made.refused]
            mine = [at for one in news for at in one] + gone
            spoken = {made.lines[at].said.number for at in [*mine, *rows] if made.lines[at].parcel}
            partly = not made.full and any(one.parcels - spoken for one in olds)
            if mine and partly:
                found |= {(at, "RECORD_INCOMPLETE") for at in mine}
            elif len(gone) < len(rows):
                found |= {(at, "HELD_WITH_RECORD") for at in mine}
            elif not olds and gone:
                # Retired before it is retired; what was never there cannot be.
                never = [at for at in gone if (commune, made.lines[at].said.number) not in self.ever]
                found |= {(at, "PARCEL_NOT_ON_RECORD") for at in never}
                place.rows["unchanged"] += len(gone) - len(never)
                again |= {made.lines[at].said.number for at in gone}
            elif mine or made.full:
                place.rows["changed" if olds else "new"] += len(mine)
                new += news
                ended += olds
                lost += [] if news else olds
        place.rows["refused"] = len(found)
        place.rows["unchanged"] += sum(map(len, same))
        place.new = sum(len({one.number for one in said[rows]}) for rows in new)
        place.retired = sum(len(one.parcels) for one in ended)
        gone = sum(len(one.parcels) for one in lost)
        place.reasons = frozenset(_reasons(made, place, gone, empty=not said))
        before = made.places.get(commune)
        made.places[commune] = place
        if place.reasons and not (approved and before and before.planned == place.planned):
            place.state, place.rows = "WAITING", Counter(waiting=len(of_commune))
            return
        made.found |= {(at + 1, code) for at, code in found}
        if found and len(found) == len(of_commune) and not ended:
            place.state = "LEFT"  # all of it goes back and nothing is retired: it asserts nothing
            return
        for one in ended:
            one.stands, one.ended_by = False, made.number
        if not made.full:
            asserted = [old[said[rows]] for rows in same]
            asserted += [one for one in self.versions if one.commune == commune and one.parcels & again]
            for one in asserted:
                one.asserted_by.add(made.number)
        for rows in new:
            self.versions.append(Version(commune, said[rows], made.number))
            self.ever |= {(commune, one.number) for one in said[rows]}

    # taking back

    def blocker(self, made: Delivery) -> int | None:
        """The latest delivery that changed or asserted what this one brought or ended."""
        later = set()
        alive = [one for one in self.deliveries if one.state != "WITHDRAWN"]
        for one in alive[::-1]:
            if one.number <= made.number:
                break
            if one.full and one.published() & made.published():
                later.add(one.number)
                break
        latest: dict[Version, Version] = {}
        for one in self.versions:
            latest[one.origin] = one
            if one.origin.by == made.number:
                later |= {by for by in one.asserted_by if self.deliveries[by].state != "WITHDRAWN"}
        later |= {
            one.ended_by for origin, one in latest.items() if origin.by == made.number and one.ended_by is not None
        }
        stand = [one for one in self.versions if one.stands and one.origin.by != made.number]
        for gone in self.versions:
            if gone.ended_by == made.number:
                # Said once more by a later delivery of changes: that it is gone.
                later |= {
                    by for by in gone.asserted_by if by > made.number and self.deliveries[by].state != "WITHDRAWN"
                }
                later |= {
                    one.origin.by
                    for one in stand
                    if one.commune == gone.commune and (one.parcels & gone.parcels or one.papers & gone.papers)
                }
        later.discard(made.number)
        return max(later, default=None)

    def withdraw(self, made: Delivery) -> None:
        back = [one for one in self.versions if one.ended_by == made.number]
        for one in self.versions:
            if one.origin.by == made.number:
                one.stands = False
        self.versions += [Version(one.commune, one.said, made.number, first=one.origin) for one in back]
        for commune in made.published():
            made.places[commune] = replace(made.places[commune], state="WITHDRAWN")
        made.state = "WITHDRAWN"

    def shown(self, made: Delivery) -> str:
        """The state as its office sees it: later full deliveries may have taken its place everywhere."""
        if made.state != "PUBLISHED":
            return made.state
        later = [one.published() for one in self.deliveries[made.number + 1 :] if one.full]
        return "SUPERSEDED" if made.published() <= set().union(*later) else "PUBLISHED"


def _own_keys(line: Line, retires: bool) -> list[Hashable]:
    keys: list[Hashable] = [line.parcel] if line.parcel else []
    return keys if retires or not line.said.paper else [*keys, line.said.paper]


def _ties(line: Line, standing: set[int], *, retires: bool = False) -> list[Hashable]:
    """What a row speaks of in its commune: its parcel, its certificate, and parents that still stand."""
    keys: list[Hashable] = [line.said.number] if line.parcel else []
    if retires:
        return keys
    if line.said.paper:
        keys.append(line.said.paper)
    return keys + [one for one in line.said.parents if one in standing and line.known]


def _reasons(made: Delivery, place: Place, lost: int, *, empty: bool) -> Iterable[str]:
    after = place.before - place.retired + place.new
    if made.full and empty:
        yield "COMMUNE_EMPTY"
    elif lost > FEW and lost > RETIRE_SHARE * place.before:
        yield "RETIRES_MANY"
    if place.before > FEW and after - place.before > GROWTH_SHARE * place.before:
        yield "COUNT_JUMPS"
