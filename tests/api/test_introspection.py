"""RFC 7662: whether a token is believed now, told only to its own client and to resource servers."""

from __future__ import annotations

import pytest

from landdata.flows import clients
from landdata.model.clients import INTROSPECT_SCOPE

PATH = "/oauth2/introspect"
INACTIVE = {"active": False}


@pytest.fixture
def server(make_machine):
    """A registered resource server."""
    return make_machine("MINISTRY", frozenset({INTROSPECT_SCOPE}))


def ask(machine, token: str, **more: str):
    form = {**machine.form(), "token": token, **more}
    del form["grant_type"]
    return machine.http.post(PATH, data=form)


def test_a_token_tells_what_it_opens_and_who_must_hold_it(api, consumer, server):
    token = consumer.token("land.residency.read")
    for asker in (consumer, server):
        answer = ask(asker, token, token_type_hint="nonsense")
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert body.pop("exp") - body.pop("iat") == 300
        assert body.pop("jti")
        assert body == {
            "active": True, "iss": api.url, "aud": api.url, "sub": consumer.client_id, "client_id": consumer.client_id,
            "scope": "land.residency.read", "token_type": "DPoP", "cnf": {"jkt": consumer.proof_key.thumbprint()},
        }  # fmt: skip


def test_a_stranger_learns_nothing(consumer, office, server):
    token = consumer.token()
    assert ask(office, token).json() == INACTIVE
    assert consumer.http.post(PATH, data={"token": token}).status_code == 401
    assert ask(consumer, "").status_code == 400


@pytest.mark.parametrize("what", ["hello", "..", "a.b.c", "é", "a" * 9000])
def test_garbage_is_not_active(server, what):
    assert ask(server, what).json() == INACTIVE


def test_what_is_no_longer_believed_is_not_active(consumer, office, server, database):
    assertion = consumer.sign(consumer.claims())
    assert ask(server, assertion).json() == INACTIVE
    revoked, disabled = consumer.token(), office.token()
    form = {**consumer.form(), "token": revoked}
    assert consumer.http.post("/oauth2/revoke", data=form).status_code == 200
    clients.disable(database, client_id=office.client_id)
    assert ask(server, revoked).json() == INACTIVE
    assert ask(server, disabled).json() == INACTIVE
