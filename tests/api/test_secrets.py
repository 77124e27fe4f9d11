"""Clients with a secret: they read statistics and nothing else, and a guess costs the guesser only."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from landdata.errors import ClientExists, ClientUnfit, ClientUnknown
from landdata.flows import clients
from landdata.model.clients import STATISTICS_SCOPE

REFUSED = {"error": "invalid_client", "error_description": "client authentication failed"}
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def office_code(database):
    code = f"office-{uuid4().hex[:12]}"
    with database.write() as writer:
        writer.connection.execute(
            text("INSERT INTO org.office (code, kind, name_vi, name_en) VALUES (:code, 'CONSUMER', :code, :code)"),
            {"code": code},
        )
    return code


@pytest.fixture
def reader(database, office_code):
    """Id and secret of a registered reader of statistics."""
    return "newspaper", clients.register_with_secret(database, client_id="newspaper", office_code=office_code)


def test_a_secret_is_long_plain_and_kept_nowhere(database, office_code):
    secrets = [
        clients.register_with_secret(database, client_id=f"c-{number}", office_code=office_code) for number in range(3)
    ]
    assert len(set(secrets)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", secret) for secret in secrets)
    with database.read() as reading:
        kept = str(reading.connection.execute(text("SELECT * FROM oauth.client")).all())
    assert not [secret for secret in secrets if secret in kept]
    with pytest.raises(ClientExists):
        clients.register_with_secret(database, client_id="c-0", office_code=office_code)


def test_a_secret_gets_a_token_for_statistics_only(api, reader):
    answer = api.http.post("/oauth2/token", data=GRANT, auth=reader)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["token_type"], body["scope"]) == ("Bearer", STATISTICS_SCOPE)
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    assert api.http.get("/v1/coverage", headers=bearer).status_code not in {401, 403}
    assert api.http.get("/v1/coverage").status_code not in {401, 403}
    assert api.http.get("/v1/coverage", headers={"Authorization": "Bearer x"}).json()["code"] == "TOKEN_INVALID"
    lookup = api.http.post("/v1/residency/land-records:lookup", headers=bearer)
    assert (lookup.status_code, lookup.json()["code"]) == (403, "SCOPE_INSUFFICIENT")
    for scope in ("land.residency.read", "land.deliveries", f"{STATISTICS_SCOPE} land.residency.read"):
        refused = api.http.post("/oauth2/token", data={**GRANT, "scope": scope}, auth=reader)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


def test_every_wrong_secret_is_refused_alike(api, reader, consumer, database):
    client_id, secret = reader
    headers = {
        "wrong secret": httpx.BasicAuth(client_id, "x" * 43)._auth_header,
        "no secret": httpx.BasicAuth(client_id, "")._auth_header,
        "unknown client": httpx.BasicAuth("nobody", secret)._auth_header,
        "client with keys": httpx.BasicAuth(consumer.client_id, secret)._auth_header,
        "letters": httpx.BasicAuth(client_id, "mật-khẩu")._auth_header,
        "NUL": httpx.BasicAuth(client_id, "a\x00")._auth_header,
        "percent": httpx.BasicAuth(client_id, secret.replace("a", "%61") + "%61")._auth_header,
        "undecodable": "Basic /w==",
        "not base64": "Basic !",
        "nothing": "Basic",
        "empty": "",
        "another scheme": f"Bearer {secret}",
        "long": "Basic " + "a" * 5000,
    }
    answers = {
        name: api.http.post("/oauth2/token", data=GRANT, headers={"Authorization": h}) for name, h in headers.items()
    }
    wrong = {
        name: answer.text for name, answer in answers.items() if (answer.status_code, answer.json()) != (401, REFUSED)
    }
    assert wrong == {}
    assert answers["unknown client"].headers["www-authenticate"] == f'Basic realm="{api.url}", error="invalid_client"'
    in_body = {**GRANT, "client_id": client_id, "client_secret": secret}
    assert api.http.post("/oauth2/token", data=in_body).json() == REFUSED
    clients.disable(database, client_id=client_id)
    assert api.http.post("/oauth2/token", data=GRANT, auth=reader).json() == REFUSED


def test_the_database_itself_refuses_a_secret_for_anything_else(database, reader):
    for scope in ("land.residency.read", "land.deliveries", "land.fields.holders", "land.tokens.introspect"):
        with (
            pytest.raises(IntegrityError, match="client_secrets_for_statistics_only_check"),
            database.write() as writer,
        ):
            writer.connection.execute(
                text("UPDATE oauth.client SET scopes = scopes || ARRAY[:s] WHERE client_id = 'newspaper'"), {"s": scope}
            )


def test_a_secret_changes_without_a_refused_request(api, database, reader):
    """Old and new one are good together until the old one is forgotten; nobody meets a gap (F15)."""
    client_id, old = reader
    stop = False

    def keep_asking(secret: list[str]) -> list[int]:
        statuses = []
        with httpx.Client(base_url=api.url, trust_env=False, timeout=20) as http:
            while not stop and len(statuses) < 500:
                statuses.append(http.post("/oauth2/token", data=GRANT, auth=(client_id, secret[-1])).status_code)
        return statuses

    used = [old]
    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(keep_asking, used) for _ in range(2)]
        for _ in range(3):
            used.append(clients.renew_secret(database, client_id=client_id))
            api.http.post("/oauth2/token", data=GRANT, auth=(client_id, used[-2]))
        stop = True
        statuses = [status for each in asking for status in each.result()]
    assert statuses
    assert set(statuses) == {200}
    assert api.http.post("/oauth2/token", data=GRANT, auth=(client_id, used[-2])).status_code == 200
    clients.forget_secret(database, client_id=client_id)
    assert [api.http.post("/oauth2/token", data=GRANT, auth=(client_id, one)).status_code for one in used[-2:]] == [
        401,
        200,
    ]


def test_only_what_a_client_has_can_be_changed(database, reader, consumer):
    with pytest.raises(ClientUnfit):
        clients.renew_secret(database, client_id=consumer.client_id)
    with pytest.raises(ClientUnfit):
        clients.replace_keys(database, client_id="newspaper", jwks=consumer.jwks)
    with pytest.raises(ClientUnknown):
        clients.renew_secret(database, client_id="nobody")


def test_keys_change_without_a_refused_request(database, consumer):
    first = consumer.jwks["keys"]
    clients.replace_keys(
        database,
        client_id=consumer.client_id,
        jwks={"keys": [*first, *type(consumer)("x", "", consumer.http).jwks["keys"]]},
    )
    assert consumer.ask().status_code == 200
    clients.replace_keys(database, client_id=consumer.client_id, jwks=type(consumer)("x", "", consumer.http).jwks)
    assert consumer.ask().status_code == 401
