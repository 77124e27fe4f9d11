"""The keys of this installation: numbers, names and rows are sealed and hashed with them, never stored plain.

Each purpose has a file of its own below `<data_dir>/keys`, readable by whoever needs that purpose; none is ever in the
database, a log or an environment. A file is read when its purpose is first needed, and holds several versions while a key
is being changed (docs/keys.md): new values get the active one, look-ups ask under every usable one.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from landdata.errors import KeysDamaged, KeysMissing
from landdata.store import key_files
from landdata.store.key_files import SIZE, KeyFile, Version

SEAL, INDEX, ROW, PERSON = "number-seal", "number-index", "row-hash", "person-hash"
REQUEST, RAW, FEED, FACTOR = "request-hash", "raw", "feed", "totp"
PURPOSES = (SEAL, INDEX, ROW, PERSON, REQUEST, RAW, FEED, FACTOR)
# What each process reads; docs/keys.md says so too, and a test holds the two against each other.
OF_API = (SEAL, INDEX, PERSON, REQUEST, RAW, FEED, FACTOR)
OF_WORKER = (SEAL, INDEX, ROW, PERSON, RAW, FEED)
# Purposes whose retired versions stay in the file: the sealed log names citizens by an index that nobody may change.
KEPT_FOR_SEARCH = frozenset({INDEX})


class Keys:
    """Secret keys by purpose. Everything here raises KeysMissing, KeysDamaged or KeysExposed when its file cannot be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = {purpose: KeyFile(path_of(folder, purpose)) for purpose in PURPOSES}
        self._files = files
        self._seal, self._index, self._row, self._person = files[SEAL], files[INDEX], files[ROW], files[PERSON]
        self._request, self._raw, self._feed = files[REQUEST], files[RAW], files[FEED]
        self._factor = files[FACTOR]

    def require(self, purposes: Iterable[str]) -> None:
        """Read what a process will need: better no start than a failure in the middle of work."""
        for purpose in purposes:
            self._files[purpose].active  # noqa: B018 - read, or an error that names the file

    def active(self, purpose: str) -> int:
        """Number of the version under which new values of a purpose are made."""
        return self._files[purpose].active.number

    def usable(self, purpose: str) -> tuple[Version, ...]:
        """The versions that are not retired, the active one first."""
        return self._files[purpose].usable

    def changing(self, purpose: str) -> bool:
        """Whether there can be values under another version than the active one."""
        return len(self._files[purpose].usable) > 1

    # Numbers.

    def index(self, number: str) -> UUID:
        """Blind index of a citizen number: equal numbers meet, and no one without the key can guess (security.md 3.3)."""
        return UUID(self.index_text(number))

    def index_text(self, number: str) -> str:
        """The same as 32 hexadecimal digits: for columns of numbers, where objects would cost more than the hash."""
        return index_under(self._index.active, number)

    def indexes(self, number: str) -> list[str]:
        """The index under each usable version, the active one first: a row on record is under one of them."""
        return [index_under(one, number) for one in self._index.usable]

    def indexes_ever(self, number: str) -> list[UUID]:
        """The index under every version there ever was: by which the access log names the citizen."""
        return [UUID(index_under(one, number)) for one in self._index.every]

    def seal(self, number: str) -> bytes:
        """A number as AES-256-GCM under a random nonce; two sealings of one number differ. Its first byte is the version."""
        return self.seal_all([number])[0]

    def seal_all(self, numbers: Sequence[str]) -> list[bytes]:
        """Each of many numbers as `seal` does it; what is the same for all of them is done once."""
        version, chance = self._seal.active, os.urandom(12 * len(numbers))
        mark, about, encrypt = _mark(version.number), _aad(version.number), _cipher(version.key).encrypt
        nonces = [chance[at : at + 12] for at in range(0, len(chance), 12)]
        return [
            mark + nonce + encrypt(nonce, number.encode(), about) for nonce, number in zip(nonces, numbers, strict=True)
        ]

    def unseal(self, sealed: bytes) -> str:
        """The number again. Raises cryptography's InvalidTag when the value was changed, KeyVersionMissing."""
        return self.unseal_all([sealed])[0]

    def unseal_all(self, sealed: Iterable[bytes]) -> list[str]:
        """Each of many numbers as `unseal` does it. Raises as it does, for the first that is wrong."""
        values = [bytes(one) for one in sealed]
        ciphers = {
            number: (_cipher(self._seal.version(number).key).decrypt, _aad(number))
            for number in dict.fromkeys(one[0] for one in values)
        }
        found = []
        for one in values:
            decrypt, about = ciphers[one[0]]
            found.append(decrypt(one[1:13], one[13:], about).decode())
        return found

    def seal_citizen(self, words: str) -> bytes:
        """What an extract says of a citizen, as `seal` does a number; never to be taken for one."""
        version, nonce = self._seal.active, os.urandom(12)
        about = _citizen_aad(version.number)
        return _mark(version.number) + nonce + _cipher(version.key).encrypt(nonce, words.encode(), about)

    def open_citizen(self, sealed: bytes) -> str:
        """The words again. Raises cryptography's InvalidTag when the value was changed, KeyVersionMissing."""
        version = self._seal.version(sealed[0])
        return _cipher(version.key).decrypt(sealed[1:13], sealed[13:], _citizen_aad(version.number)).decode()

    # Lines that wait on disk. Versions of this key are never lost, for the log is searched by them.

    def seal_line(self, words: str) -> bytes:
        """Words as one line of ASCII, by AES-256-GCM under a random nonce."""
        version, nonce = self._index.active, os.urandom(12)
        sealed = _lines(version.key).encrypt(nonce, words.encode(), _mark(version.number))
        return base64.urlsafe_b64encode(_mark(version.number) + nonce + sealed)

    def open_line(self, line: bytes) -> str:
        """The words again. Raises ValueError when the line is torn or was changed, KeyVersionMissing."""
        sealed = base64.b64decode(line, altchars=b"-_", validate=True)
        try:
            key = self._index.version(sealed[0]).key
            return _lines(key).decrypt(sealed[1:13], sealed[13:], sealed[:1]).decode()
        except (IndexError, InvalidTag):
            raise ValueError("line") from None

    # Persons.

    def hash_person(self, kind: str, value: str) -> bytes:
        """Keyed hash of a part of an identity; `kind` keeps names and births apart."""
        return hash_under(self._person.active, kind, value)

    def hashes_person(self, kind: str, value: str) -> list[bytes]:
        """The same under each usable version: what the population platform confirmed is under one of them."""
        return [hash_under(one, kind, value) for one in self._person.usable]

    # Rows, raw files, requests.

    def row_keys(self) -> tuple[tuple[int, bytes], ...]:
        """Number and key of each usable version for the hashes of rows, the active one first."""
        return tuple((one.number, one.key) for one in self._row.usable)

    def raw_file(self, version: int, salt: bytes) -> bytes:
        """Key of one raw file (HKDF, RFC 5869), by the version and the salt in its head. Raises KeyVersionMissing."""
        info = b"landdata.raw:" + bytes([version])
        return HKDF(SHA256(), SIZE, salt, info).derive(self._raw.version(version).key)

    def hashes_request(self, body: str) -> list[bytes]:
        """Keyed hash of a request's body under each usable version, the active one first."""
        return [_keyed(one.key, body.encode()) for one in self._request.usable]

    # People who sign in.

    def seal_factor(self, person_id: int, secret: bytes) -> bytes:
        """A second factor's secret as AES-256-GCM, for this person's row and no other. Its first byte is the version."""
        version, nonce = self._factor.active, os.urandom(12)
        about = _factor_aad(version.number, person_id)
        return _mark(version.number) + nonce + _cipher(version.key).encrypt(nonce, secret, about)

    def open_factor(self, person_id: int, sealed: bytes) -> bytes:
        """The secret again. Raises KeysDamaged when the value was moved or changed, KeyVersionMissing."""
        version = self._factor.version(sealed[0])
        try:
            return _cipher(version.key).decrypt(sealed[1:13], sealed[13:], _factor_aad(version.number, person_id))
        except InvalidTag as error:
            raise KeysDamaged(file=path_of(self.folder, FACTOR).name) from error

    def factor_outdated(self, sealed: bytes) -> bool:
        """Whether a second factor is under another version than the active one."""
        return sealed[0] != self._factor.active.number

    def of_states(self) -> list[bytes]:
        """Keys for the state of a sign-in through an issuer: the first seals, all of them open."""
        return [HKDF(SHA256(), SIZE, None, b"landdata.oidc-state").derive(one.key) for one in self._factor.usable]

    # The change feed.

    def hash_feed(self, purpose: str, *parts: str | int) -> bytes:
        """Keyed hash, 32 bytes, of what the change feed shows instead of an internal id; `purpose` keeps kinds apart."""
        return _hash_feed(self._feed.active.key, purpose, *parts)

    def hashes_feed(self, purpose: str, *parts: str | int) -> list[bytes]:
        """The same under each usable version, the active one first."""
        return [_hash_feed(one.key, purpose, *parts) for one in self._feed.usable]

    def record_ref(self, client_id: str, agreement: str, party_id: int) -> str:
        """How an agreement (by its code) names a citizen's record: 32 hexadecimal digits, another for each consumer."""
        return self.record_refs(client_id, agreement, party_id)[0]

    def record_refs(self, client_id: str, agreement: str, party_id: int) -> list[str]:
        """The name used now, then those that consumers may have kept from before the key was changed."""
        return [one[:16].hex() for one in self.hashes_feed("record", client_id, agreement, party_id)]

    def seal_cursor(self, client_id: str, position: int) -> str:
        """A place in the feed as one consumer's cursor: equal places give equal cursors (AES-SIV, RFC 5297)."""
        sealed = _cursors(self._feed.active.key).encrypt(position.to_bytes(8, "big"), [client_id.encode()])
        return base64.urlsafe_b64encode(sealed).decode()

    def open_cursor(self, client_id: str, cursor: str) -> int | None:
        """The place again; None when it was changed, or given to another consumer."""
        try:
            sealed = base64.b64decode(cursor, altchars=b"-_", validate=True)
        except ValueError:
            return None
        for one in self._feed.usable:
            try:
                return int.from_bytes(_cursors(one.key).decrypt(sealed, [client_id.encode()]), "big")
            except (ValueError, InvalidTag):
                continue
        return None


class KeysThen(Keys):
    """The keys of a folder, but rows hashed under a version of before: the one of a number, or of a moment (Unix time)."""

    def __init__(self, folder: Path, moment: float, number: int | None = None) -> None:
        super().__init__(folder)
        self._moment, self._number = moment, number

    def row_keys(self) -> tuple[tuple[int, bytes], ...]:
        """Number and key of each usable version, that of then first where it is still there."""
        usable = self._row.usable
        timed = key_files.active_at(tuple(sorted(usable, key=lambda one: one.number)), self._moment)
        then = next((one for one in usable if one.number == self._number), timed)
        return tuple((one.number, one.key) for one in (then, *(one for one in usable if one is not then)))


def load(data_dir: Path) -> Keys:
    """The keys below the data folder; no file is read before it is needed, and none is ever made here."""
    return Keys(data_dir / "keys")


def path_of(folder: Path, purpose: str) -> Path:
    """The file of a purpose."""
    return folder / f"{purpose}.key"


def make_all(data_dir: Path) -> Keys:
    """Keys for a new installation. Raises KeysMissing where some are there and others are not: that is a loss."""
    folder = data_dir / "keys"
    lacking = [one for one in PURPOSES if not path_of(folder, one).exists()]
    if 0 < len(lacking) < len(PURPOSES):
        raise KeysMissing(file=path_of(folder, lacking[0]).name)
    for purpose in lacking:
        key_files.make(path_of(folder, purpose))
    return Keys(folder)


def index_under(version: Version, number: str) -> str:
    """The blind index of a number under a version of its key, as a UUID's 32 digits."""
    digits = number if number.isdigit() else "".join(letter for letter in number if letter.isdigit())
    return _keyed(version.key, digits.encode())[:16].hex()


def hash_under(version: Version, kind: str, value: str) -> bytes:
    """Keyed hash of a part of an identity; `kind` keeps names and births apart."""
    return _keyed(version.key, f"{kind}\x1f{value}".encode())[:16]


def identity_under(version: Version, name: str, number: str, birth: str) -> str:
    """Key of an identity claim, a UUID's 32 digits: the same name, number and birth on any certificate."""
    return _keyed(version.key, f"claim\x1f{name}\x1f{number}\x1f{birth}".encode())[:16].hex()


def _hash_feed(key: bytes, purpose: str, *parts: str | int) -> bytes:
    return _keyed(key, "\x1f".join(map(str, (purpose, *parts))).encode())


@lru_cache(maxsize=64)
def _begun(key: bytes) -> HMAC:
    return HMAC(key, SHA256())


def _keyed(key: bytes, value: bytes) -> bytes:
    """HMAC-SHA-256. The key is worked in once: Python's own `hmac` costs twice as much, worked in each time or not."""
    code = _begun(key).copy()
    code.update(value)
    return code.finalize()


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    """Made once a key: that costs as much as sealing a number."""
    return AESGCM(key)


@lru_cache(maxsize=64)
def _cursors(key: bytes) -> AESSIV:
    return AESSIV(HKDF(SHA256(), SIZE, None, b"landdata.cursor").derive(key))


@lru_cache(maxsize=64)
def _lines(key: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), SIZE, None, b"landdata.waiting-line").derive(key))


@lru_cache(maxsize=256)
def _mark(number: int) -> bytes:
    return bytes([number])


@lru_cache(maxsize=256)
def _aad(number: int) -> bytes:
    return b"land.id_number:%d" % number


def _citizen_aad(version: int) -> bytes:
    return b"match.citizen:%d" % version


def _factor_aad(version: int, person_id: int) -> bytes:
    return b"people.account.totp:%d:%d" % (version, person_id)
