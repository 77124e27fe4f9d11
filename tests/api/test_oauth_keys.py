"""The files of the signing keys: made once however many start, never exposed, ready for rotation."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, RSAKey

from api.oauth import keys
from api.oauth.issuer import issuer_of
from landdata.errors import DataFolderNotWritable, PublicUrlUnfit, SigningKeyUnusable


def kid_of(folder: str) -> str | None:
    return keys.load(Path(folder)).active.kid


def write(path: Path, pem: bytes, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pem)
    path.chmod(mode)


def pem() -> bytes:
    return ECKey.generate_key("P-256").as_pem(private=True)


def test_the_first_key_is_made_once_and_stays(tmp_path):
    first = keys.load(tmp_path)
    assert keys.load(tmp_path).active.kid == first.active.kid
    [file] = (tmp_path / "keys").iterdir()
    assert file.name == keys.FIRST_KEY
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
    assert all("d" not in key for key in first.jwks()["keys"])


def test_processes_that_start_together_end_with_the_same_key(tmp_path):
    with ProcessPoolExecutor(8, mp_context=get_context("spawn")) as pool:
        kids = set(pool.map(kid_of, [str(tmp_path)] * 16))
    assert len(kids) == 1
    assert len(list((tmp_path / "keys").iterdir())) == 1


def test_the_last_active_key_signs_and_all_are_published(tmp_path):
    old = keys.load(tmp_path).active.kid
    for name in ("token-active-0002.pem", "token-next-0003.pem", "token-retired-0000.pem"):
        write(tmp_path / "keys" / name, pem())
    loaded = keys.load(tmp_path)
    newest = ECKey.import_key((tmp_path / "keys" / "token-active-0002.pem").read_bytes()).thumbprint()
    assert loaded.active.kid == newest
    assert [key.kid for key in loaded.signing_set.keys] == [newest]
    published = [key["kid"] for key in loaded.jwks()["keys"]]
    assert len(published) == len(set(published)) == 4
    assert old in published


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        (pem(), 0o644),
        (pem(), 0o640),
        (b"", 0o600),
        (b"hello", 0o600),
        (ECKey.generate_key("P-384").as_pem(private=True), 0o600),
        (ECKey.generate_key("P-256").as_pem(private=False), 0o600),
        (RSAKey.generate_key(2048).as_pem(private=True), 0o600),
    ],
)
def test_a_key_that_cannot_be_trusted_stops_the_start(tmp_path, content, mode):
    write(tmp_path / "keys" / "token-active-0001.pem", content, mode)
    with pytest.raises(SigningKeyUnusable):
        keys.load(tmp_path)


def test_a_folder_that_is_a_file_is_one_clear_message(tmp_path):
    (tmp_path / "keys").write_text("")
    with pytest.raises(DataFolderNotWritable):
        keys.load(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "https://land.example",
        "https://land.example/",
        "http://127.0.0.1:8000",
        "http://localhost:1",
        "http://[::1]:80",
    ],
)
def test_public_addresses_that_can_be_an_issuer(url):
    assert issuer_of(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "land.example",
        "http://land.example",
        "https://",
        "https://a/b",
        "https://a?b",
        "ftp://a",
        "https://u:p@a",
        "https://a:x",
        "http://10.0.0.1",
    ],
)
def test_public_addresses_that_cannot(url):
    with pytest.raises(PublicUrlUnfit):
        issuer_of(url)
