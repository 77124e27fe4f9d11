"""Webhooks against a real endpoint: signed as others verify it, tried again under one id, given up, led nowhere else."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from endpoint import Endpoint, certificate, listening
from joserfc.jwk import ECKey
from sqlalchemy import text
from standardwebhooks import Webhook as Verifier
from syncworld import free_port, until, value, worker

from landdata.connectors import addresses
from landdata.errors import ClientUnknown, WebhookUnfit, WebhookUnknown
from landdata.flows import agreements, clients, feed, notify, offices, webhooks
from landdata.model.agreements import PopulationReader
from landdata.model.clients import RESIDENCY_SCOPES
from landdata.model.webhooks import Notice, WebhookState
from landdata.store import keys as key_files
from sync.connectors.webhooks import TIMEOUT_SECONDS, Webhooks

LOOPBACK = "127.0.0.0/8"
SENDER = Webhooks(addresses.networks(LOOPBACK))


@pytest.fixture
def endpoint(tmp_path) -> Iterator[Endpoint]:
    with listening(tmp_path) as made:
        yield made


@pytest.fixture
def keys(tmp_path):
    return key_files.make_all(tmp_path)


def register(db: Any, client_id: str) -> None:
    """A client with an agreement in force."""
    offices.register_office(db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    offices.register_office(db, code=client_id, kind="CONSUMER", name_vi="x", name_en="x")
    for login in ("lan", "minh"):
        offices.register_person(db, login=login, full_name=login, office_code="MAE")
    key = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "1", "use": "sig", "alg": "ES256"}
    clients.register(db, client_id=client_id, office_code=client_id, jwks={"keys": [key]}, scopes=RESIDENCY_SCOPES)
    agreements.sign(
        db, code=client_id, client_id=client_id, purpose="x", legal_ground="x", service_codes=["S"],
        agency_codes=["A"], valid_from=date(2023, 1, 1), drafted_by="lan", approved_by="minh", daily_quota=1,
    )  # fmt: skip


@pytest.fixture
def consumer(database, keys) -> Callable[..., str]:
    """Registers a client with an agreement in force and one unread change, and its endpoint; returns the secret."""

    def make(client_id: str, url: str) -> str:
        register(database, client_id)
        change(database, client_id)
        return webhooks.set_url(database, keys=keys, client_id=client_id, url=url, networks=f"{LOOPBACK}, 10.0.0.0/8")

    return make


def change(db: Any, client_id: str) -> None:
    """One more change for a client."""
    with db.write() as tx:
        tx.connection.execute(
            text(
                "WITH f AS (UPDATE share.feed SET last_no = last_no + 1 RETURNING last_no) INSERT INTO share.change "
                "(change_no, agreement_id, party_id) SELECT last_no, agreement_id, 7 FROM f, share.agreement "
                "WHERE client_id = :client"
            ),
            {"client": client_id},
        )


def send(db: Any, keys: Any, *, sender: Any = SENDER, give_up: int = 3 * 86_400) -> int:
    return notify.send_due(db, sender, keys=keys, give_up_seconds=give_up)


def at_once(db: Any) -> None:
    """Do not wait for a retry's time."""
    with db.write() as tx:
        tx.connection.execute(text("UPDATE share.webhook SET next_try_at = NULL"))


def hook(db: Any, client_id: str) -> Any:
    [found] = [one for one in webhooks.every(db) if one.client_id == client_id]
    return found


def test_a_message_is_signed_says_nothing_and_comes_once(database, keys, endpoint, consumer):
    secret = consumer("police", endpoint.url("/good"))
    assert send(database, keys) == 1
    assert send(database, keys) == 0
    [message] = endpoint.came()
    said = Verifier(secret).verify(message["body"], message["headers"])
    assert (said.keys(), said["type"], said["data"]) == (
        {"type", "timestamp", "data"}, "land.changes.available", {},
    )  # fmt: skip
    forged = {**message["headers"], "webhook-id": "msg_other"}
    with pytest.raises(Exception, match="signature"):
        Verifier(secret).verify(message["body"], forged)
    change(database, "police")
    assert send(database, keys) == 1
    assert len({one["headers"]["webhook-id"] for one in endpoint.came()}) == 2


def test_whoever_confirmed_it_by_the_next_cursor_is_not_told(database, keys, endpoint, consumer):
    """A page that was sent may be lost on its way; showing its cursor proves that it came."""
    caller = PopulationReader("police", "jti", frozenset(), "::")
    consumer("police", endpoint.url("/good"))
    page = feed.read(database, keys=keys, caller=caller, cursor=None, limit=10)
    assert send(database, keys) == 1
    change(database, "police")
    page = feed.read(database, keys=keys, caller=caller, cursor=page.next_cursor, limit=10)
    feed.read(database, keys=keys, caller=caller, cursor=page.next_cursor, limit=10)
    assert send(database, keys) == 0


def test_a_client_that_was_stopped_is_not_told(database, keys, endpoint, consumer):
    consumer("police", endpoint.url("/good"))
    clients.disable(database, client_id="police")
    assert send(database, keys) == 0
    clients.enable(database, client_id="police")
    assert send(database, keys) == 1


def test_slow_ones_starve_nobody(database, keys, endpoint, consumer):
    for name in ("slow", "drip"):
        for at in range(10):
            consumer(f"{name}-{at}", endpoint.url(f"/{name}"))
    consumer("police", endpoint.url("/good"))
    started = time.monotonic()
    assert send(database, keys) == 1
    assert time.monotonic() - started < TIMEOUT_SECONDS + 3
    assert hook(database, "police").last_status == "204"
    assert {hook(database, f"{name}-3").last_status for name in ("slow", "drip")} == {"TIMEOUT"}


def test_a_failing_one_is_tried_again_under_the_same_id_at_growing_intervals(database, keys, endpoint, consumer):
    consumer("police", endpoint.url("/fail"))
    waits = []
    for _ in range(4):
        assert send(database, keys) == 0
        assert send(database, keys) == 0, "not before its time"
        found = hook(database, "police")
        assert (found.state, found.last_status) == (WebhookState.FAILING, "500")
        waits.append((found.next_try_at - found.last_try_at).total_seconds())
        change(database, "police")
        at_once(database)
    for at, wait in enumerate(waits):
        assert 0.5 * 5 * 2**at <= wait <= 5 * 2**at + 1
    with database.write() as tx:
        tx.connection.execute(text("UPDATE share.webhook SET url = replace(url, 'fail', 'good')"))
    assert send(database, keys) == 1
    messages = endpoint.came()
    assert len(messages) == 5
    assert len({(one["headers"]["webhook-id"], one["body"]) for one in messages}) == 1
    assert hook(database, "police").state is WebhookState.WORKING
    assert send(database, keys) == 1, "what came meanwhile is told next"


def test_one_that_asks_for_time_gets_it(database, keys, endpoint, consumer):
    consumer("police", endpoint.url("/busy"))
    assert send(database, keys) == 0
    found = hook(database, "police")
    assert 900 <= (found.next_try_at - found.last_try_at).total_seconds() < 960


def test_one_that_is_down_is_given_up_and_shown_until_it_is_set_again(database, keys, endpoint, consumer):
    down = f"http://127.0.0.1:{free_port()}/good"
    consumer("police", down)
    send(database, keys)
    assert hook(database, "police").last_status == "UNREACHABLE"
    with database.write() as tx:
        tx.connection.execute(text("UPDATE share.webhook SET failing_since = failing_since - interval '3 days'"))
    at_once(database)
    send(database, keys)
    assert hook(database, "police").state is WebhookState.DISABLED
    at_once(database)
    change(database, "police")
    before = hook(database, "police").last_try_at
    send(database, keys)
    assert hook(database, "police").last_try_at == before
    [lag] = feed.lag(database)
    assert (lag.outstanding, lag.webhook.state) == (2, WebhookState.DISABLED)
    webhooks.set_url(database, keys=keys, client_id="police", url=endpoint.url("/good"), networks=LOOPBACK)
    assert send(database, keys) == 1


def test_one_that_says_it_is_gone_is_believed(database, keys, endpoint, consumer):
    consumer("police", endpoint.url("/gone"))
    send(database, keys)
    assert hook(database, "police").state is WebhookState.DISABLED


def test_a_redirect_is_not_followed(database, keys, endpoint, consumer):
    consumer("police", endpoint.url("/redirect"))
    assert send(database, keys) == 0
    assert [one["path"] for one in endpoint.came()] == ["/redirect"]
    assert hook(database, "police").last_status == "302"


def test_a_name_that_leads_inside_later_is_not_called(database, keys, endpoint, consumer):
    """It was let in when it was set; now its name means this machine."""
    consumer("police", endpoint.url("/good"))
    assert send(database, keys, sender=Webhooks()) == 0
    assert hook(database, "police").last_status == "ADDRESS_REFUSED"
    assert endpoint.came() == []


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://8.8.8.8/x", ""),
        ("https://[2001:4860:4860::8888]:8443/x?y=1", ""),
        ("https://10.1.2.3/x", "10.0.0.0/8"),
        ("http://127.0.0.1:8080/x", "127.0.0.0/8"),
    ],
)
def test_addresses_that_may_be_called(url, allowed):
    where = addresses.target(url)
    addresses.require(where, addresses.resolve(where), addresses.networks(allowed))


@pytest.mark.parametrize(
    "host",
    [
        "10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104 - named, not bound to
        "255.255.255.255", "[::1]", "[fe80::1]", "[fc00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]",
        "localhost", "127.1", "2130706433", "0x7f000001",
    ],
)  # fmt: skip
def test_addresses_inside_are_refused(host):
    where = addresses.target(f"https://{host}/x")
    with pytest.raises(WebhookUnfit):
        addresses.require(where, addresses.resolve(where), addresses.networks("172.30.0.0/16"))


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/x", "ftp://8.8.8.8/x", "https://user@8.8.8.8/x", "https://8.8.8.8/x#y", "https:///x", "x",
        "https://8.8.8.8:99999/x", "https://8.8.8.8/\n", "https://đất.vn/x", "http://10.0.0.1/x",
    ],
)  # fmt: skip
def test_addresses_that_are_no_plain_https_are_refused(database, keys, consumer, url):
    with pytest.raises(WebhookUnfit):
        consumer("police", url)


def test_setting_renewing_and_removing(database, keys, endpoint, consumer):
    first = consumer("police", endpoint.url("/good"))
    with pytest.raises(WebhookUnfit):
        webhooks.set_url(database, keys=keys, client_id="police", url="https://10.0.0.1/", networks=LOOPBACK)
    with pytest.raises(ClientUnknown):
        webhooks.set_url(database, keys=keys, client_id="nobody", url=endpoint.url("/good"), networks=LOOPBACK)
    second = webhooks.renew_secret(database, keys=keys, client_id="police")
    assert first != second
    send(database, keys)
    [message] = endpoint.came()
    for secret in (first, second):
        Verifier(secret).verify(message["body"], message["headers"])
    with database.write() as tx:
        tx.connection.execute(text("UPDATE share.webhook SET key_since = key_since - interval '2 days'"))
    change(database, "police")
    send(database, keys)
    with pytest.raises(Exception, match="signature"):
        Verifier(first).verify(endpoint.came()[1]["body"], endpoint.came()[1]["headers"])
    webhooks.remove(database, client_id="police")
    with pytest.raises(WebhookUnknown):
        webhooks.renew_secret(database, keys=keys, client_id="police")


def test_where_no_resolver_answers_an_https_name_is_left_to_the_worker(database, keys, monkeypatch):
    """The pages' own network has no way out; a name that does not exist is refused there, too."""
    register(database, "police")

    def taken(url: str, fault: int, **given: bool) -> bool:
        def resolve(_: Any) -> list[str]:
            raise socket.gaierror(fault, "no")

        monkeypatch.setattr(addresses, "resolve", resolve)
        try:
            webhooks.set_url(database, keys=keys, client_id="police", url=url, networks="", **given)
        except WebhookUnfit:
            return False
        return True

    name, nobody = "https://told.example.gov.vn/x", socket.EAI_AGAIN
    assert not taken(name, nobody)
    assert not taken(name, socket.EAI_NONAME, resolver_elsewhere=True)
    assert not taken(name.replace("https", "http"), nobody, resolver_elsewhere=True)
    assert webhooks.find(database, client_id="police") is None
    assert taken(name, nobody, resolver_elsewhere=True)
    assert webhooks.find(database, client_id="police").url == name


@pytest.mark.parametrize(("name", "status"), [("localhost", "204"), ("other.example", "UNREACHABLE")])
def test_the_certificate_must_be_of_the_name(tmp_path, name, status):
    """The address is called, the name is proven."""
    file, trust = certificate(tmp_path, name)
    with listening(tmp_path, file) as endpoint:
        notice = Notice("police", endpoint.url("/good", scheme="https", host="localhost"), {}, b"{}")
        networks = addresses.networks("127.0.0.0/8,::1/128")
        assert [one.status for one in Webhooks(networks, trust=trust).send([notice])] == [status]
        assert [one.status for one in Webhooks(networks).send([notice])] == ["UNREACHABLE"]
        assert len(endpoint.came()) == (status == "204")


def test_the_worker_tells_by_its_own_schedule(country, country_url, tmp_path, endpoint):
    register(country, "police")
    made = key_files.make_all(tmp_path)
    url = endpoint.url("/good")
    secret = webhooks.set_url(country, keys=made, client_id="police", url=url, networks=LOOPBACK)
    process = worker(country_url, tmp_path)
    process.settings["LANDDATA_WEBHOOK_NETWORKS"] = LOOPBACK
    with process:
        change(country, "police")
        [message] = until(endpoint.came, what="a message")
        until(lambda: value(country, "SELECT announced_no FROM share.webhook") == 1)
    Verifier(secret).verify(message["body"], message["headers"])
