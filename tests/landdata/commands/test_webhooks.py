"""An operator sets a webhook, sees who lags, renews and removes it; secrets are printed and never listed."""

from __future__ import annotations

import json

import pytest
from landworld import CONSUMER
from standardwebhooks import Webhook as Verifier

from landdata.commands import console
from landdata.settings import Settings

URL = "http://127.0.0.1:9/told"


@pytest.fixture
def run(desk, country_url, command, monkeypatch):
    desk.agree()
    given = Settings(database_url=country_url, data_dir=desk.data_dir, webhook_networks="127.0.0.0/8, 10.0.0.0/8")
    monkeypatch.setattr(console, "settings", lambda: given)
    return command


def test_from_setting_to_removing(run):
    code, secret, _ = run("webhooks", "set", CONSUMER, URL)
    assert code == 0
    assert len(Verifier(secret.strip())._whsecret) == 32
    assert run("webhooks", "set", CONSUMER, URL)[1] == secret, "the same for the same key"
    code, listed, _ = run("webhooks", "list", "--format", "json")
    [one] = json.loads(listed)
    assert (one["client_id"], one["url"], one["state"]) == (CONSUMER, URL, "WORKING")
    assert secret.strip() not in listed + run("webhooks", "list")[1]
    [lag] = json.loads(run("changes", "lag", "--format", "json")[1])
    assert (lag["client_id"], lag["outstanding"], lag["fetched_at"], lag["webhook"]["url"]) == (CONSUMER, 0, None, URL)
    assert "chưa đọc / never" in run("changes", "lag")[1]
    assert run("changes", "recheck")[1].startswith("0 ")
    assert run("webhooks", "renew-secret", CONSUMER)[1] != secret
    assert run("webhooks", "remove", CONSUMER)[0] == 0
    assert run("webhooks", "remove", CONSUMER)[2].startswith("WEBHOOK_UNKNOWN")


@pytest.mark.parametrize(
    ("client", "url", "code"),
    [("nobody", URL, "CLIENT_UNKNOWN"), (CONSUMER, "https://192.168.1.1/", "WEBHOOK_UNFIT"), (CONSUMER, "x", "WEBHOOK_UNFIT")],
)  # fmt: skip
def test_what_cannot_be_set_says_why(run, client, url, code):
    ended, out, said = run("webhooks", "set", client, url)
    assert (ended, out) == (2, "")
    assert said.startswith(code)


def test_a_network_that_is_none_stops_the_process():
    with pytest.raises(ValueError, match="webhook_networks"):
        Settings(webhook_networks="10.0.0.0/8, inside")
