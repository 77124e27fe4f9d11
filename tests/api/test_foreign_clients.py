"""Clients that we did not write: Authlib's, requests-oauthlib, requests_oauth2client (with DPoP), and curl."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauth2client import DPoPToken, OAuth2Client, OAuth2ClientCredentialsAuth
from requests_oauth2client import PrivateKeyJwt as ClientKey
from requests_oauthlib import OAuth2Session as OAuthlibSession

from landdata.flows import clients
from landdata.model.clients import STATISTICS_SCOPE

LOOKUP = "/v1/residency/land-records:lookup"


@pytest.fixture
def secret(database, consumer):
    """Id and secret of a reader of statistics."""
    made = clients.register_with_secret(database, client_id="newspaper", office_code=consumer.client_id)
    return "newspaper", made


def test_authlib_by_key_where_an_agreement_allows_a_token_without_binding(api, consumer, agree):
    """Authlib's client knows neither DPoP nor certificates."""
    agree(consumer.client_id, token_binding="UNBOUND", unbound_reason="thử")
    by_key = dict.fromkeys(("token_endpoint_auth_method", "revocation_endpoint_auth_method"), "private_key_jwt")
    with OAuth2Session(consumer.client_id, consumer.key, **by_key) as session:
        session.register_client_auth_method(PrivateKeyJWT(api.url, alg="ES256", headers={"kid": consumer.key.kid}))
        token = session.fetch_token(f"{api.url}/oauth2/token", grant_type="client_credentials")
        assert token["token_type"] == "Bearer"
        assert session.post(api.url + LOOKUP).status_code == 415
        told = session.introspect_token(f"{api.url}/oauth2/introspect", token["access_token"])
        assert told.json()["active"] is True
        assert session.revoke_token(f"{api.url}/oauth2/revoke", token["access_token"]).status_code == 200
        assert session.post(api.url + LOOKUP).status_code == 401


def test_requests_oauthlib_by_secret(api, secret, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # it takes https only; loopback is none
    with OAuthlibSession(client=BackendApplicationClient(secret[0], scope=[STATISTICS_SCOPE])) as session:
        token = session.fetch_token(f"{api.url}/oauth2/token", auth=secret)
        assert token["scope"] == [STATISTICS_SCOPE]
        assert session.get(f"{api.url}/v1/coverage").status_code not in {401, 403}


@pytest.mark.parametrize("nonces", [False, True])
def test_requests_oauth2client_by_dpop(api, consumer, nonces):
    """An independent DPoP: its own JOSE, its own proofs, its own handling of nonces."""
    api.app.state.services.proofs.nonces = nonces
    key = {**consumer.key.as_dict(private=True), "alg": "ES256", "kid": consumer.key.kid}
    auth = ClientKey(consumer.client_id, key, alg="ES256", aud=api.url)
    made = OAuth2Client(f"{api.url}/oauth2/token", auth=auth, dpop_bound_access_tokens=True, testing=True)
    token = made.client_credentials()
    assert isinstance(token, DPoPToken)
    assert token.token_type == "DPoP"
    with requests.Session() as session:
        session.auth = OAuth2ClientCredentialsAuth(made, dpop=True)
        for _ in range(3):
            assert session.post(api.url + LOOKUP).status_code == 415
        assert session.post(f"{api.url}{LOOKUP}?a=b").status_code == 415


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_by_secret(api, secret):
    def curl(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["curl", "-sS", *words], check=True, capture_output=True, text=True, timeout=30)

    said = curl("-u", ":".join(secret), "-d", "grant_type=client_credentials", f"{api.url}/oauth2/token").stdout
    token = json.loads(said)["access_token"]
    status = curl(
        "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Authorization: Bearer {token}", f"{api.url}/v1/coverage"
    )
    assert status.stdout not in {"401", "403"}
