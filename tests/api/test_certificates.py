"""Tokens bound to a client certificate (RFC 8705), through a real nginx, with curl (security.md A5)."""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from starlette.datastructures import Headers

from api.client import Citizen, LandClient, Procedure, Question
from api.oauth.certificates import thumbprint_of
from tests import nginx

LOOKUP = "/v1/residency/land-records:lookup"
pytestmark = pytest.mark.skipif(not (nginx.PROGRAM and shutil.which("curl")), reason="nginx or curl is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def certificates(folder):
    """Two client certificates that nobody of ours signed."""
    return [nginx.make_certificate(folder, name, f"{name}.example") for name in ("mine", "theirs")]


@pytest.fixture(scope="module")
def mtls_port():
    return nginx.free_port()


@pytest.fixture
def settings(settings, mtls_port):
    return settings.model_copy(update={"mtls_url": f"https://127.0.0.1:{mtls_port}"})


@pytest.fixture
def doors(api, folder, mtls_port):
    """nginx before the API; its ports."""
    _, ports = nginx.written(folder, api=urlsplit(api.url).port or 0, mtls=mtls_port)
    with nginx.started(folder, ports):
        yield ports


@pytest.fixture
def plain(consumer):
    """A consumer that has a certificate and no DPoP."""
    consumer.bound = False
    return consumer


def curl(folder: Path, url: str, certificate=None, *words: str) -> tuple[int, str]:
    shown = ["--cert", certificate[0], "--key", certificate[1]] if certificate else []
    done = subprocess.run(
        ["curl", "-sS", "--cacert", folder / "certificate.pem", *shown, "-w", "\n%{http_code}", *words, url],
        check=True, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def thumbprint(certificate: Path) -> str:
    """As another library computes it."""
    digest = x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(SHA256())
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_a_token_is_bound_to_the_certificate_and_useless_without_it(api, plain, doors, folder, certificates):
    mine, theirs = certificates
    at = f"https://127.0.0.1:{doors['mtls']}"
    public = f"https://127.0.0.1:{doors['tls']}"
    form = ("-d", urlencode(plain.form()))
    status, body = curl(folder, f"{at}/oauth2/token", mine, *form)
    assert (status, json.loads(body)["token_type"]) == (200, "Bearer")
    token = json.loads(body)["access_token"]
    claims = json.loads(jws.extract_compact(token.encode()).payload)
    assert claims["cnf"] == {"x5t#S256": thumbprint(mine[0])}

    def use(url: str, certificate=None, *words: str) -> int:
        bearer = ("-X", "POST", "-H", f"Authorization: Bearer {token}")
        return curl(folder, url + LOOKUP, certificate, *bearer, *words)[0]

    for _ in range(2):
        assert use(at, mine) == 415  # believed: only the empty body is wrong
    pem = quote(mine[0].read_text())
    claimed = ("-H", f"X-Client-Cert: {pem}", "-H", "X-Client-Verify: SUCCESS")
    assert use(at, theirs) == 401
    assert use(at) == 401
    assert use(public, mine) == 401  # that door asks for none
    assert use(at, theirs, *claimed) == 401
    assert use(public, None, *claimed) == 401
    # Whoever reaches the API past the proxy could claim anything: the deployed API listens to the proxy alone.
    past = httpx.post(
        api.url + LOOKUP,
        headers={"Authorization": f"Bearer {token}", "X-Client-Cert": pem, "X-Client-Verify": "NONE"},
        trust_env=False,
    )
    assert past.status_code == 401


@pytest.mark.parametrize("door", ["tls", "mtls"])
def test_a_thousand_look_ups_pass_either_door(api, consumer, agree, doors, folder, certificates, door):
    """With our own client, as docs/client.md says: by DPoP at the one, by certificate at the other."""
    agree(consumer.client_id, daily_quota=2000)
    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    if door == "mtls":
        context.load_cert_chain(*certificates[0])
    procedure = Procedure("CA-24", "CB-0042", "1.004222", "H24.1-230328-0007")
    citizens = (Citizen(f"0240900{number:05d}", "Nguyễn Thị Thúy", 1990) for number in range(1000))
    with (
        httpx.Client(verify=context, trust_env=False, timeout=60) as http,
        LandClient(
            api.url, url=f"https://127.0.0.1:{doors[door]}", http=http, dpop=door == "tls", client_id=consumer.client_id,
            key=consumer.key,
        ) as client,
    ):  # fmt: skip
        answers = list(client.batch(Question(citizen, procedure) for citizen in citizens))
    assert {str(answer.status) for answer in answers} <= {"NOT_COVERED", "NO_RECORD"}
    assert len(answers) == 1000


def test_without_the_setting_no_header_is_a_certificate(api, plain, doors, folder, certificates):
    """Where no proxy asks for certificates the headers are the caller's own words, also for a token that is bound to one."""
    mine, _ = certificates
    _, body = curl(folder, f"https://127.0.0.1:{doors['mtls']}/oauth2/token", mine, "-d", urlencode(plain.form()))
    shown = {
        "Authorization": f"Bearer {json.loads(body)['access_token']}",
        "X-Client-Cert": quote(mine[0].read_text()),
        "X-Client-Verify": "SUCCESS",
    }

    def status() -> int:
        return httpx.post(api.url + LOOKUP, headers=shown, trust_env=False).status_code

    assert status() == 415  # believed: only the empty body is wrong
    held = api.app.state.services
    api.app.state.services = replace(held, settings=held.settings.model_copy(update={"mtls_url": None}))
    assert status() == 401


def test_a_certificate_claimed_at_the_token_endpoint_binds_nothing(plain, doors, folder, certificates):
    claimed = ("-H", f"X-Client-Cert: {quote(certificates[0][0].read_text())}", "-H", "X-Client-Verify: SUCCESS")
    for door in ("tls", "mtls"):
        url = f"https://127.0.0.1:{doors[door]}/oauth2/token"
        status, body = curl(folder, url, None, *claimed, "-d", urlencode(plain.form()))
        assert (status, json.loads(body)["error"]) == (400, "invalid_request"), door


def test_the_metadata_names_the_other_door(api, settings):
    metadata = api.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["tls_client_certificate_bound_access_tokens"] is True
    assert metadata["mtls_endpoint_aliases"]["token_endpoint"] == f"{settings.mtls_url}/oauth2/token"
    assert metadata["token_endpoint"] == f"{api.url}/oauth2/token"


def test_pages_are_not_served_at_the_door_for_certificates(doors, folder):
    assert curl(folder, f"https://127.0.0.1:{doors['mtls']}/")[0] == 404


def test_only_a_whole_certificate_has_a_thumbprint(certificates):
    pem = certificates[0][0].read_text()
    good = quote(pem)

    def of(*pairs: tuple[str, str], trusted: bool = True) -> str | None:
        return thumbprint_of(Headers(raw=[(n.encode(), v.encode()) for n, v in pairs]), trusted=trusted)

    shown, verified = ("x-client-cert", good), ("x-client-verify", "FAILED:self signed certificate")
    assert of(shown, verified) == of(shown, ("x-client-verify", "SUCCESS")) == thumbprint(certificates[0][0])
    assert of(shown, verified, trusted=False) is None
    damaged = ("", "x", good[:-40], good.replace("A", "%C3%A9"), quote("-----BEGIN"))
    wrong = [
        (),
        (shown,),
        (verified,),
        (shown, shown, verified),
        (shown, verified, verified),
        (shown, ("x-client-verify", "NONE")),
        *((("x-client-cert", text), verified) for text in damaged),
    ]
    assert [of(*pairs) for pairs in wrong] == [None] * len(wrong)
