"""The keys that sign access tokens: PEM files in the data folder, one active, others only published."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from landdata.errors import DataFolderNotWritable, SigningKeyUnusable

if TYPE_CHECKING:
    from pathlib import Path

ALGORITHM = "ES256"
FIRST_KEY = "token-active-0001.pem"


class State(StrEnum):
    """Life of a signing key: published, then signing, then published until its last token has ended."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """`active` signs; `published` verifies: the active key with those that come next or were retired."""

    active: ECKey
    published: KeySet

    @property
    def signing_set(self) -> KeySet:
        """Exactly one key: a bare key signs without a kid, and of two keys joserfc picks one at random."""
        return KeySet([self.active])

    def jwks(self) -> dict[str, Any]:
        """The public keys as RFC 7517 publishes them."""
        return {"keys": [key.as_dict(private=False) for key in self.published.keys]}


def load(data_dir: Path) -> SigningKeys:
    """Read the keys, making the first one when there is none.

    `token-active-*.pem` holds signing keys, of which the last by file name signs; `token-next-*.pem` and
    `token-retired-*.pem` are published only. Raises SigningKeyUnusable and DataFolderNotWritable.
    """
    folder = folder_of(data_dir)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not list(folder.glob("token-active-*.pem")):
            _make_first(folder)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(folder)) from error
    active = [_read(path) for path in files(data_dir, State.ACTIVE)]
    others = [_read(path) for state in (State.NEXT, State.RETIRED) for path in files(data_dir, state)]
    return SigningKeys(active=active[-1], published=KeySet([*reversed(active), *others]))


def folder_of(data_dir: Path) -> Path:
    """Where the keys lie."""
    return data_dir / "keys"


def files(data_dir: Path, state: State) -> list[Path]:
    """The key files of a state, by number."""
    return sorted(folder_of(data_dir).glob(f"token-{state.value}-*.pem"))


def listing(data_dir: Path) -> tuple[tuple[str, int], ...]:
    """Names and times of the key files: another listing means other keys. Raises OSError."""
    with os.scandir(folder_of(data_dir)) as found:
        return tuple(sorted((one.name, one.stat().st_mtime_ns) for one in found if one.name.startswith("token-")))


def add_next(data_dir: Path) -> Path:
    """Make a key that is published and does not sign yet; its number follows the last one. Raises OSError."""
    numbers = [int(path.stem.rpartition("-")[2]) for state in State for path in files(data_dir, state)]
    path = folder_of(data_dir) / f"token-{State.NEXT.value}-{max(numbers, default=0) + 1:04}.pem"
    _make(folder_of(data_dir), path)
    return path


def move(path: Path, state: State) -> Path:
    """Give a key another state, in one step; its file time becomes now. Raises OSError."""
    os.utime(path)
    return path.rename(path.with_name(f"token-{state.value}-{path.stem.rpartition('-')[2]}.pem"))


def kid_of(path: Path) -> str:
    """The id under which a key is published. Raises SigningKeyUnusable."""
    return str(_read(path).kid)


def _make_first(folder: Path) -> None:
    with contextlib.suppress(FileExistsError):
        _make(folder, folder / FIRST_KEY)


def _make(folder: Path, path: Path) -> None:
    """Make a key in one step under its final name: of two processes together one wins, whole."""
    scratch = folder / f".new-{secrets.token_hex(8)}"
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(ECKey.generate_key("P-256").as_pem(private=True))
            file.flush()
            os.fsync(file.fileno())
        os.link(scratch, path)
    finally:
        scratch.unlink()
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(path: Path) -> ECKey:
    try:
        if path.stat().st_mode & 0o077:
            raise SigningKeyUnusable(file=path.name, reason="readable by others")
        key = ECKey.import_key(path.read_bytes(), {"use": "sig", "alg": ALGORITHM})
    except (OSError, ValueError, TypeError, JoseError) as error:
        raise SigningKeyUnusable(file=path.name, reason=type(error).__name__) from error
    if not key.is_private or key.curve_name != "P-256":
        raise SigningKeyUnusable(file=path.name, reason="not a P-256 private key")
    key.ensure_kid()
    return key
