"""Secrets and keys of clients, and the keys that sign tokens, as an operator types it."""

from __future__ import annotations

import json

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner

from landdata.cli import app
from landdata.commands import console
from landdata.errors import ClientUnfit, ClientUnknown
from landdata.flows import clients, offices
from landdata.model.clients import AuthMethod
from landdata.settings import Settings


@pytest.fixture
def run(database, database_url, tmp_path, monkeypatch):
    """Calls `landdata ARGS` with a database and a data folder of the test's own; the standard output, by lines."""
    monkeypatch.setattr(console, "settings", lambda: Settings(database_url=database_url, data_dir=tmp_path))
    offices.register_office(database, code="C06", kind="CONSUMER", name_vi="C06", name_en="C06")

    def call(*arguments: str) -> list[str]:
        done = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout.splitlines()

    return call


def test_a_secret_is_told_once_alone_on_its_line_and_changes_with_an_overlap(run, database):
    def good() -> list[bytes]:
        return list(clients.find(database, client_id="newspaper").secret_digests)

    [first] = run("clients", "register-statistics", "newspaper", "C06")
    [second] = run("clients", "renew-secret", "newspaper")
    assert good() == [clients.digest_of(second), clients.digest_of(first)]
    run("clients", "forget-secret", "newspaper")
    assert good() == [clients.digest_of(second)]
    assert [line.split()[:3] for line in run("clients", "list")] == [["newspaper", "C06", "client_secret_basic"]]


def test_a_client_of_the_external_issuer_has_no_proof_of_its_own(run, database):
    run("clients", "register-external", "desk", "C06", "--scope", "land.residency.read")
    found = clients.find(database, client_id="desk")
    assert (found.auth_method, found.jwks, found.secret_digests) == (AuthMethod.EXTERNAL, {}, ())
    run("clients", "disable", "desk")
    assert clients.find(database, client_id="desk") is None
    run("clients", "enable", "desk")
    assert clients.find(database, client_id="desk") == found


def test_keys_are_replaced(run, database, tmp_path):
    pages = [tmp_path / "one.json", tmp_path / "two.json"]
    for page in pages:
        page.write_text(json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}))
    run("clients", "register", "desk", "C06", "--jwks", str(pages[0]), "--scope", "land.residency.read")
    before = clients.find(database, client_id="desk").jwks
    run("clients", "set-keys", "desk", "--jwks", str(pages[1]))
    assert clients.find(database, client_id="desk").jwks != before


def test_the_signing_key_changes_in_three_steps(run):
    assert run("token-keys", "prepare") == ["token-next-0002.pem"]
    assert run("token-keys", "activate", "--at-once") == ["token-active-0002.pem"]
    assert run("token-keys", "forget") == []
    assert [line.split()[:2] for line in run("token-keys", "list")] == [
        ["token-active-0002.pem", "active"],
        ["token-retired-0001.pem", "retired"],
    ]


def test_keys_come_and_go_one_by_one_and_scopes_change(run, database, tmp_path):
    made = [ECKey.generate_key("P-256", {"kid": name}) for name in ("one", "two")]
    pages = [tmp_path / f"{key.kid}.json" for key in made]
    for page, key in zip(pages, made, strict=True):
        page.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))

    def kids() -> list[str]:
        return [key["kid"] for key in clients.list_clients(database)[0].jwks["keys"]]

    run("clients", "register", "desk", "C06", "--jwks", str(pages[0]), "--scope", "land.residency.read")
    run("clients", "add-key", "desk", "--jwks", str(pages[1]))
    assert kids() == ["one", "two"]
    with pytest.raises(ClientUnfit, match="kid"):
        clients.add_keys(database, client_id="desk", jwks=json.loads(pages[0].read_text()))
    with pytest.raises(ClientUnfit, match="keys are needed"):
        clients.add_keys(database, client_id="desk", jwks={"keys": []})
    run("clients", "end-key", "desk", "one")
    for gone in ("one", "two"):  # the first is not there any more, the second is the only one
        with pytest.raises(ClientUnfit):
            clients.end_key(database, client_id="desk", kid=gone)
    assert kids() == ["two"]
    run("clients", "set-scopes", "desk", "--scope", "land.residency.read", "--scope", "land.statistics.read")
    for scopes in ({"land.deliveries"}, set(), {"land.everything"}):  # a consumer delivers nothing
        with pytest.raises(ClientUnfit):
            clients.set_scopes(database, client_id="desk", scopes=scopes)
    assert clients.list_clients(database)[0].scopes == {"land.residency.read", "land.statistics.read"}
    with pytest.raises(ClientUnknown):
        clients.set_scopes(database, client_id="nobody", scopes={"land.statistics.read"})
    run("clients", "register-statistics", "newspaper", "C06")
    with pytest.raises(ClientUnfit):
        clients.set_scopes(database, client_id="newspaper", scopes={"land.residency.read"})
