"""The keys that sign access tokens: PEM files in the data folder, one active, others only published."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from landdata.errors import DataFolderNotWritable, SigningKeyUnusable

if TYPE_CHECKING:
    from pathlib import Path

ALGORITHM = "ES256"
FIRST_KEY = "token-active-0001.pem"


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
    folder = data_dir / "keys"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not list(folder.glob("token-active-*.pem")):
            _make_first(folder)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(folder)) from error
    active = [_read(path) for path in sorted(folder.glob("token-active-*.pem"))]
    others = [_read(path) for state in ("next", "retired") for path in sorted(folder.glob(f"token-{state}-*.pem"))]
    return SigningKeys(active=active[-1], published=KeySet([*reversed(active), *others]))


def _make_first(folder: Path) -> None:
    """Make the first key in one step under its final name: of two processes together one wins, whole."""
    scratch = folder / f".new-{secrets.token_hex(8)}"
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(ECKey.generate_key("P-256").as_pem(private=True))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(scratch, folder / FIRST_KEY)
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
