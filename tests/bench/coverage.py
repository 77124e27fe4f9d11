"""The national summary from sums that are kept, against counting the parcels, and any past day against today."""

from __future__ import annotations

import argparse
from contextlib import closing
from datetime import date, timedelta
from random import Random
from statistics import median

import psycopg2

from landdata.flows import observe
from landdata.model.units import Level
from landdata.store import months
from tests.bench.ground import Ground, Result, Side, ground, say

PURPOSE = "the national summary against counting, and past days against today (default 2,400,000 parcels)"

_DAY, _LAST = date(2023, 3, 28), date.today()  # noqa: DTZ011 - any clock will do
_ASKED_AGAIN = 20  # times a summary is asked in a round: one is over too soon to be timed
_FULL, _DEFAULT = 24_000_000, 2_400_000
# Every commune of 2023 has its share of parcels, with a certificate and a holder each, and many deliveries over the years.
_FILL = """
CREATE UNLOGGED TABLE bench_commune AS
  SELECT row_number() OVER (ORDER BY unit_id) - 1 AS no, unit_id FROM ref.register JOIN ref.epoch USING (epoch_id)
  WHERE level = 'commune' AND valid_from IS NULL;
INSERT INTO land.parcel (commune_id, record_id, parcel_no, map_sheet_number, parcel_number, address, map_area_m2, geom,
  is_current)
  SELECT c.unit_id, j, 1, 1 + j / 500 % 900, 1 + j % 500, '', 100,
    ST_Multi(ST_MakeEnvelope(105, 10, 105.001, 10.001, 4326)),
    true
  FROM generate_series(0, {parcels}::bigint - 1) j
  JOIN bench_commune c ON c.no = j * (SELECT count(*) FROM bench_commune) / {parcels};
INSERT INTO land.certificate (commune_id, record_id, certificate_no, certificate_uid, serial, is_current)
  SELECT commune_id, record_id, 1, md5(record_id::text)::uuid, 'DB ' || record_id, true FROM land.parcel;
INSERT INTO land.holder (commune_id, record_id, holder_no, certificate_no, name, holder_kind, is_current)
  SELECT commune_id, record_id, 1, 1, 'Nguyễn Văn A', '1', true FROM land.parcel;
INSERT INTO stats.coverage_counter (unit_id, parcels, certificates, holders)
  SELECT commune_id, count(*), count(*), count(*) FROM land.parcel GROUP BY commune_id;
INSERT INTO stats.coverage_event (publication_id, delivery_id, unit_id, effective_on, parcels, certificates, holders,
  backfilled, simulated)
  SELECT 1, 1, unit_id, date '2023-03-28' + (n * {span} / {events} + unit_id % 30)::int,
    change.many, change.many, change.many, n = 0, false
  FROM stats.coverage_counter CROSS JOIN generate_series(0, {events} - 1) n
    CROSS JOIN LATERAL (SELECT CASE n WHEN 0 THEN parcels + {events} - 1 ELSE -1 END AS many) change
"""
_COUNT = """
WITH fact AS (SELECT commune_id AS unit_id, count(*) AS parcels FROM land.parcel WHERE is_current GROUP BY commune_id)
SELECT count(DISTINCT r.province_id), count(DISTINCT r.district_id), count(*), sum(f.parcels),
  (SELECT count(*) FROM land.certificate WHERE is_current), (SELECT count(*) FROM land.holder WHERE is_current)
FROM fact f JOIN ref.register r USING (unit_id) JOIN ref.epoch e USING (epoch_id) WHERE e.valid_from IS NULL
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--parcels", type=int, default=_DEFAULT, help="parcels on record")
    parser.add_argument("--events", type=int, default=24, help="deliveries to each commune over the years")
    parser.add_argument("--full", action="store_true", help=f"{_FULL:,} parcels")


def run(admin_url: str, chosen: argparse.Namespace) -> list[Result]:
    """Three rounds of each side in turn; past days are chosen by chance, one a round and time asked."""
    parcels = _FULL if chosen.full else chosen.parcels
    with ground(admin_url, "_coverage") as place:
        _fill(place, parcels, chosen.events)
        return _measured(place, parcels, chosen.events, full=chosen.full)


def _fill(place: Ground, parcels: int, events: int) -> None:
    values = {"parcels": parcels, "events": events, "span": (_LAST - _DAY).days - 30}
    with closing(psycopg2.connect(place.admin_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off; SET jit = off")
        cursor.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'")
        cursor.execute("DROP INDEX land.parcel_geom_idx")
        for statement in _FILL.format(**values).split(";\n"):
            cursor.execute(statement)
        cursor.execute("SELECT stats.count_connected()")
        cursor.execute("VACUUM (ANALYZE) land.parcel, land.certificate, land.holder")
        cursor.execute("VACUUM (ANALYZE) stats.coverage_event, stats.coverage_counter, stats.connected")
    with place.db.write() as tx:
        kept = months.keep(tx)
    place.superuser("VACUUM (ANALYZE) stats.coverage_month")
    say(f"{parcels:,} parcels filed, {kept} months kept")


def _measured(place: Ground, parcels: int, events: int, *, full: bool) -> list[Result]:
    counting, today, past = Side(), Side(), Side()
    chance, span = Random(1), (_LAST - _DAY).days
    with closing(psycopg2.connect(place.url)) as connection:
        _same(place, connection)
        for _ in range(3):
            with counting.timed():
                _count(connection)
            with today.timed():
                for _ in range(_ASKED_AGAIN):
                    observe.national(place.db, on=_LAST, division="2023")
            days = [_DAY + timedelta(days=chance.randrange(span)) for _ in range(_ASKED_AGAIN)]
            days[::2] = map(_dearest, days[::2])
            with past.timed():
                for day in days:
                    observe.national(place.db, on=day, division="2023")
    once = [seconds / _ASKED_AGAIN for seconds in today.seconds]
    least = 300 if full else 30
    faster, dearer = counting.median / median(once), past.median / today.median
    size = f"{parcels:,} parcels in 10,599 communes, {events} deliveries to each"
    return [
        Result("coverage.summary", round(faster, 1), f">= {least}", faster >= least,
               f"{size}: counting {counting}, summary {1000 * median(once):.1f} ms"),
        Result("coverage.past", round(dearer, 2), "<= 3", dearer <= 3,
               f"{_ASKED_AGAIN} summaries of today {today}, of days by chance, half of them the last of a month, {past}"),
    ]  # fmt: skip


def _dearest(day: date) -> date:
    """The last day of its month: the most events to be added to what is kept."""
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return min(following - timedelta(days=1), _LAST)


def _same(place: Ground, connection: psycopg2.extensions.connection) -> None:
    """Both say the same; whoever is asked first has also made the register ready and read the table once."""
    found = observe.national(place.db, on=_LAST, division="2023")
    told = [one.connected.at_least for one in found.levels if one.level in Level]
    assert [*told, found.parcels, found.certificates, found.holders] == _count(connection), (
        "the summary is not what was counted"
    )


def _count(connection: psycopg2.extensions.connection) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        found = cursor.fetchone()
    connection.rollback()
    assert found is not None
    return [int(one) for one in found]
