"""How matching goes in a real database: counted once a commune, told of any day and division, and compared."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta

import pytest
from landworld import COMMUNES, row
from sqlalchemy.exc import DBAPIError

from landdata.flows import matching_quality
from landdata.model.matching_quality import Drift, Quality, Seen, UnitQuality, change
from landdata.model.units import Level
from landdata.store import matching_quality as store
from landdata.store import roles
from landdata.store.roles import Role
from landdata.writing.quality import HEAD, as_csv

HERE, THERE = COMMUNES[:2]
TODAY = "(now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"


@pytest.fixture
def counted(desk, in_process):
    """Five holders here, one of them on two certificates, one there; three are known to the platform."""
    desk.deliver(
        [
            row(HERE, 1, holder_name="Đúng"), row(HERE, 2, holder_name="Đúng", id_number="024070000001"),
            row(HERE, 3, holder_name="Sai tên"), row(HERE, 4, holder_name="Không số", id_number=None),
            row(HERE, 5, holder_name="Lạ"), row(HERE, 6, holder_name="Cùng số", id_number="024070000005"),
            row(THERE, 1, holder_name="Đúng", id_number="024070000001"),
        ]
    )  # fmt: skip
    desk.people.add("024070000001", "Đúng", "1970")
    desk.people.add("024070000003", "Tên khác", "1970")
    desk.match()
    assert matching_quality.count(desk.worker) == 2
    return desk


def today(desk) -> date:
    return desk.scalar(f"SELECT {TODAY}")


def units(desk, **asked: object) -> dict[str, UnitQuality]:
    """As the API reads them, with the rights of its figures."""
    url = desk.db.engine.url.render_as_string(hide_password=False)
    with closing(roles.connect(url, Role.DASHBOARD, pool_size=1)) as figures:
        found = matching_quality.units(figures, **{"on": today(desk), "division": "2023"} | asked)
    return {one.code: one for one in found.units}


def test_each_claim_counts_once_in_a_commune(counted):
    found = units(counted, level=Level.COMMUNE)
    assert set(found) == {HERE, THERE}
    now = found[HERE].now
    assert (now.claims, now.verified, now.mismatch, now.not_found, now.incomplete) == (5, 1, 1, 2, 1)
    assert now.reasons == {"NUMBER_UNKNOWN": 2, "NAME_DIFFERS": 1, "BIRTH_YEAR_ONLY": 1, "NUMBER_MISSING": 1}
    assert now.rate == pytest.approx(0.2)
    assert found[THERE].now.rate == 1
    province = units(counted)["24"].now
    assert (province.claims, province.verified, province.reasons) == (6, 2, now.reasons)
    assert [*units(counted, level=Level.COMMUNE, parent="24")] == [HERE, THERE]
    assert units(counted, level=Level.COMMUNE, parent="01") == {}


def test_signs_of_invented_data(counted):
    signs = units(counted, level=Level.COMMUNE)[HERE].now.signs
    assert signs["NUMBER_SHARED"] == Seen(2, 4)
    assert signs["REGISTRY_WITHOUT_DIGIT"] == Seen(0, 6)
    assert signs["ORIGIN_BY_PURPOSE"] == Seen(0, 6)  # six rows are too few to tell


def test_origins_written_by_a_script_and_numbers_that_are_none(desk, in_process):
    def made_up(number: int) -> dict[str, object]:
        home = number % 2
        return row(
            HERE, number, purposes="ONT:100.0" if home else "CLN:100.0",
            origins="ONT:CNQ-CTT+2" if home else "CLN:CNQ-KTT", registry_number=r"--\--",
            birth_date="01/01/1970", holder_name="Nguyễn Văn A",
        )  # fmt: skip

    def real(number: int) -> dict[str, object]:
        origins = {"origins": "ONT:CNQ-KTT"} if number == 1 else {}
        return made_up(number) | origins | {
            "commune_code": THERE, "registry_number": f"CH{number}", "birth_date": f"{number % 28 + 1}/05/1970",
            "ring": row(THERE, number)["ring"], "certificate_serial": f"DC {number:06d}",
        }  # fmt: skip

    desk.deliver([made_up(number) for number in range(1, 61)] + [real(number) for number in range(1, 61)])
    matching_quality.count(desk.worker)
    found = units(desk, level=Level.COMMUNE)
    signs = found[HERE].now.signs
    assert signs["ORIGIN_BY_PURPOSE"] == Seen(60, 60)
    assert signs["REGISTRY_WITHOUT_DIGIT"] == Seen(60, 60)
    assert signs["BIRTH_NEW_YEAR"] == Seen(60, 60)
    assert signs["NAME_MANY_NUMBERS"] == Seen(60, 60)
    other = found[THERE].now.signs
    assert {code for code, seen in other.items() if seen.found} == {"NAME_MANY_NUMBERS"}


def test_only_what_changed_is_noted_and_nothing_is_ever_changed(counted):
    assert matching_quality.count(counted.worker) == 0
    counted.people.add("024070000005", "Lạ", "1970")
    counted.execute("UPDATE match.claim SET status = 'PENDING' WHERE name = 'Lạ'")
    counted.match()
    assert matching_quality.count(counted.worker) == 1
    assert units(counted, level=Level.COMMUNE)[HERE].now.verified == 2
    for statement in ("UPDATE stats.matching_quality SET claims = 0", "DELETE FROM stats.matching_quality"):
        with pytest.raises(DBAPIError):
            counted.execute(statement)


def test_any_day_and_what_changed_since(counted):
    before = today(counted)
    later = before + timedelta(days=30)
    counted.execute(
        "UPDATE match.claim SET status = 'MISMATCH', party_id = NULL, reasons = '{NAME_NEAR=91}' WHERE name = 'Đúng'"
    )
    with counted.worker.write() as tx:
        assert store.count(tx, day=later) == 2
    assert units(counted, on=before - timedelta(days=1)) == {}
    assert units(counted, on=before)["24"].now.verified == 2
    found = units(counted, on=later, since=before)["24"]
    assert (found.now.verified, found.before.verified, found.now.reasons["NAME_NEAR"]) == (0, 2, 2)
    assert found.change.rate == pytest.approx(-1 / 3)
    assert found.change.drift is Drift.STEADY  # of six claims, chance may be enough


def test_a_commune_that_was_emptied_keeps_its_past(counted):
    counted.execute("UPDATE land.holder SET is_current = false")
    counted.execute("UPDATE land.certificate SET is_current = false")
    counted.execute("UPDATE land.parcel SET is_current = false")
    with counted.worker.write() as tx:
        assert store.count(tx, day=today(counted) + timedelta(days=1)) == 2
    assert units(counted, on=today(counted))["24"].now.claims == 6
    assert units(counted, on=today(counted) + timedelta(days=1)) == {}


def test_the_division_of_2025(counted):
    [(_, province)] = units(counted, division="2025").items()
    assert (province.name_vi, province.now.claims, province.now.left_out) == ("Bắc Ninh", 6, 0)


def test_the_table(counted):
    found = matching_quality.units(
        counted.db, on=today(counted), since=today(counted), level=Level.COMMUNE, division="2023"
    )
    head, first, _ = as_csv(found).splitlines()
    assert head == ",".join(HEAD)
    line = dict(zip(HEAD, first.split(","), strict=True))
    assert (line["code"], line["claims"], line["match_rate"], line["drift"]) == (HERE, "5", "0.2000", "STEADY")
    assert "NUMBER_SHARED=2/4" in line["signs"].split(";")


@pytest.mark.parametrize(
    ("verified", "before", "drift"),
    [(500, 600, Drift.DOWN), (700, 600, Drift.UP), (610, 600, Drift.STEADY), (6000, 5950, Drift.STEADY)]
)  # fmt: skip
def test_drift_is_more_than_chance_and_more_than_nothing(verified, before, drift):
    whole = 1000 if verified < 1000 else 1_000_000
    moved = change(Quality(claims=whole, verified=verified), Quality(claims=whole, verified=before))
    assert moved.drift is drift
    assert change(Quality(), Quality(claims=1)) is None
