"""A service that lies, leads in circles or away, never ends or sends bombs: nothing of it is taken, and it is named."""

from __future__ import annotations

import time

import pytest
from landworld import COMMUNES, DAY, EPSG, row
from provinceworld import feature, hostile
from pullworld import connect, last, ledger, pulled, work

from landdata.flows import connections
from landdata.model.connections import Credential, Outcome
from landdata.model.crs import to_wgs84, zone


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with hostile(tmp_path_factory.mktemp("hostile")) as made:
        made.put(*(feature(f"p{n}", row(COMMUNES[0], n)) for n in range(1, 8)))
        yield made


MOODS = {
    "liar": "PULL_COUNT_WRONG", "part": "PULL_COUNT_WRONG", "empty": "PULL_EMPTY",
    "circle": "PULL_CIRCLE", "spiral": "PULL_CIRCLE",
    "twice": "PULL_ROWS_TWICE", "endless": "PULL_TOO_LARGE", "away": "PULL_LEADS_AWAY", "metadata": "PULL_LEADS_AWAY",
    "file": "PULL_LEADS_AWAY", "moved": "PULL_LEADS_AWAY", "round": "PULL_LEADS_AWAY", "huge": "PULL_TOO_LARGE",
    "bomb": "PULL_TOO_LARGE", "nested": "PULL_UNREADABLE", "no-json": "PULL_UNREADABLE", "denied": "PULL_DENIED",
    "broken": "PULL_REFUSED", "gone": "PULL_ABSENT", "wgs84": "PULL_CRS", "other": "PULL_CRS",
}  # fmt: skip


@pytest.fixture(scope="module")
def tried(shared_desk, service):
    """Each mood once, and what is on record then."""
    found = {}
    for mood in MOODS:
        uid = connect(shared_desk, service.terms(mood, effective_on=DAY))
        pulled(shared_desk, uid, pull_page_bytes=1 << 20, delivery_max_bytes=2 << 20)
        found[mood] = last(shared_desk, uid)
    return found


@pytest.mark.parametrize(("mood", "code"), MOODS.items())
def test_it_is_named_and_nothing_is_taken(shared_desk, tried, mood, code):
    assert (tried[mood].outcome, tried[mood].code) == (Outcome.FAILED, code)
    assert not tried[mood].deliveries
    assert shared_desk.sizes("intake")["raw_file"] == 0


@pytest.mark.parametrize("mood", ["dead", "trickle", "heads"])
def test_one_that_never_ends_is_given_up_in_time(desk, service, mood):
    uid = connect(desk, service.terms(mood))
    begun = time.monotonic()
    assert pulled(desk, uid, pull_seconds=1.0) is Outcome.FAILED
    assert time.monotonic() - begun < 10
    assert last(desk, uid).code == "PULL_TIMED_OUT"


def test_one_that_is_down_or_in_a_private_network_is_not_called(desk, service):
    uid = connect(desk, service.terms("good", address="http://127.0.0.1:9/down"))
    assert pulled(desk, uid) is Outcome.FAILED
    assert last(desk, uid).code == "PULL_UNREACHABLE"
    uid = connect(desk, service.terms("good"))
    assert pulled(desk, uid, pull_networks="") is Outcome.FAILED
    assert last(desk, uid).code == "PULL_FORBIDDEN_ADDRESS"


def test_failures_are_waited_for_longer_each_time_and_make_the_source_failing(desk, service, in_process):
    broken = connect(desk, service.terms("broken"))
    for _ in range(3):
        assert pulled(desk, broken) is Outcome.FAILED
    assert desk.rows("SELECT state FROM sync.source") == [("FAILING",)]
    assert desk.rows("SELECT cause, reason FROM sync.source_event ORDER BY step DESC LIMIT 1") == [
        ("PULL_FAILED", "PULL_REFUSED")
    ]
    [waits] = desk.rows(
        "SELECT c.failures, round(extract(epoch FROM c.next_at - p.ended_at) / 60) FROM sync.connection c "
        "JOIN sync.pull p USING (connection_id) ORDER BY p.pull_no DESC LIMIT 1"
    )
    assert waits == (3, 20)
    connections.end(desk.db, connection_uid=broken, login="lan", reason="thử")
    good = connect(desk, service.terms("busy", effective_on=DAY))
    assert pulled(desk, good) is Outcome.DELIVERED  # it was only busy at first
    assert desk.rows("SELECT state FROM sync.source") == [("CONNECTING",)]


def test_what_is_as_it_was_is_asked_for_but_not_sent(desk, service, in_process):
    uid = connect(desk, service.terms("etag", effective_on=DAY))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    before = last(desk, uid).size_bytes
    assert pulled(desk, uid) is Outcome.UNCHANGED
    assert last(desk, uid).size_bytes < before / 5
    assert desk.rows("SELECT state FROM sync.source") == [("CONNECTED",)]


def test_degrees_are_taken_where_two_persons_agreed(desk, tmp_path, in_process):
    """The way back into the zone is the national transformation's, to the millimetre."""
    ring = row(COMMUNES[0], 1)["ring"]
    degrees = [to_wgs84(EPSG, *point) for point in ring]
    with hostile(tmp_path) as own:
        own.put(feature("p1", row(COMMUNES[0], 1, ring=degrees)))
        uid = connect(desk, own.terms("wgs84", wgs84=True, effective_on=DAY))
        assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert ledger(desk, uid) == ("full", (1, 0, 0, 0))
    [(away,)] = desk.rows(
        "SELECT ST_HausdorffDistance(ST_Transform(geom, :srid), ST_GeomFromText(:ring, :srid)) FROM land.parcel",
        srid=zone(EPSG).srid,
        ring=f"POLYGON (({', '.join(f'{x} {y}' for x, y in ring)}))",
    )
    assert away < 0.002


@pytest.mark.parametrize(
    ("mood", "content", "said"),
    [
        ("basic", "lí mật", {"credential": Credential.BASIC, "user_name": "lan"}),
        ("key", "k3y", {"credential": Credential.API_KEY, "header": "X-Api-Key"}),
        ("token", "s3cret", {"credential": Credential.OAUTH2, "user_name": "moc"}),
    ],
)
def test_it_proves_itself_by_what_lies_in_the_secret_file(desk, service, mood, content, said):
    folder = desk.keys.folder / "connections"
    folder.mkdir()
    path = folder / "tinh.secret"
    path.write_text(f"{content}\n")
    path.chmod(0o600)
    if mood == "token":
        said = said | {"token_address": f"{service.origin}/token"}
    uid = connect(desk, service.terms(mood, effective_on=DAY, secret_file=path.name, **said))
    assert pulled(desk, uid) is Outcome.DELIVERED
    assert content not in str(desk.rows("SELECT c::text, p::text FROM sync.connection c, sync.pull p"))
    path.write_text("wrong\n")
    if mood != "token":
        assert pulled(desk, uid) is Outcome.FAILED
        assert last(desk, uid).code == "PULL_DENIED"
    path.chmod(0o644)
    assert pulled(desk, uid) is Outcome.FAILED
    assert last(desk, uid).code == "CONNECTION_SECRET_UNREADABLE"
