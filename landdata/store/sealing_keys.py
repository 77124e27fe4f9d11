"""The keys that sign seals: one private key, and the list of all public ones beside the anchors, each vouched for by the last.

A retired private key is gone for good; its public key goes on verifying the seals of its time, and only those.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from landdata.errors import DataFolderNotWritable, KeysDamaged
from landdata.store.anchors import append_durably, sync_folder
from landdata.store.key_files import make_once

KEY, LIST = "access-log-seal.key", "seal-keys.jsonl"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as everybody may know it; it signs seals from number `from_seal` on, until the next key does."""

    key_id: str
    public: Ed25519PublicKey
    from_seal: int
    introduced_by: str | None
    signature: str
    at: str

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature over the message is this key's."""
        try:
            self.public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now."""

    key_id: str
    private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        return self.private.sign(message)


def signer(data_dir: Path, anchor_dir: Path) -> Signer:
    """The signing key, made with its list when there is none. Raises KeysDamaged or DataFolderNotWritable."""
    path = data_dir / "keys" / KEY
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(path.parent)) from error
    _finish_rotation(path, anchor_dir)
    if not path.exists():
        make_once(path, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode())
    made = _signer(path)
    if not (anchor_dir / LIST).exists():
        _add(anchor_dir, made.private.public_key(), from_seal=1, by=None)
    if _listed(anchor_dir)[-1].key_id != made.key_id:
        raise KeysDamaged(file=path.name)
    return made


def public_keys(data_dir: Path, anchor_dir: Path) -> list[PublicKey]:
    """All keys that ever signed, oldest first. Raises KeysDamaged."""
    path = data_dir / "keys" / KEY
    # Who only verifies has no right to the private key, and needs none.
    if not (anchor_dir / LIST).exists() or os.access(path, os.R_OK):
        signer(data_dir, anchor_dir)
    return _listed(anchor_dir)


def published(anchor_dir: Path) -> list[PublicKey]:
    """All keys as they stand in the list, for those who never sign; none before the first seal. Raises KeysDamaged."""
    return _listed(anchor_dir) if (anchor_dir / LIST).exists() else []


def key_of(keys: list[PublicKey], seal_no: int) -> PublicKey:
    """The key that has to have signed a seal."""
    return next((key for key in reversed(keys) if key.from_seal <= seal_no), keys[0])


def rotate(data_dir: Path, anchor_dir: Path, *, from_seal: int) -> str:
    """A new key that signs from a seal on; returns its name. Nobody may seal meanwhile. Raises as `signer`.

    The new key waits beside the old one until the list names it: a crash in between is finished by whoever comes next.
    """
    old = signer(data_dir, anchor_dir)
    path = data_dir / "keys" / KEY
    fresh = Ed25519PrivateKey.generate()
    following = path.with_suffix(".next")
    following.unlink(missing_ok=True)
    make_once(following, fresh.private_bytes_raw().hex().encode())
    _add(anchor_dir, fresh.public_key(), from_seal=from_seal, by=old)
    _finish_rotation(path, anchor_dir)
    return _name(fresh.public_key())


def _finish_rotation(path: Path, anchor_dir: Path) -> None:
    following = path.with_suffix(".next")
    if not following.exists() or not (anchor_dir / LIST).exists():
        return
    if _listed(anchor_dir)[-1].key_id == _signer(following).key_id:
        following.replace(path)
        sync_folder(path.parent)


def _signer(path: Path) -> Signer:
    try:
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError) as error:
        raise KeysDamaged(file=path.name) from error
    return Signer(_name(private.public_key()), private)


def _name(public: Ed25519PublicKey) -> str:
    return public.public_bytes_raw().hex()[:16]


def _words(public: str, from_seal: int) -> bytes:
    return b"landdata-seal-key-v1\x00" + json.dumps([public, from_seal]).encode()


def _add(anchor_dir: Path, public: Ed25519PublicKey, *, from_seal: int, by: Signer | None) -> None:
    spelled = public.public_bytes_raw().hex()
    line = {
        "key_id": _name(public), "public_key": spelled, "from_seal": from_seal, "at": datetime.now(UTC).isoformat(),
        "introduced_by": by.key_id if by else None,
        "signature": by.sign(_words(spelled, from_seal)).hex() if by else "",
    }  # fmt: skip
    try:
        anchor_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        append_durably(anchor_dir / LIST, json.dumps(line))
    except OSError as error:
        raise DataFolderNotWritable(folder=str(anchor_dir)) from error


def _listed(anchor_dir: Path) -> list[PublicKey]:
    """The list, each key vouched for by the one before it. Raises KeysDamaged."""
    found: list[PublicKey] = []
    try:
        for line in (anchor_dir / LIST).read_text(encoding="ascii").splitlines():
            said = json.loads(line)
            raw = bytes.fromhex(said["public_key"])
            key = PublicKey(
                said["key_id"], Ed25519PublicKey.from_public_bytes(raw), int(said["from_seal"]), said["introduced_by"],
                said["signature"], said["at"],
            )  # fmt: skip
            vouched = not found or found[-1].holds(
                bytes.fromhex(key.signature), _words(said["public_key"], key.from_seal)
            )
            if not vouched or key.key_id != _name(key.public) or (found and key.from_seal < found[-1].from_seal):
                raise KeysDamaged(file=LIST)
            found.append(key)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeysDamaged(file=LIST) from error
    if not found:
        raise KeysDamaged(file=LIST)
    return found
