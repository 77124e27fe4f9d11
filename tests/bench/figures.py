"""Figures of a country without its records: published deliveries, straight into the tables that pages and maps read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import date
from random import Random

import psycopg2
from psycopg2.extras import execute_values

from fixtures.generators.connection import REPORTED_ON, connect
from fixtures.generators.register import provinces

Waves = Mapping[date, Iterable[str]]

# A delivery for each province and day; every thirteenth row or so of some provinces is refused.
_DELIVERIES = """
INSERT INTO intake.delivery (delivery_id, office_id, idempotency_key, declaration_hash, sha256, file_name, kind, effective_on,
    backfill_grant_id, simulated, state, finished_at) OVERRIDING SYSTEM VALUE
  SELECT row_number() OVER (ORDER BY w.day, p.code), 1, 'figures-' || w.day || p.code, sha256('f'), sha256('f'), 'figures.csv', 'full',
    w.day, 1, true, 'PUBLISHED', now()
  FROM (SELECT DISTINCT day, province FROM wave) w JOIN ref.unit p ON p.unit_id = w.province;
CREATE TEMPORARY TABLE handed AS
  SELECT d.delivery_id, w.* FROM wave w JOIN ref.unit p ON p.unit_id = w.province
  JOIN intake.delivery d ON d.idempotency_key = 'figures-' || w.day || p.code;
INSERT INTO intake.delivery_layer (delivery_id, layer, rows_read, rows_new, rows_changed, rows_unchanged, rows_refused, records_refused)
  SELECT delivery_id, 'data', 1000, 1000 - off, 0, 0, off, off
  FROM (SELECT DISTINCT delivery_id, 1 + province * 7 % 61 AS off FROM handed) each_one;
INSERT INTO land.publication (publication_id, delivery_id, kind, effective_on) OVERRIDING SYSTEM VALUE
  SELECT DISTINCT delivery_id, delivery_id, 'PUBLISH', day FROM handed;
INSERT INTO intake.delivery_commune (delivery_id, unit_id, parcels_before, parcels_new, parcels_retired, parcels_after, publication_id, state)
  SELECT delivery_id, unit_id, 0, 5, 0, 5, delivery_id, 'PUBLISHED' FROM handed;
INSERT INTO stats.coverage_event (publication_id, delivery_id, unit_id, effective_on, parcels, certificates, holders, backfilled, simulated)
  SELECT delivery_id, delivery_id, unit_id, day, 3 + unit_id % 5, 2 + unit_id % 5, 4 + unit_id % 5, true, true FROM handed;
INSERT INTO stats.coverage_counter (unit_id, parcels, certificates, holders)
  SELECT unit_id, sum(parcels), sum(certificates), sum(holders) FROM stats.coverage_event GROUP BY unit_id;
SELECT setval(pg_get_serial_sequence('intake.delivery', 'delivery_id'), (SELECT max(delivery_id) FROM intake.delivery)),
  setval(pg_get_serial_sequence('land.publication', 'publication_id'), (SELECT max(publication_id) FROM land.publication));
SELECT stats.count_connected();
ANALYZE stats.coverage_event, intake.delivery, intake.delivery_commune, intake.delivery_layer
"""

# Between half and nineteen in twenty match, by province; some rise and some fall from the first of the days to the last.
_MATCHED = """
INSERT INTO stats.matching_quality (unit_id, day, claims, verified, mismatch, not_found, incomplete, ambiguous, pending, reasons, signs)
SELECT unit_id, day, claims, verified, left_over / 3, left_over - 2 * (left_over / 3), left_over / 3, 0, claims - settled,
  jsonb_build_object('NAME_DIFFERS', left_over / 3, 'NUMBER_MISSING', left_over / 3, 'NUMBER_UNKNOWN', left_over - 2 * (left_over / 3)),
  jsonb_build_object('BIRTH_NEW_YEAR', jsonb_build_array(claims / 9, claims), 'REGISTRY_WITHOUT_DIGIT', jsonb_build_array(1, claims))
FROM (
  SELECT c.unit_id, t.day, 40 * c.holders AS claims, s.settled, v.verified, s.settled - v.verified AS left_over
  FROM stats.coverage_counter c
  JOIN (SELECT DISTINCT unit_id, province_id FROM ref.register WHERE level = 'commune') r USING (unit_id)
  CROSS JOIN unnest(%(days)s::date[]) WITH ORDINALITY AS t (day, at)
  CROSS JOIN LATERAL (SELECT 38 * c.holders AS settled) s
  CROSS JOIN LATERAL (SELECT s.settled * (50 + r.province_id * 7 %% 38 + CASE r.province_id %% 6 WHEN 0 THEN 4 * (t.at - 1)
    WHEN 1 THEN -6 * (t.at - 1) ELSE 0 END) / 100 AS verified) v
) counted
"""

# Every ninth commune of a province that delivered has nothing published; of the others fewer stand on each rung.
_CLIMBED = """
CREATE TEMPORARY TABLE climbed AS
  SELECT c.delivery_id, c.unit_id, d.effective_on, greatest(d.effective_on, date '2023-02-01') AS counted_on, hashint4(c.unit_id) & 1023 AS luck
  FROM intake.delivery_commune c JOIN intake.delivery d USING (delivery_id);
INSERT INTO stats.delivery_event (delivery_id, unit_id, state, effective_on, changed)
  SELECT delivery_id, unit_id, state, effective_on, state = 'PUBLISHED'
  FROM climbed CROSS JOIN unnest(ARRAY['RECEIVED', 'PUBLISHED']) AS s (state)
  UNION ALL
  (SELECT DISTINCT ON (r.unit_id) p.delivery_id, r.unit_id, 'RECEIVED', p.effective_on, false
  FROM ref.register r JOIN (SELECT c.*, own.epoch_id, own.province_id FROM climbed c JOIN ref.register own USING (unit_id)) p
    ON p.epoch_id = r.epoch_id AND p.province_id = r.province_id
  WHERE r.level = 'commune' AND r.unit_id % 9 = 0 AND r.unit_id NOT IN (SELECT unit_id FROM climbed)
  ORDER BY r.unit_id, p.delivery_id);
INSERT INTO stats.matching_quality (unit_id, day, claims, verified, mismatch, not_found, incomplete, ambiguous, pending, reasons, signs)
  SELECT unit_id, counted_on, 1000, 880 + luck / 10, (110 - luck / 10) / 2, 110 - luck / 10 - (110 - luck / 10) / 2, 0, 0, 10,
    '{}', '{}' FROM climbed;
INSERT INTO stats.commune_quality (unit_id, day, parcels, complete)
  SELECT unit_id, counted_on, 1000, least(900 + luck / 8, 1000) FROM climbed WHERE luck % 7 > 0;
INSERT INTO stats.commune_use (unit_id, day, look_ups) SELECT unit_id, counted_on, 1 + luck % 40 FROM climbed WHERE luck % 3 = 0;
ANALYZE stats.delivery_event, stats.matching_quality, stats.commune_quality, stats.commune_use
"""


def reported() -> Waves:
    """The demo's 4,829 communes in three steps: a fifth half a year before the reported day, half at the turn of the year."""
    codes = sorted(connect().communes)
    Random(7).shuffle(codes)
    first, second = len(codes) // 5, len(codes) // 2
    return {date(2022, 9, 15): codes[:first], date(2022, 12, 20): codes[first:second], REPORTED_ON: codes[second:]}


def everything(days: Iterable[date]) -> Waves:
    """All 10,599 communes, each with something new on every one of the days."""
    codes = [commune.code for province in provinces() for commune in province.communes]
    return dict.fromkeys(days, codes)


def fill(admin_url: str, waves: Waves) -> None:
    """Note each of these communes (codes of 2023) as delivered on its days; a superuser's address, a database with registers."""
    with closing(psycopg2.connect(admin_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("CREATE TEMPORARY TABLE told (day date, code text)")
        execute_values(
            cursor,
            "INSERT INTO told VALUES %s",
            [(day, code) for day, codes in waves.items() for code in codes],
            page_size=5000,
        )
        cursor.execute(
            "CREATE TEMPORARY TABLE wave AS SELECT t.day, u.unit_id, r.province_id AS province FROM told t "
            "JOIN ref.unit u ON u.code = t.code AND u.level = 'commune' AND u.validity @> date '2023-03-28' "
            "JOIN ref.epoch e ON coalesce(e.valid_from, '-infinity') <= '2023-03-28' AND coalesce(e.valid_to, 'infinity') > '2023-03-28' "
            "JOIN ref.register r ON r.unit_id = u.unit_id AND r.epoch_id = e.epoch_id"
        )
        cursor.execute(_DELIVERIES)
        connection.commit()


def match(admin_url: str, days: Iterable[date]) -> None:
    """Note how matching stood on these days for every commune that was filled."""
    with closing(psycopg2.connect(admin_url)) as connection, connection.cursor() as cursor:
        cursor.execute(_MATCHED, {"days": list(days)})
        connection.commit()


def climb(admin_url: str) -> None:
    """Let what was filled stand on rungs of the ladder, from the day of its delivery on."""
    with closing(psycopg2.connect(admin_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_CLIMBED)
        connection.commit()
