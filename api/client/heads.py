"""What a consumer keeps of the service's access log: heads of its seals, and signed counts of its own requests by day."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.client.errors import AnswerUnreadable

_SIGNED = b"landdata-access-statement-v1\x00"


@dataclass(frozen=True, slots=True)
class Statement:
    """How many of this client's requests the log holds for a day in Vietnam; compare it with your own log."""

    day: date
    entries: int
    by_status: dict[str, int]
    head: str
    body: str
    key_id: str
    signature: str

    def holds(self, public_key: str) -> bool:
        """Whether the key (hexadecimal) signed it; the first key was handed over on paper."""
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
                bytes.fromhex(self.signature), _SIGNED + self.body.encode()
            )
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class LogHeads:
    """The newest head as `Access-Log-Head` has it (None: nothing was sealed yet), statements newest first, public keys."""

    head: str | None
    statements: tuple[Statement, ...]
    keys: dict[str, str]


def read_heads(document: Any) -> LogHeads:
    """The answer about heads. Raises AnswerUnreadable."""
    try:
        newest = document["head"]
        return LogHeads(
            f"{newest['seal_no']};sha-256={newest['head']}" if newest else None,
            tuple(_statement(one) for one in document["statements"]),
            {str(one["key_id"]): str(one["public_key"]) for one in document["keys"]},
        )
    except (KeyError, TypeError, ValueError):
        raise AnswerUnreadable("the answer has not the form of heads") from None


def _statement(one: Any) -> Statement:
    said = json.loads(one["body"])
    return Statement(
        date.fromisoformat(said["day"]), int(said["entries"]), dict(said["by_status"]),
        f"{said['seal_no']};sha-256={said['head']}", str(one["body"]), str(one["key_id"]), str(one["signature"]),
    )  # fmt: skip
