"""Sealing and verifying the access log, against look-ups that write it and against plain hashing of the same rows."""

from __future__ import annotations

import argparse
import hashlib
import re
import resource
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg2
from sqlalchemy import make_url

from landdata.flows import seal as sealing
from landdata.flows import verify
from landdata.model.access_log import COLUMNS
from landdata.settings import Settings
from tests.bench import lookup
from tests.bench.country import fill
from tests.bench.ground import Ground, Result, Side, ground, say

PURPOSE = "sealing against look-ups a second, and verifying (default 1,000,000 entries)"

_SAMPLE, _CITIZENS = lookup._SAMPLE, 20_000
_BESIDE = 100_000  # entries sealed while look-ups go on
_ENTRIES = """INSERT INTO audit.access_event (request_id, client_id, token_jti, agency_code, officer_code, service_code,
  case_file_no, subject, status, fields_mask, record_versions, address)
  SELECT gen_random_uuid(), 'bench', 'bench', 'CA-BENCH', 'CB-' || i % 500, 'CU-TRU', 'H24.1-2303-' || i, gen_random_uuid(),
    'FOUND', 262143, ARRAY[(i * 7)::text], '10.0.0.1' FROM generate_series(1, {}) i"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--entries", type=int, help="entries of the log (default 1000000)")
    parser.add_argument("--full", action="store_true", help="5 million entries")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; medians are compared (default 3)")
    parser.add_argument("--seconds", type=float, default=5, help="seconds of look-ups in a round (default 5)")


def run(admin_url: str, chosen: argparse.Namespace) -> list[Result]:
    """Measure; returns six results. AssertionError when the log does not verify."""
    entries = chosen.entries or (5_000_000 if chosen.full else 1_000_000)
    asked, batched, rates, beside = (list[float]() for _ in range(4))
    sealed, plain = Side(), Side()
    with TemporaryDirectory() as folder, ground(admin_url) as place:
        settings = Settings(data_dir=Path(folder))
        country = fill(place, Path(folder), citizens=_CITIZENS)
        lookup._questions(place, country, [country.words(1 + no % _CITIZENS) for no in range(_SAMPLE)])
        for _ in range(chosen.rounds):
            place.checkpoint()
            # The gate alone, without the service before it: one citizen a statement, then a hundred.
            asked.append(_look_ups(place, folder, chosen.seconds))
            many, _ = lookup._Bench(place, folder, chosen.seconds).gate(lookup._MANY, connections=4)
            batched.append(many * lookup._TOGETHER)
            sealing.seal(place.db, settings=settings)
            _add(place, entries // chosen.rounds)
            with plain.timed():
                rows = _hash(place)
            with sealed.timed():
                made = sealing.seal(place.db, settings=settings)
            assert sum(one.entries for one in made) == rows, "what was hashed is what was sealed"
            rates.append(rows / sealed.seconds[-1])
            beside.append(_beside(place, folder, settings, min(entries // chosen.rounds, _BESIDE), rates[-1]))
            say(f"look-ups {asked[-1]:,.0f}/s, in hundreds {batched[-1]:,.0f}/s, sealed {rates[-1]:,.0f}/s, "
                f"beside look-ups {beside[-1]:,.0f}/s, hashed {rows / plain.seconds[-1]:,.0f}/s")  # fmt: skip
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        verified = Side()
        with verified.timed():
            verdict = verify.verify(place.db, settings=settings)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert verdict.intact, verdict.faults
        assert not verdict.doubts, verdict.doubts
        size = _size(place)
    minutes = 1_000_000 * verified.median / verdict.sealed / 60
    ratio, at_work, of_many = (
        median(rate / one for rate, one in zip(sealing_rates, others, strict=True))
        for sealing_rates, others in ((rates, asked), (beside, asked), (rates, batched))
    )
    hashed = median(one / other for one, other in zip(plain.seconds, sealed.seconds, strict=True))
    return [
        Result("seal rate", round(ratio, 2), ">= 2", ratio >= 2,
               f"sealed {median(rates):,.0f}/s, look-ups by the gate alone {median(asked):,.0f}/s"),
        Result("seal beside", round(at_work, 2), ">= 2", at_work >= 2,
               f"sealed {median(beside):,.0f}/s while look-ups go on, look-ups by the gate alone {median(asked):,.0f}/s"),
        Result("seal batches", round(of_many, 2), ">= 1", of_many >= 1,
               f"sealed {median(rates):,.0f}/s, look-ups by the gate alone in hundreds {median(batched):,.0f}/s"),
        Result("seal hashing", round(hashed, 2), "none", True, f"reading and hashing the same rows {plain}, sealing {sealed}"),
        Result("verify million", round(minutes, 2), "<= 3", minutes <= 3,
               f"minutes a million: {verdict.sealed:,} entries in {verified}, {grown:,.0f} MiB more memory"),
        Result("seal index", round(size, 3), "<= 0.05", size <= 0.05, "bytes that name entries, to bytes of the log"),
    ]  # fmt: skip


def _add(place: Ground, many: int) -> None:
    """Entries as the gate writes them, a hundred a transaction or so; final when this returns."""
    with closing(psycopg2.connect(place.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for _ in range(10):
                cursor.execute(_ENTRIES.format(many // 10))
            # Others on the same server may hold a transaction open: what is not final is not sealed.
            while True:
                cursor.execute(
                    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > max(tx) FROM audit.access_event"
                )
                if cursor.fetchone() == (True,):
                    break
                time.sleep(0.05)


def _beside(place: Ground, folder: str, settings: Settings, many: int, rate: float) -> float:
    """Entries sealed a second while 32 connections look up without a pause."""
    _add(place, many)
    going_on = threading.Thread(target=_look_ups, args=(place, folder, 10 * many / rate + 3))
    going_on.start()
    time.sleep(1)
    made, took = 0, 0.0
    while made < many and going_on.is_alive():
        start = time.perf_counter()
        made += sum(one.entries for one in sealing.seal(place.db, settings=settings))
        took += time.perf_counter() - start
    assert going_on.is_alive(), "the look-ups ended first: their time is too short for so many entries"
    going_on.join()
    sealing.seal(place.db, settings=settings)
    return made / took


def _look_ups(place: Ground, folder: str, seconds: float) -> float:
    """Look-ups a second of the gate, 32 connections, one citizen a statement."""
    script = Path(folder) / "look-up.sql"
    script.write_text(
        f"\\set n random(1, {_SAMPLE - 1})\nSELECT access_id FROM share.read_land_records((SELECT "
        "jsonb_set(q, '{0,request_id}', to_jsonb(gen_random_uuid())) FROM bench_question WHERE no = :n))\n",
        encoding="utf-8",
    )
    url = make_url(place.url)
    where = ["-h", str(url.query.get("host") or url.host or ""), "-U", str(url.username)]
    port = ["-p", str(url.port)] if url.port else []
    command = [lookup._program("pgbench"), "-n", "-M", "prepared", "-c", "32", "-j", "2", "-f", str(script), "-P", "1",
               "-T", str(round(seconds) + 2), *where, *port, str(url.database)]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rates = [
        float(rate) for at, rate in re.findall(r"progress: ([\d.]+) s, ([\d.]+) tps", done.stderr) if float(at) > 2
    ]
    assert rates, done.stderr
    return sum(rates) / len(rates)


def _hash(place: Ground) -> int:
    """What nobody can do without: read what has no seal yet in order, and hash it once."""
    with closing(psycopg2.connect(place.url)) as connection, connection.cursor(name="bench") as cursor:
        cursor.itersize = 5000
        cursor.execute(
            f"SELECT ROW({', '.join(COLUMNS)})::text FROM audit.access_event "
            "WHERE tx >= (SELECT coalesce(max(tx_to), 0) FROM audit.seal) ORDER BY tx, access_id"
        )
        return sum(1 for (row,) in cursor if hashlib.sha256(row.encode()).digest())


def _size(place: Ground) -> float:
    with closing(psycopg2.connect(place.url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('audit.seal_index')::float / (SELECT sum(pg_total_relation_size(relid)) "
            "FROM pg_partition_tree('audit.access_event') WHERE isleaf)"
        )
        found = cursor.fetchone()
    assert found
    return float(found[0])
