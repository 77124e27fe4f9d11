"""The registers as the sources count them, and what became of codes that changed their meaning."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from landdata.errors import UnknownUnit
from landdata.flows import registers
from landdata.model.units import Extent, Level, SuccessionKind
from landdata.store import offices
from landdata.store import registers as stored

ADMIN = Path(__file__).resolve().parents[3] / "fixtures/reference/admin"
BEFORE, AFTER = date(2023, 3, 28), date(2025, 7, 1)
CHAIN = [10_599, 10_598, 10_597, 10_595, 10_542, 10_472, 10_446, 10_039, 10_035, 3_321]


def rows(name: str) -> list[dict[str, str]]:
    with (ADMIN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def zone_rows() -> list[dict[str, str]]:
    with (ADMIN.parent / "codelists/province_meridian.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts(db, day: date) -> tuple[int, int, int]:
    sql = text("SELECT level, count(*) FROM ref.unit WHERE validity @> CAST(:day AS date) GROUP BY level")
    with db.read() as tx:
        found = dict(tuple(row) for row in tx.connection.execute(sql, {"day": day}))
    return found["province"], found.get("district", 0), found["commune"]


def test_the_reported_day_and_the_new_division(shared_country):
    assert counts(shared_country, BEFORE) == (63, 705, 10_599)
    assert counts(shared_country, date(2025, 6, 30)) == (63, 696, 10_035)
    assert counts(shared_country, AFTER) == (34, 0, 3_321)


def test_the_whole_chain_of_the_sources(shared_country):
    with shared_country.read() as tx:
        epochs = tx.connection.execute(
            text("SELECT valid_from, provinces, districts, communes FROM ref.epoch ORDER BY epoch_id")
        ).all()
    by_time = [epoch.communes for epoch in epochs if epoch.valid_from is None or epoch.valid_from <= AFTER]
    chain = [number for at, number in enumerate(by_time) if at == 0 or by_time[at - 1] != number]
    assert chain == CHAIN
    for epoch in epochs:
        assert counts(shared_country, epoch.valid_from or date(2021, 11, 1)) == tuple(epoch)[1:]


def test_a_register_holds_each_unit_of_its_day_once_with_its_parents(shared_country):
    sql = """SELECT count(*) FROM ref.epoch e JOIN ref.unit u
               ON u.validity @> coalesce(e.valid_from, date '2021-11-01')
             LEFT JOIN ref.register r USING (epoch_id, unit_id)
             LEFT JOIN ref.unit p ON p.unit_id = r.province_id AND p.level = 'province'
               AND p.validity @> coalesce(e.valid_from, date '2021-11-01')
             WHERE p.unit_id IS NULL OR r.level <> u.level"""
    with shared_country.read() as tx:
        assert tx.connection.scalar(text(sql)) == 0
        strays = (
            "SELECT count(*) FROM ref.register r JOIN ref.epoch e USING (epoch_id) JOIN ref.unit u USING (unit_id) "
        )
        strays += "WHERE NOT u.validity @> coalesce(e.valid_from, date '2021-11-01')"
        assert tx.connection.scalar(text(strays)) == 0


def test_code_24_means_another_province_since_july_2025(shared_country):
    before = registers.show(shared_country, code="24", level=Level.PROVINCE, on=BEFORE)
    after = registers.show(shared_country, code="24", level=Level.PROVINCE, on=AFTER)
    assert (before.full_name_vi, after.full_name_vi) == ("Tỉnh Bắc Giang", "Tỉnh Bắc Ninh")
    assert before.valid_to == after.valid_from == AFTER
    [step] = registers.became(shared_country, code="24", level=Level.PROVINCE, on=BEFORE)
    assert (step.new, step.effective_on) == (after, AFTER)
    came = registers.consisted_of(shared_country, code="24", level=Level.PROVINCE, on=AFTER)
    assert {one.old.full_name_vi for one in came} == {"Tỉnh Bắc Giang", "Tỉnh Bắc Ninh"}
    assert {one.kind for one in came} == {SuccessionKind.MERGE}
    assert [one.full_name_vi for one in registers.versions(shared_country, code="24", level=Level.PROVINCE)][:2] == [
        "Tỉnh Bắc Giang",
        "Tỉnh Bắc Ninh",
    ]


def test_a_new_province_works_in_the_zones_of_all_it_was_formed_from(shared_country):
    zone_of = {one["province_gso_code"]: int(one["epsg"]) for one in zone_rows()}
    wanted: dict[str, set[int]] = defaultdict(set)
    for one in rows("admin_succession.csv"):
        if one["new_level"] == "province" and one["effective_date"] == AFTER.isoformat():
            wanted[one["new_code"]].add(zone_of[one["old_code"]])
    with shared_country.read() as tx:
        ids = stored.unit_ids(tx, [("province", code) for code in wanted], on=AFTER)
        found = {code: set(offices.zones_of(tx, frozenset([unit_id]))) for (_, code), unit_id in ids.items()}
        # Renamed on 1 January 2025, under its code.
        [hue] = stored.unit_ids(tx, [("province", "46")], on=date(2025, 2, 1)).values()
        assert offices.zones_of(tx, frozenset([hue])) == (zone_of["46"],)
    assert len(found) == 34
    assert found == wanted
    assert max(map(len, found.values())) > 1


def test_no_level_named_means_the_highest(shared_country):
    assert registers.show(shared_country, code="24", level=None, on=BEFORE).level is Level.PROVINCE
    assert registers.show(shared_country, code="07201", level=None, on=BEFORE).level is Level.COMMUNE


@pytest.mark.parametrize(
    ("code", "level", "day"), [("02", Level.PROVINCE, AFTER), ("999", None, BEFORE), ("", None, BEFORE)]
)
def test_what_was_not_there_is_named(shared_country, code, level, day):
    with pytest.raises(UnknownUnit) as caught:
        registers.show(shared_country, code=code, level=level, on=day)
    assert day.isoformat() in caught.value.sentence("en")


def test_every_version_of_the_file_is_there_and_no_other(shared_country):
    wanted = {
        (one["level"], one["code"], one["valid_from"], one["valid_to"], one["full_name_vi"])
        for one in rows("admin_units_history.csv")
    }
    sql = text(
        "SELECT level, code, coalesce(valid_from::text, ''), coalesce(valid_to::text, ''), full_name_vi FROM ref.unit"
    )
    with shared_country.read() as tx:
        assert {tuple(row) for row in tx.connection.execute(sql)} == wanted


def test_the_projection_equals_the_composed_crosswalk(shared_country):
    """Each of the 10,599 communes of 2023 lies in 2025 where the sources' own composition says."""
    wanted: dict[str, dict[str, str]] = defaultdict(dict)
    for one in rows("crosswalk_communes_2023_2025.csv"):
        if one["code_2025"]:
            wanted[one["code_2023"]][one["code_2025"]] = "full" if one["extent"] == Extent.FULL else "part"
    sql = text(
        """SELECT o.code, n.code, p.extent FROM ref.projection p
           JOIN ref.unit o ON o.unit_id = p.from_unit_id AND o.validity @> CAST(:before AS date)
           JOIN ref.unit n ON n.unit_id = p.to_unit_id
           JOIN ref.epoch e ON e.epoch_id = p.epoch_id AND e.valid_from = :after"""
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with shared_country.read() as tx:
        for old, new, extent in tx.connection.execute(sql, {"before": BEFORE, "after": AFTER}):
            found[old][new] = extent
    assert len(wanted) >= 10_598
    assert dict(found) == dict(wanted)
    assert len([one for one in found.values() if "part" in one.values()]) >= 441
