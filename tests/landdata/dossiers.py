"""Clean made-up records as lines of profile `flat` and as entities of profile `vbdlis`: for tests of the latter."""

from __future__ import annotations

import random

from landworld import PROVINCE

from fixtures.generators import register as units
from fixtures.generators import vbdlis
from fixtures.generators.certificates import CommuneMaker
from fixtures.generators.parcels import anchors, block
from fixtures.generators.people import make_people


def lines_of(province: str, communes: int, parcels: int):
    """Clean records of a few communes, as the simulated deliveries have them before faults are planted."""
    one = units.province(province)
    people = make_people(1, provinces=(province,))
    chance, places = random.Random(f"parcels:{province}"), anchors(one)
    maker = CommuneMaker(one, random.Random(f"certificates:{province}"), 1)
    peopled = [commune for commune in one.communes if commune.code in people.by_commune]
    return [
        line
        for commune in sorted(peopled, key=lambda one: not one.urban)[:communes]
        for record in maker.records(
            commune,
            block(chance, one, commune.code, places[commune.code], count=parcels, urban=commune.urban),
            people.by_commune[commune.code],
        )
        for line in record.lines
    ]


def made_of(communes: int, parcels: int):
    """Entities of some communes of the tests' province."""
    return vbdlis.entities(lines_of(PROVINCE, communes, parcels))
