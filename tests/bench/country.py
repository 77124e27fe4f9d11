"""A country for look-ups: citizens, parcels and certificates straight into the tables, under real keys of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg2
from joserfc.jwk import ECKey

from landdata.flows import agreements, clients, offices
from landdata.matching import names
from landdata.model.clients import RESIDENCY_SCOPES
from landdata.model.fields import ALL_FIELDS_MASK
from landdata.store import keys as key_files
from landdata.store.keys import Keys
from tests.bench.ground import Ground, say

AGENCY, SERVICE, CLIENT = "CA-BENCH", "CU-TRU", "bench"
_BLOCK = 100_000
_NOTE = "country.json"
_FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
_MIDDLE = ("Văn", "Thị", "Hữu", "Đức", "Minh", "Thanh", "Ngọc", "Quốc")
_GIVEN = (
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Hòa",
    "Hùng",
    "Lan",
    "Mai",
    "Nam",
    "Oanh",
    "Phúc",
    "Quý",
    "Sơn",
    "Thúy",
    "Tuấn",
    "Xuân",
)
NAMES = tuple(f"{family} {middle} {given}" for family in _FAMILY for middle in _MIDDLE for given in _GIVEN)
_YEARS = range(1940, 2006)

# Three records of one parcel and one certificate for two citizens; every third names a second holder. Records lie by commune,
# owners anywhere: a citizen's land is never where the last one's was.
_RECORDS = """
CREATE UNLOGGED TABLE bench_commune AS
  SELECT row_number() OVER (ORDER BY unit_id) - 1 AS no, unit_id FROM ref.register JOIN ref.epoch USING (epoch_id)
  WHERE level = 'commune' AND valid_from <= date '2023-03-28' AND date '2023-03-28' < valid_to;
CREATE UNLOGGED TABLE bench_record AS
  SELECT j AS record_id, c.unit_id AS commune_id, 1 + (j * 7919) % {citizens} AS owner,
    CASE WHEN j % 3 = 0 THEN 1 + (j * 7919 + 1) % {citizens} END AS partner
  FROM generate_series(1, {records}::bigint) j
  JOIN bench_commune c ON c.no = (j - 1) * (SELECT count(*) FROM bench_commune) / {records};
INSERT INTO land.publication (delivery_id, kind, effective_on) OVERRIDING SYSTEM VALUE VALUES (1, 'PUBLISH', '2023-03-28')
"""
_LAND = """
INSERT INTO land.record (commune_id, record_id, content_hash, zone_epsg, row_count, since_pub)
  SELECT commune_id, record_id, decode(md5(record_id::text), 'hex'), 9214, 1, 1 FROM bench_record;
INSERT INTO land.parcel (commune_id, record_id, parcel_no, map_sheet_number, parcel_number, address, legal_area_m2, map_area_m2, geom, is_current)
  SELECT commune_id, record_id, 1, 1 + record_id / 500 % 900, 1 + record_id % 500, 'Thôn ' || record_id % 20, 100 + record_id % 900,
    100 + record_id % 900, ST_Multi(ST_MakeEnvelope(x, y, x + 0.0001, y + 0.0001, 4326)), true
  FROM bench_record, LATERAL (SELECT 104 + (record_id % 4000) * 0.0011 AS x, 9 + (record_id / 4000) * 0.0011 AS y) at;
INSERT INTO land.purpose (commune_id, record_id, parcel_no, purpose_no, code, area_m2, term_text, origins)
  SELECT commune_id, record_id, 1, n, CASE n WHEN 1 THEN 'ONT' ELSE 'CLN' END, 50 + record_id % 400, 'Lâu dài', '{{CNQ-CTT}}'
  FROM bench_record, generate_series(1, CASE WHEN record_id % 5 = 0 THEN 2 ELSE 1 END) n;
INSERT INTO land.certificate (commune_id, record_id, certificate_no, certificate_uid, serial, issued_on, certificate_type, is_current)
  SELECT commune_id, record_id, 1, md5('c' || record_id)::uuid, 'DB ' || record_id, date '2010-01-01' + (record_id % 4000)::int, '11', true
  FROM bench_record;
INSERT INTO land.asset (commune_id, record_id, asset_no, certificate_no, parcel_no, asset_kind, house_type, floor_area_m2, ownership_form,
    house_grade, ownership_term, construction_area_m2)
  SELECT commune_id, record_id, 1, 1, 1, '7', '1', 60 + record_id % 90, '0', 'Nhà cấp IV', 'Lâu dài', 50 + record_id % 90
  FROM bench_record WHERE record_id % 3 = 1;
INSERT INTO stats.coverage_counter (unit_id, parcels, certificates, holders)
  SELECT commune_id, count(*), count(*), count(*) FROM bench_record GROUP BY commune_id
"""
_PEOPLE = """
INSERT INTO land.holder (commune_id, record_id, holder_no, certificate_no, name, holder_kind, holder_role, user_type, id_type,
    id_number_sealed, id_number_bidx, birth_year, gender, identity_key, is_current)
  SELECT r.commune_id, r.record_id, o.no, 1, n.name, '1', CASE o.no WHEN 1 THEN 'CHU_HO' ELSE 'VO' END, 'GDC', 'CCCD', p.sealed, p.bidx,
    y.year, o.no % 2, md5('i' || p.i)::uuid, true
  FROM bench_record r CROSS JOIN LATERAL (VALUES (1, r.owner), (2, r.partner)) o (no, i)
  JOIN bench_person p ON p.i = o.i JOIN bench_name n ON n.no = p.i % {names} JOIN bench_year y ON y.no = p.i % {years};
INSERT INTO land.land_right (commune_id, record_id, right_no, certificate_no, parcel_no, holder_no, private_m2, common_m2)
  SELECT commune_id, record_id, h.holder_no, 1, 1, h.holder_no, CASE h.holder_no WHEN 1 THEN 100 + record_id % 900 END, NULL
  FROM land.holder h;
INSERT INTO match.party (party_id, person_ref, name_hash, name_folded_hash, birth_date_hash, birth_year_hash, life_status)
  OVERRIDING SYSTEM VALUE
  SELECT p.i, 'p' || p.i, n.plain, n.folded, NULL, y.hash, 'ALIVE'
  FROM bench_person p JOIN bench_name n ON n.no = p.i % {names} JOIN bench_year y ON y.no = p.i % {years};
INSERT INTO match.party_number (bidx, party_id, kind) SELECT bidx, i, 'CURRENT' FROM bench_person;
INSERT INTO match.claim (identity_key, status, party_id, name, id_number_sealed, birth_year)
  SELECT md5('i' || p.i)::uuid, 'VERIFIED', p.i, n.name, p.sealed, y.year
  FROM bench_person p JOIN bench_name n ON n.no = p.i % {names} JOIN bench_year y ON y.no = p.i % {years}
"""
_LAST = """
SELECT stats.count_connected();
DROP TABLE bench_commune, bench_record, bench_person, bench_name, bench_year
"""
_SCHEMAS = ("land", "match")
_ROOMY = (
    "SET work_mem = '2GB'; SET maintenance_work_mem = '1GB'; SET enable_nestloop = off; SET jit = off; "
    "SET synchronous_commit = off"
)


@dataclass(frozen=True, slots=True)
class Country:
    """Whom one may ask about, and with what."""

    citizens: int
    keys: Keys
    key: ECKey

    def words(self, citizen: int) -> dict[str, object]:
        """What a consumer knows of a citizen, from 1 on."""
        return {
            "agency_code": AGENCY,
            "officer_code": "CB-1",
            "service_code": SERVICE,
            "case_file_no": "HS-1",
            "id_number": number_of(citizen),
            "full_name": NAMES[citizen % len(NAMES)],
            "birth_year": _YEARS[citizen % len(_YEARS)],
        }


def again(data_dir: Path, citizens: int) -> Country | None:
    """The country of so many citizens that was filled and noted here before, or None."""
    noted = data_dir / _NOTE
    found = json.loads(noted.read_text()) if noted.exists() else {"citizens": 0}
    if found["citizens"] != citizens:
        return None
    return Country(citizens, key_files.load(data_dir), ECKey.import_key(found["key"]))


def note(country: Country, data_dir: Path) -> None:
    """Say below `data_dir` that the country is whole, and who may ask: the key is of this bench only."""
    (data_dir / _NOTE).write_text(json.dumps({"citizens": country.citizens, "key": country.key.as_dict(private=True)}))


def number_of(citizen: int) -> str:
    return f"024{citizen:09d}"


def fill(place: Ground, data_dir: Path, *, citizens: int) -> Country:
    """Make the country, one agreement and one client; half as many parcels again as citizens. Land and people side by side."""
    keys = key_files.make_all(data_dir)
    sizes = {"citizens": citizens, "records": citizens * 3 // 2, "names": len(NAMES), "years": len(_YEARS)}
    with _lane(place) as land, _lane(place) as people, ThreadPoolExecutor(2) as lanes:
        indexes = _indexes(land)
        for name, _ in indexes:
            land.execute(f"DROP INDEX {name}")
        sealed = lanes.submit(_people, people, keys, citizens)
        _run(land, _RECORDS, sizes)
        filed = lanes.submit(_run, land, _LAND, sizes)
        sealed.result()
        _run(people, _PEOPLE, sizes)
        filed.result()
        halves = [lanes.submit(_each, cursor, indexes[at::2]) for at, cursor in enumerate((land, people))]
        for half in halves:
            half.result()
        _run(land, _LAST, sizes)
        land.execute("VACUUM (ANALYZE)")
    say(f"{citizens * 3 // 2:,} parcels filed")
    return Country(citizens, keys, _consumer(place))


@contextmanager
def _lane(place: Ground) -> Iterator[psycopg2.extensions.cursor]:
    """A superuser's connection that fills without triggers."""
    with closing(psycopg2.connect(place.admin_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            # One pass over each table: rows are written in the order of their records, as deliveries write them.
            cursor.execute(f"SET session_replication_role = replica; {_ROOMY}")
            yield cursor


def _run(cursor: psycopg2.extensions.cursor, script: str, sizes: dict[str, int]) -> None:
    for statement in script.format(**sizes).split(";\n"):
        cursor.execute(statement)
        if "INSERT INTO" in statement:
            say(f"{statement.split()[2]}: {cursor.rowcount:,}")


def _each(cursor: psycopg2.extensions.cursor, indexes: list[tuple[str, str]]) -> None:
    for _, definition in indexes:
        cursor.execute(definition)


def _people(cursor: psycopg2.extensions.cursor, keys: Keys, citizens: int) -> None:
    cursor.execute(
        "CREATE UNLOGGED TABLE bench_person (i bigint PRIMARY KEY, bidx uuid, sealed bytea);"
        "CREATE UNLOGGED TABLE bench_name (no integer PRIMARY KEY, name text, plain bytea, folded bytea);"
        "CREATE UNLOGGED TABLE bench_year (no integer PRIMARY KEY, year smallint, hash bytea)"
    )
    for at in range(1, citizens + 1, _BLOCK):
        numbers = ((i, number_of(i)) for i in range(at, min(at + _BLOCK, citizens + 1)))
        _copy(cursor, "bench_person", ((i, keys.index_text(one), rf"\\x{keys.seal(one).hex()}") for i, one in numbers))
    _copy(
        cursor,
        "bench_name",
        (
            (no, name, _hash(keys, "name", names.plain(name)), _hash(keys, "folded", names.folded(name)))
            for no, name in enumerate(NAMES)
        ),
    )
    _copy(cursor, "bench_year", ((no, year, _hash(keys, "year", str(year))) for no, year in enumerate(_YEARS)))
    cursor.execute("ANALYZE bench_person; ANALYZE bench_name; ANALYZE bench_year")
    say(f"{citizens:,} numbers sealed")


def _copy(cursor: psycopg2.extensions.cursor, table: str, rows: object) -> None:
    lines = "".join("\t".join(map(str, row)) + "\n" for row in rows)  # type: ignore[attr-defined]
    cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(lines))


def _hash(keys: Keys, kind: str, value: str) -> str:
    return rf"\\x{keys.hash_person(kind, value).hex()}"


def _indexes(cursor: psycopg2.extensions.cursor) -> list[tuple[str, str]]:
    """Indexes that no constraint stands on: made after the rows, they cost a fifth."""
    cursor.execute(
        "SELECT format('%%I.%%I', schemaname, indexname), indexdef FROM pg_indexes WHERE schemaname = ANY(%s) AND NOT EXISTS ("
        "SELECT FROM pg_constraint WHERE conindid = format('%%I.%%I', schemaname, indexname)::regclass)",
        (list(_SCHEMAS),),
    )
    return [(str(name), str(definition)) for name, definition in cursor.fetchall()]


def _consumer(place: Ground) -> ECKey:
    key = ECKey.generate_key("P-256", auto_kid=True)
    offices.register_office(place.db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    offices.register_office(place.db, code="C06", kind="CONSUMER", name_vi="C06", name_en="C06")
    for login in ("first", "second"):
        offices.register_person(place.db, login=login, full_name=login, office_code="MAE")
    jwks = {"keys": [key.as_dict(private=False)]}
    clients.register(place.db, client_id=CLIENT, office_code="C06", jwks=jwks, scopes=RESIDENCY_SCOPES)
    agreements.sign(
        place.db, code="TT-BENCH", client_id=CLIENT, purpose="cư trú", legal_ground="Luật Cư trú", service_codes=[SERVICE],
        agency_codes=[AGENCY], fields_mask=ALL_FIELDS_MASK, daily_quota=2_000_000_000, valid_from=date(2023, 1, 1),
        drafted_by="first", approved_by="second", unbound_reason="bench",
        rate_per_second=900_000, burst=900_000,
    )  # fmt: skip
    return key
