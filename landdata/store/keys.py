"""The keys of this installation: files of their own, read once; numbers are sealed and indexed with them, never stored plain.

Each purpose has its own file (0400) below `<data_dir>/keys`; none is ever in the database, a log or an environment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from landdata.errors import DataFolderNotWritable, KeysDamaged

_NAMES = ("number-seal", "number-index", "row-hash", "person-hash", "request-hash", "raw", "feed", "totp")
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
    feed: bytes
    totp: bytes

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
        return _VERSION + nonce + _cipher(self.number_seal).encrypt(nonce, number.encode(), _AAD)

    def unseal(self, sealed: bytes) -> str:
        """The number again. Raises cryptography's InvalidTag when the value was changed."""
        value = bytes(sealed)
        return _cipher(self.number_seal).decrypt(value[1:13], value[13:], _AAD).decode()

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

    def hash_feed(self, purpose: str, *parts: str | int) -> bytes:
        """Keyed hash, 32 bytes, of what the change feed shows instead of an internal id; `purpose` keeps kinds apart."""
        return _keyed(self.feed, "\x1f".join(map(str, (purpose, *parts))).encode())

    def record_ref(self, client_id: str, agreement: str, party_id: int) -> str:
        """How an agreement (by its code) names a citizen's record: 32 hexadecimal digits, another for each consumer."""
        return self.hash_feed("record", client_id, agreement, party_id)[:16].hex()

    def seal_cursor(self, client_id: str, position: int) -> str:
        """A place in the feed as one consumer's cursor: equal places give equal cursors (AES-SIV, RFC 5297)."""
        sealed = self._cursors().encrypt(position.to_bytes(8, "big"), [client_id.encode()])
        return base64.urlsafe_b64encode(sealed).decode()

    def open_cursor(self, client_id: str, cursor: str) -> int | None:
        """The place again; None when it was changed, or given to another consumer."""
        try:
            sealed = base64.b64decode(cursor, altchars=b"-_", validate=True)
            return int.from_bytes(self._cursors().decrypt(sealed, [client_id.encode()]), "big")
        except (ValueError, InvalidTag):
            return None

    def _cursors(self) -> AESSIV:
        return AESSIV(HKDF(SHA256(), _SIZE, None, b"landdata.cursor").derive(self.feed))


@lru_cache(maxsize=16)
def _begun(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod=hashlib.sha256)


def _keyed(key: bytes, value: bytes) -> bytes:
    """HMAC-SHA-256. The key is worked in once: `hmac.digest` does it each time, for half of its cost."""
    code = _begun(key).copy()
    code.update(value)
    return code.digest()


@cache
def _cipher(key: bytes) -> AESGCM:
    """Made once a key: that costs as much as sealing a number."""
    return AESGCM(key)


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
