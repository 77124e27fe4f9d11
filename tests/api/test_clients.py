"""Registering clients: public keys only, scopes fit for the office, nothing replaced in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from sqlalchemy import text

from landdata.errors import ClientExists, ClientUnfit, ClientUnknown, OfficeUnknown
from landdata.flows import clients
from landdata.model.clients import BASE_SCOPE, DELIVER_SCOPE, STATISTICS_SCOPE


@pytest.fixture
def office_code(database):
    code = f"office-{uuid4().hex[:12]}"
    with database.write() as writer:
        writer.connection.execute(
            text("INSERT INTO org.office (code, kind, name_vi, name_en) VALUES (:code, 'LAND_OFFICE', :code, :code)"),
            {"code": code},
        )
    return code


def public(key: ECKey) -> dict:
    return key.as_dict(private=False)


def test_the_same_registration_twice_is_one_and_another_is_refused(database, office_code):
    key, client_id = ECKey.generate_key("P-256"), f"c-{uuid4().hex[:8]}"
    given = {"client_id": client_id, "office_code": office_code, "jwks": {"keys": [public(key)]}}
    first = clients.register(database, **given, scopes=[DELIVER_SCOPE])
    assert clients.register(database, **given, scopes=[DELIVER_SCOPE]) == first
    assert first.jwks["keys"][0]["kid"] == key.thumbprint()
    with pytest.raises(ClientExists):
        clients.register(database, **given, scopes=[DELIVER_SCOPE, STATISTICS_SCOPE])
    with pytest.raises(ClientExists):
        clients.register(
            database,
            **{**given, "jwks": {"keys": [public(ECKey.generate_key("P-256"))]}},
            scopes=[DELIVER_SCOPE],
        )
    assert first in clients.list_clients(database)


def bad_keys() -> list[dict]:
    key = ECKey.generate_key("P-256")
    good = public(key)
    return [
        {},
        {"keys": []},
        {"keys": "x"},
        {"keys": ["x"]},
        {"keys": [key.as_dict(private=True)]},
        {"keys": [RSAKey.generate_key(2048).as_dict(private=False)]},
        {"keys": [OKPKey.generate_key("Ed25519").as_dict(private=False)]},
        {"keys": [public(ECKey.generate_key("P-384"))]},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
        {"keys": [{**good, "x": good["y"]}]},
        {"keys": [{**good, "x": ""}]},
        {"keys": [{**good, "x": 7}]},
        {"keys": [{**good, "use": "enc"}]},
        {"keys": [{**good, "alg": "HS256"}]},
        {"keys": [{**good, "kid": "../x"}]},
        {"keys": [{**good, "kid": 7}]},
        {"keys": [{**good, "kid": "a"}, {**good, "kid": "a"}]},
        {"keys": [{**good, "kid": str(number)} for number in range(6)]},
    ]


@pytest.mark.parametrize("jwks", bad_keys())
def test_keys_that_cannot_be_are_refused(database, office_code, jwks):
    with pytest.raises(ClientUnfit):
        clients.register(
            database,
            client_id=f"c-{uuid4().hex[:8]}",
            office_code=office_code,
            jwks=jwks,
            scopes=[DELIVER_SCOPE],
        )


def test_only_what_verifies_a_signature_is_kept(database, office_code):
    key = {**public(ECKey.generate_key("P-256")), "x5u": "http://elsewhere.example", "key_ops": ["verify"]}
    kept = clients.register(
        database,
        client_id=f"c-{uuid4().hex[:8]}",
        office_code=office_code,
        jwks={"keys": [key]},
        scopes=[DELIVER_SCOPE],
    )
    assert set(kept.jwks["keys"][0]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


@pytest.mark.parametrize("scopes", [[], ["admin"], [BASE_SCOPE], [DELIVER_SCOPE, BASE_SCOPE]])
def test_an_office_gets_only_scopes_of_its_kind(database, office_code, scopes):
    jwks = {"keys": [public(ECKey.generate_key("P-256"))]}
    with pytest.raises(ClientUnfit):
        clients.register(database, client_id=f"c-{uuid4().hex[:8]}", office_code=office_code, jwks=jwks, scopes=scopes)


@pytest.mark.parametrize("client_id", ["", "a b", "a/b", "é", "a" * 65, "a\n"])
def test_an_id_is_plain(database, office_code, client_id):
    jwks = {"keys": [public(ECKey.generate_key("P-256"))]}
    with pytest.raises(ClientUnfit):
        clients.register(database, client_id=client_id, office_code=office_code, jwks=jwks, scopes=[DELIVER_SCOPE])


def test_unknown_offices_and_clients_are_named(database):
    jwks = {"keys": [public(ECKey.generate_key("P-256"))]}
    with pytest.raises(OfficeUnknown):
        clients.register(database, client_id="c", office_code="nowhere", jwks=jwks, scopes=[DELIVER_SCOPE])
    with pytest.raises(ClientUnknown):
        clients.disable(database, client_id="nobody")


def test_pruning_forgets_only_what_can_no_longer_matter(database):
    now, past, soon = datetime.now(UTC), uuid4().hex, uuid4().hex
    assert clients.use_assertion(database, client_id="c", jti=past, expires_at=now - timedelta(hours=25))
    assert clients.use_assertion(database, client_id="c", jti=soon, expires_at=now - timedelta(hours=23))
    clients.revoke_token(database, jti=past, expires_at=now - timedelta(hours=25))
    assert clients.prune(database) >= 2
    assert not clients.use_assertion(database, client_id="c", jti=soon, expires_at=now)
