"""Agreements limited to units, several of one consumer, and citizens with several numbers: nothing is left out silently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from landworld import COMMUNES, Desk, row

from landdata.model.agreements import UnitScope
from landdata.model.fields import mask_of
from landdata.model.persons import Citizen

HOME, AWAY = COMMUNES[0], COMMUNES[-1]
NOTE = {"units": "OUTSIDE", "why": "AGREEMENT"}
INSIDE, BOTH, OUTSIDE, NOW, PARTLY = (f"0240700000{at:02d}" for at in range(1, 6))
FORMER, OTHER, NOBODY = "024070000091", "242424242", "024099000009"
TODAY = (
    "SELECT u.code FROM ref.unit f JOIN ref.projection p ON p.from_unit_id = f.unit_id JOIN ref.epoch e USING (epoch_id) "
    "JOIN ref.unit u ON u.unit_id = p.to_unit_id WHERE f.level = 'commune' AND f.code = :code AND e.valid_to IS NULL "
    "AND f.validity @> date '2023-03-28'"
)


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    """Land in two communes, and a country that is wholly connected."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(shared_country, tmp_path_factory.mktemp("data"))
    made.deliver(
        [
            row(HOME, 1), row(HOME, 2), row(HOME, 4, id_number=FORMER), row(HOME, 5),
            row(HOME, 6, id_number=OTHER, holder_name="Ai Đó"), row(AWAY, 2), row(AWAY, 3),
        ]
    )  # fmt: skip
    for number in (INSIDE, BOTH, OUTSIDE):
        made.people.add(number, "Nguyễn Văn A", "1970")
    # The platform knows them by the number they had, and names only the one they have.
    made.people.citizens[FORMER] = Citizen("now", NOW, None, "Nguyễn Văn A", "1970", True)
    made.people.add(PARTLY, "Nguyễn Văn A", "1970", old=OTHER)
    made.match()
    made.agree()
    made.execute("UPDATE stats.connected SET connected = communes")
    unit = UnitScope(made.scalar(TODAY, code=HOME), "commune", "2025")
    made.agree("limited", units=(unit,))
    made.agree("before", units=(UnitScope(HOME, "commune", "2023"),))
    yield made
    patch.undo()


def told(desk: Desk, number: str, **asked: Any) -> tuple[str, bool | None, bool]:
    """Status, whether it is complete, and whether it says that units were withheld."""
    answer = desk.ask(number, **asked)
    assert answer["withheld"] in ([], [NOTE])
    return answer["status"], answer.get("complete"), NOTE in answer["withheld"]


def test_without_limits_all_there_is_is_told(desk):
    assert told(desk, BOTH) == ("FOUND", True, False)
    assert told(desk, NOBODY) == ("NO_RECORD", None, False)


@pytest.mark.parametrize("client", ["limited", "before"])
def test_what_lies_outside_an_agreement_is_never_said_not_to_be(desk, client):
    """One that names units of 2023 finds nobody without a unit: and says so."""
    found = {"limited": ("FOUND", False, True), "before": ("NOT_COVERED", None, True)}[client]
    for number in (INSIDE, BOTH):
        assert told(desk, number, client_id=client) == found
    for number in (OUTSIDE, NOBODY):
        assert told(desk, number, client_id=client) == ("NOT_COVERED", None, True)
    assert desk.ask(NOBODY, client_id=client)["not_covered"] == {"provinces": []}


def test_with_a_unit_asked_nothing_is_withheld(desk):
    unit = UnitScope(HOME, "commune", "2023")
    for number, said in ((BOTH, ("FOUND", True, False)), (OUTSIDE, ("NO_RECORD", None, False))):
        assert told(desk, number, client_id="before", unit=unit) == said


def test_of_several_agreements_one_that_allows_it_answers(desk):
    desk.agree("several", code="TT-1", units=(UnitScope(HOME, "commune", "2023"),), fields_mask=mask_of(["area_m2"]))
    desk.agree("several", code="TT-2", units=(UnitScope(AWAY, "commune", "2023"),), fields_mask=mask_of(["use_form"]))

    def asked(commune: str, *fields: str) -> tuple[str, str | None]:
        said = desk.ask(BOTH, client_id="several", unit=UnitScope(commune, "commune", "2023"), fields=fields or None)
        return said["status"], said.get("reason")

    assert asked(HOME) == asked(AWAY) == asked(HOME, "area_m2") == asked(AWAY, "use_form") == ("FOUND", None)
    assert asked(HOME, "use_form") == ("REFUSED", "NO_FIELDS_LEFT")
    assert asked(COMMUNES[1]) == ("REFUSED", "UNIT_NOT_AGREED")


def test_a_citizen_is_found_by_the_number_on_the_certificate_and_by_the_one_of_today(desk):
    assert told(desk, NOW) == told(desk, FORMER) == ("FOUND", True, False)


def test_an_unverified_record_under_another_number_is_counted_too(desk):
    assert told(desk, PARTLY) == ("FOUND", False, False)
