"""The keys of this installation: files of their own, read once; numbers are sealed and indexed with them, never stored plain.

Each purpose has its own file (0400) below `<data_dir>/keys`; none is ever in the database, a log or an environment.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from landdata.errors import DataFolderNotWritable, KeysDamaged

_NAMES = ("number-seal", "number-index", "row-hash", "person-hash", "request-hash", "raw")
_SIZE = 32
_VERSION = b"\x01"  # first byte of every sealed value: which key sealed it
_AAD = b"land.id_number:1"
# Written in the head of every sealed file; a next key gets the next number, and this one goes on opening its files.
RAW_KEY_VERSION = 1


@dataclass(frozen=True, slots=True)
class Keys:
    """Secret keys of 32 bytes each, by purpose."""

    number_seal: bytes
    number_index: bytes
    row_hash: bytes
    person_hash: bytes
    request_hash: bytes
    raw: bytes

    def index(self, number: str) -> UUID:
        """Blind index of a citizen number: equal numbers meet, and no one without the key can guess (security.md 3.3)."""
        return UUID(self.index_text(number))

    def index_text(self, number: str) -> str:
        """The same as 32 hexadecimal digits: for columns of numbers, where objects would cost more than the hash."""
        digits = number if number.isdigit() else "".join(letter for letter in number if letter.isdigit())
        return _keyed(self.number_index, digits.encode())[:16].hex()

    def seal(self, number: str) -> bytes:
        """A number as AES-256-GCM under a random nonce; two sealings of one number differ."""
        nonce = os.urandom(12)
        return _VERSION + nonce + AESGCM(self.number_seal).encrypt(nonce, number.encode(), _AAD)

    def unseal(self, sealed: bytes) -> str:
        """The number again. Raises cryptography's InvalidTag when the value was changed."""
        value = bytes(sealed)
        return AESGCM(self.number_seal).decrypt(value[1:13], value[13:], _AAD).decode()

    def hash_person(self, kind: str, value: str) -> bytes:
        """Keyed hash of a part of an identity; `kind` keeps names and births apart."""
        return _keyed(self.person_hash, f"{kind}\x1f{value}".encode())[:16]

    def identity_text(self, name: str, number: str, birth: str) -> str:
        """Key of an identity claim, a UUID's 32 digits: the same name, number and birth on any certificate."""
        text = f"claim\x1f{name}\x1f{number}\x1f{birth}"
        return _keyed(self.person_hash, text.encode())[:16].hex()

    def raw_file(self, version: int, salt: bytes) -> bytes:
        """Key of one raw file (HKDF, RFC 5869), by the version and the salt in its head."""
        info = b"landdata.raw:" + bytes([version])
        return HKDF(SHA256(), _SIZE, salt, info).derive(self.raw)

    def hash_request(self, body: str) -> bytes:
        """Keyed hash of a request's body."""
        return _keyed(self.request_hash, body.encode())


@lru_cache(maxsize=16)
def _begun(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod=hashlib.sha256)


def _keyed(key: bytes, value: bytes) -> bytes:
    """HMAC-SHA-256. The key is worked in once: `hmac.digest` does it each time, for half of its cost."""
    code = _begun(key).copy()
    code.update(value)
    return code.digest()


def load(data_dir: Path) -> Keys:
    """Read the keys, making those that are missing. Raises KeysDamaged or DataFolderNotWritable.

    Two processes that start together end with the same keys: a key appears whole under its name, and the first wins.
    """
    folder = data_dir / "keys"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(folder)) from error
    values = [_key(folder / f"{name}.key") for name in _NAMES]
    return Keys(*values)


def _key(path: Path) -> bytes:
    if not path.exists():
        make_once(path, secrets.token_bytes(_SIZE).hex().encode())
    try:
        value = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise KeysDamaged(file=path.name) from error
    if len(value) != _SIZE:
        raise KeysDamaged(file=path.name)
    return value


def make_once(path: Path, content: bytes) -> None:
    """Write a secret file unless another process was first. Raises DataFolderNotWritable."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # fails when the name is taken: the first writer wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    except OSError as error:
        raise DataFolderNotWritable(folder=str(path.parent)) from error
