"""Keys, assertions and proofs, as someone reads them who does not use our library."""

from __future__ import annotations

import json

import pytest
from joserfc.jwk import ECKey

from api.client.keys import Proofs, assertion, load_key


def test_a_key_comes_from_a_file_as_pem_or_jwk(tmp_path, key):
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=True))
    found = load_key(tmp_path / "key.pem")
    assert found.thumbprint() == load_key(json.dumps(key.as_dict(private=True))).thumbprint() == key.thumbprint()


@pytest.mark.parametrize("curve", ["P-384", "public"])
def test_other_keys_are_refused(curve, key):
    other = key.as_pem(private=False) if curve == "public" else ECKey.generate_key(curve).as_pem(private=True)
    with pytest.raises(ValueError, match="P-256"):
        load_key(other)


def test_a_proof_holds_what_rfc_9449_asks_for_and_no_more(key):
    proofs = Proofs(key)
    first = claims_of(proofs.proof("POST", "https://land.example/oauth2/token?x=1#y", realm="token"))
    assert set(first) == {"jti", "htm", "htu", "iat"}
    assert first["htu"] == "https://land.example/oauth2/token"
    # The vector of RFC 9449, 7.1: this token, this hash.
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    second = claims_of(proofs.proof("GET", "https://resource.example.org/protectedresource", realm="api", token=token))
    assert second["ath"] == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    assert second["jti"] != first["jti"]


def test_the_private_part_never_travels(key):
    secret = key.as_dict(private=True)["d"]
    for text in (Proofs(key).proof("GET", "https://x", realm="api"), assertion(key, client_id="a", issuer="b")):
        head, body, _ = text.split(".")
        assert secret not in json.dumps([parts(head), parts(body)])
        assert "d" not in parts(head).get("jwk", {})


def test_nonces_are_kept_apart(key):
    proofs = Proofs(key)
    assert proofs.learn("token", "n1")
    assert not proofs.learn("token", None)
    assert claims_of(proofs.proof("GET", "https://x", realm="token"))["nonce"] == "n1"
    assert "nonce" not in claims_of(proofs.proof("GET", "https://x", realm="api"))


def claims_of(proof):
    return parts(proof.split(".")[1])


def parts(text):
    from base64 import urlsafe_b64decode

    return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
