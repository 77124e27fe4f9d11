"""Look-ups through the whole API, token and durable log included, against pgbench with the same statement and an ORM."""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx
import psycopg2
from joserfc import jwt
from sqlalchemy import make_url

from landdata.flows import share
from landdata.model.agreements import LookupRequest, PopulationReader
from landdata.model.clients import RESIDENCY_SCOPES
from tests.bench import asking
from tests.bench.asking import Asked
from tests.bench.country import CLIENT, Country, again, fill, note
from tests.bench.ground import Ground, Result, ground, say
from tests.bench.orm import PATH as ORM_PATH

PURPOSE = "look-ups over HTTP, against pgbench and an ORM route (default 1,000,000 citizens, 1,500,000 parcels)"

LOOKUP_PATH, BATCH_PATH = "/v1/residency/land-records:lookup", "/v1/residency/land-records:batch"
_CONNECTIONS, _TOGETHER = 32, 100
# Citizens asked about; more than any cache of ours holds, few enough to be written down beforehand.
_SAMPLE = 20_000
_COLUMNS = "access_id, status, reason, fields_mask, agreed_mask, record_version, simulated, body"
# The words are in a table, since pgbench cannot hash; their cost is measured and taken off the baseline's time.
_ONE = "jsonb_set(q, '{0,request_id}', to_jsonb(gen_random_uuid())) FROM bench_question WHERE no = :n"
_MANY = (
    f"jsonb_agg(jsonb_set(q -> 0, '{{request_id}}', to_jsonb(gen_random_uuid()))) FROM bench_question "
    f"WHERE no BETWEEN :n AND :n + {_TOGETHER - 1}"
)


@dataclass(slots=True)
class _Rounds:
    """Rates and times of every round, by side."""

    rates: dict[str, list[float]] = field(default_factory=dict)
    medians: dict[str, list[float]] = field(default_factory=dict)
    p99s: dict[str, list[float]] = field(default_factory=dict)

    def add(self, side: str, rate: float, middle: float, p99: float = 0.0) -> None:
        self.rates.setdefault(side, []).append(rate)
        self.medians.setdefault(side, []).append(middle)
        self.p99s.setdefault(side, []).append(p99)

    def asked(self, side: str, found: Asked) -> None:
        self.add(side, found.rate, found.median, found.p99)

    def ratio(self, of: str, to: str) -> float:
        """The middle one of the rounds' own ratios: the two sides of a round met the same neighbours."""
        return median(one / other for one, other in zip(self.rates[of], self.rates[to], strict=True))

    def shown(self, side: str) -> str:
        rates = self.rates[side]
        return f"{side} {median(rates):,.0f}/s ({min(rates):,.0f}..{max(rates):,.0f})"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--citizens", type=int, help="citizens on record (default 1000000)")
    parser.add_argument(
        "--full", action="store_true", help="16 million citizens and 24 million parcels, against 1 million"
    )
    parser.add_argument(
        "--against", type=int, help="citizens of a second country: what a look-up costs in it (default none)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds; medians are compared (default 3)")
    parser.add_argument("--seconds", type=float, default=8, help="seconds of each side in a round (default 8)")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="keep the countries, and their keys here, and take them when they are",
    )
    parser.add_argument("--workers", type=int, default=2, help="processes of the API (default 2)")


def run(admin_url: str, chosen: argparse.Namespace) -> list[Result]:
    """Measure; returns six results, seven with a second country. AssertionError when an answer is not the right one."""
    citizens = chosen.citizens or (16_000_000 if chosen.full else 1_000_000)
    fewer = chosen.against or (1_000_000 if chosen.full else 0)
    rounds = _Rounds()
    with TemporaryDirectory() as folder, ExitStack() as opened:
        own = chosen.keep or Path(folder)
        small = opened.enter_context(_asked(admin_url, own / "small", fewer, chosen)) if fewer else None
        big = opened.enter_context(_asked(admin_url, own / "big", citizens, chosen))
        theirs = opened.enter_context(_api(big.place, big.data_dir, "orm", chosen.workers))
        bench = _Bench(big.place, folder, chosen.seconds)
        for number in range(chosen.rounds):
            big.place.checkpoint()
            rounds.add("pgbench", *bench.gate(_ONE, connections=_CONNECTIONS))
            rounds.asked("api", big.ask(chosen.seconds))
            if small:
                rounds.asked("fewer", small.ask(chosen.seconds))
            rounds.asked("orm", big.ask(chosen.seconds / 2, url=theirs, path=ORM_PATH))
            rounds.asked("batch", big.ask(chosen.seconds / 2, path=BATCH_PATH, connections=8, together=_TOGETHER))
            rate, middle = bench.gate(_MANY, connections=4, seconds=chosen.seconds / 2)
            rounds.add("ceiling", rate * _TOGETHER, middle)
            rounds.add("direct", *bench.gate(_ONE, connections=1, seconds=chosen.seconds / 2))
            rounds.asked("alone", big.ask(chosen.seconds / 2, connections=1))
            last = {side: f"{rates[-1]:,.0f}" for side, rates in rounds.rates.items()}
            say(f"round {number + 1} of {chosen.rounds}, citizens a second: " + ", ".join(map(" ".join, last.items())))
    return _results(rounds, citizens, fewer)


@dataclass(frozen=True, slots=True)
class _Country:
    """A country with its API running, and the questions about some of its citizens."""

    place: Ground
    data_dir: Path
    country: Country
    url: str
    bodies: dict[int, list[bytes]]

    def ask(
        self,
        seconds: float,
        *,
        url: str = "",
        path: str = LOOKUP_PATH,
        connections: int = _CONNECTIONS,
        together: int = 1,
    ) -> Asked:
        """A round over HTTP after a second that warms up: plans, tokens, connections."""
        to = url or self.url
        for lasting in (1.0, seconds):
            found = asking.ask(
                to, path=path, token=_token(self.country, to), bodies=self.bodies[together], connections=connections,
                seconds=lasting, together=together,
            )  # fmt: skip
        return found


@contextmanager
def _asked(admin_url: str, data_dir: Path, citizens: int, chosen: argparse.Namespace) -> Iterator[_Country]:
    """A country of so many citizens in a database of its own, served."""
    data_dir.mkdir(parents=True, exist_ok=True)
    kept = chosen.keep is not None
    found = again(data_dir, citizens) if kept else None
    with ground(admin_url, f"_{data_dir.name}", kept=kept, again=found is not None) as place:
        country = found or fill(place, data_dir, citizens=citizens)
        if kept and found is None:
            note(country, data_dir)
        _check_durable(place)
        chance = random.Random(1)
        words = [country.words(chance.randint(1, citizens)) for _ in range(_SAMPLE)]
        _questions(place, country, words)
        _warm(place)
        bodies = {together: asking.bodies(words, together=together) for together in (1, _TOGETHER)}
        with _api(place, data_dir, "api", chosen.workers) as url:
            _prove(country, url, words[0])
            yield _Country(place, data_dir, country, url, bodies)


def _results(rounds: _Rounds, citizens: int, fewer: int) -> list[Result]:
    spread = median(p99 / middle for p99, middle in zip(rounds.p99s["api"], rounds.medians["api"], strict=True))
    alone = median(one / other for one, other in zip(rounds.medians["alone"], rounds.medians["direct"], strict=True))
    both = f"{rounds.shown('api')}, {rounds.shown('pgbench')}"
    size, shown = f"{citizens:,} citizens", rounds.shown
    times = f"median {median(rounds.medians['api']) * 1e3:.1f} ms, p99 {median(rounds.p99s['api']) * 1e3:.1f} ms"
    lone = f"api {median(rounds.medians['alone']) * 1e3:.1f} ms, direct {median(rounds.medians['direct']) * 1e3:.1f} ms"
    growth = []
    if fewer:
        cost = f"{shown('api')} at {size}, {shown('fewer')} at {fewer:,}"
        growth = [
            _result(
                "lookup growth", rounds.ratio("fewer", "api"), -1.5, f"cost of one against a smaller country: {cost}"
            )
        ]
    return [
        *growth,
        _result("lookup one", rounds.ratio("api", "pgbench"), 0.8, f"{size}, {_CONNECTIONS} connections: {both}"),
        _result("lookup orm", rounds.ratio("api", "orm"), 8, f"{shown('api')}, {shown('orm')}"),
        _result("lookup p99", spread, -10, f"32 connections: {times}"),
        _result("lookup alone", alone, -3, f"one connection, medians: {lone}"),
        _result("lookup batch", rounds.ratio("batch", "pgbench"), 3, f"100 a request: {shown('batch')}"),
        _result("lookup ceiling", rounds.ratio("batch", "ceiling"), 0, f"the database alone: {shown('ceiling')}"),
    ]  # fmt: skip


def _result(name: str, ratio: float, goal: float, detail: str) -> Result:
    """`goal`: at least; negative: at most; 0: shown for comparison."""
    ok = ratio <= -goal if goal < 0 else ratio >= goal
    text = f"<= {-goal:g}" if goal < 0 else f">= {goal:g}" if goal else "none"
    return Result(name, round(ratio, 2), text, ok, detail)


def _check_durable(place: Ground) -> None:
    with closing(psycopg2.connect(place.url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        settings = cursor.fetchone()
        assert settings == ("on", "on"), f"fsync and synchronous_commit are {settings}: this server measures nothing"


def _questions(place: Ground, country: Country, words: list[dict[str, object]]) -> None:
    """What the API would ask the gate about each citizen, for pgbench."""
    caller = PopulationReader(CLIENT, "bench", RESIDENCY_SCOPES, "127.0.0.1")
    with closing(psycopg2.connect(place.url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS bench_question; CREATE TABLE bench_question (no integer PRIMARY KEY, q jsonb)"
        )
        asked = (LookupRequest(request_id=uuid4(), date_of_birth=None, unit=None, fields=None, **one) for one in words)  # type: ignore[arg-type]
        rows = [(no, json.dumps([share.question(country.keys, caller, one)])) for no, one in enumerate(asked, 1)]
        cursor.executemany("INSERT INTO bench_question VALUES (%s, %s)", rows)
        cursor.execute("ANALYZE bench_question")
        connection.commit()


def _warm(place: Ground) -> None:
    """Ask about the whole sample once: what is measured is the look-up, not the first reading from a disk just filled."""

    def ask(first: int) -> None:
        with closing(psycopg2.connect(place.url)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for at in range(first, _SAMPLE, _TOGETHER * _CONNECTIONS):
                asked = _MANY.replace(":n", str(at))
                cursor.execute(f"SELECT count(*) FROM share.read_land_records((SELECT {asked}))")

    # Side by side, for a disk answers many at a time.
    with ThreadPoolExecutor(_CONNECTIONS) as lanes:
        list(lanes.map(ask, range(1, _TOGETHER * _CONNECTIONS, _TOGETHER)))
    say(f"{_SAMPLE:,} citizens asked about once")


@dataclass(frozen=True, slots=True)
class _Bench:
    """pgbench on the ground, prepared, as the service's own role."""

    place: Ground
    folder: str
    seconds: float

    def gate(self, words: str, *, connections: int, seconds: float | None = None) -> tuple[float, float]:
        """Statements a second and seconds of one; what making the words takes is taken off."""
        seconds = seconds or self.seconds
        lasted = self._run(f"SELECT {words}", connections, max(2.0, seconds / 4))
        # Every connection plans the gate once; that is paid before, as ours was.
        gated = f"SELECT {_COLUMNS} FROM share.read_land_records((SELECT {words})) ORDER BY position"
        with_words = self._run(gated, connections, seconds)
        one = with_words - lasted
        return connections / one, one

    def _run(self, statement: str, connections: int, seconds: float) -> float:
        """Mean seconds of one statement on one of the connections, planning and connecting left out."""
        script = Path(self.folder) / "statement.sql"
        script.write_text(f"\\set n random(1, {_SAMPLE - _TOGETHER})\n{statement}\n", encoding="utf-8")
        url = make_url(self.place.url)
        port = url.query.get("port") or url.port
        where = ["-h", str(url.query.get("host") or url.host or ""), "-U", str(url.username)]
        where += ["-p", str(port)] if port else []
        command = [_program("pgbench"), "-n", "-M", "prepared", "-c", str(connections), "-j", "2", "-f", str(script),
                   "-P", "1", "-T", str(round(seconds) + 3), *where, str(url.database)]  # fmt: skip
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        # Its first seconds are those in which plans are made.
        said = re.findall(r"progress: ([\d.]+) s, ([\d.]+) tps", done.stderr)
        rates = [float(rate) for at, rate in said if float(at) > 2]
        assert rates, done.stderr
        return connections * len(rates) / sum(rates)


def _program(name: str) -> str:
    """PostgreSQL's own programs, newest first; Debian puts them outside the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(found[0]) if found else name


@contextmanager
def _api(place: Ground, data_dir: Path, kind: str, workers: int) -> Iterator[str]:
    """The API as it is served, or the same with the ORM's route, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = {
        "api": ["-m", "api", "--port", str(port), "--workers", str(workers)],
        "orm": ["-m", "uvicorn", "tests.bench.orm:create", "--factory", "--port", str(port), "--workers", str(workers),
                "--no-access-log", "--log-level", "warning"],
    }[kind]  # fmt: skip
    environment = {
        **os.environ, "LANDDATA_DATABASE_URL": place.url, "LANDDATA_DATA_DIR": str(data_dir), "LANDDATA_PUBLIC_URL": url,
    }  # fmt: skip
    with (data_dir / f"{kind}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *command], env=environment, stdout=log, stderr=log)
        try:
            _wait(url, process)
            yield url
        except Exception:
            log.flush()
            say(f"the last words of {kind}: " + "\n".join(Path(log.name).read_text().splitlines()[-20:]))
            raise
        finally:
            process.terminate()
            process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the API ended with {process.returncode}"
        try:
            if httpx.get(f"{url}/ready", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError("the API does not come up")


def _token(country: Country, url: str) -> str:
    now = int(time.time())
    claims = {"iss": CLIENT, "sub": CLIENT, "aud": url, "iat": now, "exp": now + 60, "jti": uuid4().hex}
    assertion = jwt.encode({"alg": "ES256", "kid": country.key.kid}, claims, country.key, algorithms=["ES256"])
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    answer = httpx.post(f"{url}/oauth2/token", data=form)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _prove(country: Country, url: str, words: dict[str, object]) -> None:
    """One answer, looked at: it is about the citizen asked for."""
    answer = httpx.post(
        url + LOOKUP_PATH,
        json={"request_id": str(uuid4()), **words},
        headers={"Authorization": f"Bearer {_token(country, url)}"},
    ).json()
    own = [one for certificate in answer["certificates"] for one in certificate["rights_holders"] if one["self"]]
    assert own, answer
    assert {one["id_number"] for one in own} == {words["id_number"]}
