"""The signing key changes while the service runs, and nobody who asks meanwhile notices (security.md F15)."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from api.oauth import keys
from landdata.errors import DataFolderNotWritable, KeyChangeTooEarly
from landdata.flows import clients, signing_keys
from landdata.model.clients import STATISTICS_SCOPE
from landdata.store.signing_keys import State

LOOKUP = "/v1/residency/land-records:lookup"


def states(data_dir) -> list[tuple[str, str]]:
    return [(one.name, one.state.value) for one in signing_keys.every(data_dir)]


def age(data_dir, state: State, seconds: float) -> None:
    for path in (data_dir / "keys").glob(f"token-{state.value}-*.pem"):
        os.utime(path, (time.time() - seconds,) * 2)


def test_a_key_is_published_signs_is_retired_and_forgotten(tmp_path):
    first = keys.load(tmp_path).active.kid
    with pytest.raises(KeyChangeTooEarly):
        signing_keys.activate(tmp_path, at_once=True)
    assert signing_keys.prepare(tmp_path) == "token-next-0002.pem"
    second = keys.load(tmp_path)
    assert (second.active.kid, len(second.published.keys)) == (first, 2)
    with pytest.raises(KeyChangeTooEarly) as early:
        signing_keys.activate(tmp_path)
    assert early.value.details["minutes"] == 60
    age(tmp_path, State.NEXT, 3601)
    assert signing_keys.activate(tmp_path) == "token-active-0002.pem"
    third = keys.load(tmp_path)
    assert third.active.kid != first
    assert {key.kid for key in third.published.keys} == {key.kid for key in second.published.keys}
    assert signing_keys.forget(tmp_path) == ()
    age(tmp_path, State.RETIRED, 2 * 3600 + 1)
    assert signing_keys.forget(tmp_path) == ("token-retired-0001.pem",)
    assert states(tmp_path) == [("token-active-0002.pem", "active")]


def test_a_folder_that_is_a_file_is_one_clear_message(tmp_path):
    (tmp_path / "keys").write_text("")
    with pytest.raises(DataFolderNotWritable):
        signing_keys.prepare(tmp_path)


def test_a_running_process_sees_a_change_and_outlives_a_broken_one(tmp_path):
    clock = [0.0]
    ring = keys.KeyRing(tmp_path, clock=lambda: clock[0])
    first = ring.current()
    signing_keys.prepare(tmp_path)
    signing_keys.activate(tmp_path, at_once=True)
    assert ring.current() is first  # it looks once a second
    clock[0] = 1.0
    assert ring.current().active.kid != first.active.kid
    now = ring.current()
    (tmp_path / "keys" / "token-active-0003.pem").write_text("broken")
    clock[0] = 2.0
    assert ring.current() is now
    (tmp_path / "keys" / "token-active-0003.pem").unlink()
    clock[0] = 3.0
    assert ring.current().active.kid == now.active.kid


def test_a_rotation_under_load_refuses_nobody(api, consumer, agree, settings, monkeypatch):
    """Tokens of every key are asked for and used all the while; every answer is the one of a quiet day."""
    agree(consumer.client_id, rate_per_second=100_000, burst=100_000)
    monkeypatch.setattr("api.oauth.keys.LOOK_SECONDS", 0.02)
    ends, statuses, signers = time.monotonic() + 4, [], set()

    def work(_: int) -> None:
        url = f"{api.url}/oauth2/token"
        with httpx.Client(base_url=api.url, trust_env=False, timeout=20) as http:
            held: list[str] = []
            while time.monotonic() < ends:
                answer = http.post("/oauth2/token", data=consumer.form(), headers={"DPoP": consumer.proof("POST", url)})
                statuses.append(answer.status_code)
                held = [*held[-4:], answer.json()["access_token"]]
                signers.add(jws.extract_compact(held[-1].encode()).headers()["kid"])
                for token in held:  # also those that a key of before has signed
                    proof = consumer.proof("POST", api.url + LOOKUP, token)
                    used = http.post(LOOKUP, headers={"Authorization": f"DPoP {token}", "DPoP": proof})
                    statuses.append(200 if used.status_code == 415 else used.status_code)
                statuses.append(http.get("/oauth2/jwks").status_code)

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(work, number) for number in range(4)]
        for _ in range(4):
            signing_keys.prepare(settings.data_dir)
            time.sleep(0.3)
            signing_keys.activate(settings.data_dir, at_once=True)
            time.sleep(0.3)
        for worker in workers:
            worker.result()
    assert len(signers) >= 4
    assert len(statuses) > 100
    assert [status for status in statuses if status != 200] == []


def test_a_clients_own_key_changes_under_load(api, consumer, agree, database):
    """Old and new key together, then the new one alone: as the page tells its operator, and nobody is refused."""
    agree(consumer.client_id, rate_per_second=100_000, burst=100_000)
    ends, statuses, used = time.monotonic() + 3, [], set()

    def work(_: int) -> None:
        with httpx.Client(base_url=api.url, trust_env=False, timeout=20) as http:
            while time.monotonic() < ends:
                key = consumer.key
                form = consumer.form(consumer.sign(consumer.claims(), key))
                proof = consumer.proof("POST", f"{api.url}/oauth2/token")
                answer = http.post("/oauth2/token", data=form, headers={"DPoP": proof})
                statuses.append(answer.status_code)
                used.add(key.kid)

    with ThreadPoolExecutor(3) as pool:
        workers = [pool.submit(work, number) for number in range(3)]
        for _ in range(3):
            old, new = consumer.key, ECKey.generate_key("P-256", auto_kid=True)
            both = [one.as_dict(private=False) for one in (old, new)]
            clients.replace_keys(database, client_id=consumer.client_id, jwks={"keys": both})
            time.sleep(0.2)
            consumer.key = new
            time.sleep(0.5)  # what was signed with the old one is answered by then
            clients.replace_keys(database, client_id=consumer.client_id, jwks={"keys": both[1:]})
            time.sleep(0.2)
        for worker in workers:
            worker.result()
    assert len(used) == 4
    assert len(statuses) > 30
    assert set(statuses) == {200}


def test_a_clients_secret_changes_under_load(api, database, make_machine):
    """The secret of before is good until it is forgotten."""
    owner = make_machine("CONSUMER", frozenset({STATISTICS_SCOPE})).client_id
    held = [clients.register_with_secret(database, client_id="reader", office_code=owner)]
    ends, statuses = time.monotonic() + 3, []

    def work(_: int) -> None:
        with httpx.Client(base_url=api.url, trust_env=False, timeout=20) as http:
            while time.monotonic() < ends:
                form = {"grant_type": "client_credentials", "scope": STATISTICS_SCOPE}
                statuses.append(http.post("/oauth2/token", data=form, auth=("reader", held[0])).status_code)

    with ThreadPoolExecutor(3) as pool:
        workers = [pool.submit(work, number) for number in range(3)]
        for _ in range(3):
            new = clients.renew_secret(database, client_id="reader")
            time.sleep(0.2)
            held[0] = new
            time.sleep(0.5)
            clients.forget_secret(database, client_id="reader")
            time.sleep(0.2)
        for worker in workers:
            worker.result()
    assert len(statuses) > 30
    assert set(statuses) == {200}
