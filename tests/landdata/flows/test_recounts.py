"""The recount finds whatever differs from the parcels, mends nothing by itself, and mends what a person has it mend."""

from __future__ import annotations

from contextlib import closing

import pytest
from histories import END, START, Country
from landworld import COMMUNES, Desk, row
from sqlalchemy import text

from landdata.errors import AdministratorNeeded, MendingUnfit
from landdata.flows import movements, people, recounts
from landdata.flows.freshness import Freshness
from landdata.model import people as people_model
from landdata.model.movements import CauseKind, End
from landdata.store import roles
from landdata.store.roles import Role

SPOIL = {
    "COUNTER": "UPDATE stats.coverage_counter SET parcels = parcels + 3 WHERE unit_id = (SELECT min(unit_id) "
    "FROM stats.coverage_counter WHERE parcels > 0)",
    "EVENTS": "INSERT INTO stats.coverage_event (publication_id, delivery_id, unit_id, effective_on, parcels, certificates, "
    "holders, backfilled, simulated) SELECT publication_id, delivery_id, unit_id, effective_on, 2, 0, 1, true, false "
    "FROM stats.coverage_event WHERE parcels > 0 ORDER BY event_id LIMIT 1",
    "MONTH": "UPDATE stats.coverage_month SET holders = holders + 1 "
    "WHERE month = (SELECT max(month) FROM stats.coverage_month)",
    "CONNECTED": "UPDATE stats.connected SET sources = sources + 1 WHERE level = 'commune' AND sources > 0",
    "PARCELS": "UPDATE land.parcel SET is_current = false WHERE (commune_id, record_id) IN (SELECT commune_id, record_id "
    "FROM land.parcel WHERE is_current ORDER BY 1, 2 LIMIT 1)",
}


@pytest.fixture
def small(database):
    url = database.engine.url.render_as_string(hide_password=False)
    with closing(roles.connect(url, Role.WORKER, pool_size=2)) as worker:
        country = Country(database, worker, 2)
        for _ in range(25):
            country.step()
        yield country


def run(country: Country, *statements: str) -> None:
    with country.db.write() as tx:
        for one in statements:
            tx.connection.execute(text(one))


def test_each_kind_of_drift_is_found_and_mended_with_a_reason(small):
    assert recounts.recount(small.worker).differences == 0
    for statement in SPOIL.values():
        run(small, statement)
    found = recounts.recount(small.worker)
    assert {one.source for one in recounts.differences(small.db, found.recount_id)} == set(SPOIL) - {"PARCELS"}
    again = recounts.recount(small.worker)
    assert (again.differences, again.mended_by) == (found.differences, None)
    with pytest.raises(AdministratorNeeded):
        recounts.mend(small.db, again.recount_id, by="lan", reason="sai số")
    people.add(small.db, login="admin", full_name="An", office_code="MAE", by=None)
    people.grant(small.db, login="admin", role=people_model.Role.ADMINISTRATOR, by=None, reason="thử")
    for number, reason in ((again.recount_id, " "), (999, "sai số"), (1, "sai số")):
        with pytest.raises(MendingUnfit):
            recounts.mend(small.db, number, by="admin", reason=reason)
    freshness = Freshness()
    kept = freshness.now(small.db).number
    recounts.mend(small.db, again.recount_id, by="admin", reason="sai số")
    assert freshness.now(small.db).number > kept, "pages kept from before would go on telling what was wrong"
    assert recounts.recount(small.worker).differences == 0
    assert [(one.mended_by, one.reason) for one in recounts.latest(small.db)][1] == ("admin", "sai số")
    told = movements.explain(small.db, before=End(START), after=End(max(END, today(small))))
    [cause] = [one for one in told.causes if one.kind is CauseKind.MENDING]
    assert cause.resolution == "sai số"
    assert cause.moved.parcels.at_least < 0


def today(country: Country):
    with country.db.read() as tx:
        return tx.connection.scalar(text("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"))


def test_real_deliveries_are_as_counted(shared_desk, in_process):
    desk: Desk = shared_desk
    first = desk.deliver([row(COMMUNES[0], 1), row(COMMUNES[0], 2), row(COMMUNES[1], 1)])
    desk.deliver([row(COMMUNES[0], 1, area_m2=90.0), row(COMMUNES[2], 4)])
    assert first.state.value == "PUBLISHED"
    found = recounts.recount(desk.worker)
    assert (found.differences, found.communes, found.parcels) == (0, 3, 3)
