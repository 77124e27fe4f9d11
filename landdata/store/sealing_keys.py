"""The keys that sign seals: one private key, and the list of all public ones beside the anchors, each vouched for by the last.

A retired private key is gone for good; its public key goes on verifying the seals of its time, and only those.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from landdata.errors import AnchorsMissing, DataFolderNotWritable, KeysDamaged, KeysExposed, SealingKeyLost
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


def signer(folder: Path, anchor_dir: Path, *, last_key: str | None) -> Signer:
    """The signing key. `last_key` signed the newest seal; None: there is no seal.

    A first key is made, with its list, where there never was one; none ever takes the place of another by itself.
    While the folder of anchors is away the key of the newest seal goes on: the head waits for its anchor.
    Raises AnchorsMissing, SealingKeyLost, KeysDamaged, KeysExposed, DataFolderNotWritable.
    """
    path = folder / KEY
    listed = published(anchor_dir)
    if not listed and last_key is None:
        if not path.exists():
            _make_folder(folder)
            make_once(path, _spelt(Ed25519PrivateKey.generate()))
        made = _signer(path)
        _make_folder(anchor_dir)
        _add(anchor_dir, made.private.public_key(), from_seal=1, by=None)
        return made
    _finish_rotation(path, listed)
    if not path.exists():
        raise SealingKeyLost(file=path.name)
    found = _signer(path)
    if listed and listed[-1].key_id != found.key_id:
        raise SealingKeyLost(file=path.name)
    if not listed and (last_key != found.key_id or _following(path).exists()):
        raise AnchorsMissing(folder=str(anchor_dir), file=LIST)
    return found


def public_keys(anchor_dir: Path) -> list[PublicKey]:
    """All keys that ever signed, oldest first, where something was sealed. Raises AnchorsMissing, KeysDamaged."""
    listed = published(anchor_dir)
    if not listed:
        raise AnchorsMissing(folder=str(anchor_dir), file=LIST)
    return listed


def published(anchor_dir: Path) -> list[PublicKey]:
    """All keys as they stand in the list; none before the first seal. Raises KeysDamaged."""
    return _listed(anchor_dir) if (anchor_dir / LIST).exists() else []


def unvouched(keys: Sequence[PublicKey]) -> list[PublicKey]:
    """Those that came after the loss of the one before, which vouches for none of them."""
    return [one for at, one in enumerate(keys) if one.introduced_by is None and (at > 0 or one.from_seal > 1)]


def key_of(keys: list[PublicKey], seal_no: int) -> PublicKey:
    """The key that has to have signed a seal."""
    return next((key for key in reversed(keys) if key.from_seal <= seal_no), keys[0])


def rotate(folder: Path, anchor_dir: Path, *, from_seal: int, last_key: str | None, lost: bool = False) -> str:
    """A new key that signs from a seal on; returns its name. Nobody may seal meanwhile. Raises as `signer`.

    The new key waits beside the old one until the list names it: a crash in between is finished by whoever comes next.
    `lost`: the old one is gone, and nobody vouches for the new one. It also begins a list that was lost for good, where
    somebody has put an empty one by hand.
    """
    if last_key is not None and not (anchor_dir / LIST).exists():
        raise AnchorsMissing(folder=str(anchor_dir), file=LIST)
    published(anchor_dir)  # a damaged list is not mended by a new key
    try:
        old = signer(folder, anchor_dir, last_key=last_key)
    except (AnchorsMissing, SealingKeyLost, KeysDamaged):
        if not lost:
            raise
        old = None
    path = folder / KEY
    fresh = Ed25519PrivateKey.generate()
    following = _following(path)
    following.unlink(missing_ok=True)
    make_once(following, _spelt(fresh))
    _add(anchor_dir, fresh.public_key(), from_seal=from_seal, by=old)
    _finish_rotation(path, published(anchor_dir))
    return _name(fresh.public_key())


def _finish_rotation(path: Path, listed: list[PublicKey]) -> None:
    following = _following(path)
    if not listed or not following.exists() or listed[-1].key_id != _signer(following).key_id:
        return
    try:
        if path.exists():
            # Changed by root it still belongs to the account that seals.
            old = path.stat()
            if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(following, old.st_uid, old.st_gid)
            following.chmod(old.st_mode & 0o770)
        following.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(path.parent)) from error


def _following(path: Path) -> Path:
    return path.with_suffix(".next")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(folder)) from error


def _spelt(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes_raw().hex().encode()


def _signer(path: Path) -> Signer:
    try:
        if path.stat().st_mode & 0o007:
            raise KeysExposed(file=path.name)
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
        append_durably(anchor_dir / LIST, json.dumps(line))
    except OSError as error:
        raise DataFolderNotWritable(folder=str(anchor_dir)) from error


def _listed(anchor_dir: Path) -> list[PublicKey]:
    """The list, each key vouched for by the one before it, or marked as vouched for by nobody. Raises KeysDamaged."""
    found: list[PublicKey] = []
    try:
        for line in (anchor_dir / LIST).read_text(encoding="ascii").splitlines():
            said = json.loads(line)
            raw = bytes.fromhex(said["public_key"])
            key = PublicKey(
                said["key_id"], Ed25519PublicKey.from_public_bytes(raw), int(said["from_seal"]), said["introduced_by"],
                said["signature"], said["at"],
            )  # fmt: skip
            vouched = (
                not found
                or (key.introduced_by is None and key.signature == "")
                or found[-1].holds(bytes.fromhex(key.signature), _words(said["public_key"], key.from_seal))
            )
            if not vouched or key.key_id != _name(key.public) or (found and key.from_seal < found[-1].from_seal):
                raise KeysDamaged(file=LIST)
            found.append(key)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeysDamaged(file=LIST) from error
    return found
