"""Random full deliveries against a plain model in Python: what stands, what is counted, and what balances."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from landworld import COMMUNES, row

from landdata.model.deliveries import State

UNITS = COMMUNES[:4]
PARCELS = 8
STANDING = """SELECT u.code, p.parcel_number, p.legal_area_m2::float8, c.serial FROM land.parcel p
  JOIN ref.unit u ON u.unit_id = p.commune_id JOIN land.certificate c USING (commune_id, record_id) WHERE p.is_current"""
COUNTERS = """SELECT c.parcels, c.certificates, c.holders,
  (SELECT count(*) FROM land.parcel x WHERE x.commune_id = c.unit_id AND is_current),
  (SELECT count(*) FROM land.certificate x WHERE x.commune_id = c.unit_id AND is_current),
  (SELECT count(*) FROM land.holder x WHERE x.commune_id = c.unit_id AND is_current),
  coalesce(e.parcels, 0), coalesce(e.certificates, 0), coalesce(e.holders, 0)
  FROM stats.coverage_counter c LEFT JOIN (SELECT unit_id, sum(parcels) AS parcels, sum(certificates) AS certificates,
    sum(holders) AS holders FROM stats.coverage_event GROUP BY unit_id) e USING (unit_id)"""

Record = frozenset[tuple[int, float, str]]  # (number, area, serial) of the parcels on one certificate


class Model:
    """Communes as sets of records; a full delivery replaces them, except around what is refused."""

    def __init__(self) -> None:
        self.stands: dict[str, set[Record]] = {unit: set() for unit in UNITS}

    def deliver(self, unit: str, incoming: set[Record], refused: set[Record]) -> Counter[str]:
        """What stands afterwards, and where the rows went (one row a parcel)."""
        went: Counter[str] = Counter()
        before = self.stands[unit]
        went["refused"] = sum(map(len, refused))
        if not incoming:
            return went
        unchanged, fresh, loose = incoming & before, incoming - before, before - incoming
        went["unchanged"] = sum(map(len, unchanged))
        kept, taken = set(), set(unchanged)
        for group in self._tied([*fresh, *loose, *refused]):
            held = bool(group & refused)
            kept |= group & loose if held else set()
            for one in group & fresh:
                touches = bool(group & loose)
                went["refused" if held and touches else "changed" if touches else "new"] += len(one)
                taken |= set() if held and touches else {one}
        self.stands[unit] = taken | kept
        return went

    @staticmethod
    def _tied(records: list[Record]) -> list[set[Record]]:
        """Groups of records that speak of a common parcel or certificate."""
        groups: list[set[Record]] = []
        for record in records:
            keys = {key for number, _, serial in record for key in (number, serial)}
            near = [group for group in groups if any(keys & {k for n, _, s in one for k in (n, s)} for one in group)]
            groups = [group for group in groups if group not in near] + [{record}.union(*near)]
        return groups


def draw(chance: random.Random, unit: str) -> tuple[set[Record], set[Record]]:
    """The certificates of a commune as an office might send them: accepted and to be refused."""
    numbers = sorted(chance.sample(range(1, PARCELS + 1), chance.randrange(PARCELS + 1)))
    incoming: set[Record] = set()
    refused: set[Record] = set()
    while numbers:
        taken, numbers = numbers[: (size := chance.choice((1, 1, 2)))], numbers[size:]
        serial = f"DB {int(unit):05d}{taken[0]:02d}"
        record = frozenset((number, chance.choice((100.0, 100.0, 100.25)), serial) for number in taken)
        (refused if chance.random() < 0.15 else incoming).add(record)
    return incoming, refused


def run(desk, seed: int, steps: int) -> None:
    chance, model = random.Random(seed), Model()
    for _ in range(steps):
        went: Counter[str] = Counter()
        rows = []
        units = chance.sample(UNITS, chance.randrange(1, len(UNITS) + 1))
        drawn = {unit: draw(chance, unit) for unit in units}
        if not any(incoming for incoming, _ in drawn.values()):
            continue
        for unit, (incoming, refused) in drawn.items():
            went += model.deliver(unit, incoming, refused)
            for record in incoming | refused:
                for number, area, serial in record:
                    wrong = {"holder_name": "A\x07"} if record in refused else {}
                    rows.append(
                        row(unit, number, area_m2=area, certificate_serial=serial, registry_number="CH1", **wrong)
                    )
        chance.shuffle(rows)
        view = desk.deliver(rows)
        assert view.state is State.PUBLISHED
        [line] = view.ledger
        found = {
            "new": line.rows_new,
            "changed": line.rows_changed,
            "unchanged": line.rows_unchanged,
            "refused": line.rows_refused,
        }
        assert Counter(found) - Counter() == went
        assert line.rows_read == len(rows) == sum(found.values())
        assert set(desk.rows(STANDING)) == {
            (unit, *parcel) for unit, records in model.stands.items() for record in records for parcel in record
        }
        for one in desk.rows(COUNTERS):
            assert one[:3] == one[3:6] == one[6:]
        for one in view.communes:
            assert one.parcels_after == one.parcels_before + one.parcels_new - one.parcels_retired
            assert one.parcels_after == sum(map(len, model.stands[one.code]))
    doubtful = "SELECT count(*) FROM land.parcel p JOIN land.record r USING (commune_id, record_id) "
    assert desk.scalar(doubtful + "WHERE p.is_current <> (r.until_pub IS NULL)") == 0


def test_random_deliveries(desk, in_process):
    run(desk, 20261121, 30)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(5))
def test_many_random_deliveries(desk, in_process, seed):
    run(desk, seed, 60)
