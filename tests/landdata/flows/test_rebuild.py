"""A country rebuilt from its raw bytes is the one that was there, and what is not is named by place and part."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from landworld import Desk
from rebuildworld import KNOWN, MERGED, OTHER, STATES, WARD, live
from sqlalchemy import text

from landdata.commands import console
from landdata.errors import (
    KeysMissing,
    PrintsUnreadable,
    RebuildSameDatabase,
    RebuildSchemaDiffers,
    RebuildTargetNotEmpty,
    RebuildUnderWay,
)
from landdata.flows import match, prints, rebuild
from landdata.flows.asking import Asker
from landdata.model.asking import Limits
from landdata.model.deliveries import Format
from landdata.model.rebuild import lanes
from landdata.reading import isolated
from landdata.reading.sniff import sniff
from landdata.store import keys as key_files
from landdata.store import raw


class Reads:
    """Reads files in this process, and what a child process alone can read once for all tests: they are not about that."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.held = folder, ExitStack()
        self.kept: dict[str, Any] = {}

    @contextmanager
    def open_layer(self, path, *, limits, scratch) -> Any:
        if sniff(path) in {Format.GEOJSON, Format.GEOPACKAGE}:
            with Desk.open_layer(path, limits=limits, scratch=scratch) as layer:
                yield layer
            return
        key = sha256(path.read_bytes()).hexdigest()
        if key not in self.kept:
            shutil.copyfile(path, self.folder / key)
            self.kept[key] = self.held.enter_context(
                isolated.open_layer(self.folder / key, limits=limits, scratch=self.folder)
            )
        yield self.kept[key]


@pytest.fixture(scope="module")
def country_then(shared_desk, tmp_path_factory):
    """The desk of a country with a past, and its deliveries by name."""
    reads = Reads(tmp_path_factory.mktemp("read"))
    with pytest.MonkeyPatch.context() as patch, reads.held:
        patch.setattr("landdata.flows.check.open_layer", reads.open_layer)
        made = live(shared_desk, tmp_path_factory.mktemp("made") / "files")
        found = dict(shared_desk.rows("SELECT delivery_uid, state FROM intake.delivery"))
        assert {name: found[one.delivery_uid] for name, one in made.items()} == STATES
        yield shared_desk, made


@pytest.fixture
def desk(country_then):
    return country_then[0]


@pytest.fixture
def made(country_then):
    return {name: one.delivery_uid for name, one in country_then[1].items()}


def again(desk, target, **said: Any):
    return rebuild.rebuild(desk.db, target, settings=desk.settings, keys=desk.keys, **said)


def same(desk, target):
    return prints.compare(desk.db, target, keys=desk.keys)


def scalar(db, sql):
    with db.write() as tx:
        return tx.connection.scalar(text(sql))


def execute(db, sql) -> int:
    with db.write() as tx:
        return tx.connection.execute(text(sql)).rowcount


LAST = f"SELECT max(record_id) FROM land.holder WHERE name = '{KNOWN}' AND NOT is_current AND commune_id <> 0"
ALTERED_NAME = f"UPDATE land.holder SET name = 'X' WHERE record_id = ({LAST})"


def test_it_is_equal_nobody_is_told_twice_and_what_is_altered_is_found(desk, made, empty, tmp_path):
    asked = Counter(desk.people.asked)
    done = again(desk, empty)
    assert done.whole, done
    assert same(desk, empty) == ()
    # Nobody is asked, answered otherwise or told of a change.
    assert scalar(empty, "SELECT count(*) FROM procrastinate_jobs") == 0
    assert scalar(empty, "SELECT count(*) FROM share.watch") == 1
    assert scalar(empty, "SELECT share.note_changes(0, 9223372036854775807)") == 0
    for table in ("match.claim", "sync.source_event", "stats.delivery_event", "audit.access_event", "intake.decision"):
        count = f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
        assert desk.rows(count) == [tuple(one) for one in rows(empty, count)], table
    assert match.match_pending(Asker(empty, desk.people, Limits(), lambda _: None), keys=desk.keys, batch=50) == 0
    assert desk.people.asked == asked
    # A finished rebuild is no target for another.
    rebuild.close(empty)
    with pytest.raises(RebuildTargetNotEmpty):
        again(desk, empty)

    saved = tmp_path / "country.prints"
    assert prints.save(desk.db, saved, keys=desk.keys) > 50
    assert prints.against(saved, empty) == ()
    for statement, wanted in (
        (ALTERED_NAME, ("HOLDERS_DIFFER", MERGED)),
        ("UPDATE land.purpose SET area_m2 = area_m2 + 0.01 WHERE record_id = (SELECT max(record_id) FROM land.record)",
         ("PURPOSES_DIFFER", WARD)),
        ("UPDATE stats.coverage_counter SET holders = holders + 1 WHERE parcels = 13", ("COUNTERS_DIFFER", WARD)),
        ("UPDATE stats.coverage_event SET recorded_at = recorded_at + interval '1 us' WHERE parcels = 13",
         ("COVERAGE_DIFFERS", None)),
        ("DELETE FROM land.assertion", ("ASSERTIONS_DIFFER", OTHER)),
        ("UPDATE land.parcel SET geom = ST_Translate(geom, 0, 1e-9) WHERE is_current AND parcel_number = 13",
         ("PARCELS_DIFFER", WARD)),
    ):  # fmt: skip
        before = tell(prints.against(saved, empty))
        assert execute(empty, statement) > 0, statement
        [(code, place)] = tell(prints.against(saved, empty)) - before
        assert (code, wanted[1] and place.split("/")[0]) == wanted
    assert len(same(desk, empty)) == 6
    saved.write_text("{}\n")
    with pytest.raises(PrintsUnreadable):
        prints.against(saved, empty)


def rows(db, sql):
    with db.read() as tx:
        return list(tx.connection.execute(text(sql)))


def tell(found):
    return {(one.code, one.place) for one in found}


class Killed(BaseException):
    """As by SIGKILL: nothing below tidies up after it."""


PLACES = ("carry.pour 3", "records.write 2", "rebuild.note 3", "deliveries.save_ledger 2", "withdrawals.restore 1")


def dying(monkeypatch, place):
    """Die at a call of something in the store: before it, or when it was done and is not committed."""
    name, nth = place.split()
    module, function = name.split(".")
    target = f"landdata.store.{module}.{function}"
    real = getattr(sys.modules[f"landdata.store.{module}"], function)
    left = [int(nth)]

    def one(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        done = real(*arguments, **named)
        if left[0] == 0:
            raise Killed
        return done

    monkeypatch.setattr(target, one)


def test_killed_anywhere_or_stopped_by_a_damaged_file_it_goes_on_and_ends_the_same(desk, made, empty):
    for place in PLACES:
        with pytest.MonkeyPatch.context() as patch:
            dying(patch, place)
            with pytest.raises(Killed):
                again(desk, empty, jobs=1)
    assert 3 < scalar(empty, "SELECT count(*) FROM rebuild.step WHERE state = 'DONE'") < 11
    file = raw.place(desk.data_dir, sha(desk, made["merged"]))
    kept = file.read_bytes()
    try:
        file.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        done = again(desk, empty)
    finally:
        file.write_bytes(kept)
    # Its lane waits for the file, and no other does.
    [stopped] = done.stopped
    assert (stopped.delivery_uid, stopped.office_code, stopped.code) == (made["merged"], "LO-BN", "RAW_FILE_DAMAGED")
    states = dict(tuple(one) for one in rows(empty, "SELECT delivery_uid, state FROM intake.delivery"))
    assert [states[made[one]] for one in ("hanoi", "claims", "xlsx", "merged", "open")] == [
        "PUBLISHED", "PUBLISHED", "WITHDRAWN", "RECEIVED", "RECEIVED",
    ]  # fmt: skip
    assert done.waiting == 3
    assert ("DELIVERY_DIFFERS", str(made["merged"])) in tell(same(desk, empty))
    assert again(desk, empty).whole
    assert same(desk, empty) == ()


def sha(desk, uid):
    return bytes(desk.scalar("SELECT sha256 FROM intake.delivery WHERE delivery_uid = :uid", uid=uid))


@pytest.fixture
def operator(command, desk, database_url, monkeypatch):
    """`landdata rebuild ARGUMENTS` of whoever runs the service, and the address of a new database."""
    settings = desk.settings.model_copy(
        update={"database_url": desk.db.engine.url.render_as_string(hide_password=False)}
    )
    monkeypatch.setattr(console, "settings", lambda: settings)
    return (lambda *arguments: command("rebuild", *arguments)), database_url


def test_the_command_leaves_out_what_is_named_and_says_so(operator, made, tmp_path):
    run, url = operator
    code, printed, error = run("--into", url, "--without", made["merged"])
    assert (code, error) == (1, ""), printed
    assert f"LEFT OUT: {made['merged']} (LO-BN)" in printed
    for words in (f"DELIVERY_DIFFERS  {made['merged']}", f"PARCELS_DIFFER  {WARD}", "dòng/giây", "KHÁC / DIFFERS"):
        assert words in printed
    assert f"DELIVERY_DIFFERS  {made['gpkg']}" not in printed
    code, again_, _ = run("--into", url, "--compare")
    assert (code, again_.splitlines()[-1]) == (1, printed.splitlines()[-1])
    code, printed, _ = run("--prints", tmp_path / "a.prints")
    assert (code, "dấu vân" in printed) == (0, True)


def test_what_cannot_be_begun_is_said_and_nothing_is_done(desk, made, empty, tmp_path):
    with pytest.raises(RebuildSameDatabase):
        again(desk, desk.db)
    with pytest.raises(KeysMissing):
        rebuild.rebuild(desk.db, empty, settings=desk.settings, keys=key_files.Keys(tmp_path))
    execute(empty, "UPDATE schema_version SET version_num = '0001'")
    with pytest.raises(RebuildSchemaDiffers) as found:
        again(desk, empty)
    assert found.value.details["target"] == "0001"
    execute(empty, f"UPDATE schema_version SET version_num = '{found.value.details['program']}'")
    desk.execute("UPDATE intake.delivery SET state = 'CHECKED' WHERE delivery_uid = :uid", uid=made["open"])
    try:
        with pytest.raises(RebuildUnderWay):
            again(desk, empty)
    finally:
        desk.execute("UPDATE intake.delivery SET state = 'WAITING' WHERE delivery_uid = :uid", uid=made["open"])
    assert not rebuild.begun(empty)
    assert scalar(empty, "SELECT count(*) FROM org.office") == 0


def test_lanes_share_no_commune():
    # 1 and 2 spoke of one commune, 3 of one that came from 2's, 4 of its own, 5 of none.
    found = lanes({1: [10], 2: [10, 11], 3: [12], 4: [13], 5: []}, [(11, 12), (14, 15)])
    assert found[1] == found[2] == found[3]
    assert len({found[1], found[4], found[5]}) == 3


@pytest.mark.full
def test_killed_for_good_at_random_it_ends_the_same(desk, database_url):
    """By SIGKILL, from outside, until it came to its end."""
    chance, killed = random.Random(2026), 0
    environment = {
        "LANDDATA_DATABASE_URL": desk.db.engine.url.render_as_string(hide_password=False),
        "LANDDATA_DATA_DIR": str(desk.data_dir), "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    command = [sys.executable, "-c", "from landdata.start import main; main()", "rebuild", "--into", database_url]
    while True:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            printed, _ = process.communicate(timeout=chance.uniform(1.5, 4) + killed / 2)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += 1
    print(f"killed {killed} times")
    assert (process.returncode, killed > 0) == (0, True), printed
    assert "GIỐNG HỆT / EQUAL" in printed
