"""Worker, database and provinces' services killed during pulls: the end is that of an undisturbed run, nothing twice."""

from __future__ import annotations

import random
from contextlib import closing

import pytest
from pullsworld import Trouble, begin, pull_rounds
from servers import execute, named
from sqlalchemy import make_url
from syncworld import contents, unbalanced, value, worker

from fixtures.generators import register
from landdata.store.engine import Database

_CAME = (
    "SELECT o.code, encode(d.sha256, 'hex'), d.kind, d.state, d.effective_on FROM intake.delivery d "
    "JOIN org.office o USING (office_id) ORDER BY 1, d.delivery_id"
)


@pytest.fixture(scope="module")
def template(server, filled):
    """A database on the private server with all that the tests' own template holds."""
    filled(server, "pulls")
    return "pulls"


def test_five_kills(server, template, tmp_path):
    _disturbed(
        server,
        template,
        tmp_path,
        provinces=3,
        rounds=(3, 5),
        kills=["worker", "service", "server", "worker", "service"],
    )


@pytest.mark.full
def test_a_hundred_pulls(server, template, tmp_path):
    kills = random.Random(2026).choices(("worker", "worker", "service", "service", "server"), k=40)
    _disturbed(server, template, tmp_path, provinces=10, rounds=tuple(range(3, 13)), kills=kills)


def _disturbed(server, template, folder, *, provinces, rounds, kills) -> None:
    codes = [one.code for one in register.provinces()][:provinces]
    ends, many, came = {}, {}, {}
    for name in ("quiet", "trouble"):
        execute(
            server.url,
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy",
        )
        url = named(server.url, name)
        own = folder / name
        own.mkdir()
        # The same keys: equal rows have equal hashes.
        if name == "trouble":
            (own / "keys").symlink_to(folder / "quiet" / "keys")
        process = worker(make_url(url).set(username="landdata").render_as_string(hide_password=False), own)
        process.settings |= {
            "LANDDATA_PULL_NETWORKS": "127.0.0.0/8",
            "LANDDATA_PULL_SECONDS": "30",
            "LANDDATA_DISK_REFUSE_SHARE": "0",
        }
        trouble = Trouble(own, server, process, list(kills) if name == "trouble" else [])
        service = trouble.start()
        try:
            with closing(Database(url, pool_size=4)) as db:
                uids = begin(db, service, dict.fromkeys(codes, "lazy"))
                with process:
                    pull_rounds(db, service, trouble, uids, rounds)
                assert unbalanced(db) == 0
                # Keys of deliveries are made of connections, which are others here and there.
                ends[name] = {table: found for table, found in contents(db).items() if table != "intake.delivery"}
                came[name] = execute(url, _CAME)
                many[name] = value(db, "SELECT count(*) FROM intake.delivery")
                killed = value(db, "SELECT count(*) FROM sync.pull WHERE outcome = 'KILLED'")
                print(f"{name}: {many[name]} deliveries, {len(trouble.done)} kills, {killed} pulls cut off")
        finally:
            trouble.end()
        assert len(trouble.done) == (len(kills) if name == "trouble" else 0)
    assert many["quiet"] == len(codes) * len(rounds)
    # Nothing is delivered twice; the order in which provinces came does not matter.
    assert many["trouble"] == many["quiet"]
    assert came["trouble"] == came["quiet"]
    assert ends["trouble"] == ends["quiet"]
