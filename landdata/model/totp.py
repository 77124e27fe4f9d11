"""One-time codes by time (RFC 6238) and recovery codes; knows no account and keeps no secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226 recommends the length of SHA-1, which every authenticator app knows
# A phone's clock may be one step off in either direction.
DRIFT = 1
RECOVERY_CODES = 10


def new_secret() -> bytes:
    """A random shared secret."""
    return secrets.token_bytes(SECRET_BYTES)


def step_of(moment: datetime) -> int:
    """Number of the 30-second step that a moment is in."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The code of a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: bytes, code: str, moment: datetime) -> int | None:
    """The step whose code this is, the newest first, or None. Whether it was used before the caller has to know."""
    here = step_of(moment)
    found = None
    for step in range(here + DRIFT, here - DRIFT - 1, -1):
        # All of them are compared, whichever fits: time says nothing.
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and found is None:
            found = step
    return found


def address_of(secret: bytes, *, login: str, service: str) -> str:
    """The `otpauth:` address that an authenticator app reads, from a QR code or typed."""
    query = urlencode({"secret": as_text(secret), "issuer": service, "digits": DIGITS, "period": STEP_SECONDS})
    return f"otpauth://totp/{quote(service)}:{quote(login)}?{query}"


def as_text(secret: bytes) -> str:
    """The secret in base32, as people type it."""
    return base64.b32encode(secret).decode().rstrip("=")


def code_to_read_out() -> str:
    """80 random bits in four groups of letters and digits, for what a person copies by hand."""
    text = base64.b32encode(secrets.token_bytes(10)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def digest_of(code: str) -> bytes:
    """What is kept of such a code: SHA-256 is enough for random bits. Case, spaces and dashes do not count."""
    return hashlib.sha256("".join(code.split()).replace("-", "").upper().encode()).digest()
