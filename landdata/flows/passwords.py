"""Hashes passwords with argon2id, few at a time: hashing is made to be slow, and must not take the machine from look-ups."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from landdata.errors import SignInBusy

# OWASP's first recommendation: 19 MiB, two passes, one lane; 30 ms of a core.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
AT_ONCE = 2
PATIENCE_SECONDS = 5.0


class Passwords:
    """One for a process. Every check costs exactly one hash, whoever asks about whomever."""

    def __init__(
        self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=LANES, type=Type.ID)
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._patience = patience
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """A new hash, with its salt and parameters. Raises SignInBusy."""
        with self._place():
            return self._hasher.hash(_composed(password))

    def fits(self, hashed: str | None, password: str) -> bool:
        """Whether the password is the one of the hash; None, for nobody, is computed as well. Raises SignInBusy."""
        with self._place():
            try:
                right = self._hasher.verify(hashed or self._nobody, _composed(password))
            except (VerificationError, InvalidHashError):
                return False
        return right and hashed is not None

    def is_weak(self, hashed: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=self._patience):
            raise SignInBusy
        try:
            yield
        finally:
            self._places.release()


def _composed(password: str) -> str:
    # Vietnamese letters come composed from one keyboard and decomposed from another.
    return unicodedata.normalize("NFKC", password)
